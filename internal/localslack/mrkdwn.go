package localslack

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"
)

// A reader is the person for whom text is drawn: names, channels, times and
// what is private are theirs.
type reader struct {
	viewer   string
	people   map[string]Person
	channels map[string]Channel // those the viewer can see
	zone     *time.Location
	now      time.Time // for "today" and "tomorrow"
}

// mrkdwn turns Slack's markup into HTML. It is not Markdown: `# h`, `[x](y)`,
// `| a |`, `**x**` and `2*3*4` keep every character. Whatever is not understood
// is shown as it was written; no text is ever dropped.
//
// Formatting needs a blank or a punctuation mark around it, also between
// Chinese characters, as in Slack. verbatim turns off linking of bare URLs.
func (r *reader) mrkdwn(text string, verbatim bool) safeHTML {
	text = clean(text)
	var b strings.Builder
	for {
		before, code, after, found := cutFence(text)
		if !found {
			break
		}
		r.lines(&b, strings.TrimSuffix(before, "\n"), verbatim)
		b.WriteString(`<pre>`)
		for _, p := range r.lex(strings.Trim(code, "\n"), lexCode) {
			p.write(&b)
		}
		b.WriteString(`</pre>`)
		text = strings.TrimPrefix(after, "\n")
	}
	r.lines(&b, text, verbatim)
	return safeHTML(b.String())
}

// plainHTML draws a plain_text object: nothing but emoji shortcodes means anything.
func plainHTML(text string, shortcodes bool) safeHTML {
	var b strings.Builder
	for _, p := range (&reader{}).lex(clean(text), lexPlain) {
		if !shortcodes && p.emoji {
			p = piece{html: esc(p.source)}
		}
		p.write(&b)
	}
	return safeHTML(b.String())
}

func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

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

// lines draws text between fences: runs of quoted lines become one quote.
func (r *reader) lines(b *strings.Builder, text string, verbatim bool) {
	if text == "" {
		return
	}
	mode := lexText
	if verbatim {
		mode = lexVerbatim
	}
	quoting, rest, broken := false, false, true // broken: no <br> is due
	for line := range strings.SplitSeq(text, "\n") {
		quoted := rest
		if !rest {
			for _, mark := range []string{">>>", "&gt;&gt;&gt;"} {
				if after, ok := strings.CutPrefix(line, mark); ok {
					line, quoted, rest = after, true, true
					break
				}
			}
		}
		if !quoted {
			for _, mark := range []string{">", "&gt;"} {
				if after, ok := strings.CutPrefix(line, mark); ok {
					line, quoted = after, true
					break
				}
			}
		}
		switch {
		case quoted && !quoting:
			b.WriteString(`<blockquote>`)
		case !quoted && quoting:
			b.WriteString(`</blockquote>`)
		case !broken:
			b.WriteString("<br>")
		}
		quoting, broken = quoted, false
		if quoted {
			line = strings.TrimPrefix(line, " ")
		}
		emphasise(b, r.lex(line, mode))
	}
	if quoting {
		b.WriteString(`</blockquote>`)
	}
}

// A piece is one rune of text, or an atom of finished HTML such as a link.
type piece struct {
	r      rune
	html   string
	source string // what was written, for an atom
	emoji  bool
}

func (p piece) write(b *strings.Builder) {
	if p.html != "" {
		b.WriteString(p.html)
		return
	}
	b.WriteString(escRune(p.r))
}

func (p piece) is(r rune) bool { return p.html == "" && p.r == r }
func (p piece) blank() bool    { return p.html == "" && unicode.IsSpace(p.r) }
func (p piece) word() bool {
	return p.html == "" && (unicode.IsLetter(p.r) || unicode.IsDigit(p.r))
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
	closedAngle, closedTick, closedColon := true, true, true // false: no closing mark is left
	for i := 0; i < len(text); {
		rest := text[i:]
		word := len(pieces) > 0 && pieces[len(pieces)-1].word()
		switch c := rest[0]; {
		case c == '&' && mode != lexPlain:
			if ch, n := entity(rest); n > 0 {
				// An atom, so that an escaped mark is text and never markup.
				pieces = append(pieces, piece{html: escRune(ch), source: rest[:n]})
				i += n
				continue
			}
		case c == '<' && mode != lexPlain && closedAngle:
			end := strings.IndexAny(rest[1:], "<>\n")
			if end < 0 {
				closedAngle = false
			} else if rest[1+end] == '>' {
				if html, ok := r.token(rest[1:1+end], mode); ok {
					pieces = append(pieces, piece{html: html, source: rest[:end+2]})
					i += end + 2
					continue
				}
			}
		case c == '`' && (mode == lexText || mode == lexVerbatim) && !word && closedTick:
			end := strings.IndexByte(rest[1:], '`')
			switch {
			case end < 0:
				closedTick = false
			case strings.TrimSpace(rest[1:1+end]) != "" && !startsWord(rest[end+2:]) && !strings.HasPrefix(rest[end+2:], "`"):
				var b strings.Builder
				b.WriteString(`<code>`)
				for _, p := range r.lex(rest[1:1+end], lexCode) {
					p.write(&b)
				}
				b.WriteString(`</code>`)
				pieces = append(pieces, piece{html: b.String(), source: rest[:end+2]})
				i += end + 2
				continue
			}
		case c == ':' && mode != lexCode && closedColon:
			if !strings.Contains(rest[1:], ":") {
				closedColon = false
			} else if glyph, n := shortcode(rest); n > 0 {
				pieces = append(pieces, piece{html: emojiHTML(glyph, rest[:n]), source: rest[:n], emoji: true})
				i += n
				continue
			}
		case c == 'h' && mode == lexText && !word:
			if u := bareURL(rest); u != "" {
				pieces = append(pieces, piece{html: linkHTML(unescape(u), esc(unescape(u))), source: u})
				i += len(u)
				continue
			}
		case c == '\n':
			pieces = append(pieces, newline(mode))
			i++
			continue
		}
		ch, n := utf8.DecodeRuneInString(rest)
		pieces = append(pieces, piece{r: ch})
		i += n
	}
	return pieces
}

func newline(mode lexMode) piece {
	if mode == lexCode {
		return piece{r: '\n'}
	}
	return piece{html: "<br>", source: "\n"}
}

func startsWord(s string) bool {
	ch, n := utf8.DecodeRuneInString(s)
	return n > 0 && piece{r: ch}.word()
}

// emphasise writes pieces with *bold*, _italic_ and ~strike~ applied. A mark
// opens after a non-word and before a non-blank, and closes the other way round.
func emphasise(b *strings.Builder, ps []piece) {
	tags := map[rune]string{'*': "strong", '_': "em", '~': "s"}
	var open [3]bool
	emphasis(b, ps, tags, open)
}

func emphasis(b *strings.Builder, ps []piece, tags map[rune]string, inside [3]bool) {
	marks := "*_~"
	hopeless := inside // a mark that cannot close again before the end of ps
	for i := 0; i < len(ps); i++ {
		k := -1
		if ps[i].html == "" {
			k = strings.IndexRune(marks, ps[i].r)
		}
		if k < 0 || hopeless[k] || !opens(ps, i) {
			ps[i].write(b)
			continue
		}
		end := closing(ps, i)
		if end < 0 {
			hopeless[k] = true
			ps[i].write(b)
			continue
		}
		tag := tags[ps[i].r]
		within := inside
		within[k] = true
		b.WriteString("<" + tag + ">")
		emphasis(b, ps[i+1:end], tags, within)
		b.WriteString("</" + tag + ">")
		i = end
	}
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

// token draws what stands between < and >; false means: show it as written.
func (r *reader) token(body string, mode lexMode) (string, bool) {
	target, label, labelled := strings.Cut(body, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return r.userHTML(target[1:], label)
	case strings.HasPrefix(target, "#"):
		return r.channelHTML(target[1:], label)
	case strings.HasPrefix(target, "!"):
		return r.special(target[1:], label)
	}
	link := unescape(target)
	if !safeURL(link) {
		return "", false
	}
	if !labelled || label == "" {
		return linkHTML(link, esc(strings.TrimPrefix(link, "mailto:"))), true
	}
	var b strings.Builder
	if mode == lexCode {
		b.WriteString(esc(unescape(label)))
	} else {
		// A label may hold emphasis and emoji, but no second link.
		emphasise(&b, r.lex(label, lexVerbatim))
	}
	return linkHTML(link, b.String()), true
}

func (r *reader) userHTML(id, label string) (string, bool) {
	if !isID(id, "UW") {
		return "", false
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
	return fmt.Sprintf(`<span class="%s" data-id="%s">@%s</span>`, class, esc(id), esc(name)), true
}

func (r *reader) channelHTML(id, label string) (string, bool) {
	if !isID(id, "CGD") {
		return "", false
	}
	if c, ok := r.channels[id]; ok {
		return fmt.Sprintf(`<a class="mention" data-channel="%s" href="?as=%s&amp;channel=%s">#%s</a>`,
			esc(id), esc(url.QueryEscape(r.viewer)), esc(url.QueryEscape(id)), esc(c.Name)), true
	}
	name := id
	if label != "" {
		name = unescape(label)
	}
	return fmt.Sprintf(`<span class="mention" data-id="%s">#%s</span>`, esc(id), esc(name)), true
}

func (r *reader) special(command, label string) (string, bool) {
	switch {
	case command == "here" || command == "channel" || command == "everyone":
		return `<span class="mention me">@` + command + `</span>`, true
	case strings.HasPrefix(command, "subteam^"):
		name := strings.TrimPrefix(unescape(label), "@")
		if name == "" {
			name = strings.TrimPrefix(command, "subteam^")
		}
		return `<span class="mention" data-id="` + esc(command) + `">@` + esc(name) + `</span>`, true
	case strings.HasPrefix(command, "date^"):
		parts := strings.SplitN(command, "^", 4)
		if len(parts) < 3 || label == "" {
			return "", false
		}
		seconds, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return "", false
		}
		link := ""
		if len(parts) == 4 {
			link = unescape(parts[3])
		}
		return r.dateHTML(seconds, unescape(parts[2]), unescape(label), link, ""), true
	case label != "":
		return `<span title="` + esc(command) + `">` + esc(unescape(label)) + `</span>`, true
	}
	return "", false
}

// dateHTML writes an instant in the reader's zone, or in the named one. The
// fallback and the zone stay readable in the title.
func (r *reader) dateHTML(seconds int64, format, fallback, link, zone string) string {
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
		return esc(fallback)
	}
	text, ok := formatDate(at, r.now.In(loc), format)
	if !ok {
		text = fallback
	}
	title := at.Format("Monday, 2 January 2006, 15:04 MST")
	if fallback != "" {
		title += " – " + fallback
	}
	html := fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		at.Format(time.RFC3339), esc(title), esc(text))
	if safeURL(link) {
		return linkHTML(link, html)
	}
	return html
}

// formatDate fills Slack's date tokens; false when one is unknown.
func formatDate(at, now time.Time, format string) (string, bool) {
	long := at.Format("January ") + ordinal(at.Day()) + at.Format(", 2006")
	tokens := map[string]string{
		"date_num":   at.Format("2006-01-02"),
		"date_slash": at.Format("01/02/2006"),
		"date":       long,
		"date_short": at.Format("Jan 2, 2006"),
		"date_long":  at.Format("Monday, ") + long,
		"time":       at.Format("3:04 PM"),
		"time_secs":  at.Format("3:04:05 PM"),
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

func linkHTML(link, label string) string {
	return `<a href="` + esc(link) + `" target="_blank" rel="noopener noreferrer">` + label + `</a>`
}

// maxURL is Slack's limit; it also bounds the work on text that is no address.
const maxURL = 3000

// bareURL is the http(s) address that s begins with, without the punctuation
// that ends a sentence.
func bareURL(s string) string {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return ""
	}
	s = s[:min(len(s), maxURL+1)]
	end := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Han, r) || strings.ContainsRune("<>|\"'`\\*~，。；：！？、（）「」", r)
	})
	switch {
	case end < 0 && len(s) > maxURL:
		return ""
	case end < 0:
		end = len(s)
	}
	u := s[:end]
	if i := strings.Index(u, "&gt;"); i >= 0 {
		u = u[:i]
	}
	if i := strings.Index(u, "&lt;"); i >= 0 {
		u = u[:i]
	}
	for {
		trimmed := strings.TrimRight(u, ".,;:!?_")
		if strings.HasSuffix(trimmed, ")") && strings.Count(trimmed, "(") < strings.Count(trimmed, ")") {
			trimmed = strings.TrimSuffix(trimmed, ")")
		}
		if strings.HasSuffix(u, ";") && strings.HasSuffix(trimmed, "&amp") {
			trimmed = strings.TrimSuffix(trimmed, "&amp")
		}
		if trimmed == u {
			break
		}
		u = trimmed
	}
	if !safeURL(unescape(u)) {
		return ""
	}
	return u
}

// shortcode finds the emoji whose :name: s begins with, skin tone included, and
// how many bytes that takes; 0 when there is none.
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

func emojiHTML(glyph, source string) string {
	return `<span class="emoji" role="img" title="` + esc(source) + `" aria-label="` +
		esc(strings.ReplaceAll(strings.Trim(source, ":"), "_", " ")) + `">` + glyph + `</span>`
}

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

// entity is the character that s begins with in escaped form, and its length.
func entity(s string) (ch rune, n int) {
	switch {
	case strings.HasPrefix(s, "&amp;"):
		return '&', 5
	case strings.HasPrefix(s, "&lt;"):
		return '<', 4
	case strings.HasPrefix(s, "&gt;"):
		return '>', 4
	}
	return 0, 0
}

// unescape undoes Slack's own three entities, and no others.
func unescape(s string) string { return slackEntities.Replace(s) }

// esc makes text safe between tags and in a quoted attribute. A NUL, which no
// HTML can have, becomes the sign for what cannot be read.
func esc(s string) string { return html.EscapeString(strings.ReplaceAll(s, "\x00", "\uFFFD")) }

func escRune(r rune) string {
	switch r {
	case '<', '>', '&', '"', '\'', 0:
		return esc(string(r))
	}
	return string(r)
}
