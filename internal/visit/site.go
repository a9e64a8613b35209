package visit

import (
	"strings"

	"visitprep/internal/lang"
)

// folded is a text without what makes no difference between two spellings of a name.
func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// FoldedName is the name of f as those of the same name share it.
func (f *Factory) FoldedName() string { return folded(f.Name) }

// SameSite reports whether f and o may be one factory: they have the same name, and what is
// known of both is no other city and no other address. Of one firm at two sites each is a
// factory of its own.
func (f *Factory) SameSite(o *Factory) bool {
	agree := func(a, b string) bool { return a == "" || b == "" || folded(a) == folded(b) }
	return f.FoldedName() == o.FoldedName() && agree(f.City, o.City) && agree(f.Address, o.Address)
}

// Sites are those of some factories that f may be. Where one of them has the very city and
// address of f, it is that one.
func (f *Factory) Sites(of []Factory) (sites []Factory) {
	var same []Factory
	for _, o := range of {
		if !f.SameSite(&o) {
			continue
		}
		sites = append(sites, o)
		if folded(f.City) == folded(o.City) && folded(f.Address) == folded(o.Address) {
			same = append(same, o)
		}
	}
	if len(same) == 1 {
		return same
	}
	return sites
}

// Complete fills in what is not known of f and is known of o. It reports whether there was
// anything.
func (f *Factory) Complete(o *Factory) (filled bool) {
	for _, p := range []struct{ to, from *string }{{&f.Chinese, &o.Chinese}, {&f.City, &o.City}, {&f.Address, &o.Address}, {&f.Contacts, &o.Contacts}} {
		if *p.to == "" && *p.from != "" {
			*p.to, filled = *p.from, true
		}
	}
	return filled
}

// Several says that f may be each of some factories.
func (f *Factory) Several(sites []Factory) *InputError {
	return Invalid("factory_name", "Several factories have this name: %s. Please pick yours from the menu.", places(sites))
}

type places []Factory

// Words tells the factories from each other.
func (fs places) Words(p *lang.Printer) string {
	where := make([]string, len(fs))
	for i := range fs {
		where[i] = fs[i].Where(p)
	}
	return strings.Join(where, p.Semicolon())
}

// Where tells f from others of its name, as far as that is known.
func (f *Factory) Where(p *lang.Printer) string { return p.Details(f.Name, f.City, f.Address) }
