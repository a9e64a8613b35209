package visit

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/chars"
)

// IsPersonID reports whether a word is the id of somebody in Slack: U or W, then
// capitals and digits.
func IsPersonID(s string) bool {
	return len(s) >= 9 && (s[0] == 'U' || s[0] == 'W') && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// ParsePeople reads "U0123ABCD: leads; Ms Zhang: interpreter", each person separated by a
// semicolon or the end of a line, on whatever keyboard. A name or a role in double quotes
// is taken as it stands.
//
// People use commas too, but a name or a role may have one: it separates where an id
// stands on one of its sides, or a role on both. A Chinese comma is never part of a name,
// so it separates names as well.
func ParsePeople(s string) []Person {
	var ps []Person
	var person string
	end := func() {
		if p := parsePerson(person); p.User != "" || p.Name != "" {
			ps = append(ps, p)
		}
	}
	for _, piece := range cutPeople(s) {
		if piece.begins(person) {
			end()
			person = piece.text
		} else {
			person += string(piece.after) + piece.text
		}
	}
	end()
	return ps
}

// FormatPeople writes people as ParsePeople reads them. What it would read as something
// else is put in quotes.
func FormatPeople(ps []Person) string {
	written := make([]string, len(ps))
	for i, p := range ps {
		name, role := cmp.Or(p.User, p.Name), p.Role
		s := name
		if role != "" {
			s += ": " + role
		}
		if strings.Contains(s, `"`) || !slices.Equal(ParsePeople(s), []Person{p}) {
			if p.User == "" {
				name = quote(name)
			}
			s = name
			if role != "" {
				s += ": " + quote(role)
			}
		}
		written[i] = s
	}
	return strings.Join(written, "; ")
}

// ParseGuest reads one line of a form, "Ms Zhang, interpreter".
func ParseGuest(line string) Person {
	line = strings.TrimSpace(line)
	name, role := line, ""
	from := quoted(line)
	if i := strings.IndexFunc(line[from:], isComma); i >= 0 {
		_, size := utf8.DecodeRuneInString(line[from+i:])
		name, role = line[:from+i], line[from+i+size:]
	}
	return Person{Name: unquote(strings.TrimSpace(name)), Role: strings.TrimSpace(role)}
}

// FormatGuest writes somebody without Slack as ParseGuest reads them.
func FormatGuest(p Person) string {
	name := p.Name
	if strings.Contains(name, `"`) || ParseGuest(name) != (Person{Name: name}) {
		name = quote(name)
	}
	if p.Role == "" {
		return name
	}
	return name + ", " + p.Role
}

func isComma(r rune) bool { return r == ',' || r == '，' || r == '、' }

func isColon(r rune) bool { return r == ':' || r == '：' }

func endsPerson(r rune) bool { return r == ';' || r == '；' || r == '\n' || r == '\r' }

// A peoplePiece is what stands between two separators, and the one before it.
type peoplePiece struct {
	after rune
	text  string
}

// cutPeople cuts at everything that may separate people, but not within quotes.
func cutPeople(s string) (pieces []peoplePiece) {
	after, start := ';', 0
	fresh := true // whether a quote here would begin a name or a role
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if fresh && r == '"' {
			fresh = false
			if n := quoted(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		switch {
		case isComma(r) || endsPerson(r):
			pieces = append(pieces, peoplePiece{after, s[start:i]})
			after, start, fresh = r, i+size, true
		case isColon(r):
			fresh = true
		case !unicode.IsSpace(r):
			fresh = false
		}
		i += size
	}
	return append(pieces, peoplePiece{after, s[start:]})
}

// begins reports whether the piece begins another person, or goes on with the one before.
func (p peoplePiece) begins(before string) bool {
	if endsPerson(p.after) {
		return true
	}
	was, roleWas := cutRole(before)
	is, roleIs := cutRole(p.text)
	switch {
	case IsPersonID(chars.ASCII(strings.TrimSpace(is))):
		return true
	case roleWas >= 0:
		return roleIs >= 0
	}
	return p.after != ',' || quoted(strings.TrimSpace(was)) > 0 || IsPersonID(chars.ASCII(strings.TrimSpace(was)))
}

// cutRole is the part of a person before their role, and where the role begins; -1 where
// there is none. The colon of a time begins none.
func cutRole(s string) (name string, role int) {
	from := len(s) - len(strings.TrimLeft(s, " \t\u3000"))
	from += quoted(s[from:])
	var before rune
	for i, r := range s[from:] {
		if isColon(r) {
			at := from + i + utf8.RuneLen(r)
			if next, _ := utf8.DecodeRuneInString(s[at:]); !unicode.IsDigit(before) || !unicode.IsDigit(next) {
				return s[:from+i], at
			}
		}
		before = r
	}
	return s, -1
}

func parsePerson(s string) (p Person) {
	name, role := cutRole(s)
	name = strings.TrimSpace(name)
	if id := chars.ASCII(name); IsPersonID(id) {
		p.User = id
	} else {
		p.Name = unquote(name)
	}
	if role >= 0 {
		p.Role = unquote(strings.TrimSpace(s[role:]))
	}
	return p
}

// quote puts s in double quotes; those within are doubled.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// unquote undoes quote. What is not in quotes as a whole stays as it is.
func unquote(s string) string {
	if n := quoted(s); n == 0 || n != len(s) {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
}

// quoted is the length of a text in quotes with which s begins, if nothing follows it but
// what ends a name or a role; otherwise 0.
func quoted(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
		case i+1 < len(s) && s[i+1] == '"':
			i++
		default:
			next, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[i+1:], " \t\u3000"))
			if i+1 == len(strings.TrimRight(s, " \t\u3000")) || isComma(next) || isColon(next) || endsPerson(next) {
				return i + 1
			}
			return 0
		}
	}
	return 0
}
