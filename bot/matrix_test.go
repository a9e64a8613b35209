package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// Who sees what: everybody who can come, by each way, in each kind of channel. Each cell
// is what they read, and after each nobody knows what only colleagues in the channel may.

// A world is a workspace in which Mia has planned a visit and an inspection in one
// channel, and somebody comes to them.
type world struct {
	*stage
	kind    string             // of the channel
	who     string             // what they are
	inside  bool               // they are in the channel
	said    string             // a message in it
	old     localslack.Message // of the app's, with buttons, where they read without it
	unheard int                // events that the local Slack does not send
	answers []string           // to their requests
}

// Whoever comes bears one id.
const (
	comer    = "U0COMER0001"
	supplier = liwei         // is in every channel that is shared
	place    = "C0PLACE0001" // where the visit is
	aside    = "C0ASIDE0001" // shared, with everybody and the app, and nothing of a visit in it
)

// comers are the kinds of person. What each is in Slack.
var comers = []struct {
	kind   string
	person localslack.Person
}{
	{"colleague", localslack.Person{TeamID: localslack.DefaultTeamID}},
	{"sister", localslack.Person{TeamID: sister, Teams: []string{sister, localslack.DefaultTeamID}}}, // of a sister workspace
	{"vouched", localslack.Person{TeamID: localslack.DefaultTeamID, Guest: localslack.Restricted}},   // a guest who works for us
	{"guest", localslack.Person{TeamID: localslack.DefaultTeamID, Guest: localslack.Restricted}},
	{"outsider", localslack.Person{TeamID: "T0ACMELIGHT"}},
	{"bot", localslack.Person{TeamID: localslack.DefaultTeamID, Bot: true}},
	{"deactivated", localslack.Person{TeamID: localslack.DefaultTeamID}},
	{"nobody", localslack.Person{TeamID: localslack.DefaultTeamID, Hidden: true}}, // of whom Slack knows nothing
	{"unanswered", localslack.Person{TeamID: localslack.DefaultTeamID}},           // about whom Slack does not answer
}

// placeKinds are the columns. One that became shared was so heard of; in one that is
// archived nobody can write, and they come from their direct messages; all of them own
// items of the visit, so colleagues find it there though they are not in the channel.
var placeKinds = []string{"public", "private", "shared", "became shared", "archived"}

// matrix is who sees what. A row's cells are the channels of placeKinds, or all of them.
const matrix = `
In the channel
	colleague, sister, vouched
		command, list: the visit, its purpose
		inspection: the result
		question, direct message: advice
		button: the visit, plain lines, sensitive lines
		form: the visit, its purpose, added | the visit, its purpose, added | added | added | added
		shortcut: the visit
		Home: the visit, its purpose, sensitive lines
		mention: advice | advice | advice, for you alone | advice, for you alone | advice, for you alone
		file: the visit, its purpose, plain lines, sensitive lines, contact and notes
		digest: the visit, sensitive lines
		reminder: the visit, plain lines, sensitive lines | the visit, plain lines, sensitive lines | the visit, plain lines | the visit, plain lines | nothing
	guest
		command, list, inspection, button, form, shortcut, file: not for guests
		question, direct message: advice
		Home: topics
		mention: advice, for you alone
		digest: nothing
		reminder: the visit, plain lines | the visit, plain lines | the visit, plain lines | the visit, plain lines | nothing
	outsider
		command, list, inspection, question, button, form, shortcut, mention, file: - | - | members only | members only | members only
		Home, direct message, digest: - | - | nothing | nothing | nothing
		reminder: - | - | the visit, plain lines | the visit, plain lines | nothing
	bot
		command, list, inspection, question, button, form, shortcut, mention, direct message, file: members only
		Home, digest: nothing
		reminder: the visit, plain lines, sensitive lines | the visit, plain lines, sensitive lines | the visit, plain lines | the visit, plain lines | nothing
	deactivated
		command, list, inspection, question, button, form, shortcut, Home, mention, direct message, file: members only
		digest: nothing
		reminder: the visit, plain lines, sensitive lines | the visit, plain lines, sensitive lines | the visit, plain lines | the visit, plain lines | nothing
	nobody
		command, list, inspection, question, button, form, shortcut, Home, mention, direct message, file: members only
		digest: nothing
		reminder: the visit, plain lines | the visit, plain lines | the visit, plain lines | the visit, plain lines | nothing
	unanswered
		command, list, inspection, button, form, shortcut, Home, mention, direct message, file: try again
		question: advice
		digest: waits
		reminder: the visit, plain lines | the visit, plain lines | the visit, plain lines | the visit, plain lines | nothing
Not in the channel
	colleague, sister, vouched
		command: not yours | not yours | not yours | not yours | the visit, its purpose
		inspection: not yours
		list: no visits | no visits | no visits | no visits | the visit, its purpose
		button: not yours | not yours | not yours | not yours | the visit, plain lines, sensitive lines
		form: not yours | not yours | not yours | not yours | added
		shortcut: no visits | no visits | no visits | no visits | the visit
		Home: topics | topics | topics | topics | the visit, its purpose, sensitive lines
		file: not yours | not yours | not yours | not yours | the visit, its purpose, plain lines, sensitive lines, contact and notes
		question, direct message: advice
		mention: advice, for you alone
		digest: nothing | nothing | nothing | nothing | the visit, sensitive lines
		reminder: nothing
	guest
		command, list, inspection, button, form, shortcut, file: not for guests
		question, direct message: advice
		Home: topics
		mention: advice, for you alone
		digest, reminder: nothing
	outsider
		command, list, inspection, question, button, form, shortcut, mention, file: members only
		Home, direct message, digest, reminder: nothing
	bot
		command, list, inspection, question, button, form, shortcut, mention, direct message, file: members only
		Home, digest, reminder: nothing
	deactivated, nobody
		command, list, inspection, question, button, form, shortcut, Home, mention, direct message, file: members only
		digest, reminder: nothing
	unanswered
		command, list, inspection, button, form, shortcut, Home, mention, direct message, file: try again
		question: advice
		digest: waits
		reminder: nothing
`

// What nobody reads but colleagues in the channel. Others in a channel that is shared
// may know of the visit, so the factory's name stands on its card there.
var secrets = []struct{ what, words string }{
	{"what the visit is for", "Supplier audit"},
	{"a line about an audit", "Compare the wage records"},
	{"a line about a price", "Agree the target price"},
	{"an own item", "Ask the neighbours about the second shift"},
	{"a contact", "+86 138 0013 8000"},
	{"the brief", "09:30 unannounced walk through the warehouse"},
	{"a note of a colleague", "Their bank called us"},
	{"a note of a result", "Burrs on the rim"},
}

// plainLine is a line of the checklist that others in the channel may read too.
const plainLine = "Book the train"

const privateName = "project-aurora"

// newWorld is what it is like before somebody comes.
func newWorld(t *testing.T, kind string, person localslack.Person, as string, inside bool) *world {
	t.Helper()
	w := &world{kind: kind, who: as, inside: inside}
	w.stage = newStage(t, inProcess,
		localslack.Channel{ID: place, Name: privateName, Private: kind == "private", ExtShared: kind == "shared", Members: []string{localslack.DefaultBotUserID, mia}},
		localslack.Channel{ID: aside, Name: "aside", ExtShared: true, Members: []string{localslack.DefaultBotUserID, mia}})
	person.ID, person.Name, person.RealName, person.TZ = comer, "robin", "Robin Roe", "Europe/Berlin"
	w.LoseEvents(person.Hidden) // they would tell of nobody
	w.do(w.AddPerson(person), w.Join(comer, aside))
	w.LoseEvents(false)
	if as == "sister" { // and then Slack says little
		w.OrgInstall(true)
		w.OmitUserTeam(true)
	}
	w.prepare()
	w.Wait()
	if kind == "shared" {
		w.do(w.Join(supplier, place))
	}
	if inside && as != "outsider" {
		w.do(w.Join(comer, place))
	}
	if kind == "became shared" {
		w.do(w.ShareChannel(place), w.Join(supplier, place))
	}
	if inside && as == "outsider" {
		if kind == "archived" {
			w.do(w.ShareChannel(place)) // how else did they come there?
		}
		w.do(w.Join(comer, place))
	}
	w.Wait()
	w.do(w.bot.directory.list(context.Background(), w.TeamID())) // as at the start of the app
	w.said = must(w.Say(mia, place, "", "We fly on Monday"))
	if kind == "archived" {
		w.do(w.ArchiveChannel(place))
	}
	w.Wait()
	switch as {
	case "vouched":
		w.do(w.bot.directory.vouch(context.Background(), w.TeamID(), mia, comer), w.bot.changes.reread(context.Background(), w.TeamID(), comer))
	case "deactivated":
		w.do(w.Deactivate(comer))
	case "unanswered":
		w.bot.directory.forget(comer)
		w.Fail("users.info", "internal_error", 1000)
		w.Fail("users.list", "internal_error", 1000)
	}
	w.Wait()
	return w
}

// do fails the test for the errors of what must succeed.
func (w *world) do(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// Wait waits until all that was set off has ended.
func (w *world) Wait() { w.bot.Wait() }

// prepare plans the visit and the inspection and shows their cards. An old message with
// their buttons is where somebody finds it who is not in the channel.
func (w *world) prepare() {
	ctx, team, now := context.Background(), w.TeamID(), time.Now()
	at := visit.Place{Channel: place, Private: w.kind == "private", Shared: w.kind == "shared"}
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Place = team, mia, "supplier_audit", at
	v.Factory.Name, v.Factory.Contacts, v.Agenda = visited, "Ms Lin "+secrets[4].words, secrets[5].words
	v.First, v.Last = dayAhead(60), dayAhead(62)
	for i, s := range secrets[1:4] {
		v.Items = append(v.Items, visit.Item{ID: i + 1, Milestone: -7, Text: s.words, Sensitive: true, Owner: comer})
	}
	v.Items = append(v.Items, visit.Item{ID: 4, Milestone: -7, Text: plainLine})
	v.Notes = []visit.Note{{By: mia, At: now, Text: secrets[6].words}}
	saved := must(w.bot.o.Store.PlanVisit(ctx, v, now))
	if saved.Number != 1 {
		w.t.Fatal("the visit is not the first")
	}
	i := visit.Inspection{}
	i.Workspace, i.Owner, i.Type, i.Factory.Name, i.Place = team, mia, "pre_shipment", inspected, at
	i.Due, i.LeadDays, i.Items = dayAhead(30), []int{14}, visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell the factory"}}
	must(w.bot.o.Store.AddInspection(ctx, i, now))
	w.do(w.bot.Show(ctx, team, "visit/1"), w.bot.Show(ctx, team, "inspection/1"))
	must(w.bot.o.Store.ChangeInspection(ctx, team, 1, now, func(i *visit.Inspection) error {
		_, err := i.Report(visit.Failed, secrets[7].words, mia, now)
		return err
	}))
	w.do(w.bot.Show(ctx, team, "inspection/1"))

	m := blocks.Said("A reminder of long ago.")
	m.Add(blocks.Actions(blocks.Button(actChecklist, "visit/1", "Open checklist"), blocks.Button(actAdd, "visit/1", "Add item"),
		blocks.Button(actBrief, "visit/1", "Send me the brief"), blocks.Button(actCalendar, "visit/1", "Calendar file")))
	w.do(w.bot.replies.post(ctx, team, w.own(), "", m))
	w.old = w.last(comer, w.own())
}

// own is the conversation in which somebody writes who cannot in the channel: their
// direct messages, or where they have none, another channel.
func (w *world) own() string {
	for _, c := range w.Channels(comer) {
		if c.IM {
			return c.ID
		}
	}
	return aside
}

// stands is where they write: in the channel if they can.
func (w *world) stands() string {
	if w.inside && w.kind != "archived" {
		return place
	}
	return w.own()
}

// card is what they have of the visit.
func (w *world) card() localslack.Message {
	if w.stands() != place {
		return w.old
	}
	ts := must(w.bot.o.Store.Visit(context.Background(), w.TeamID(), 1)).Card
	return w.stage.card(place, ts)
}

// unseen sends an event that the local Slack does not, for it shows these people no app.
func (w *world) unseen(inner map[string]any) {
	w.unheard++
	w.slackSends(eventType, string(blocks.MustJSON(map[string]any{
		"type": "event_callback", "team_id": w.TeamID(), "api_app_id": w.AppID(), "event_id": fmt.Sprintf("Ev0MATRIX%03d", w.unheard), "event_time": time.Now().Unix(),
		"authorizations": []any{map[string]any{"team_id": w.TeamID(), "user_id": w.BotUserID(), "is_bot": true}},
		"event":          inner,
	})))
}

const aQuestion = "what gift should I not bring"

// ways are how somebody comes, each with what the app answered to the request itself
// where that is all that it answered.
var ways = []struct {
	name string
	walk func(w *world) (answer string)
}{
	{"command", func(w *world) string { w.do(w.Command(comer, w.stands(), "/visit-prep show 1")); return "" }},
	{"list", func(w *world) string { w.do(w.Command(comer, w.stands(), "/visit-prep list")); return "" }},
	{"inspection", func(w *world) string { w.do(w.Command(comer, w.stands(), "/inspection show 1")); return "" }},
	{"question", func(w *world) string { w.do(w.Command(comer, w.stands(), "/visit-prep "+aQuestion)); return "" }},
	{"button", func(w *world) string { w.press(comer, w.card(), "Open checklist"); return "" }},
	{"form", func(w *world) string {
		w.press(comer, w.card(), "Add item")
		w.Wait()
		if vs := w.Modals(comer); len(vs) > 0 && vs[len(vs)-1].Submit != "" {
			v := vs[len(vs)-1]
			w.enter(comer, v, fieldItem, "Bring a lamp")
			w.send(comer, v)
			return ""
		}
		return w.sendsOff(comer, w.TeamID(), string(modalAdd), string(blocks.MustJSON(meta{About: "visit/1"})), map[string]string{fieldItem: "Bring a lamp", fieldMilestone: "-7"})
	}},
	{"shortcut", func(w *world) string {
		channel, ts := place, w.said
		if !w.inside {
			channel, ts = w.own(), w.old.TS
		}
		w.do(w.Shortcut(comer, shortcutAddToVisit, channel, ts))
		return ""
	}},
	{"Home", func(w *world) string {
		if err := w.OpenHome(comer); err != nil {
			w.unseen(map[string]any{"type": "app_home_opened", "user": comer, "channel": "D0NOBODY001", "tab": "home"})
		}
		return ""
	}},
	{"mention", func(w *world) string {
		channel := w.stands()
		if channel == w.own() {
			channel = aside
		}
		must(w.Say(comer, channel, "", "@visitprep "+aQuestion))
		return ""
	}},
	{"direct message", func(w *world) string {
		if own := w.own(); own != aside {
			must(w.Say(comer, own, "", aQuestion))
		} else {
			w.unseen(map[string]any{"type": "message", "channel_type": "im", "user": comer, "text": aQuestion, "ts": "1700000000.000100", "channel": "D0NOBODY001"})
		}
		return ""
	}},
	{"file", func(w *world) string {
		w.press(comer, w.card(), "Send me the brief")
		w.Wait()
		w.press(comer, w.card(), "Calendar file")
		return ""
	}},
	{"digest", func(w *world) string {
		return waits(w.bot.reminders.Post(context.Background(), w.digestOf(comer, 50)))
	}},
	{"reminder", func(w *world) string {
		return waits(w.remind())
	}},
}

// remind sends the visit's reminder to its channel.
func (w *world) remind() visit.Delivery {
	return w.bot.reminders.Post(context.Background(), w.remindOf("visit/1", visit.Remind, -7))
}

// waits says that a message comes later.
func waits(d visit.Delivery) string {
	if d.Outcome == visit.Limited || d.Outcome == visit.NotSent {
		return "waits"
	}
	return ""
}

// seen names what somebody reads.
func seen(text string, added bool) string {
	text, _, _ = strings.Cut(text, "A tip for today") // it ends Home, and is another one each day
	has := func(words string) bool { return strings.Contains(text, words) }
	var out []string
	for _, c := range []struct {
		name  string
		words []string
	}{
		{"members only", []string{membersOnly}},
		{"not for guests", []string{"are for members of this workspace"}},
		{"not yours", []string{nothingThere}},
		{"try again", []string{"I could not check that just now"}},
		{"something went wrong", []string{"That didn't work"}},
		{"try again", []string{"I can't see your channels right now"}},
		{"advice", []string{"Do not bring a clock"}},
		{"for you alone", []string{"so only you can see this answer"}},
		{"no visits", []string{"No visits are planned"}},
		{"waits", []string{"waits"}},
		{"the visit", []string{visited}},
		{"its purpose", []string{secrets[0].words}},
		{"plain lines", []string{plainLine}},
		{"sensitive lines", []string{secrets[1].words, secrets[2].words, secrets[3].words}},
		{"contact and notes", []string{secrets[4].words, secrets[5].words, secrets[6].words}},
		{"the result", []string{secrets[7].words}},
	} {
		if !slices.ContainsFunc(c.words, func(words string) bool { return !has(words) }) {
			out = append(out, c.name)
		}
	}
	if added {
		out = append(out, "added")
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, ", ")
	case strings.TrimSpace(text) == "":
		return "nothing"
	case has("Prepare your factory visit"):
		return "topics"
	}
	return "?" + text
}

func (w *world) itemsNow() int {
	return len(must(w.bot.o.Store.Visit(context.Background(), w.TeamID(), 1)).Items)
}

// comes is one cell.
func (w *world) comes(way func(w *world) string) string {
	w.t.Helper()
	answer := ""
	items := w.itemsNow()
	got := w.reads(comer, func() { answer = way(w) })
	got += answer
	w.answers = append(w.answers, answer)
	added := w.itemsNow() > items
	for _, v := range slices.Backward(w.Modals(comer)) {
		w.do(w.CloseModal(comer, v.ID))
	}
	w.Wait()
	return seen(got, added)
}

// leaks are the secrets that somebody can read who must not.
func (w *world) leaks() (leaks []string) {
	colleagues := map[string]bool{mia: true}
	if slices.Contains([]string{"colleague", "sister", "vouched"}, w.who) && (w.inside || w.kind == "archived") {
		colleagues[comer] = true // in a channel that is closed, as the owner of items
	}
	for _, p := range w.People() {
		if p.ID == localslack.DefaultBotUserID || colleagues[p.ID] {
			continue
		}
		reads := w.sees(p.ID)
		if p.ID == comer {
			reads["an answer"] = strings.Join(w.answers, "\n")
		}
		for where, text := range reads {
			channel, ts, _ := strings.Cut(where, "/")
			public := channel == place && slices.ContainsFunc(w.Messages("", channel), func(m localslack.Message) bool { return m.TS == ts && m.Only == "" })
			if public && (w.who == "bot" || w.who == "deactivated" || w.who == "unanswered") && p.ID == comer && w.kind != "shared" && w.kind != "became shared" {
				continue // the team itself has let a bot in; somebody whose account is gone reads nothing
			}
			for _, s := range secrets {
				if strings.Contains(text, s.words) {
					leaks = append(leaks, fmt.Sprintf("%s reads %s in %s", p.Name, s.what, where))
				}
			}
			if !public && (strings.Contains(text, visited) || strings.Contains(text, inspected) || w.kind == "private" && strings.Contains(text, privateName)) {
				leaks = append(leaks, fmt.Sprintf("%s reads a factory's or the channel's name in %s:\n%s", p.Name, where, text))
			}
		}
	}
	return leaks
}

// TestAChannelThatBecameSharedUnheard says what holds where Slack's events were lost: for
// a minute what was known is believed, unless a mention comes from there. After it nothing
// sensitive is posted, and what is posted brings the card up to date; where nothing is
// posted, the daily look does.
func TestAChannelThatBecameSharedUnheard(t *testing.T) {
	colleague := comers[0]
	for _, c := range []struct {
		name   string
		after  time.Duration
		then   func(w *world)
		reads  []string
		hidden []string
	}{
		{"a reminder within the minute is worded for the team", 30 * time.Second, func(w *world) { w.remind() }, []string{plainLine, secrets[1].words}, nil},
		{"a reminder after it is worded for all", keepChannel + time.Second, func(w *world) { w.remind() }, []string{plainLine}, allSecrets()},
		{"an answer is for the asker alone, for their event says so", 30 * time.Second, func(w *world) {
			must(w.Say(comer, place, "", "@visitprep "+aQuestion))
		}, nil, append(allSecrets(), "Do not bring a clock")},
		{"what is looked at daily is not forgotten", lookDaily + time.Minute, func(w *world) { w.do(w.bot.changes.lookAround(unattended(context.Background()), time.Now())) }, nil, allSecrets()},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "public", colleague.person, colleague.kind, true)
				w.do(w.bot.changes.lookAround(unattended(context.Background()), time.Now()))
				w.LoseEvents(true)
				w.do(w.ShareChannel(place), w.Join(supplier, place))
				w.LoseEvents(false)
				time.Sleep(c.after)
				got := w.reads(supplier, func() { c.then(w); w.Wait() })
				for _, words := range c.reads {
					if !strings.Contains(got, words) {
						t.Errorf("the supplier reads nothing of %q:\n%s", words, got)
					}
				}
				all := ""
				for _, text := range w.sees(supplier) {
					all += text + "\n"
				}
				for _, words := range c.hidden {
					if strings.Contains(all, words) {
						t.Errorf("the supplier reads %q:\n%s", words, all)
					}
				}
			})
		})
	}
}

// TestAGuestWhoCameUnheard is the same for one who was invited to the channel, or was made
// a guest in it, and for half an hour or an hour.
func TestAGuestWhoCameUnheard(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  int // of comers
		comes func(w *world) error
		keep  time.Duration
	}{
		{"is invited", 3, func(w *world) error { return w.Join(comer, place) }, keepMembers},
		{"is made one", 0, func(w *world) error { return w.SetGuest(comer, localslack.Restricted) }, keepList},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "public", comers[c.kind].person, comers[c.kind].kind, c.kind == 0)
				w.LoseEvents(true)
				w.do(c.comes(w))
				w.LoseEvents(false)
				time.Sleep(c.keep + time.Minute)
				got := w.reads(comer, func() { w.remind() })
				if !strings.Contains(got, plainLine) || slices.ContainsFunc(allSecrets(), func(words string) bool { return strings.Contains(got, words) }) {
					t.Errorf("the guest reads\n%s", got)
				}
			})
		})
	}
}

func allSecrets() (words []string) {
	for _, s := range secrets {
		words = append(words, s.words)
	}
	return words
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	want := readMatrix(t)
	for _, c := range comers {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			for _, inside := range []bool{true, false} {
				got := map[string][]string{}
				for _, kind := range placeKinds {
					if inside && c.kind == "outsider" && (kind == "public" || kind == "private") {
						for _, way := range ways {
							got[way.name] = append(got[way.name], "-") // they cannot be there
						}
						continue
					}
					w := newWorld(t, kind, c.person, c.kind, inside)
					told := map[string]bool{}
					check := func(after string) {
						for _, l := range w.leaks() {
							if !told[l] {
								t.Errorf("inside %v, %s, after %s: %s", inside, kind, after, l)
							}
							told[l] = true
						}
					}
					check("they came")
					for _, way := range ways {
						got[way.name] = append(got[way.name], w.comes(way.walk))
						check(way.name)
					}
				}
				for _, way := range ways {
					if row := strings.Join(got[way.name], " | "); row != want[inside][c.kind][way.name] {
						t.Errorf("%s, inside %v, by %s they see\n%s\nwant\n%s", c.kind, inside, way.name, row, want[inside][c.kind][way.name])
					}
				}
			}
		})
	}
}

// readMatrix gives a row by whether somebody is inside, what they are, and their way.
func readMatrix(t *testing.T) map[bool]map[string]map[string]string {
	t.Helper()
	rows := map[bool]map[string]map[string]string{true: {}, false: {}}
	inside := false
	var people []string
	for line := range strings.Lines(matrix) {
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case depth == 0:
			inside = strings.HasPrefix(line, "In the channel")
		case depth == 1:
			people = strings.Split(line, ", ")
		default:
			names, cells, _ := strings.Cut(line, ": ")
			if !strings.Contains(cells, " | ") {
				cells = strings.Join(slices.Repeat([]string{cells}, len(placeKinds)), " | ")
			}
			for _, p := range people {
				if rows[inside][p] == nil {
					rows[inside][p] = map[string]string{}
				}
				for _, n := range strings.Split(names, ", ") {
					rows[inside][p][n] = cells
				}
			}
		}
	}
	return rows
}
