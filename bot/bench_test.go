package bot

import (
	"testing"
	"time"

	"visitprep/knowledge"
)

// BenchmarkRequest is a whole signed request, from the bytes to the answer.
func BenchmarkRequest(b *testing.B) {
	bot, _ := botAlone(b, must(knowledge.Embedded()))
	for name, words := range map[string]string{
		"topic":    "quality-checks",
		"question": "what gift should i not bring",
		"typo":     "wich gifts shuold i avoid",
	} {
		body := slashForm(words, "")
		header := signed(body, time.Now(), formType)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := post(bot, body, header); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

func BenchmarkNewBook(b *testing.B) {
	base := must(knowledge.Embedded())
	for b.Loop() {
		must(declared().newGuide(base))
	}
}
