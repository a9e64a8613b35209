package bot

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// briefBehind tells whoever passed a host brief on what of it is not so any more. It is nil where
// the visit is again as it was, where there is a newer revision, or where they may not see it.
func (rm *Reminders) briefBehind(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	v, err := rm.o.Store.Visit(ctx, o.Workspace, o.Subject.Number())
	if err != nil {
		return nil, err
	}
	if err := rm.access.canSee(ctx, o.Workspace, o.To, o.Subject, v.Channel); errors.Is(err, errNotYours) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	made, err := rm.o.Store.HostBriefs(ctx, o.Workspace, v.Number, 1)
	if err != nil {
		return nil, err
	}
	known, err := o.HostKnown()
	if err != nil {
		return nil, err
	}
	is := visit.HostFactsOf(&v)
	if len(made) == 0 || made[0].Revision != known.Revision || known.Was.Same(&is) || v.Over(rm.o.Now()) {
		return nil, nil
	}
	p := rm.directory.printer(ctx, o.Workspace, o.To)
	m := new(blocks.Message)
	if is.Off {
		m.Say(p.T("%s is cancelled, and the factory may have your host brief, revision %d. Please tell them.", v.Title(p.Printer), known.Revision))
		return m, nil
	}
	m.Say(p.T("%s no longer matches your host brief, revision %d: %s.", v.Title(p.Printer), known.Revision, strings.Join(rm.hostChanges(ctx, o.Workspace, p, &known.Was, &is), p.Semicolon())))
	if v.MayHost(rm.o.Now()) == nil {
		m.Add(blocks.Actions(blocks.Button(actHost, visitSubject(&v), p.T("Open the host brief"))))
	}
	return m, nil
}

// hostChanges are what is another, each as a part of a sentence.
func (rm *Reminders) hostChanges(ctx context.Context, team string, p blocks.Printer, was, is *visit.HostFacts) (parts []string) {
	if was.Off {
		parts = append(parts, p.T("it takes place after all"))
	}
	if was.First != is.First || was.Last != is.Last {
		parts = append(parts, p.T("it was planned for %s and is now on %s", daySpan(p, was.First, was.Last), daySpan(p, is.First, is.Last)))
	}
	names := func(ps []visit.Person) string {
		var ns []string
		for _, one := range ps {
			name := one.Name
			if one.User != "" {
				if who, err := rm.directory.person(ctx, team, one.User); err == nil {
					name = who.name
				}
			}
			ns = append(ns, cmp.Or(name, p.T("A colleague")))
		}
		return blocks.Clip(strings.Join(ns, p.Comma()), 300)
	}
	if come := is.Without(was); len(come) > 0 {
		parts = append(parts, p.T("now also going: %s", names(come)))
	}
	if stay := was.Without(is); len(stay) > 0 {
		parts = append(parts, p.T("no longer going: %s", names(stay)))
	}
	if was.Purpose != is.Purpose {
		parts = append(parts, p.T("its purpose has changed"))
	}
	return parts
}
