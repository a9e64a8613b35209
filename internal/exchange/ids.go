package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/visit"
)

// An idKind is what has an id in Slack.
type idKind struct {
	a       string // one of them in a sentence
	shape   *regexp.Regexp
	address *regexp.Regexp // a link with an id in it
	how     string
}

var (
	channelIDs = idKind{
		"a channel", regexp.MustCompile(`^[CG][A-Z0-9]{8,}$`), regexp.MustCompile(`://\S*[/=]([CG][A-Z0-9]{8,})(?:[/?&#]|$)`),
		"write an id such as C0123ABCD: in Slack, open the channel's details, the id is at the bottom",
	}
	personIDs = idKind{
		"a person", regexp.MustCompile(`^[UW][A-Z0-9]{8,}$`), regexp.MustCompile(`://\S*[/=]([UW][A-Z0-9]{8,})(?:[/?&#]|$)`),
		"write an id such as U0123ABCD: in Slack, open the person's profile, then ⋮, and copy the member ID",
	}
)

// mention is what Slack makes of a channel or a person that is named in a message: <@U0123ABCD|mia>.
var mention = regexp.MustCompile(`^<[#@]([A-Z0-9]+)(?:\|[^<>]*)?>$`)

var (
	email    = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	anyID    = regexp.MustCompile(`^[A-Z][A-Z0-9]{8,}$`)
	hasDigit = regexp.MustCompile(`[0-9]`)
)

// read takes an id, or says what is written instead of one. Slack would take "#general" for a
// channel and post there, whoever reads it.
func (k idKind) read(s string) (id, wrong, how string) {
	if m := mention.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	upper := strings.ToUpper(s)
	switch {
	case k.shape.MatchString(s):
		return s, "", ""
	case k.address.MatchString(s):
		return "", fmt.Sprintf("%q is a link, not an id", s), "write the id in it, " + k.address.FindStringSubmatch(s)[1]
	case strings.HasPrefix(s, "#"), strings.HasPrefix(s, "@"):
		return "", fmt.Sprintf("%q is a name, which can change hands", s), k.how
	case email.MatchString(s):
		return "", fmt.Sprintf("%q is an e-mail address, not an id", s), k.how
	case s != upper && k.shape.MatchString(upper) && hasDigit.MatchString(s):
		return "", fmt.Sprintf("%q is not in capitals", s), "write it as " + upper
	case anyID.MatchString(s):
		return "", fmt.Sprintf("%s is the id of %s, not of %s", s, idOf(s[0]), k.a), k.how
	}
	return "", fmt.Sprintf("%q is not the id of %s", s, k.a), k.how
}

// idOf is what an id belongs to that begins with a letter.
func idOf(letter byte) string {
	switch letter {
	case 'C', 'G':
		return "a channel"
	case 'D':
		return "a direct message"
	case 'U', 'W':
		return "a person"
	case 'T', 'E':
		return "a workspace"
	}
	return "something else"
}

// id reads the id in a column; one that is recorded already is taken as it is.
func (r *reader) id(column string, s text, k idKind) string {
	if s == "" || r.unchanged(column) {
		return string(s)
	}
	id, wrong, how := k.read(string(s))
	if wrong != "" {
		r.wrongly(column, wrong, how)
	} else if k.a == personIDs.a {
		r.ours(column, id)
	}
	return id
}

// owner reads whose the visit or plan is. What is somebody's does not become nobody's: nobody
// would be asked for its outcome then.
func (r *reader) owner() string {
	if r.Owner == "" && !r.unchanged("owner") && r.base != nil {
		r.wrongly("owner", fmt.Sprintf("that of %s is %s, and it would be nobody's", r.what(), r.base.Owner), "write the id of whoever takes it over, or leave it as it was")
	}
	return r.id("owner", r.Owner, personIDs)
}

// ours notes somebody who is no colleague, unless they stand in the column as recorded.
func (r *reader) ours(column, id string) {
	if r.kinds.Refuses == nil || r.unchanged(column) {
		return
	}
	if why := r.kinds.Refuses(id); why != "" {
		r.wrongly(column, id+": "+strings.TrimSuffix(why, "."), "")
	}
}

// participant reads who takes part: somebody with an id, or the name of somebody without
// Slack. What only means a person in Slack is no name.
func (r *reader) participant(name string) (id string) {
	id, wrong, how := personIDs.read(name)
	if id != "" || r.unchanged("people") {
		return id
	}
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "<@") || email.MatchString(name) || personIDs.address.MatchString(name) ||
		personIDs.shape.MatchString(strings.ToUpper(name)) && hasDigit.MatchString(name) {
		r.wrongly("people", wrong, how)
	}
	return ""
}

// idWithin is an id between other signs. It has a figure first or before a letter, as ids have
// and WORKSHOP12 has not.
var idWithin = regexp.MustCompile(`(?:^|[^A-Z0-9])[UW](?:[0-9][A-Z0-9]{7,}|[A-Z0-9]*[0-9][A-Z0-9]*[A-Z][A-Z0-9]*)(?:$|[^A-Z0-9])`)

// holdsID reports whether there is the id of a person in what is no id.
func holdsID(s string) bool {
	for _, m := range idWithin.FindAllString(chars.ASCII(s), -1) {
		if word := strings.TrimFunc(m, func(c rune) bool { return !isASCIILetter(c) && (c < '0' || c > '9') }); len(word) >= 9 {
			return true
		}
	}
	return false
}

// beside is what stands in a role behind a sign that separates nobody.
var beside = regexp.MustCompile(`(?:\s[/|\\]\s*|[/|\\]\s+)(\S.*)$`)

// apart refuses an id with something beside it, and a role with somebody in it who has their own:
// both would be taken for the name or the role of a guest.
func (r *reader) apart(p visit.Person) {
	others := beside.FindStringSubmatch(chars.ASCII(p.Role))
	switch {
	case r.unchanged("people"):
	case holdsID(p.Name):
		r.wrong("people", fmt.Sprintf("%q is an id and more", p.Name))
	case holdsID(p.Role), others != nil && slices.ContainsFunc(visit.ParsePeople(others[1]), func(p visit.Person) bool { return p.Role != "" }):
		r.wrong("people", fmt.Sprintf("the role %q has somebody else in it", p.Role))
	}
}
