package localslack

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

func testReader() *reader {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return &reader{
		viewer: "U1",
		people: map[string]Person{
			"U1": {ID: "U1", Name: "mia", RealName: "Mia Chen", TZ: "Europe/Berlin"},
			"U2": {ID: "U2", Name: "jonas", RealName: "Jonas Weber"},
			"UB": {ID: "UB", Name: "visitprep", RealName: "Visit Prep", Bot: true},
		},
		channels: map[string]Channel{"C1": {ID: "C1", Name: "sourcing"}, "C2": {ID: "C2", Name: "general"}},
		zone:     berlin,
		now:      time.Date(2026, 11, 22, 12, 0, 0, 0, berlin),
	}
}

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	wave := `<span class="emoji" role="img" title=":wave:" aria-label="wave">👋</span>`
	a := func(href, label string) string {
		return `<a href="` + href + `" target="_blank" rel="noopener noreferrer">` + label + `</a>`
	}
	for _, c := range []struct{ name, in, want string }{
		{"bold, italic, strike and code", "*b* _i_ ~s~ `c`", "<strong>b</strong> <em>i</em> <s>s</s> <code>c</code>"},
		{"marks inside each other", "*_both_* and _a *b* c_", "<strong><em>both</em></strong> and <em>a <strong>b</strong> c</em>"},
		{"marks next to punctuation", `("*b*"), *c*.`, `(&#34;<strong>b</strong>&#34;), <strong>c</strong>.`},
		{"several words in bold", "*two words* here", "<strong>two words</strong> here"},
		{"multiplication is not bold", "2*3*4 and 5 * 3 * 2", "2*3*4 and 5 * 3 * 2"},
		{"snake_case_name stays", "snake_case_name", "snake_case_name"},
		{"a mark that never closes", "*open and _open", "*open and _open"},
		{"Markdown's bold is not Slack's", "**no** and __no__ and ~~no~~", "**no** and __no__ and ~~no~~"},
		{"no formatting inside Chinese words, as in Slack", "很*好*吗 *好*", "很*好*吗 <strong>好</strong>"},
		{"bold does not cross a line", "*a\nb*", "*a<br>b*"},
		{"Markdown headings, links, images, rules and tables are text",
			"# h\n[x](y)\n![x](z)\n---\n===\n| a | b |", "# h<br>[x](y)<br>![x](z)<br>---<br>===<br>| a | b |"},
		{"lists stay text", "• a\n- b\n1. c", "• a<br>- b<br>1. c"},
		{"blank lines stay", "a\n\nb", "a<br><br>b"},
		{"entities", "&lt;b&gt; &amp;amp; &quot;", "&lt;b&gt; &amp;amp; &amp;quot;"},
		{"escaped marks of tokens are text", "&lt;@U1&gt; &lt;https://x.cn|y&gt;", "&lt;@U1&gt; &lt;" + a("https://x.cn", "https://x.cn") + "|y&gt;"},
		{"raw angle brackets", "a < b > c <script>", "a &lt; b &gt; c &lt;script&gt;"},
		{"link with a label", "<https://example.com/a?b=1&amp;c=2|the *page*>", a("https://example.com/a?b=1&amp;c=2", "the <strong>page</strong>")},
		{"link without a label", "<https://example.com>", a("https://example.com", "https://example.com")},
		{"mail", "<mailto:a@b.cn|a@b.cn> <mailto:a@b.cn>", a("mailto:a@b.cn", "a@b.cn") + " " + a("mailto:a@b.cn", "a@b.cn")},
		{"a bold link", "*<https://example.com|page>*", "<strong>" + a("https://example.com", "page") + "</strong>"},
		{"a bare address becomes a link, its full stop does not", "see https://example.com/x_y_z.", "see " + a("https://example.com/x_y_z", "https://example.com/x_y_z") + "."},
		{"a bare address in brackets", "(https://example.com/a_(b))", "(" + a("https://example.com/a_(b)", "https://example.com/a_(b)") + ")"},
		{"a bare address before Chinese", "https://example.com。好", a("https://example.com", "https://example.com") + "。好"},
		{"user, self, bot, unknown", "<@U2> <@U1> <@UB> <@U9|zoe> <@U8>",
			`<span class="mention" data-id="U2">@Jonas Weber</span> <span class="mention me" data-id="U1">@Mia Chen</span> ` +
				`<span class="mention" data-id="UB">@Visit Prep</span> <span class="mention" data-id="U9">@zoe</span> <span class="mention" data-id="U8">@U8</span>`},
		{"channels", "<#C1> <#C9|elsewhere>",
			`<a class="mention" data-channel="C1" href="?as=U1&amp;channel=C1">#sourcing</a> <span class="mention" data-id="C9">#elsewhere</span>`},
		{"broadcasts", "<!here> <!channel>", `<span class="mention me">@here</span> <span class="mention me">@channel</span>`},
		{"user group", "<!subteam^S1|@buyers>", `<span class="mention" data-id="subteam^S1">@buyers</span>`},
		{"date in the reader's zone", "<!date^1795348800^{date_short} at {time}|Nov 22>",
			`<time datetime="2026-11-22T13:00:00+01:00" title="Sunday, 22 November 2026, 13:00 CET – Nov 22">Nov 22, 2026 at 13:00</time>`},
		{"pretty date", "Due <!date^1795435200^{date_short_pretty}|x> / <!date^1795348800^{date_pretty}, {ago}|x>",
			`Due <time datetime="2026-11-23T13:00:00+01:00" title="Monday, 23 November 2026, 13:00 CET – x">Tomorrow</time> / ` +
				`<time datetime="2026-11-22T13:00:00+01:00" title="Sunday, 22 November 2026, 13:00 CET – x">Today, in 1 hour</time>`},
		{"date with an unknown token shows its fallback", "<!date^1795348800^{moon}|Nov 22>",
			`<time datetime="2026-11-22T13:00:00+01:00" title="Sunday, 22 November 2026, 13:00 CET – Nov 22">Nov 22</time>`},
		{"a date without a fallback is no date", "<!date^1^{date}>", "&lt;!date^1^{date}&gt;"},
		{"emoji", ":wave: :no_such: 10:30:45 :wave::skin-tone-4:", wave + ` :no_such: 10:30:45 <span class="emoji" role="img" title=":wave::skin-tone-4:" aria-label="wave::skin-tone-4">👋🏽</span>`},
		{"flag", ":flag-cn:", `<span class="emoji" role="img" title=":flag-cn:" aria-label="flag-cn">🇨🇳</span>`},
		{"no formatting in code", "`*b* :wave: <https://x.cn|y> &lt;`", "<code>*b* :wave: " + a("https://x.cn", "y") + " &lt;</code>"},
		{"lone backticks", "a ` b and `` c", "a ` b and `` c"},
		{"pre", "a\n```\n*b*\n  c &gt; d\n```\ne", "a<pre>*b*\n  c &gt; d</pre>e"},
		{"pre in a line", "x ```y``` z", "x <pre>y</pre> z"},
		{"pre that never closes", "```a\nb", "```a<br>b"},
		{"quote", "a\n&gt; b\n> c *d*\ne", "a<blockquote>b<br>c <strong>d</strong></blockquote>e"},
		{"quote to the end", "&gt;&gt;&gt; a\nb\n\nc", "<blockquote>a<br>b<br><br>c</blockquote>"},
		{"quote at the end", "&gt;a", "<blockquote>a</blockquote>"},
		{"a quoted blank line", "&gt; a\n&gt;\n&gt; b", "<blockquote>a<br><br>b</blockquote>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := draw(testReader().mrkdwn(c.in, false)); got != c.want {
				t.Errorf("%q\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestVerbatimLinksNothing(t *testing.T) {
	t.Parallel()
	got := draw(testReader().mrkdwn("*b* https://example.com <https://example.com>", true))
	want := `<strong>b</strong> https://example.com <a href="https://example.com" target="_blank" rel="noopener noreferrer">https://example.com</a>`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestPlainTextIsPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"*not bold* <@U1> &amp; `x`": "*not bold* &lt;@U1&gt; &amp;amp; `x`",
		"a\nb":                       "a<br>b",
		"https://example.com":        "https://example.com",
	} {
		if got := draw(plainText(in, true)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := draw(plainText(":wave:", false)); got != ":wave:" {
		t.Errorf("emoji false: got %s", got)
	}
}

// What broke other renderers: a live attribute, a script address, lost text.
var mrkdwnProbes = []string{
	`<https://x"onmouseover="alert(1)|hi>`,
	`<https://x'onmouseover='alert(1)|hi>`,
	`<https://x.cn/"onmouseover="alert(1)|hi>`,
	`<javascript:alert(1)|click>`,
	`<JaVaScRiPt:alert(1)>`,
	"<java\tscript:alert(1)|click>",
	`< javascript:alert(1)|click>`,
	`<data:text/html,<script>alert(1)</script>|x>`,
	`<vbscript:msgbox|x>`,
	`<https://ok.cn|<img src=x onerror=alert(1)>>`,
	`<https://ok.cn|"><script>alert(1)</script>>`,
	`<@U1"onclick="alert(1)>`,
	`<#C1|"><script>alert(1)</script>`,
	`<!subteam^S1|<script>alert(1)</script>>`,
	`<!date^1^{date}^javascript:alert(1)|x>`,
	`<!date^1^{date}|<img src=x>>`,
	`<script>alert(1)</script>`,
	"keep me\n# Ask about dose\nend",
	"| a | b |\n| --- | --- |\n| c | d |",
	"a\n---\nb\n===\n![x](https://x.cn/y.png)",
	"[x](http://example.com)",
	"2*3*4 and 5 * 3 * 2",
	"\x00\x01<\x00>",
	"*_~`>*_~`<:wave:>",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&#60;script&#62;",
	"```\n<script>alert(1)</script>\n```",
	"` <https://x.cn|`a> `",
	":wave::wave:wave:",
	"\xff\xfe*b\xff*",
}

func TestProbesStayHarmlessAndWhole(t *testing.T) {
	t.Parallel()
	r := testReader()
	for _, p := range mrkdwnProbes {
		for name, got := range map[string]string{
			"mrkdwn": draw(r.mrkdwn(p, false)),
			"plain":  draw(plainText(p, true)),
		} {
			if err := checkHTML(got); err != "" {
				t.Errorf("%s of %q: %s\n%s", name, p, err, got)
			}
			if lost := lostLetters(p, got); lost != "" {
				t.Errorf("%s of %q lost %q\n%s", name, p, lost, got)
			}
		}
	}
}

func FuzzMrkdwn(f *testing.F) {
	for _, p := range mrkdwnProbes {
		f.Add(p)
	}
	f.Add("*a _b ~c `d` c~ b_ a* <https://x.cn/?a=1&amp;b|l> <@U2> <#C1> <!here> <!date^1^{date}|f>")
	f.Fuzz(func(t *testing.T, in string) {
		r := testReader()
		for _, got := range []string{draw(r.mrkdwn(in, false)), draw(r.mrkdwn(in, true)), draw(plainText(in, true))} {
			if err := checkHTML(got); err != "" {
				t.Fatalf("%q: %s\n%s", in, err, got)
			}
			if lost := lostLetters(in, got); lost != "" {
				t.Fatalf("%q lost %q\n%s", in, lost, got)
			}
		}
	})
}

var (
	anyTag       = regexp.MustCompile(`<[^>]*>`)
	wholeTag     = regexp.MustCompile(`^<(/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)>$`)
	tagAttribute = regexp.MustCompile(` ([a-z-]+)(?:="([^"<>]*)")?`)
	allowedTags  = map[string][]string{
		"a": {"href", "target", "rel", "class", "data-channel"}, "span": {"class", "role", "title", "aria-label", "data-id"},
		"time": {"datetime", "title"}, "strong": {}, "em": {}, "s": {}, "code": {}, "pre": {}, "blockquote": {}, "br": {},
	}
)

// checkHTML says what is wrong with the HTML of a text: a tag or attribute that
// the allow-list lacks, an address of another scheme, an element left open.
func checkHTML(s string) string {
	var open []string
	for _, tag := range anyTag.FindAllString(s, -1) {
		m := wholeTag.FindStringSubmatch(tag)
		if m == nil {
			return "not a tag: " + tag
		}
		attrs, known := allowedTags[m[2]]
		if !known {
			return "element " + m[2]
		}
		for _, a := range tagAttribute.FindAllStringSubmatch(m[3], -1) {
			if !slices.Contains(attrs, a[1]) {
				return "attribute " + a[1] + " of " + m[2]
			}
			if value := html.UnescapeString(a[2]); a[1] == "href" && !safeURL(value) && !strings.HasPrefix(value, "?as=") {
				return "address " + value
			}
		}
		switch {
		case m[2] == "br": // never closed
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			return "closes what is not open: " + tag
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return "left open: " + strings.Join(open, ", ")
	}
	if rest := anyTag.ReplaceAllString(s, ""); strings.ContainsAny(rest, "<>") {
		return "a bare < or > in " + rest
	}
	return ""
}

var (
	// tokens with a command in them, whose letters are an instruction and no text
	commandTokens = regexp.MustCompile(`<!(date\^[^<>|\n]*|here|channel|everyone|subteam\^)`)
	// a broadcast and a known id are shown by their own name, not by the label
	labelTokens = regexp.MustCompile(`<([@#][A-Z0-9]+|!(?:here|channel|everyone))\|[^<>\n]*>`)
)

// lostLetters is the first letters of the input that the reader cannot find, in
// order, in the text, addresses and titles of the HTML.
func lostLetters(in, out string) string {
	in = strings.ToValidUTF8(in, "\uFFFD")
	in = labelTokens.ReplaceAllString(in, "<$1>")
	in = unescape(commandTokens.ReplaceAllString(in, ""))
	var seen strings.Builder
	last := 0
	for _, at := range anyTag.FindAllStringIndex(out, -1) {
		seen.WriteString(html.UnescapeString(out[last:at[0]]))
		for _, a := range tagAttribute.FindAllStringSubmatch(out[at[0]:at[1]], -1) {
			if slices.Contains([]string{"href", "title", "data-id", "data-channel"}, a[1]) {
				seen.WriteString(html.UnescapeString(a[2]))
			}
		}
		last = at[1]
	}
	seen.WriteString(html.UnescapeString(out[last:]))
	rest := seen.String()
	for i, r := range in {
		if !unicode.IsLetter(r) {
			continue
		}
		at := strings.IndexRune(rest, r)
		if at < 0 {
			return in[i:min(len(in), i+20)]
		}
		rest = rest[at+len(string(r)):]
	}
	return ""
}

// Five times Slack's longest message would take minutes if the time grew with
// the square of the length; it takes a tenth of a second. Not parallel, since it
// looks at the clock.
func TestLongTextIsDrawnInTime(t *testing.T) {
	for _, unit := range []string{"*a ", "_a", "<", "<@", "`", "`a ", ":", ":a", "http://%", "http://", "&", ">", "```", "*_~", "<https://x.cn|*a> "} {
		start := time.Now()
		draw(testReader().mrkdwn(strings.Repeat(unit, 5*textMost/len(unit)), false))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q takes %v", unit, d)
		}
	}
}
