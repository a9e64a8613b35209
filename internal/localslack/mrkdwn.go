package localslack

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// A reader is the person for whom text is drawn: which names and channels it
// shows, and in which time zone, depends on them.
type reader struct {
	viewer   string
	people   map[string]Person
	channels map[string]Channel // those the viewer can see
	files    map[string]File    // all; a message shows which of them it has
	zone     *time.Location
	now      time.Time // for "today" and "tomorrow"
}

// mrkdwn draws Slack's markup. It is not Markdown: `# h`, `[x](y)`, `| a |`,
// `**x**` and `2*3*4` keep every character. Whatever is not understood is shown
// as it was written; no text is ever dropped.
//
// Formatting needs a space or punctuation around it, also between Chinese
// characters, as in Slack. verbatim turns off the linking of bare URLs.
func (r *reader) mrkdwn(text string, verbatim bool) g.Group {
	text = clean(text)
	var all g.Group
	for {
		before, code, after, found := cutFence(text)
		if !found {
			return append(all, r.lines(text, verbatim)...)
		}
		all = append(all, r.lines(strings.TrimSuffix(before, "\n"), verbatim)...)
		all = append(all, h.Pre(drawn(r.lex(strings.Trim(code, "\n"), lexCode))))
		text = strings.TrimPrefix(after, "\n")
	}
}

// plainText draws a plain_text object, in which only emoji shortcodes mean
// anything.
func plainText(text string, shortcodes bool) g.Group {
	pieces := (&reader{}).lex(clean(text), lexPlain)
	for i, p := range pieces {
		if p.emoji && !shortcodes {
			pieces[i] = piece{node: g.Text(p.source)}
		}
	}
	return drawn(pieces)
}

// clean makes text valid UTF-8 with \n as the only line end.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// cutFence cuts at the first code between ``` and ```. Without code in it, a pair
// of fences is text, and so is a fence that is never closed.
func cutFence(text string) (before, code, after string, found bool) {
	before, rest, ok := strings.Cut(text, "```")
	if !ok {
		return "", "", "", false
	}
	code, after, ok = strings.Cut(rest, "```")
	if !ok || strings.TrimSpace(code) == "" {
		return "", "", "", false
	}
	return before, code, after, true
}

// lines draws the text between fences, line by line, since no emphasis goes
// beyond its line. Quoted lines that follow each other become one quote, and
// where quotes begin and end the browser breaks the line by itself.
func (r *reader) lines(text string, verbatim bool) g.Group {
	if text == "" {
		return nil
	}
	mode := lexText
	if verbatim {
		mode = lexVerbatim
	}
	var all, run g.Group
	quoting, toEnd := false, false
	finish := func() {
		if quoting {
			run = g.Group{h.BlockQuote(run)}
		}
		all, run = append(all, run...), nil
	}
	for i, line := range strings.Split(text, "\n") {
		quoted := toEnd
		if !toEnd {
			line, quoted, toEnd = unquoted(line)
		}
		switch {
		case i == 0:
		case quoted == quoting:
			run = append(run, h.Br())
		default:
			finish()
		}
		quoting = quoted
		if quoted {
			line = strings.TrimPrefix(line, " ")
		}
		run = append(run, emphasised(r.lex(line, mode))...)
	}
	finish()
	return all
}

// unquoted takes the mark off a quoted line. People's clients send the mark
// escaped; apps also send it as it is. Three of them quote all that follows.
func unquoted(line string) (text string, quoted, toEnd bool) {
	for _, mark := range []string{">>>", "&gt;&gt;&gt;", ">", "&gt;"} {
		if after, ok := strings.CutPrefix(line, mark); ok {
			return after, true, mark == ">>>" || mark == "&gt;&gt;&gt;"
		}
	}
	return line, false, false
}

// A piece is one rune of text, or an atom that is complete, such as a link.
type piece struct {
	r      rune
	node   g.Node // of an atom
	source string // what was written, for an atom
	emoji  bool
}

func (p piece) is(r rune) bool { return p.node == nil && p.r == r }
func (p piece) blank() bool    { return p.node == nil && unicode.IsSpace(p.r) }
func (p piece) word() bool {
	return p.node == nil && (unicode.IsLetter(p.r) || unicode.IsDigit(p.r))
}

// A pen collects what is drawn, and joins runes into one text.
type pen struct {
	nodes g.Group
	text  strings.Builder
}

func (p *pen) write(q piece) {
	if q.node == nil {
		p.text.WriteRune(q.r)
	} else {
		p.add(q.node)
	}
}

func (p *pen) add(n g.Node) { p.nodes = append(p.done(), n) }

func (p *pen) done() g.Group {
	if p.text.Len() > 0 {
		p.nodes = append(p.nodes, g.Text(p.text.String()))
		p.text.Reset()
	}
	return p.nodes
}

// drawn draws pieces without emphasis.
func drawn(ps []piece) g.Group {
	var p pen
	for _, q := range ps {
		p.write(q)
	}
	return p.done()
}

type lexMode int

const (
	lexText     lexMode = iota // everything
	lexVerbatim                // everything but bare URLs
	lexCode                    // inside code: only <…> and entities
	lexPlain                   // plain_text: only emoji
)

// lex cuts text into pieces. Concatenated, their sources are the text.
func (r *reader) lex(text string, mode lexMode) []piece {
	pieces := make([]piece, 0, len(text))
	for i := 0; i < len(text); {
		afterWord := len(pieces) > 0 && pieces[len(pieces)-1].word()
		p, n := r.atom(text[i:], mode, afterWord)
		if n == 0 {
			p.r, n = utf8.DecodeRuneInString(text[i:])
		}
		pieces = append(pieces, p)
		i += n
	}
	return pieces
}

// atom is the atom that s begins with and how many bytes it takes, 0 when s
// begins with plain text. It has a branch for each mark of the language and the
// modes in which that mark counts.
func (r *reader) atom(s string, mode lexMode, afterWord bool) (piece, int) {
	speech := mode == lexText || mode == lexVerbatim
	switch s[0] {
	case '&':
		if mode != lexPlain {
			return entity(s)
		}
	case '<':
		if mode != lexPlain {
			return r.angle(s, mode)
		}
	case '`':
		if speech && !afterWord {
			return r.code(s)
		}
	case ':':
		if glyph, n := shortcode(s); n > 0 && mode != lexCode {
			return piece{node: emojiNode(glyph, s[:n]), source: s[:n], emoji: true}, n
		}
	case 'h':
		if mode == lexText && !afterWord {
			if u := bareURL(s); u != "" {
				return piece{node: outside(unescape(u), g.Text(unescape(u))), source: u}, len(u)
			}
		}
	case '\n':
		if mode != lexCode {
			return piece{node: h.Br(), source: "\n"}, 1
		}
	}
	return piece{}, 0
}

// angle is a token between < and >.
func (r *reader) angle(s string, mode lexMode) (piece, int) {
	end := strings.IndexAny(s[1:], "<>\n")
	if end < 0 || s[1+end] != '>' {
		return piece{}, 0
	}
	node, ok := r.token(s[1:1+end], mode)
	if !ok {
		return piece{}, 0
	}
	return piece{node: node, source: s[:end+2]}, end + 2
}

// code is text between backticks, unless it touches a word.
func (r *reader) code(s string) (piece, int) {
	code, after, closed := strings.Cut(s[1:], "`")
	if !closed || strings.TrimSpace(code) == "" || startsWord(after) || strings.HasPrefix(after, "`") {
		return piece{}, 0
	}
	n := len(code) + 2
	return piece{node: h.Code(drawn(r.lex(code, lexCode))), source: s[:n]}, n
}

func startsWord(s string) bool {
	ch, n := utf8.DecodeRuneInString(s)
	return n > 0 && piece{r: ch}.word()
}

// The marks of emphasis, in the order of the flags of emphasis.
const marks = "*_~"

// emphasised applies *bold*, _italic_ and ~strike~. A mark opens after a
// non-word and before a non-blank, and closes the other way round.
func emphasised(ps []piece) g.Group { return emphasis(ps, [3]bool{}) }

// emphasis draws pieces within emphasis of the kinds that inside names, which
// cannot open again. A mark that found no closing one is given up until the end:
// to look again at each would take the square of the text's length.
func emphasis(ps []piece, inside [3]bool) g.Group {
	hopeless := inside
	var p pen
	for i := 0; i < len(ps); i++ {
		k := -1
		if ps[i].node == nil {
			k = strings.IndexRune(marks, ps[i].r)
		}
		if k < 0 || hopeless[k] || !opens(ps, i) {
			p.write(ps[i])
			continue
		}
		end := closing(ps, i)
		if end < 0 {
			hopeless[k] = true
			p.write(ps[i])
			continue
		}
		within := inside
		within[k] = true
		p.add(g.El([...]string{"strong", "em", "s"}[k], emphasis(ps[i+1:end], within)))
		i = end
	}
	return p.done()
}

func opens(ps []piece, i int) bool {
	mark := ps[i].r
	if i > 0 && (ps[i-1].word() || ps[i-1].is(mark)) {
		return false
	}
	return i+1 < len(ps) && !ps[i+1].blank() && !ps[i+1].is(mark)
}

func closing(ps []piece, from int) int {
	mark := ps[from].r
	for j := from + 2; j < len(ps); j++ {
		if !ps[j].is(mark) || ps[j-1].blank() || ps[j-1].is(mark) {
			continue
		}
		if j+1 == len(ps) || !ps[j+1].word() && !ps[j+1].is(mark) {
			return j
		}
	}
	return -1
}

// token draws what stands between < and >. If it is not one of Slack's references
// or an address that may be opened, ok is false and it is shown as it was written.
func (r *reader) token(body string, mode lexMode) (g.Node, bool) {
	target, label, _ := strings.Cut(body, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return r.user(target[1:], label)
	case strings.HasPrefix(target, "#"):
		return r.channel(target[1:], label)
	case strings.HasPrefix(target, "!"):
		return r.special(target[1:], label)
	}
	link := unescape(target)
	switch {
	case !safeURL(link):
		return nil, false
	case label == "":
		return outside(link, g.Text(strings.TrimPrefix(link, "mailto:"))), true
	case mode == lexCode:
		return outside(link, g.Text(unescape(label))), true
	}
	// A label may hold emphasis and emoji, but no second link.
	return outside(link, emphasised(r.lex(label, lexVerbatim))...), true
}

func (r *reader) user(id, label string) (g.Node, bool) {
	if !isID(id, "UW") {
		return nil, false
	}
	name := id
	if p, ok := r.people[id]; ok {
		name = displayName(p)
	} else if label != "" {
		name = unescape(label)
	}
	class := "mention"
	if id == r.viewer {
		class += " me"
	}
	return h.Span(h.Class(class), h.Data("id", id), g.Text("@"+name)), true
}

func (r *reader) channel(id, label string) (g.Node, bool) {
	if !isID(id, "CGD") {
		return nil, false
	}
	if c, ok := r.channels[id]; ok {
		return h.A(h.Class("mention"), h.Data("channel", id), href(link(r.viewer, id, "")), g.Text("#"+c.Name)), true
	}
	name := id
	if label != "" {
		name = unescape(label)
	}
	return h.Span(h.Class("mention"), h.Data("id", id), g.Text("#"+name)), true
}

// special draws what begins with an exclamation mark: broadcasts, user groups,
// dates, and anything else by its label. A date without a fallback is not a date,
// since clients that do not know a token must have something to show.
func (r *reader) special(command, label string) (g.Node, bool) {
	switch {
	case command == "here" || command == "channel" || command == "everyone":
		return h.Span(h.Class("mention me"), g.Text("@"+command)), true
	case strings.HasPrefix(command, "subteam^"):
		name := strings.TrimPrefix(unescape(label), "@")
		if name == "" {
			name = strings.TrimPrefix(command, "subteam^")
		}
		return h.Span(h.Class("mention"), h.Data("id", command), g.Text("@"+name)), true
	case strings.HasPrefix(command, "date^"):
		parts := strings.SplitN(command, "^", 4)
		if len(parts) < 3 || label == "" {
			return nil, false
		}
		seconds, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, false
		}
		link := ""
		if len(parts) == 4 {
			link = unescape(parts[3])
		}
		return r.date(seconds, unescape(parts[2]), unescape(label), link, ""), true
	case label != "":
		return h.Span(h.Title(command), g.Text(unescape(label))), true
	}
	return nil, false
}

// date writes an instant in the reader's zone, or in the zone named. The title
// keeps the zone and the fallback readable. Years beyond four digits, which
// RFC 3339 does not have, show the fallback.
func (r *reader) date(seconds int64, format, fallback, link, zone string) g.Node {
	loc := r.zone
	if loc == nil {
		loc = time.UTC
	}
	if zone != "" {
		if l, err := time.LoadLocation(zone); err == nil {
			loc = l
		}
	}
	at := time.Unix(seconds, 0).In(loc)
	if y := at.Year(); y < 0 || y > 9999 {
		return g.Text(fallback)
	}
	text, ok := formatDate(at, r.now.In(loc), format)
	if !ok {
		text = fallback
	}
	title := at.Format("Monday, 2 January 2006, 15:04 MST")
	if fallback != "" {
		title += " – " + fallback
	}
	return outside(link, h.Time(h.DateTime(at.Format(time.RFC3339)), h.Title(title), g.Text(text)))
}

// formatDate fills in Slack's date tokens. If one is unknown, ok is false: Slack
// then shows the fallback.
func formatDate(at, now time.Time, format string) (string, bool) {
	long := at.Format("January ") + ordinal(at.Day()) + at.Format(", 2006")
	tokens := map[string]string{
		"date_num":   at.Format("2006-01-02"),
		"date_slash": at.Format("01/02/2006"),
		"date":       long,
		"date_short": at.Format("Jan 2, 2006"),
		"date_long":  at.Format("Monday, ") + long,
		"time":       at.Format("15:04"),
		"time_secs":  at.Format("15:04:05"),
		"ago":        ago(now.Sub(at)),
	}
	for _, name := range []string{"date", "date_short", "date_long"} {
		tokens[name+"_pretty"] = near(at, now, tokens[name])
	}
	tokens["day_divider_pretty"] = near(at, now, at.Format("Monday, ")+at.Format("January ")+ordinal(at.Day()))
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), true
		}
		name, after, ok := strings.Cut(rest, "}")
		value, known := tokens[name]
		if !ok || !known {
			return "", false
		}
		// Slack begins a sentence with "Today", and writes "today" inside one.
		if b.Len() == 0 && value != "" && strings.HasSuffix(name, "_pretty") {
			value = strings.ToUpper(value[:1]) + value[1:]
		}
		b.WriteString(value)
		format = after
	}
}

// near names the days around now, and leaves others as they are.
func near(at, now time.Time, otherwise string) string {
	day := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	switch day(at) - day(now) {
	case -1:
		return "yesterday"
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return otherwise
}

func ago(d time.Duration) string {
	before, after := "", " ago"
	if d < 0 {
		d, before, after = -d, "in ", ""
	}
	count := func(n int, unit string) string {
		if n != 1 {
			unit += "s"
		}
		return fmt.Sprintf("%s%d %s%s", before, n, unit, after)
	}
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 24*time.Hour:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d.Hours()/24), "day")
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// safeURL is the only gate to an href or a src.
func safeURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsAny(s, "\"'<>`\\ \t\n\r") {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return u.Opaque != ""
	}
	return false
}

// outside is a link that leaves the page. If safeURL does not let the address
// through, it is the words alone.
func outside(address string, inside ...g.Node) g.Node {
	if !safeURL(address) {
		return g.Group(inside)
	}
	return h.A(h.Href(address), leaving(), g.Group(inside))
}

// leaving opens a new window and tells the other site nothing about this one.
func leaving() g.Node { return g.Group{h.Target("_blank"), h.Rel("noopener noreferrer")} }

// maxURL is Slack's limit. It also bounds the work on text that looks like an
// address and is not one.
const maxURL = 3000

// bareURL is the http(s) address that s begins with, without the punctuation that
// ends the sentence; empty if there is none that may be opened.
func bareURL(s string) string {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return ""
	}
	s = s[:min(len(s), maxURL+1)]
	whole := len(s) <= maxURL
	if end := strings.IndexAny(s, " \t\n\v\f\r<>|\"'`\\*~"); end >= 0 {
		s, whole = s[:end], true
	}
	if end := strings.IndexFunc(s, endsInChinese); end >= 0 {
		s, whole = s[:end], true
	}
	if !whole {
		return ""
	}
	s, _, _ = strings.Cut(s, "&gt;")
	s, _, _ = strings.Cut(s, "&lt;")
	for trimmed := withoutStop(s); trimmed != s; trimmed = withoutStop(s) {
		s = trimmed
	}
	if !safeURL(unescape(s)) {
		return ""
	}
	return s
}

// endsInChinese reports whether a character beyond ASCII ends an address. In
// Chinese no space separates an address from the words after it.
func endsInChinese(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.Is(unicode.Han, r) || strings.ContainsRune("，。；：！？、（）「」", r))
}

// withoutStop takes off what ends the sentence rather than the address:
// punctuation, and a bracket that was opened before the address.
func withoutStop(u string) string {
	trimmed := strings.TrimRight(u, ".,;:!?_")
	if strings.HasSuffix(trimmed, ")") && strings.Count(trimmed, "(") < strings.Count(trimmed, ")") {
		trimmed = strings.TrimSuffix(trimmed, ")")
	}
	if strings.HasSuffix(u, ";") { // perhaps that of an escaped &
		trimmed = strings.TrimSuffix(trimmed, "&amp")
	}
	return trimmed
}

// shortcode finds the emoji whose :name: s begins with, skin tone included, and
// how many bytes that takes; 0 if there is none.
func shortcode(s string) (glyph string, n int) {
	end := strings.IndexByte(s[1:], ':')
	if end < 1 || end > 60 {
		return "", 0
	}
	glyph, ok := emojiNamed(s[1 : 1+end])
	if !ok {
		return "", 0
	}
	n = end + 2
	if tone, ok := strings.CutPrefix(s[n:], ":skin-tone-"); ok && len(tone) > 1 && tone[1] == ':' && tone[0] >= '2' && tone[0] <= '6' {
		glyph = strings.TrimSuffix(glyph, "\uFE0F") + string(rune(0x1F3FB+rune(tone[0]-'2')))
		n += len(":skin-tone-0:")
	}
	return glyph, n
}

func emojiNamed(name string) (string, bool) {
	if country, ok := strings.CutPrefix(name, "flag-"); ok && len(country) == 2 && isLower(country[0]) && isLower(country[1]) {
		return string([]rune{0x1F1E6 + rune(country[0]-'a'), 0x1F1E6 + rune(country[1]-'a')}), true
	}
	if name == "simple_smile" {
		name = "slightly_smiling_face"
	}
	glyph, ok := emoji.CodeMap()[":"+name+":"]
	return strings.TrimSpace(glyph), ok
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func emojiNode(glyph, source string) g.Node {
	return h.Span(h.Class("emoji"), h.Role("img"), h.Title(source),
		h.Aria("label", strings.ReplaceAll(strings.Trim(source, ":"), "_", " ")), g.Text(glyph))
}

// isID reports whether id looks like an id of Slack's that begins with one of the
// kinds, so that nothing else becomes an attribute or an address.
func isID(id, kinds string) bool {
	if len(id) < 2 || !strings.ContainsRune(kinds, rune(id[0])) {
		return false
	}
	for _, c := range id {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func displayName(p Person) string {
	if p.RealName != "" {
		return p.RealName
	}
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

var slackEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// entity is one of Slack's three escaped characters, as an atom: an escaped
// mark is text and never markup.
func entity(s string) (piece, int) {
	for _, e := range []string{"&amp;", "&lt;", "&gt;"} {
		if strings.HasPrefix(s, e) {
			return piece{node: g.Text(unescape(e)), source: e}, len(e)
		}
	}
	return piece{}, 0
}

// unescape undoes Slack's own three entities, and no others.
func unescape(s string) string { return slackEntities.Replace(s) }
