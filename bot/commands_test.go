package bot

import (
	"strings"
	"testing"
)

// TestAlmostTheCommand: what somebody plainly means is done, and a question stays a question.
func TestAlmostTheCommand(t *testing.T) {
	t.Parallel()
	s := newStage(t, inProcess)
	s.plan(mia, sourcing)
	for _, c := range []struct{ plain, typed string }{
		{"/visit-prep show 1", "/visit-prep show #1"},
		{"/visit-prep show 1", "/visit-prep show １"},
		{"/visit-prep show 1", "/visit-prep show visit 1"},
		{"/visit-prep show 1", "/visit-prep Show Visit #1!"},
		{"/visit-prep show 1", "/visit-prep show 1."},
		{"/visit-prep show 1", "/visit-prep *show 1*"},
		{"/visit-prep show 1", "/inspection show visit 1"},
		{"/visit-prep show 1", "/visit-prep `/visit-prep show 1`"},
		{"/visit-prep show 1", "/visit-prep show “1”"},
		{"/visit-prep show 1", "/inspection /visit-prep show 1"},
		{"/inspection", "/visit-prep /inspection"},
		{"/visit-prep help", "/visit-prep ?"},
		{"/visit-prep quality", "/visit-prep (quality)"},
		{"/visit-prep list", "/visit-prep [list]"},
		{"/visit-prep list", "/visit-prep list."},
		{"/visit-prep list", "/visit-prep /visit-prep list"},
		{"/visit-prep status", "/visit-prep Status?"},
		{"/visit-prep help", "/visit-prep help!"},
		{"/visit-prep quality", "/visit-prep “quality”"},
		{"/visit-prep quality", "/visit-prep *quality*"},
		{"/visit-prep quality", "/visit-prep `quality`"},
		{"/visit-prep quality", "/visit-prep „Quality“."},
		{"/visit-prep quality", "/visit-prep ```quality```"},
		{"/visit-prep quality", "/visit-prep > quality"},
		{"/visit-prep list", "/visit-prep ```list```"},
		{"/visit-prep quality", "/visit-prep /visit-prep quality"},
		{"/visit-prep factories ningbo", "/visit-prep factories “Ningbo”"},
		{"/visit-prep factories ningbo", "/visit-prep factories `ningbo`?"},
		{"/visit-prep can I bring a gift?", "/visit-prep “can I bring a gift?”"},
		{"/etiquette phrases dinner", "/etiquette phrases “dinner”"},
		{"/etiquette gifts", "/etiquette /etiquette gifts"},
	} {
		want, got := says(s.command(mia, sourcing, c.plain)), says(s.command(mia, sourcing, c.typed))
		if got != want {
			t.Errorf("%s says\n%s\nand %s\n%s", c.plain, want, c.typed, got)
		}
	}
	for _, question := range []string{"/visit-prep list of documents for a visa", "/visit-prep what does “guanxi” mean", "/visit-prep show 3 slides"} {
		if text := says(s.command(mia, sourcing, question)); strings.Contains(text, "Ningbo Bright Metal") {
			t.Errorf("%s is taken for a command:\n%s", question, text)
		}
	}
}
