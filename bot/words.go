package bot

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/spelling"
	"visitprep/knowledge"
)

// People type commands in a hurry, on a phone, as they would say them to a colleague. What
// is plainly one of the table's rows is that row; what may be a question stays one; what
// lacks something, or can mean two things, is answered with what to type, and nothing is
// done.

// Words that may stand around those of a row.
var (
	polite    = set("please pls plz thanks thank you thx ta bitte danke 请 谢谢 麻烦")
	articles  = set("the a an my our me all new")
	dayBegins = set("in on from for by next this around early mid late")
	dayWords  = set("january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec " +
		"monday tuesday wednesday thursday friday saturday sunday week month quarter year spring summer autumn fall winter early mid late next this")
	numberWords  = set("no nr num number nummer № n° nº 第")
	prepositions = set("to on of for at in from about the →")
	// nouns may have an article before them at the beginning; "the plan" is no wish for a form.
	nouns = set("visit visits inspection inspections guests factories phrases phrase tip tips status next new")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// rowIn finds the row that takes the words, and the command that has it, with what they say
// for its N and its last argument; the row is nil where there is none. Words that begin with
// the name of a command without its slash are that command's where they cannot be a question.
func rowIn(all []command, cmd *command, words string) (_ *command, row *subcommand, number int, rest string) {
	split := spoken(all, words)
	if len(split) == 0 {
		switch {
		case strings.TrimSpace(words) == "":
			row, _, _ = cmd.row(nil)
		case strings.Contains(chars.ASCII(words), "?"):
			row, _, _ = cmd.row([]string{"help"})
		}
		return cmd, row, 0, ""
	}
	if row, number, rest = cmd.row(split); row != nil || len(split) == 1 {
		return cmd, row, number, rest
	}
	for i := range all {
		if c := &all[i]; "/"+plainWord(split[0]) == c.name {
			if row, number, rest = c.row(split[1:]); row != nil && (c.name == cmd.name || number > 0) {
				return c, row, number, rest
			}
		}
	}
	return cmd, nil, 0, ""
}

// spoken are the words of a command, in lower case, without what is said around it: thanks
// at an end, a word or all of them twice, a # that stands alone. A number that is written on
// to a word, as in "show#1", stands apart.
func spoken(all []command, words string) (split []string) {
	for w := range strings.FieldsSeq(strings.TrimRight(strings.ToLower(words), blocks.Stops)) {
		if commandOf(all, pasted(w)) != nil { // pasted twice
			continue
		}
		plain := plainWord(w)
		if m := unglued(plain); m != nil && goesBeforeN(all, m[1]) {
			split = append(split, m[1], m[2])
		} else if plain != "" {
			split = append(split, w)
		}
	}
	end := func(w string) bool {
		return polite[plainWord(w)] || emoji.MatchString(w) || !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	}
	for len(split) > 1 && end(split[len(split)-1]) {
		split = split[:len(split)-1]
	}
	for len(split) > 1 && end(split[0]) {
		split = split[1:]
	}
	if half := len(split) / 2; half > 0 && len(split)%2 == 0 && slices.Equal(split[:half], split[half:]) {
		split = split[:half]
	}
	twice := func(a, b string) bool {
		return plainWord(a) == plainWord(b) && unicode.IsLetter([]rune(plainWord(a) + " ")[0])
	}
	return slices.CompactFunc(split, twice)
}

var (
	glued = regexp.MustCompile(`^(\pL+|№|n[°º])[.:,#=(\[/]*([0-9]+)[)\]号號]*$`)
	emoji = regexp.MustCompile(`^:[a-z0-9_+-]+:?$`)
)

// unglued is a match of glued; most words have no figure, and need no look.
func unglued(word string) []string {
	if !strings.ContainsAny(word, "0123456789") {
		return nil
	}
	return glued.FindStringSubmatch(word)
}

// goesBeforeN reports whether a word may stand before the number of a row.
func goesBeforeN(all []command, word string) bool {
	if numberWords[word] {
		return true
	}
	for i := range all {
		if all[i].takesNumber(word) {
			return true
		}
	}
	return false
}

// takesNumber reports whether a row has the word, or its singular, right before its N.
func (c *command) takesNumber(word string) bool {
	return slices.ContainsFunc(c.rows, func(r subcommand) bool {
		before, _, ok := strings.Cut(r.usage, " N")
		last := before[strings.LastIndexByte(before, ' ')+1:]
		return ok && (last == word || isPlural(word, last))
	})
}

// row finds the row of a command that takes the words.
func (c *command) row(words []string) (row *subcommand, number int, rest string) {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = plainWord(w)
	}
	for i := range c.rows {
		if number, rest, ok := c.rows[i].match(words, plain); ok {
			return &c.rows[i], number, rest
		}
	}
	return nil, 0, ""
}

// match reads words, in lower case and on whatever keyboard, by the row's usage; plain is
// each of them as a plainWord. Only words that are the row's count, with articles between
// them: "list of documents for a visa" is a question. The rest is as it was typed.
func (s *subcommand) match(words, plain []string) (number int, rest string, ok bool) {
	u, usage, _ := strings.Cut(s.usage, " ")
	for first := true; u != ""; first = false {
		if strings.HasPrefix(u, "[") {
			_, after, _ := strings.Cut(s.usage, "]")
			before := len(words) - len(strings.Fields(after))
			if before < len(words) && (before < 1 || strings.Join(plain[before:], " ") != strings.TrimSpace(after)) {
				return 0, "", false
			}
			return number, chars.Unwrapped(strings.Join(withoutPreposition(words[:before]), " ")), true
		}
		next, later, _ := strings.Cut(usage, " ")
		beforeN := next == "N"
		around := func(w string) bool {
			return w != u && (u == "N" && numberWords[w] || articles[w] && (!first || nouns[u] || beforeN))
		}
		for len(words) > 1 && around(plain[0]) {
			words, plain = words[1:], plain[1:]
		}
		if len(words) == 0 {
			return 0, "", false
		}
		word := plain[0]
		switch {
		case u == "N":
			if number, _ = strconv.Atoi(word); number < 1 || word[0] == '+' {
				return 0, "", false
			}
		case u != word && !(beforeN && isPlural(word, u)):
			return 0, "", false
		}
		words, plain = words[1:], plain[1:]
		u, usage = next, later
	}
	return number, "", len(words) == 0
}

// isPlural reports whether a word is another one with an s.
func isPlural(word, singular string) bool {
	return strings.HasPrefix(word, singular) && word[len(singular):] == "s"
}

// withoutPreposition is words without those that lead to them, as in "to the 15 March".
func withoutPreposition(words []string) []string {
	for len(words) > 0 && prepositions[plainWord(words[0])] {
		words = words[1:]
	}
	return words
}

// plainWord is a word without what stands around it: the # or 号 of a number, marks, a colon,
// a slash.
func plainWord(w string) string {
	if !strings.ContainsFunc(w, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') }) {
		return w // nearly all are, and each row asks
	}
	const around = blocks.Stops + "#/《》〈〉"
	w = strings.Trim(chars.Unwrapped(strings.Trim(chars.ASCII(w), around)), around)
	if n := strings.TrimRight(w, "号號"); strings.Trim(n, "0123456789") == "" {
		return n
	}
	return w
}

// changing are what people want to do to a thing, and what buttons do.
var changing = set("cancel delete remove edit change update reschedule postpone rename end stop close finish resume restore reopen")

// An attempt is words that no row takes, as far as they look like those of a command.
type attempt struct {
	verb, noun string   // the noun is visit, inspection, plan or ""
	rest       []string // what follows
	number     int      // with which the rest begins; 0 is none
	alone      bool     // the number is all of the rest
}

func attemptOf(words []string) (a attempt, ok bool) {
	for i := range words {
		words[i] = plainWord(words[i])
	}
	words = slices.DeleteFunc(words, func(w string) bool { return articles[w] || numberWords[w] })
	if len(words) == 0 {
		return a, false
	}
	a.verb, a.rest = words[0], words[1:]
	if len(a.rest) > 0 {
		if n := strings.TrimSuffix(a.rest[0], "s"); n == "visit" || n == "inspection" || n == "plan" {
			a.noun, a.rest = n, a.rest[1:]
		}
	}
	if len(a.rest) > 0 {
		if len(civil.Readings(a.rest[0])) == 0 { // a day has no number
			a.number, _ = strconv.Atoi(leading.FindString(a.rest[0]))
		}
		a.alone = len(a.rest) == 1 && strings.Trim(a.rest[0], "0123456789") == ""
	}
	return a, true
}

// shown is what to type to see what an attempt after a command is about.
func (a attempt) shown(command string) string {
	n := strconv.Itoa(a.number)
	switch {
	case a.noun == "plan":
		return oneLine("/inspection", "plan", n)
	case a.noun == "inspection" || a.noun == "" && command == "/inspection":
		return oneLine("/inspection", "show", n)
	}
	return oneLine("/visit-prep", "show", n)
}

func oneLine(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// almost answers words that are nearly a row of a command with what to type. It is nil where
// they may as well be a question.
func (b *Bot) almost(p blocks.Printer, cmd *command, typed string) *blocks.Message {
	words := spoken(b.commands, typed)
	ps := proposals{all: b.commands}
	if ps.corrected(cmd, words) {
		return ps.said(p)
	}
	a, ok := attemptOf(words)
	if !ok {
		return nil
	}
	if verb := a.otherwise(cmd); verb != "" {
		a.verb = verb
		if a.alone || cmd.question == "" {
			ps.addWithDay(a, "/inspection")
			return ps.said(p)
		}
	}
	if cmd.verb(a.verb) && (cmd.question == "" || !nouns[a.verb]) { // "visit China" is a question
		if m, done := ownRow(p, cmd, a, &ps); done {
			return m
		}
	}
	if a.number == 0 {
		return nil
	}
	if changing[a.verb] && a.alone || a.noun != "" && cmd.verb(a.verb) || a.verb == "move" && a.noun == "visit" {
		return blocks.Said(p.T("Type %s: the buttons there change it.", a.shown(cmd.name)))
	}
	ps.addOthers(cmd, a)
	n := strconv.Itoa(a.number)
	if len(ps.forms) == 0 {
		if near := spelling.Nearest(a.verb, cmd.verbs()); near == "" || !a.alone || !ps.add(cmd.name, near, a.noun, n) && !ps.add(cmd.name, near, n) {
			return nil
		}
	}
	return ps.said(p)
}

// unslashed answers words of a conversation that are a command's without its slash, with what
// to type; nothing is done. It is nil where they may as well be a question.
func (b *Bot) unslashed(p blocks.Printer, words string) *blocks.Message {
	ps := proposals{all: b.commands}
	name, words := plainly(b.commands, "", words)
	for i := range b.commands {
		cmd := &b.commands[i]
		if name != "" && name != cmd.name {
			continue
		}
		in, row, number, rest := rowIn(b.commands, cmd, words)
		if row == nil || row.usage == "" || number == 0 && strings.Contains(row.usage, "[") { // "aql" is a question
			continue
		}
		ps.add(in.typed(row, number, strings.Trim(rest, blocks.Stops)))
		if row.namesKind() {
			break
		}
	}
	return ps.said(p)
}

// namesKind reports whether the row's words say whether it is about a visit, an inspection or
// a plan, so that they mean the same after each command.
func (s *subcommand) namesKind() bool {
	return strings.Contains(s.usage, "visit") || strings.Contains(s.usage, "inspection") || strings.HasSuffix(s.usage, "plan N")
}

// ownRow answers an attempt whose verb is one of the command's own. It reports false where
// the attempt may mean another.
func ownRow(pr blocks.Printer, cmd *command, a attempt, p *proposals) (m *blocks.Message, done bool) {
	if day, n := a.dayFirst(); n > 0 && p.add(cmd.name, a.verb, strconv.Itoa(n), day) {
		return p.said(pr), true
	}
	switch {
	case slices.ContainsFunc(a.rest, isNotNumber):
		return nil, cmd.question != ""
	case a.number == 0:
		if !p.add(cmd.name, a.verb, a.noun, "3") && !p.add(cmd.name, a.verb, "3") {
			return nil, true
		}
		return blocks.Said(pr.T("Which one? Type its number too, such as %s.", p.forms[0])), true
	case !a.alone && p.add(cmd.name, a.verb, a.noun, strconv.Itoa(a.number)):
		return blocks.Said(pr.T("One at a time, please: type %s.", p.forms[0])), true
	}
	return nil, false
}

// addOthers proposes the rows of all commands that have the attempt's verb.
func (p *proposals) addOthers(cmd *command, a attempt) {
	for i := range p.all {
		other := &p.all[i]
		if !other.verb(a.verb) || !a.alone && a.verb != "move" && other != cmd {
			continue
		}
		if nouns[a.verb] { // "visit 1" shows it, as "show 1" does
			p.add(attempt{noun: a.verb, number: a.number}.shown(cmd.name))
			continue
		}
		p.addWithDay(a, other.name)
	}
	if len(p.forms) > 0 && !cmd.verb(a.verb) && !nouns[a.verb] {
		p.add(a.shown(cmd.name))
	}
}

// dayFirst is the day and the number of an attempt in which they stand the wrong way round.
func (a attempt) dayFirst() (day string, number int) {
	rest := withoutPreposition(slices.DeleteFunc(slices.Clone(a.rest), func(w string) bool { return nouns[w] }))
	if len(rest) < 2 {
		return "", 0
	}
	d, wrong, _ := civil.Read(strings.Join(rest[:len(rest)-1], " "))
	last := rest[len(rest)-1]
	if number, _ = strconv.Atoi(last); wrong != "" || strings.Trim(last, "0123456789") != "" {
		return "", 0
	}
	return d.String(), number
}

// proposals are what people can type in place of what they typed.
type proposals struct {
	all   []command
	forms []string
}

// add proposes words, once, if a row takes them, and reports whether one does. What was typed
// is taken by none, so it is never proposed.
func (p *proposals) add(words ...string) bool {
	form := oneLine(words...)
	name, after, _ := strings.Cut(form, " ")
	cmd := commandOf(p.all, name)
	if _, row, _, _ := rowIn(p.all, cmd, after); row == nil {
		return false
	}
	if !slices.Contains(p.forms, form) {
		p.forms = append(p.forms, form)
	}
	return true
}

// addWithDay proposes an attempt as a command's, with the day that it ends with, if it does.
func (p *proposals) addWithDay(a attempt, command string) {
	n := strconv.Itoa(a.number)
	day, wrong, _ := civil.Read(strings.Join(withoutPreposition(a.rest[1:]), " "))
	if wrong != "" || !p.add(command, a.verb, n, day.String()) {
		p.add(command, a.verb, a.noun, n)
	}
}

// corrected proposes the words with the first of them spelt as a row's, where two letters of
// it stand the wrong way round. It reports whether a row takes that.
func (p *proposals) corrected(cmd *command, words []string) bool {
	if len(words) == 0 {
		return false
	}
	wrong := plainWord(words[0])
	letters := func(w string) string { return string(slices.Sorted(slices.Values([]byte(w)))) }
	for _, r := range cmd.rows {
		first, _, _ := strings.Cut(r.usage, " ")
		if len(first) > 2 && spelling.Distance(wrong, first, 1) == 1 && letters(wrong) == letters(first) {
			form := []string{cmd.name, first}
			for _, w := range words[1:] {
				if w = plainWord(w); !articles[w] && !numberWords[w] {
					form = append(form, w)
				}
			}
			return p.add(form...)
		}
	}
	return false
}

// otherwise is the verb that an attempt at an inspection means in other words: its result,
// or another day. It is "" where it has a row's own.
func (a *attempt) otherwise(cmd *command) string {
	if a.number > 0 && a.noun != "visit" && a.noun != "plan" {
		switch a.verb {
		case "passed", "failed", "finished", "completed":
			return "done"
		case "skipped":
			return "skip"
		case "postpone", "reschedule", "delay", "shift":
			if cmd.name == "/inspection" {
				return "move"
			}
		}
		return ""
	}
	// "3 done"
	n, err := strconv.Atoi(a.verb)
	if err != nil || n < 1 || len(a.rest) != 1 || cmd.name != "/inspection" {
		return ""
	}
	verb := a.rest[0]
	was := attempt{verb: verb, number: n}
	if !cmd.verb(verb) {
		if verb = was.otherwise(cmd); verb == "" {
			return ""
		}
	}
	a.number, a.alone, a.rest = n, true, []string{strconv.Itoa(n)}
	return verb
}

// said asks which of them is meant, with a button for each; it is nil where there are none.
func (p *proposals) said(words blocks.Printer) *blocks.Message {
	var m *blocks.Message
	switch len(p.forms) {
	case 0:
		return nil
	case 1:
		m = blocks.Said(words.T("Did you mean %s?", p.forms[0]))
	default:
		m = blocks.Said(words.T("Did you mean %s, or %s?", p.forms[0], p.forms[1]))
	}
	var es []slack.BlockElement
	for n, form := range p.forms[:min(len(p.forms), 2)] {
		es = append(es, blocks.Button(actType.With(strconv.Itoa(n+1)), blocks.Subject(form), form))
	}
	m.Add(blocks.Actions(es...))
	return m
}

// actType does what its value says, as if whoever presses it had typed that.
const actType blocks.ActionID = "type"

func (b *Bot) typeClick(ctx context.Context, c click) error {
	name, words, _ := strings.Cut(string(c.about), " ")
	cmd := commandOf(b.commands, name)
	if cmd == nil {
		return nil
	}
	p := b.directory.printer(ctx, c.team, c.user)
	cmd, row, number, rest := rowIn(b.commands, cmd, words)
	if row == nil && cmd.name == "/visit-prep" {
		if m, ok, err := b.plansTo(ctx, c.caller, b.guide.Load().In(p), words); m != nil || err != nil {
			return b.replies.replyPrivately(ctx, c, b.replies.orApologyTo(c.team, c.user, "plan a visit", m, err))
		} else if ok {
			return nil
		}
	}
	if row == nil { // of an old message
		return b.replies.replyPrivately(ctx, c, blocks.Said(p.T("I don't know %s. Try /visit-prep, /inspection, /factory or /etiquette.", blocks.Clip(string(c.about), 50))))
	}
	m, err := row.run(ctx, request{caller: c.caller, guide: b.guide.Load().In(p), words: words, asked: words, number: number, rest: rest, form: string(c.about), url: c.url})
	if errors.Is(err, errOtherwise) {
		if answer := cmd.otherwise(request{caller: c.caller, guide: b.guide.Load().In(p), words: words, asked: words, url: c.url}); len(answer) > 0 {
			return b.replies.respond(ctx, c.url, answer)
		}
		return nil
	}
	if m == nil && err == nil {
		return nil // a form has opened
	}
	return b.replies.replyPrivately(ctx, c, b.replies.orApologyTo(c.team, c.user, "answer "+cmd.name+" "+row.usage, m, err))
}

// placeToPlan reads words as a wish to plan a visit to what they name: "plan bright". It is sure where
// they say that it is a visit to something.
func placeToPlan(words string) (name string, sure bool) {
	if strings.Contains(chars.ASCII(words), "?") {
		return "", false
	}
	split := strings.Fields(strings.TrimRight(chars.Unwrapped(words), blocks.Stops))
	is := func(n int, in map[string]bool) bool {
		return n < len(split) && in[plainWord(strings.ToLower(split[n]))]
	}
	n := 0
	for is(n, polite) {
		n++
	}
	if !is(n, map[string]bool{"plan": true}) {
		return "", false
	}
	for n++; is(n, articles); n++ {
	}
	visit := is(n, map[string]bool{"visit": true, "trip": true})
	if visit {
		n++
	}
	to := is(n, map[string]bool{"to": true, "at": true})
	if to {
		n++
	}
	for len(split) > n && is(len(split)-1, polite) {
		split = split[:len(split)-1]
	}
	split = split[:max(n, withoutDay(split))]
	if n >= len(split) || is(n, articles) || strings.ContainsAny(split[n][:1], "0123456789#") {
		return "", false
	}
	name = chars.Unwrapped(strings.Join(split[n:], " "))
	return name, visit && to && len(split)-n <= 6 && len(name) <= 80
}

// withoutDay is how many words are before those that say when, at the end: "Suzhou in March". The form asks for the days.
func withoutDay(words []string) int {
	for n := 1; n+1 < len(words); n++ {
		at, when := plainWord(strings.ToLower(words[n])), plainWord(strings.ToLower(words[n+1]))
		if dayBegins[at] && (dayWords[when] || strings.ContainsAny(when[:min(1, len(when))], "0123456789")) {
			return n
		}
	}
	return len(words)
}

// plansTo opens the form for a visit to the factory that words name. One that nobody knows is the name
// of a new one, where the words can be nothing else. It reports false where they may be a question.
func (b *Bot) plansTo(ctx context.Context, who caller, g *guide.Guide, words string) (which *blocks.Message, ok bool, err error) {
	name, sure := placeToPlan(words)
	if name == "" {
		return nil, false, nil
	}
	known, err := b.factories.knownTo(ctx, who.team, who.user)
	if err != nil {
		return nil, false, err
	}
	switch found := meant(known, name); {
	case !sure && len(chars.ASCII(name)) < 3: // "plan b"
		return nil, false, nil
	case len(found) == 1:
		return nil, true, b.visits.planFor(ctx, who, factorySubject(found[0].Number))
	case !sure || len(found) == 0 && g.Base.Search(words, 1).Match == knowledge.Good:
		return nil, false, nil
	case len(found) > 1:
		_, which, err = b.pages.named(ctx, who, name, actPlan)
		return which, true, err
	}
	return nil, true, b.visits.planFor(ctx, who, blocks.Subject(planNamed+name))
}

// nearly answers words that no row takes and no advice fits, where they begin nearly as a row does:
// "pln", "show abc". It is nil where they may as well be a question.
func (b *Bot) nearly(p blocks.Printer, cmd *command, q request) *blocks.Message {
	words := spoken(b.commands, q.words)
	if len(words) == 0 || len(words) > 2 || cmd.question == "" || strings.Contains(chars.ASCII(q.words), "?") {
		return nil
	}
	if _, page := q.guide.Lookup(q.asked); page || q.guide.Base.Search(q.asked, 1).Match == knowledge.Good {
		return nil
	}
	ps := proposals{all: b.commands}
	first, after := plainWord(words[0]), words[1:]
	does := cmd.verb(first) && first != "visit" && first != "inspection" // which begin questions, too: "inspection list"
	if does && len(after) == 1 && !strings.ContainsAny(after[0], "0123456789") && ps.add(cmd.name, first, "3") {
		return blocks.Said(p.T("Which one? Type its number too, such as %s.", ps.forms[0]))
	}
	for _, r := range cmd.rows {
		begins, _, _ := strings.Cut(r.usage, " ")
		if len(first) > 2 && len(begins) > 2 && spelling.Distance(first, begins, 1) == 1 && ps.add(oneLine(append([]string{cmd.name, begins}, after...)...)) {
			break
		}
	}
	return ps.said(p)
}

var leading = regexp.MustCompile(`^[0-9]+`)

// verbs are the words with which rows begin that have a number further on.
func (c *command) verbs() (verbs []string) {
	for i := range c.rows {
		if verb := c.rows[i].verb(); verb != "" {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// verb reports whether word is one of the verbs.
func (c *command) verb(word string) bool {
	return word != "" && slices.ContainsFunc(c.rows, func(s subcommand) bool { return s.verb() == word })
}

// verb is the word with which the row begins, if it has a number further on.
func (s *subcommand) verb() string {
	first, after, _ := strings.Cut(s.usage, " ")
	for word := range strings.FieldsSeq(after) {
		if word == "N" {
			return first
		}
	}
	return ""
}

// isNotNumber reports whether a word is neither numbers nor between them.
func isNotNumber(w string) bool {
	return w != "and" && w != "und" && w != "or" && w != "n" && strings.Trim(w, "0123456789,.;&+-/") != ""
}
