package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/letter"
	"visitprep/internal/visit"
)

// actGreeting shows the text for a festival: "factory/3" is the next one, "factory/3:mid-autumn" that one.
const actGreeting blocks.ActionID = "greeting"

// festivalWords name a festival.
func festivalWords(p blocks.Printer, f letter.Festival) string {
	switch f {
	case letter.DragonBoat:
		return p.T("Dragon Boat Festival")
	case letter.MidAutumn:
		return p.T("Mid-Autumn Festival")
	case letter.NationalDay:
		return p.T("National Day")
	}
	return p.T("Spring Festival")
}

// nextFestival is the first festival with a greeting on or after a day, and when its days off begin. It reports
// false where the calendar does not know.
func (c *core) nextFestival(today civil.Date) (f letter.Festival, first civil.Date, ok bool) {
	if c.o.Calendar == nil {
		return "", first, false
	}
	for _, b := range c.o.Calendar.Breaks(today, today.AddDays(400)) {
		switch {
		case strings.Contains(b.Name, "Spring Festival"):
			return letter.SpringFestival, b.First, true
		case strings.Contains(b.Name, "Dragon Boat"):
			return letter.DragonBoat, b.First, true
		case strings.Contains(b.Name, "Mid-Autumn"):
			return letter.MidAutumn, b.First, true
		case strings.Contains(b.Name, "National Day"):
			return letter.NationalDay, b.First, true
		}
	}
	return "", first, false
}

// greetClick shows a greeting in both languages to whoever clicked.
func (ct *contacts) greetClick(ctx context.Context, c click) error {
	about, named, _ := strings.Cut(string(c.about), ":")
	if _, err := ct.factories.factory(ctx, c.team, c.user, factoryNumber(blocks.Subject(about))); err != nil {
		return ct.replies.sayError(ctx, c, "make a greeting", err)
	}
	p, book := ct.directory.printer(ctx, c.team, c.user), ct.letters.Load()
	place := visit.Place{Zone: visit.DefaultZone}
	f, first, ok := ct.nextFestival(place.Today(ct.o.Now()))
	m := new(blocks.Message)
	for _, o := range letter.Festivals() {
		if string(o) == named {
			f, first, ok = o, civil.Date{}, true
		}
	}
	if !ok {
		f = letter.SpringFestival
	}
	m.Say(p.T("A greeting for the %s, in Chinese and in English. Copy one, put in the name, and send it yourself.", festivalWords(p, f)))
	if !first.IsZero() {
		m.Say(p.T("The days off begin on %s. Verify the days: they are announced each year.", blocks.OnDay(p, first)))
	}
	switch f {
	case letter.DragonBoat:
		m.Add(blocks.Note(blocks.Escape(p.T("Some hold that one wishes only peace and health (安康) on this day and never happiness (快乐). That is disputed, and folklorists call both right; 安康 offends nobody."))))
	case letter.SpringFestival:
		m.Add(blocks.Note(blocks.Escape(p.T("Send it between New Year's Eve and the 15th day. Lucky money is not for business: your company's limit for gifts holds."))))
	case letter.MidAutumn:
		m.Add(blocks.Note(blocks.Escape(p.T("Mooncakes are a usual gift: your company's limit holds, so log them."))))
	}
	m.Add(blocks.Note(blocks.Escape(p.T("Qingming and the Ghost Festival are for the dead: send no greeting."))))
	if book.Draft(letter.People) {
		m.Add(blocks.Note(blocks.Escape(draftWording(p))))
	}
	var es []slack.BlockElement
	for _, o := range letter.Festivals() {
		if o != f {
			es = append(es, blocks.Button(actGreeting.With(string(o)), blocks.Subject(about+":"+string(o)), festivalWords(p, o)))
		}
	}
	m.Add(blocks.Actions(es...))
	var texts []string
	for _, l := range letter.Langs() {
		texts = append(texts, book.Greeting(f, letter.Text{EN: "everyone", ZH: "各位"}, l))
	}
	return ct.replies.inBoth(ctx, c, p.T("Greeting"), m, texts)
}

// keptNotice shows the text that tells a contact what we keep, in both languages.
func (ct *contacts) keptNotice(ctx context.Context, c click) error {
	if _, err := ct.access.contactOf(ctx, c.caller, visit.Subject(c.about)); err != nil {
		return ct.replies.sayError(ctx, c, "make the text of what we keep", err)
	}
	p, book := ct.directory.printer(ctx, c.team, c.user), ct.letters.Load()
	m := new(blocks.Message)
	m.Say(p.T("What we keep about a contact, for them to read, in Chinese and in English. Have counsel read it first: China's law on personal information (PIPL) and your own may ask for more."))
	if book.Draft(letter.People) {
		m.Add(blocks.Note(blocks.Escape(draftWording(p))))
	}
	name := p.T("me")
	if who, err := ct.directory.person(ctx, c.team, c.user); err == nil && who.name != "" {
		name = who.name
	}
	var texts []string
	for _, l := range letter.Langs() {
		texts = append(texts, book.KeptNotice(name, l))
	}
	return ct.replies.inBoth(ctx, c, p.T("What we keep about you"), m, texts)
}
