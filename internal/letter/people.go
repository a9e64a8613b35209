package letter

import "strings"

// The files with what people around a factory read of us.
const (
	Introductions = "introduction"
	People        = "people"
)

// An Introduction is what a contact reads before they meet a colleague: nothing else goes into it.
type Introduction struct {
	To   Text   // as they are addressed
	Who  Text   // the colleague, in a line
	Why  Text   // why now, in a line
	Next string // wechat, email or call
}

// Introduce words an introduction.
func (b *Book) Introduce(i Introduction, in Lang) string {
	next := "next-wechat"
	if i.Next == "email" || i.Next == "call" {
		next = "next-" + i.Next
	}
	parts := []string{
		b.Say(Introductions, "greeting", in, Values{"to": i.To.In(in)}),
		b.Say(Introductions, "who", in, Values{"who": bare(i.Who.In(in))}),
		b.Say(Introductions, "why", in, Values{"why": bare(i.Why.In(in))}),
		b.Say(Introductions, next, in, nil),
		b.Say(Introductions, "thanks", in, nil),
	}
	if in == Chinese {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}

// KeptNotice tells somebody what we keep about them, and whom of us to ask.
func (b *Book) KeptNotice(person string, in Lang) string {
	return b.Say(People, "notice", in, Values{"person": person})
}

// A Festival is one on which a greeting is sent.
type Festival string

// The festivals with a greeting, by the ids of their sentences.
const (
	SpringFestival Festival = "spring-festival"
	DragonBoat     Festival = "dragon-boat"
	MidAutumn      Festival = "mid-autumn"
	NationalDay    Festival = "national-day"
)

// Festivals are all of them, in the order of the year.
func Festivals() []Festival { return []Festival{SpringFestival, DragonBoat, MidAutumn, NationalDay} }

// Greeting is the text for a festival.
func (b *Book) Greeting(f Festival, to Text, in Lang) string {
	return b.Say(People, string(f), in, Values{"to": to.In(in)})
}

func introductionSpec() spec {
	return spec{Introductions, []need{
		{"greeting", []string{"to"}}, {"who", []string{"who"}}, {"why", []string{"why"}},
		{"next-wechat", nil}, {"next-email", nil}, {"next-call", nil}, {"thanks", nil},
	}}
}

func peopleSpec() spec {
	s := spec{People, []need{{"notice", []string{"person"}}}}
	for _, f := range Festivals() {
		s.sentences = append(s.sentences, need{string(f), []string{"to"}})
	}
	return s
}
