package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	godiff "github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
)

// A year is months that are told as a story: who did what, by which command, button and form,
// and what they read, on which day.
type year struct {
	*months
	on    string              // the day that is told of
	told  map[string]string   // what was read, and on which day
	again map[string][]string // what was read once more, and on which days
	order []string            // of again
	last  map[string]string   // what a message with this title said last
}

// says is a line of the story that no message has.
func (y *year) says(line string) {
	y.day(time.Now())
	y.story.WriteString(line + "\n\n")
}

func (y *year) chapter(title string) {
	y.comesAgain()
	y.story.WriteString("\n" + strings.ToUpper(title) + "\n\n")
	y.on = ""
}

// day is the heading of a day, where the one before was another.
func (y *year) day(t time.Time) {
	y.comesAgain()
	if on := t.In(zoneNamed("Europe/Berlin")).Format("Monday, 2 January 2006"); on != y.on {
		y.on = on
		y.story.WriteString("— " + on + " —\n\n")
	}
}

// comesAgain tells of what was read more than once.
func (y *year) comesAgain() {
	for _, what := range y.order {
		days := y.again[what]
		on := days[0]
		if last := len(days) - 1; last > 0 {
			on = strings.Join(days[:last], ", ") + " and " + days[last]
		}
		fmt.Fprintf(&y.story, "On %s %s again, the same as on %s.\n\n", on, what, y.told[what])
	}
	y.order, y.again = nil, map[string][]string{}
}

var (
	ofADay   = regexp.MustCompile(`^\*For you today, [^*]*\*\n`)
	listLine = regexp.MustCompile(`^• .*|.* – (nobody yet|@[^\[]*) \[Done\]$`)
)

// quotes are the lines of a message, with no more than two of a list, and without those that were
// read before.
func quotes(text, before string) string {
	var b strings.Builder
	known := map[string]bool{}
	for line := range strings.Lines(before) {
		known[strings.TrimRight(line, "\n")] = true
	}
	left := false
	listed := 0
	more := func() {
		if listed > 2 {
			fmt.Fprintf(&b, "    | … %s like these\n", howMany(listed-2, "more line"))
		}
		listed = 0
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if known[line] || line == "" {
			if left = left || line != ""; left {
				more()
			}
			continue
		}
		if left {
			b.WriteString("    | …\n")
			left = false
		}
		if listLine.MatchString(line) {
			if listed++; listed > 2 {
				continue
			}
		} else {
			more()
		}
		fmt.Fprintf(&b, "    | %s\n", line)
	}
	more()
	if left {
		b.WriteString("    | …\n")
	}
	return b.String()
}

// afresh quotes a message: of one with a title that was read before, what is new in it.
func (y *year) afresh(text string) string {
	title, rest, _ := strings.Cut(text, "\n")
	title, _, _ = strings.Cut(title, "*.")
	q := quotes(text, "")
	if before, ok := y.last[title]; ok {
		head, _, _ := strings.Cut(text, "\n")
		q = quotes(head, "") + quotes(rest, before)
	}
	y.last[title] = rest
	return q
}

func howMany(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// hears tells of a message: when, where and for whom it came, and what it says.
func (y *year) hears(h *heard) {
	who := func(id string) string { p, _ := y.Person(id); return first(p.RealName) }
	where, comes := "in #"+h.channel.Name, "this comes in #"+h.channel.Name
	switch {
	case h.message.Only != "":
		where = "to " + who(h.message.Only) + " alone"
		comes = who(h.message.Only) + " alone reads"
	case h.channel.IM:
		where = "to " + who(h.channel.Members[0])
		comes = who(h.channel.Members[0]) + " gets a direct message"
	case h.message.Broadcast:
		comes = "this comes in the thread and in #" + h.channel.Name
	case h.message.ThreadTS != "":
		where = "in the thread"
		comes = "this comes in the thread"
	}
	body := ofADay.ReplaceAllString(h.text, "")
	title, _, _ := strings.Cut(strings.ReplaceAll(body, "*", ""), "\n")
	short := h.at.In(zoneNamed("Europe/Berlin")).Format("2 January")
	key := fmt.Sprintf("“%s” comes %s", title, where)
	if on, ok := y.told[key+body]; ok && !h.answer {
		if _, ok := y.again[key]; !ok {
			y.order = append(y.order, key)
			y.told[key] = on
		}
		y.again[key] = append(y.again[key], short)
		return
	}
	y.told[key+body] = short
	y.day(h.at)
	said := quotes(h.text, "")
	if h.message.Only != "" || h.channel.IM && body == h.text {
		said = y.afresh(h.text)
	}
	at := h.at.In(zoneNamed("Europe/Berlin")).Format("15:04")
	fmt.Fprintf(&y.story, "At %s %s:\n%s\n", at, comes, said)
}

// An entry is an input of a form.
type entry struct {
	control
	label   string
	options map[string]string // what stands in a menu, by its value
}

func entries(blocks []json.RawMessage) (es []entry) {
	type option struct {
		Text  struct{ Text string }
		Value string
	}
	cs := controls(blocks)
	for _, raw := range blocks {
		var b struct {
			ID      string `json:"block_id"`
			Type    string
			Label   struct{ Text string }
			Element struct {
				Options []option
				Groups  []struct{ Options []option } `json:"option_groups"`
			}
		}
		json.Unmarshal(raw, &b)
		at := slices.IndexFunc(cs, func(c control) bool { return c.block == b.ID })
		if b.Type != "input" || at < 0 {
			continue
		}
		e := entry{control: cs[at], label: b.Label.Text, options: map[string]string{}}
		all := b.Element.Options
		for _, g := range b.Element.Groups {
			all = append(all, g.Options...)
		}
		for _, o := range all {
			e.options[o.Value] = o.Text.Text
		}
		es = append(es, e)
	}
	return es
}

// opens opens a form by a command.
func (y *year) opens(who, line string) {
	y.t.Helper()
	y.rest()
	p, _ := y.Person(who)
	y.says(fmt.Sprintf("%s types `%s`.", first(p.RealName), line))
	y.no(y.Command(who, localslack.SampleSourcing, line))
	y.rest()
}

// asks types a command and reads its answer.
func (y *year) asks(who, line string) {
	y.t.Helper()
	y.opens(who, line)
	y.listen(true)
}

// presses presses a button that a person sees, or makes a choice of a menu that begins with these
// words: in their newest message that has it, or in the page that is open.
func (y *year) presses(who, label string) {
	y.t.Helper()
	y.rest()
	p, _ := y.Person(who)
	if open := y.Modals(who); len(open) > 0 {
		v := open[len(open)-1]
		if a, said, ok := offered(v.Blocks, label); ok {
			y.says(fmt.Sprintf("%s presses [%s].", first(p.RealName), said))
			a.View = v.ID
			y.no(y.Act(who, a))
			y.rest()
			return
		}
	}
	var all []localslack.Message
	for _, c := range y.Channels(who) {
		all = append(all, y.Messages(who, c.ID)...)
	}
	slices.SortStableFunc(all, func(a, b localslack.Message) int { return cmp.Compare(b.TS, a.TS) })
	for _, msg := range all {
		a, said, ok := offered(msg.Blocks, label)
		if msg.BotID == "" || !ok {
			continue
		}
		if a.Value == "" {
			y.says(fmt.Sprintf("%s presses [%s].", first(p.RealName), said))
		} else {
			y.says(fmt.Sprintf("%s picks “%s”.", first(p.RealName), said))
		}
		a.Channel, a.MessageTS = msg.Channel, msg.TS
		was := read(msg)
		y.no(y.Act(who, a))
		y.rest()
		if now := y.named(read(y.current(msg))); len(y.current(msg).Blocks) > 0 && read(y.current(msg)) != was {
			fmt.Fprintf(&y.story, "The message changes to:\n%s\n", quotes(now, y.named(was)))
		}
		return
	}
	y.t.Fatalf("%s sees no %q", first(p.RealName), label)
}

// offered is the button, or the choice of a menu, with these words.
func offered(blocks []json.RawMessage, label string) (a localslack.Action, said string, ok bool) {
	for _, raw := range blocks {
		var b struct {
			ID        string `json:"block_id"`
			Accessory json.RawMessage
			Elements  []json.RawMessage
		}
		json.Unmarshal(raw, &b)
		for _, e := range append([]json.RawMessage{b.Accessory}, b.Elements...) {
			var x struct {
				Type    string
				Action  string `json:"action_id"`
				Text    json.RawMessage
				Options []struct {
					Text  struct{ Text string }
					Value string
				}
			}
			json.Unmarshal(e, &x)
			var on struct{ Text string }
			json.Unmarshal(x.Text, &on)
			if x.Type == "button" && on.Text == label {
				return localslack.Action{BlockID: b.ID, ActionID: x.Action}, label, true
			}
			for _, o := range x.Options {
				if strings.HasPrefix(o.Text.Text, label) {
					return localslack.Action{BlockID: b.ID, ActionID: x.Action, Value: o.Value}, html.UnescapeString(o.Text.Text), true
				}
			}
		}
	}
	return a, "", false
}

// enters fills in the open form, page by page, and sends it; each field is block=value. What
// stands there in its place then is read, and a button of it may be pressed before it is closed.
func (y *year) enters(who string, fields ...string) {
	y.t.Helper()
	p, _ := y.Person(who)
	name := first(p.RealName)
	left := slices.Clone(fields)
	for pages := 0; ; pages++ {
		v := y.top(who)
		if v.Submit == "" {
			if len(left) > 0 {
				y.t.Fatalf("no form asks for %q; it says\n%s", left, read(localslack.Message{Blocks: v.Blocks}))
			}
			y.day(time.Now())
			fmt.Fprintf(&y.story, "%s reads:\n%s\n", name, y.afresh(y.named(read(localslack.Message{Blocks: v.Blocks}))))
			break
		}
		if pages > 3 {
			y.t.Fatalf("the form %q does not end: %v", v.Title, read(localslack.Message{Blocks: v.Blocks}))
		}
		y.day(time.Now())
		if len(left) == 0 {
			fmt.Fprintf(&y.story, "In the form “%s” %s leaves all as it is, and presses [%s].\n\n", v.Title, name, v.Submit)
		} else {
			fmt.Fprintf(&y.story, "In the form “%s” %s enters:\n", v.Title, name)
			left = y.entersPage(who, left)
			fmt.Fprintf(&y.story, "and presses [%s].\n\n", v.Submit)
		}
		y.no(y.Submit(who, v.ID))
		y.rest()
		open := y.Modals(who)
		if len(open) == 0 {
			break
		}
		if bad := open[len(open)-1].Errors; len(bad) > 0 {
			y.t.Fatalf("the form %q is refused: %v", v.Title, bad)
		}
	}
	if len(left) > 0 {
		y.t.Fatalf("no form asks for %q", left)
	}
	y.listen(true)
}

// entersPage fills in what the page that is open asks for, and gives what is left.
func (y *year) entersPage(who string, fields []string) (left []string) {
	y.t.Helper()
	for _, field := range fields {
		block, value, _ := strings.Cut(field, "=")
		v := y.top(who)
		es := entries(v.Blocks)
		at := slices.IndexFunc(es, func(e entry) bool { return e.block == block })
		if at < 0 {
			left = append(left, field)
			continue
		}
		e := es[at]
		a := localslack.Action{View: v.ID, BlockID: e.block, ActionID: e.action, Value: value}
		said := strings.ReplaceAll(value, "\n", " / ")
		switch e.kind {
		case "checkboxes", "multi_users_select":
			a.Value, a.Values = "", strings.Split(value, ",")
			said = ""
			for i, one := range a.Values {
				if i > 0 {
					said += ", "
				}
				said += y.inMenu(&e, one)
			}
		case "file_input":
			f, err := y.Upload(who, value, phototest.Draw(uint64(len(y.heard)), 600, 800, 6, time.Now()))
			y.no(err)
			a.Value, a.Values = "", []string{f.ID}
		case "datepicker":
			day, err := civil.Parse(value)
			y.no(err)
			said = day.Start(time.UTC).Format("2 January 2006")
		default:
			said = y.inMenu(&e, said)
		}
		if err := y.Act(who, a); err != nil {
			y.t.Fatalf("%s: %v; the menu has %v", field, err, e.options)
		}
		y.rest()
		fmt.Fprintf(&y.story, "    %s %s\n", e.label+colon(e.label), said)
	}
	return left
}

// colon ends the label of a field that is no question.
func colon(label string) string {
	if strings.HasSuffix(label, "?") || strings.HasSuffix(label, ":") {
		return ""
	}
	return ":"
}

// inMenu is a value as it stands in the menu: the words of a choice, a person, a channel.
func (y *year) inMenu(e *entry, value string) string {
	if words, ok := e.options[value]; ok {
		return words
	}
	if p, ok := y.Person(value); ok {
		return p.RealName
	}
	if c, ok := y.Channel(value); ok {
		return "#" + c.Name
	}
	return value
}

// closes closes what a person has open.
func (y *year) closes(who string) {
	y.t.Helper()
	y.closeAll(who)
	y.listen(true)
}

// TestAYearAtOneFactory is a team's whole year at one factory: the first visit, what was found,
// the letter, the answers, an agreement, two inspections, a proof that was not enough and one
// that was. All of it goes through the commands, buttons and forms. What came of it is
// testdata/year/story.txt.
func TestAYearAtOneFactory(t *testing.T) {
	t.Parallel()
	y := &year{months: &months{t: t, team: team{name: "one factory", diligent: true, scripted: true}, seen: map[string]bool{}, noted: map[string]int{}, notes: true}, told: map[string]string{}, again: map[string][]string{}, last: map[string]string{}}
	y.voice = y.hears
	synctest.Test(t, func(t *testing.T) {
		y.t = t
		y.story.WriteString("A YEAR AT ONE FACTORY\n\nNorthlight buys lamps. Mia Chen looks after the suppliers, Jonas Weber after the quality.\nNingbo Bright Metal is new to both. What they do in Slack stands here, and what they read there.\n")
		y.begin("2027-02-01 09:00")
		y.beforeTheVisit()
		y.theVisit()
		y.theirAnswer()
		y.theProof()
		y.theAutumn()
		y.end()
	})
	story := strings.TrimSpace(y.story.String()) + "\n"
	for _, words := range []string{"Finding 1", "I have sent it", "[Not enough]", "[Verify finding]", "Agreement 1", "Promise kept", "*Inspection 2* · failed", "*Visit 1* · "} {
		if !strings.Contains(story, words) {
			t.Errorf("the story has nothing of %q", words)
		}
	}
	for _, w := range y.wrong {
		t.Error(w)
	}
	file := filepath.Join("testdata", "year", "story.txt")
	if *update {
		y.no(os.WriteFile(file, []byte(story), 0o644))
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := godiff.Diff(string(want), story); diff != "" {
		t.Errorf("%s differs (-want +got); go test . -run TestAYearAtOneFactory -update rewrites it:\n%s", file, diff)
	}
}

func (y *year) beforeTheVisit() {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	y.chapter("February: a visit is planned")
	y.opens(mia, "/visit-prep plan")
	y.enters(mia, "factory=new", "factory_name=Ningbo Bright Metal", "factory_city=Ningbo", "purpose=first_visit", "first=2027-03-15", "last=2027-03-15")
	y.presses(mia, "Add people, agenda…")
	y.enters(mia, "people="+mia+","+jonas, "guests=Ms Xu, interpreter", "agenda=09:00 opening meeting\n10:00 tour of the line\n15:30 summary and minutes")
	y.closes(mia)
	y.until("2027-02-22 09:00")
	y.says("Three weeks to go. The factory should know who comes, and what for.")
	y.opens(mia, "/visit-prep host 1")
	y.enters(mia, "host_to=王总 / Mr Wang")
	y.closes(mia)
}

func (y *year) theVisit() {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	y.until("2027-03-15 06:00")
	y.chapter("March: at the factory")
	y.says("Mia and Jonas walk the line. In the packing area some cartons lack their corner guards.")
	y.opens(jonas, "/visit-prep finding 1")
	y.enters(jonas, "severity=major", "text=no corner guard", "photos=IMG_0315.jpg", "count=6/50", "place=packing", "text_zh=没有装护角")
	y.closes(jonas)
	y.opens(jonas, "/visit-prep finding 1")
	y.enters(jonas, "severity=minor", "text=the side mark does not scan", "count=2/13", "text_zh=侧唛扫不出来")
	y.closes(jonas)
	y.says("Over tea Mr Wang says why there are so few people at the presses.")
	y.presses(mia, "Note answer")
	y.enters(mia, "note=Two robots at the presses since January; they look for work to fill them", "tags=automation,capacity")
	y.closes(mia)
	y.says("Mia promises him the sealed sample of the new colour, and he gives her his card.")
	y.asks(mia, "/factory bright")
	y.presses(mia, "Add promise")
	y.enters(mia, "side=ours", "what=Send the sealed sample of the new colour", "who=Mr Wang", "due=2027-04-07")
	y.closes(mia)
	y.presses(mia, "Add contact")
	y.enters(mia, "factory_name=Wang Wei", "factory_chinese=王伟", "title=Director Wang 王总", "speaks=Mandarin, some English", "met=First visit to the factory")
	y.closes(mia)

	y.until("2027-03-16 09:00")
	y.says("Back at the hotel Mia thanks them in writing, and asks for an answer.")
	y.opens(mia, "/visit-prep letter 1")
	y.enters(mia, "to=Mr Wang / 王总", "strengths=records were complete", "strengths_zh=记录完整", "reply_by=2027-03-26")
	y.closes(mia)
	y.says("She reads it once more, passes it on in WeChat, and says so.")
	y.presses(mia, "I have sent it")
	y.listen(true)
	y.says("The quality agreement, which both signed yesterday, goes on record.")
	y.opens(mia, "/factory add agreement")
	y.enters(mia, "factory=1", "kind=quality", "title=Quality of lamps", "signed=2027-03-15", "ends=2027-12-31", "notice=60", "for_them=Wang Wei, general manager")
	y.presses(mia, "Edit terms")
	y.enters(mia, "claim=30")
	y.closes(mia)
	y.until("2027-03-18 08:00")
	y.says("Mr Wang calls about the lot that is packed already.")
	y.presses(mia, "Finding 1")
	y.listen(true)
	y.presses(mia, "Log containment")
	y.enters(mia, "what=All 300 cartons are opened, and guards put in", "said_by=Mr Wang")
	y.closes(mia)
	y.until("2027-03-22 09:00")
	y.presses(mia, "Go with conditions")
	y.enters(mia, "why=A first order of 3000, once the corner guards are there for good")
	y.closes(mia)
}

func (y *year) theirAnswer() {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	y.until("2027-03-30 09:00")
	y.chapter("Spring: an answer, and a proof that is none")
	y.says("The answer to the letter comes late, by telephone.")
	y.presses(mia, "Finding 1")
	y.listen(true)
	y.presses(mia, "Log answer")
	y.enters(mia, "proposal=A card at the station says when to order guards", "cause=No guards were left, and nobody had to order any", "said_by=Mr Wang")
	y.closes(mia)
	y.presses(mia, "Agree on action")
	y.enters(mia, "due=2027-04-30", "reviewer="+jonas, "proofs=record,next_lot")
	y.closes(mia)
	y.says("The side mark is another matter: the customer never scans it.")
	y.presses(mia, "Finding 2")
	y.listen(true)
	y.presses(mia, "Accept as is")
	y.enters(mia, "why=The customer scans the front of the carton")
	y.closes(mia)
	y.until("2027-04-07 09:00")
	y.says("The sealed sample left with the courier on Monday.")
	y.asks(mia, "/factory bright")
	y.presses(mia, "We promised Mr Wang")
	y.listen(true)
	y.presses(mia, "Promise kept")
	y.listen(true)

	y.until("2027-04-28 09:00")
	y.says("Mr Wang writes that all is done, and sends a list of who was trained.")
	y.presses(mia, "Finding 1")
	y.listen(true)
	y.presses(mia, "Log as done")
	y.enters(mia, "day=2027-04-27", "proofs=training", "text=Eleven packers were trained")
	y.closes(mia)
	y.until("2027-05-04 09:00")
	y.says("Jonas looks at it. A list of names shows no guard.")
	y.presses(jonas, "Finding 1")
	y.listen(true)
	y.presses(jonas, "Not enough")
	y.enters(jonas, "lacks=培训签到表看不出护角有没有装。", "due=2027-05-31")
	y.closes(jonas)
}

func (y *year) theProof() {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	y.until("2027-05-06 09:00")
	y.says("Mia would lose a week for that. The next lot is inspected in June anyway.")
	y.presses(mia, "No visit now")
	y.listen(true)
	y.until("2027-05-28 09:00")
	y.chapter("Summer: the lot that shows it")
	y.says("This time the order cards of May come, and a photo of a carton with all its corners.")
	y.presses(mia, "Finding 1")
	y.listen(true)
	y.presses(mia, "Log as done")
	y.enters(mia, "day=2027-05-27", "proofs=record,photo", "text=The order cards of May", "photos=IMG_0527.jpg")
	y.closes(mia)
	y.opens(jonas, "/inspection schedule")
	y.enters(jonas, "factory=1", "type=pre_shipment", "due=2027-06-10", "order=4600", "inspectors="+jonas, "leads=14, 3")
	y.closes(jonas)
	y.until("2027-05-28 10:00")
	y.presses(jonas, "Choose sample")
	y.enters(jonas, "product_name=Desk lamp DL-3", "lot=3000")
	y.closes(jonas)
	y.until("2027-06-10 14:00")
	y.says("Jonas unpacks 125 lamps of order 4600. Each carton has its four guards.")
	y.opens(jonas, "/inspection done 1")
	y.enters(jonas, "result=passed")
	y.closes(jonas)
	y.presses(jonas, "Finding 1")
	y.listen(true)
	y.presses(jonas, "Log next lot")
	y.enters(jonas, "lot=inspection 1", "checked=0/125", "day=2027-06-10")
	y.closes(jonas)
	y.presses(jonas, "Verify finding")
	y.enters(jonas)
	y.closes(jonas)
	y.until("2027-06-16 09:00")
	y.says("The order is on the water, four days after the day that was confirmed.")
	y.asks(mia, "/factory score bright")
	y.presses(mia, "Log a delivery")
	y.enters(mia, "order=4600", "confirmed=2027-06-11", "quantity=3000", "shipped=2027-06-15", "sent=3000")
	y.closes(mia)
	y.until("2027-07-05 09:00")
	y.says("The quarter is over. Mia adds what no order shows: what she thinks of the prices and of the papers.")
	y.asks(mia, "/factory score bright")
	y.presses(mia, "Set marks")
	y.enters(mia, "quarter=2027-Q2", "cost=4", "compliance=3")
	y.closes(mia)
}

func (y *year) theAutumn() {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	y.until("2027-09-01 09:00")
	y.chapter("Autumn: dents")
	y.opens(jonas, "/inspection schedule")
	y.enters(jonas, "factory=1", "type=pre_shipment", "due=2027-09-14", "order=4711", "inspectors="+jonas, "leads=14, 3")
	y.closes(jonas)
	y.until("2027-09-01 10:00")
	y.presses(jonas, "Choose sample")
	y.enters(jonas, "lot=3000")
	y.closes(jonas)
	y.until("2027-09-14 14:00")
	y.says("Nine of 125 lamps have dents. Seven would still have passed.")
	y.opens(jonas, "/inspection finding 2")
	y.enters(jonas, "severity=major", "text=dents in the housing", "count=9/125", "text_zh=灯壳有凹痕")
	y.closes(jonas)
	y.opens(jonas, "/inspection done 2")
	y.enters(jonas, "result=failed", "note=Dents in the housing, 9 of 125")
	y.closes(jonas)
	y.until("2027-09-16 09:00")
	y.says("A customer writes as well: dents, in lamps of the first order.")
	y.opens(mia, "/factory bright finding")
	y.enters(mia, "severity=major", "text=a customer reports dents", "text_zh=客户反映灯壳有凹痕", "seen=customer")
	y.closes(mia)
	y.until("2027-10-14 09:00")
	y.says("Mia claims by e-mail, two days before the window closes. Mr Wang answers within the hour.")
	for _, finding := range []string{"Finding 4", "Finding 3"} {
		y.asks(mia, "/factory actions bright")
		y.presses(mia, finding)
		y.listen(true)
		y.presses(mia, "Log answer")
		y.enters(mia, "proposal=Trays between the layers from now on; forty housings come free", "cause=Housings lie on each other on the way to packing", "said_by=Mr Wang")
		y.closes(mia)
		y.presses(mia, "Agree on action")
		y.enters(mia, "due=2028-01-20", "reviewer="+jonas, "proofs=photo,next_lot")
		y.closes(mia)
	}
	y.until("2027-10-18 09:00")
	y.says("The quality agreement ends with the year. Both want to go on.")
	y.presses(mia, "Renew agreement")
	y.enters(mia, "until=2028-12-31")
	y.closes(mia)

	y.until("2027-11-01 10:00")
	y.says("Now the trip is worth it: Mia wants to see the trays on the spot.")
	y.presses(mia, "Plan a visit")
	y.enters(mia, "purpose=follow_up", "first=2028-01-10", "last=2028-01-10")
	y.closes(mia)

	y.until("2027-12-20 09:00")
	y.chapter("December: what the year came to")
	clear(y.last)
	y.asks(mia, "/factory score bright")
	y.asks(mia, "/factory bright")
	y.says("So the year ends: one fault gone for good, two answers to be proven, the agreement renewed, and a visit in January.")
}
