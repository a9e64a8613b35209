package bot

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"visitprep/internal/blocks"
)

func TestIncomingWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain words stay", "what gift", "what gift"},
		{"spaces fold", "  what \n gift ", "what gift"},
		{"entities become characters", "a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"},
		{"an entity is undone once", "&amp;lt;", "&lt;"},
		{"a mention of the bot is no word", "<@U0LOCALBOT1> is a clock good?", "is a clock good?"},
		{"a labelled reference is its label", "ask <@U1|robin> in <#C1|general> about <https://example.com/x|this page>", "ask robin in general about this page"},
		{"a bare address is no word", "see <https://example.com>", "see"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := blocks.Incoming(c.in); got != c.want {
				t.Errorf("incoming(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// acting is what Slack acts on in mrkdwn: a mention, a channel, a link or a date.
var acting = regexp.MustCompile(`<[^>]*>`)

func TestLinksCanNotSmuggle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, label string }{
		{"https://example.com/?a=1&b=2", "A & B"},
		{"https://example.com/|<!channel>", "x"},
		{"https://example.com/> <!here>", "x"},
		{"https://example.com", "x|y> <!channel> <"},
	} {
		got := string(blocks.Link(c.address, c.label))
		if n := len(acting.FindAllString(got, -1)); n != 1 || !strings.HasPrefix(got, "<https://example.com") || !strings.HasSuffix(got, ">") {
			t.Errorf("link(%q, %q) = %q: not one link", c.address, c.label, got)
		}
		if strings.Contains(got, "<!") {
			t.Errorf("link(%q, %q) = %q: a mention would fire", c.address, c.label, got)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, s := range []string{"<!channel>", "<@U123>", "@here", "#general", "a & b", "*bold*", "<https://x|y>", "&lt;!channel&gt;", "送钟 < 送终"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, m := range map[string]blocks.Markup{"text": blocks.Escape(s), "bold": blocks.Bold(s), "example": blocks.Code(s), "user": blocks.Mention(s)} {
			found := acting.FindAllString(string(m), -1)
			if name == "user" && len(found) == 1 && regexp.MustCompile(`^<@[A-Z0-9]*>$`).MatchString(found[0]) {
				continue
			}
			if len(found) > 0 || strings.Contains(string(m), "<") {
				t.Errorf("%s(%q) = %q has live markup", name, s, m)
			}
		}
		if got := blocks.Unescape.Replace(string(blocks.Escape(s))); got != s {
			t.Errorf("text(%q) reads as %q", s, got)
		}
		var fb blocks.Fallback
		fb.Line(s)
		if e := fb.Escaped(); strings.ContainsAny(e, "<>") {
			t.Errorf("fallback %q of %q", e, s)
		}
		if utf8.ValidString(s) && utf8.RuneCountInString(blocks.Clip(s, 20)) > 20 {
			t.Errorf("clip(%q, 20) = %q", s, blocks.Clip(s, 20))
		}
	})
}

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"", "help", "quality", "phrases dinner", "before the visit", "what gift should I not bring", "topic/quality-checks:2", "<@U1|x> 干杯", strings.Repeat("clock ", 2000)} {
		f.Add("/visit-prep", s, "C1")
		f.Add("/etiquette", s, "D1")
	}
	base := must(declared().newGuide(testBase(f)))
	b, _ := botAlone(f, testBase(f))
	b.guide.Store(base)
	f.Fuzz(func(t *testing.T, name, words, channel string) {
		c := slashCommand(name, words, channel)
		body := b.answerCommand(c)
		m := decodes(t, body)
		if m.Text == "" || len(m.Blocks.BlockSet) == 0 || len(m.Blocks.BlockSet) > 50 {
			t.Errorf("%s %q: %d blocks, text %q", name, words, len(m.Blocks.BlockSet), m.Text)
		}
		if strings.Contains(m.Text, "the reference ") {
			t.Errorf("%s %q: %s", name, words, m.Text)
		}
	})
}
