package blocks_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
)

var english = blocks.Printer{Printer: lang.English()}

func TestMarkupEscapesWhatIsNotMarkupYet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		got  blocks.Markup
		want string
	}{
		{"a name cannot become a mention", english.M("Planned by %s", "<!channel> & co"), "Planned by &lt;!channel&gt; &amp; co"},
		{"a mention stays one", english.M("Planned by %s", blocks.Mention("U1")), "Planned by <@U1>"},
		{"a number is a number", english.M("%d of %d done", 3, 12000), "3 of 12000 done"},
		{"what looks like an id and is none is text", blocks.Mention("U1> <!here"), "U1&gt; &lt;!here"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// Names that do not fit are left out whole, in each language.
func TestNamesAreCutBetweenTwo(t *testing.T) {
	t.Parallel()
	chinese := blocks.Printer{Printer: zh.Printer()}
	names := []blocks.Markup{blocks.Mention("U1"), "李伟", "王喆"}
	for _, c := range []struct {
		name string
		p    blocks.Printer
		n    int
		want blocks.Markup
	}{
		{"all fit", english, 100, "<@U1>, 李伟, 王喆"},
		{"the last does not fit", english, 18, "<@U1>, 李伟 …"},
		{"a mention is not cut", english, 8, "<@U1> …"},
		{"all fit in Chinese", chinese, 100, "<@U1>、李伟、王喆"},
		{"in Chinese, the last does not fit", chinese, 19, "<@U1>、李伟 …"},
		{"in Chinese, what would end within a character", chinese, 10, "<@U1> …"},
	} {
		if got := blocks.ClipNames(c.p.List(names), c.n); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// More options than one menu takes stand in groups, and the chosen one is still found.
func TestALongMenuIsGrouped(t *testing.T) {
	t.Parallel()
	var options []*slack.OptionBlockObject
	for n := range 2*blocks.MaxOptions + 1 {
		options = append(options, blocks.Option(blocks.Subject(fmt.Sprint(n)), fmt.Sprintf("Factory %03d", n)))
	}
	e := blocks.Choice(english, "v", "Pick a factory", "150", options)
	if len(e.Options) != 0 || len(e.OptionGroups) != 3 || e.InitialOption == nil || e.InitialOption.Value != "150" {
		t.Errorf("%d options and %d groups, chosen %+v", len(e.Options), len(e.OptionGroups), e.InitialOption)
	}
	if label := e.OptionGroups[1].Label.Text; label != "Factory 100 to Factory 199" {
		t.Errorf("the second group is %q", label)
	}
	if short := blocks.Choice(english, "v", "Pick a factory", "", options[:blocks.MaxOptions]); len(short.Options) != blocks.MaxOptions || len(short.OptionGroups) != 0 {
		t.Errorf("%d options and %d groups where all fit", len(short.Options), len(short.OptionGroups))
	}
}

func TestIncomingWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain words stay", "what gift", "what gift"},
		{"spaces fold", "  what \n gift ", "what gift"},
		{"entities become characters", "a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"},
		{"an entity is undone once", "&amp;lt;", "&lt;"},
		{"a mention of the bot is no word", "<@U0LOCALBOT1> is a clock good?", "is a clock good?"},
		{"a labelled reference is its label", "ask <@U1|robin> in <#C1|general> about <https://example.com/x|this page>", "ask robin in general about this page"},
		{"what cannot be seen goes", "gift\x00 \u202etxt.\u202c clo\ufeffck\u3000?", "gift txt. clock ?"},
		{"a bare address is no word", "see <https://example.com>", "see"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := blocks.Incoming(c.in); got != c.want {
				t.Errorf("Incoming(%q) = %q, want %q", c.in, got, c.want)
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
			t.Errorf("Link(%q, %q) = %q: not one link", c.address, c.label, got)
		}
		if strings.Contains(got, "<!") {
			t.Errorf("Link(%q, %q) = %q: a mention would fire", c.address, c.label, got)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, s := range []string{"<!channel>", "<@U123>", "@here", "#general", "a & b", "*bold*", "<https://x|y>", "&lt;!channel&gt;", "送钟 < 送终"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, m := range map[string]blocks.Markup{"Escape": blocks.Escape(s), "Bold": blocks.Bold(s), "Code": blocks.Code(s), "Mention": blocks.Mention(s), "M": english.M("%s", s)} {
			found := acting.FindAllString(string(m), -1)
			if name == "Mention" && len(found) == 1 && regexp.MustCompile(`^<@[A-Z0-9]*>$`).MatchString(found[0]) {
				continue
			}
			if len(found) > 0 || strings.Contains(string(m), "<") {
				t.Errorf("%s(%q) = %q has live markup", name, s, m)
			}
		}
		if got := blocks.Unescape.Replace(string(blocks.Escape(s))); got != s {
			t.Errorf("Escape(%q) reads as %q", s, got)
		}
		var fb blocks.Fallback
		fb.Line(s)
		if e := fb.Escaped(); strings.ContainsAny(e, "<>") {
			t.Errorf("fallback %q of %q", e, s)
		}
		if utf8.ValidString(s) && utf8.RuneCountInString(blocks.Clip(s, 20)) > 20 {
			t.Errorf("Clip(%q, 20) = %q", s, blocks.Clip(s, 20))
		}
	})
}
