package visit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// OfGift is the kind of a gift in its Subject.
const OfGift SubjectKind = "gift"

// The bounds of a gift.
const (
	MaxGift      = 200           // characters of what it is
	maxGiftValue = 1_000_000_000 // in hundredths
)

// A Gift is one line of the log that rules against bribery ask for: what was given to, or received
// from, people of a factory. It belongs to a channel.
type Gift struct {
	Workspace string
	Number    int
	Rev       int
	Factory   Factory
	Place
	By      string
	Created time.Time

	Given    bool   // by us; else received
	Who      string // their person, or their firm as a whole
	Owner    string // who of us gave or received it
	What     string
	Value    Money
	Day      civil.Date
	Visit    int
	Approved string // who of us approved it; empty for nobody
	Removed  Mark   // it was entered by mistake; the line stays
}

// Money is an amount of a currency, in hundredths.
type Money struct {
	Hundredths int
	Currency   string // three capitals, such as EUR
}

func (m Money) String() string {
	return fmt.Sprintf("%s %d.%02d", m.Currency, m.Hundredths/100, m.Hundredths%100)
}

// Amount is the amount as it is typed: 12.50.
func (m Money) Amount() string { return fmt.Sprintf("%d.%02d", m.Hundredths/100, m.Hundredths%100) }

// ParseAmount reads an amount as people type it: 12, 12.5, "12,50". It reports false for anything else.
func ParseAmount(s string) (hundredths int, ok bool) {
	s = strings.ReplaceAll(strings.TrimSpace(chars.ASCII(s)), " ", "")
	whole, part, cut := s, "", false
	if n := strings.LastIndexAny(s, ".,"); n >= 0 && len(s)-n <= 3 {
		whole, part, cut = s[:n], s[n+1:], true
	}
	if cut && part == "" || len(part) > 2 || strings.ContainsAny(whole, ".,") || whole == "" {
		return 0, false
	}
	w, err := strconv.ParseUint(whole, 10, 32)
	if err != nil {
		return 0, false
	}
	p := uint64(0)
	if cut {
		if p, err = strconv.ParseUint((part + "0")[:2], 10, 8); err != nil {
			return 0, false
		}
	}
	return int(w*100 + p), true
}

// IsCurrency reports whether a word is the code of a currency, as far as can be told from its form.
func IsCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// A GiftLimit is what a company allows per person and year, and who approves what is above it. Nothing is none.
type GiftLimit struct {
	Money
	Approver string // as people of the company know them: "the compliance officer"
}

// IsSet reports whether there is a limit.
func (l GiftLimit) IsSet() bool { return l.Hundredths > 0 }

// Subject names the gift.
func (g *Gift) Subject() Subject { return SubjectOf(OfGift, g.Number) }

// Normalize tidies what was typed.
func (g *Gift) Normalize() {
	g.Who, g.What, g.Approved = chars.Line(g.Who), chars.Line(g.What), chars.Line(g.Approved)
	g.Value.Currency = strings.ToUpper(chars.Line(chars.ASCII(g.Value.Currency)))
	g.fillZones(&g.Factory)
}

// Check reports every mistake in g.
func (g *Gift) Check() error {
	var es InputErrors
	if g.Factory.Number == 0 {
		es.add("factory", "Please pick the factory.")
	}
	if g.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	if g.Owner == "" {
		es.add("owner", "Please pick which of you gave or received it.")
	}
	es.checkText("who", "Please write which of them, or the firm as a whole.", g.Who, MaxContactText)
	es.checkText("what", "Please write what was given.", g.What, MaxGift)
	es.checkText("approved", "", g.Approved, MaxContactText)
	if g.Value.Hundredths < 0 || g.Value.Hundredths > maxGiftValue {
		es.add("value", "Please give its value, such as 25 or 12.50; 0 where it has none.")
	}
	if !IsCurrency(g.Value.Currency) {
		es.add("currency", "Please give the currency by its three letters, such as EUR or CNY.")
	}
	switch {
	case g.Day.IsZero():
		es.add("day", "Please pick the day.")
	case g.Day.Year < MinYear || g.Day.Year > MaxYear:
		es.add("day", "%s is too far off. Please pick another day.", dayOf(g.Day))
	}
	return es.orNil()
}

// CheckNow reports a day that a gift entered on a day cannot have.
func (g *Gift) CheckNow(today civil.Date) error {
	if g.Day.After(today) {
		return Invalid("day", "%s has not come yet. Log a gift when it is given.", dayOf(g.Day))
	}
	return nil
}

// A GiftSum is what one person was given, or received, in a calendar year.
type GiftSum struct {
	Money
	Year   int
	Others []string // currencies that are not in the sum
}

// Over reports whether the sum is above the limit.
func (s *GiftSum) Over(l GiftLimit) bool { return l.IsSet() && s.Hundredths > l.Hundredths }

// SumOf adds up the year of a gift in the currency of the limit, the gift itself among them: what their person was given by us, or
// what our colleague received from whomever.
func (g *Gift) SumOf(all []Gift, l GiftLimit) GiftSum {
	s := GiftSum{Money: Money{Currency: l.Currency}, Year: g.Day.Year}
	add := func(o *Gift) {
		if o.Value.Currency == l.Currency {
			s.Hundredths += o.Value.Hundredths
		} else if !slices.Contains(s.Others, o.Value.Currency) {
			s.Others = append(s.Others, o.Value.Currency)
		}
	}
	add(g)
	for i := range all {
		o := &all[i]
		if o.Number == g.Number || o.Removed.IsSet() || o.Given != g.Given || o.Day.Year != g.Day.Year {
			continue
		}
		if g.Given && o.Factory.Number == g.Factory.Number && strings.EqualFold(o.Who, g.Who) || !g.Given && o.Owner == g.Owner {
			add(o)
		}
	}
	return s
}
