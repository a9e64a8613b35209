package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/textfile"
	"visitprep/internal/visit"
)

// People are the contacts, promises and gifts of a workspace. They stand in a file of their own beside
// the visits, for they are about people: whoever passes on an export decides about that one alone.
type People struct {
	Contacts []Contact `json:"contacts,omitempty"`
	Promises []Promise `json:"promises,omitempty"`
	Gifts    []Gift    `json:"gifts,omitempty"`

	// For people to read: an import leaves it out.
	NotImported *Unimported `json:"not_imported,omitempty"`
}

// Unimported is what of people no import takes, row for row as the database has it.
type Unimported struct {
	Note          string           `json:"note"`
	Introductions []map[string]any `json:"introductions,omitempty"`
	Promises      []map[string]any `json:"closed_promises,omitempty"`
}

// IsEmpty reports whether there is nothing in it.
func (p *People) IsEmpty() bool {
	return len(p.Contacts)+len(p.Promises)+len(p.Gifts) == 0 && p.NotImported == nil
}

// A Where is the channel that a row of people stands in, and who recorded it.
type Where struct {
	Number  int      `json:"number"`
	Channel string   `json:"channel"`
	Private bool     `json:"private,omitempty"`
	By      string   `json:"by"`
	Factory *Factory `json:"factory,omitempty"`
}

func whereOf(number int, p *visit.Place, by string, f *visit.Factory) Where {
	w := Where{Number: number, Channel: p.Channel, Private: p.Private, By: by}
	if f != nil {
		at := FactoryOf(f)
		w.Factory = &at
	}
	return w
}

func (w *Where) place() visit.Place { return visit.Place{Channel: w.Channel, Private: w.Private} }

func (w *Where) factory(team string) visit.Factory {
	if w.Factory == nil {
		return visit.Factory{}
	}
	return w.Factory.Factory(team)
}

// A Contact is one as the file has it.
type Contact struct {
	Where
	Tier    int                 `json:"tier,omitempty"`
	Name    string              `json:"name,omitempty"`
	Chinese string              `json:"chinese,omitempty"`
	Said    string              `json:"said,omitempty"`
	Title   string              `json:"title,omitempty"`
	Firm    string              `json:"firm,omitempty"`
	Roles   []visit.ContactRole `json:"roles"`
	City    string              `json:"city,omitempty"`
	Phone   string              `json:"phone,omitempty"`
	WeChat  string              `json:"wechat,omitempty"`
	Email   string              `json:"email,omitempty"`
	Speaks  string              `json:"speaks,omitempty"`
	Met     string              `json:"met,omitempty"`
	KnownBy []string            `json:"known_by,omitempty"`
	PaidBy  string              `json:"paid_by,omitempty"`
	Trust   string              `json:"our_note,omitempty"`
	Consent visit.Consent       `json:"consent"`
	Used    civil.Date          `json:"last_used"`
}

// ContactOf is a contact as the file has it; f is its factory, or nil.
func ContactOf(c *visit.Contact, f *visit.Factory) Contact {
	return Contact{whereOf(c.Number, &c.Place, c.By, f), c.Tier, c.Name, c.Chinese, c.Said, c.Title, c.Firm, c.Roles, c.City, c.Phone, c.WeChat, c.Email, c.Speaks, c.Met, c.KnownBy, c.PaidBy, c.Trust, c.Consent, c.Used}
}

// Contact is the way back, with its factory if it has one. It has its number in the database that wrote the file.
func (e *Contact) Contact(team string, now time.Time) (visit.Contact, visit.Factory) {
	c := visit.Contact{Workspace: team, Number: e.Number, Place: e.place(), By: e.By, Created: now, Tier: e.Tier, Name: e.Name, Chinese: e.Chinese, Said: e.Said, Title: e.Title, Firm: e.Firm, Roles: e.Roles, City: e.City,
		Phone: e.Phone, WeChat: e.WeChat, Email: e.Email, Speaks: e.Speaks, Met: e.Met, KnownBy: e.KnownBy, PaidBy: e.PaidBy, Trust: e.Trust, Consent: e.Consent, Used: e.Used}
	c.Normalize()
	return c, e.factory(team)
}

// A Promise is one as the file has it.
type Promise struct {
	Where
	Owner string     `json:"owner"`
	Ours  bool       `json:"ours,omitempty"`
	Who   string     `json:"who,omitempty"`
	What  string     `json:"what"`
	Due   civil.Date `json:"due"`
}

// PromiseOf is a promise as the file has it.
func PromiseOf(p *visit.Promise) Promise {
	return Promise{whereOf(p.Number, &p.Place, p.By, &p.Factory), p.Owner, p.Ours, p.Who, p.What, p.Due}
}

// Promise is the way back.
func (e *Promise) Promise(team string) visit.Promise {
	p := visit.Promise{Workspace: team, Place: e.place(), By: e.By, Factory: e.factory(team), Owner: e.Owner, Ours: e.Ours, Who: e.Who, What: e.What, Due: e.Due}
	p.Normalize()
	return p
}

// A Gift is one as the file has it.
type Gift struct {
	Where
	Given    bool       `json:"given,omitempty"`
	Who      string     `json:"who"`
	Owner    string     `json:"colleague"`
	What     string     `json:"what"`
	Value    string     `json:"value"`
	Currency string     `json:"currency"`
	Day      civil.Date `json:"day"`
	Approved string     `json:"approved_by,omitempty"`
}

// GiftOf is a gift as the file has it.
func GiftOf(g *visit.Gift) Gift {
	return Gift{whereOf(g.Number, &g.Place, g.By, &g.Factory), g.Given, g.Who, g.Owner, g.What, g.Value.Amount(), g.Value.Currency, g.Day, g.Approved}
}

// Gift is the way back.
func (e *Gift) Gift(team string) visit.Gift {
	g := visit.Gift{Workspace: team, Place: e.place(), By: e.By, Factory: e.factory(team), Given: e.Given, Who: e.Who, Owner: e.Owner, What: e.What, Day: e.Day, Approved: e.Approved, Value: visit.Money{Hundredths: -1, Currency: e.Currency}}
	if n, ok := visit.ParseAmount(e.Value); ok {
		g.Value.Hundredths = n
	}
	g.Normalize()
	return g
}

// WritePeople writes the file.
func WritePeople(p People) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("write people: %w", err)
	}
	return b.Bytes(), nil
}

// ReadPeople reads the file, and finds every row that cannot be recorded.
func ReadPeople(name string) (p People, err error) {
	b, err := textfile.ReadFile(name, maxFloor)
	if err != nil {
		return p, fmt.Errorf("read people: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		line := 1 + bytes.Count(b[:min(int(dec.InputOffset()), len(b))], []byte("\n"))
		return People{}, fmt.Errorf("%s:%d: %w", name, line, err)
	}
	var errs []error
	wrong := func(what string, w *Where, err error) {
		if err == nil && (!visit.IsPersonID(w.By) || w.Channel == "") {
			err = errors.New("by must be the id of somebody in Slack, and channel that of a channel")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s %d: %w", filepath.Base(name), what, w.Number, err))
		}
	}
	for n := range p.Contacts {
		e := &p.Contacts[n]
		c, _ := e.Contact("T", time.Unix(0, 0))
		wrong("contact", &e.Where, c.Check(true))
	}
	for n := range p.Promises {
		e := &p.Promises[n]
		x := e.Promise("T")
		x.Factory.Number = 1
		wrong("promise", &e.Where, errors.Join(x.Check(), hasFactory(e.Factory)))
	}
	for n := range p.Gifts {
		e := &p.Gifts[n]
		g := e.Gift("T")
		g.Factory.Number = 1
		wrong("gift", &e.Where, errors.Join(g.Check(), hasFactory(e.Factory)))
	}
	return p, errors.Join(errs...)
}

// hasFactory refuses a row without a factory.
func hasFactory(f *Factory) error {
	if f == nil || f.Name == "" {
		return errors.New("the factory is missing")
	}
	return nil
}
