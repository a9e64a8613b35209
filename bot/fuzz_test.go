package bot

import (
	"strings"
	"testing"
)

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
