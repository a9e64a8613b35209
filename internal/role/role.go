// Package role knows the parts that people play on a visit, and by which words a team names them.
// A line of a checklist may be meant for one of them, and people write their own roles freely:
// "Interpreter (Cantonese)", "quality engineer", "翻译". It knows neither lines nor people.
package role

import (
	"slices"
	"strings"
	"unicode"

	"visitprep/internal/chars"
)

// A Role is the part that somebody plays.
type Role string

// The roles that a line of a checklist may be meant for.
const (
	Lead        Role = "lead" // leads the team, and arranges the journey
	Interpreter Role = "interpreter"
	Quality     Role = "quality" // checks the goods and the factory
	Purchasing  Role = "purchasing"
	Engineering Role = "engineering"
)

// All are the roles, in the order in which they are listed.
func All() []Role { return []Role{Lead, Interpreter, Quality, Purchasing, Engineering} }

// wholes are words that mean a role as they stand, stems words that begin with one, and signs
// those of a language that puts no space between its words.
var (
	wholes = map[Role]map[string]bool{
		Lead:        chars.WordSet("lead leads leader leading head heads chief captain organiser organisers organizer organizers organises organizes coordinator leiter leiterin leitung"),
		Quality:     chars.WordSet("qa qc qe sqe qm"),
		Purchasing:  chars.WordSet("buyer buyers buying buys"),
		Engineering: chars.WordSet("r&d"),
	}
	stems = map[Role][]string{
		Interpreter: {"interpret", "translat", "dolmetsch", "übersetz"},
		Quality:     {"qualit", "inspect", "inspekt", "audit"},
		Purchasing:  {"purchas", "procur", "sourc", "commerc", "einkauf", "einkäuf"},
		Engineering: {"engineer", "technic", "technik", "technol", "ingenieur", "konstru", "design", "tooling", "toolmak"},
	}
	signs = map[Role][]string{
		Lead:        {"领队", "领导", "组长", "团长"},
		Interpreter: {"翻译", "口译", "译员"},
		Quality:     {"质量", "质检", "品质", "品管", "检验"},
		Purchasing:  {"采购"},
		Engineering: {"工程", "技术"},
	}
	// others turn a role into somebody else's, or one that was: "needs an interpreter".
	others = chars.WordSet("no not without needs need needed wants ex former formerly ohne kein keine braucht")
)

// Of lists the roles that somebody's own words name. An engineer for something that has a role of
// its own, such as a quality engineer, has that one alone.
func Of(words string) []Role {
	var found []Role
	for _, part := range strings.FieldsFunc(strings.ToLower(chars.ASCII(words)), func(r rune) bool { return strings.ContainsRune(",;/+、，；（）()", r) }) {
		for _, r := range ofPart(part) {
			if !slices.Contains(found, r) {
				found = append(found, r)
			}
		}
	}
	return found
}

func ofPart(part string) (found []Role) {
	ws := strings.FieldsFunc(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '&' })
	if slices.ContainsFunc(ws, func(w string) bool { return others[w] }) {
		return nil
	}
	for _, r := range All() {
		begins := func(w string) bool {
			return wholes[r][w] || slices.ContainsFunc(stems[r], func(s string) bool { return strings.HasPrefix(w, s) })
		}
		named := func(sign string) bool { return strings.Contains(part, sign) }
		if slices.ContainsFunc(ws, begins) || slices.ContainsFunc(signs[r], named) {
			found = append(found, r)
		}
	}
	if n := slices.Index(found, Engineering); n >= 0 && slices.ContainsFunc(found, func(r Role) bool { return r == Quality || r == Purchasing }) {
		found = slices.Delete(found, n, n+1)
	}
	return found
}
