package bot

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/photo"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/report"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// handIn takes the steps of all reports that wait until none does, without the pauses.
func (s *stage) handIn() {
	s.t.Helper()
	s.settled()
	for range 40 {
		if s.handInStep() == 0 {
			return
		}
	}
	s.t.Fatal("a report is never handed in")
}

// handInStep takes one step of each report that waits, and says how many did.
func (s *stage) handInStep() int {
	s.t.Helper()
	ctx := context.Background()
	waiting := must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Kinds: []visit.Kind{visit.NewReport}, States: []visit.State{visit.Pending}}))
	for _, o := range waiting {
		d, to := s.bot.reminders.Post(ctx, o), o
		switch d.Outcome {
		case visit.Delivered:
			to.State, to.TS = visit.Sent, d.TS
		case visit.NothingSaid:
			to.State = visit.Cancelled
		case visit.Refused:
			to.State, to.Error = visit.Dead, fmt.Sprint(d.Err)
		case visit.Unknown:
			if f := s.bot.reminders.Find(ctx, o); f.Outcome == visit.Delivered {
				to.State, to.TS = visit.Sent, f.TS
			}
		}
		if to.State != o.State {
			must(s.bot.o.Store.Settle(ctx, o, to))
		}
	}
	return len(waiting)
}

// inspectedToday records an inspection of today that has a card, with two findings and a photo.
func (s *stage) inspectedToday(channel string) visit.Inspection {
	s.t.Helper()
	i := s.inspectionIn(channel, visit.Item{ID: 1, Text: "Weigh three pieces"})
	s.changeInspection(i, func(i *visit.Inspection) {
		i.Due, i.Order, i.Inspector = civil.Of(time.Now().Add(-36*time.Hour)), "4512", jonas
	})
	s.postCards(s.bot, s.bot.o.Store)
	s.logs(visit.Finding{Subject: i.Subject(), Severity: visit.Major, Text: "Cartons without corner protection", TextZH: "纸箱无护角", Place: "packing", Bad: 6, Checked: 50, ForFactory: true, By: jonas}, 1)
	s.logs(visit.Finding{Subject: i.Subject(), Severity: visit.Minor, Text: "Label is crooked", By: jonas}, 0)
	return s.inspection(i.Number)
}

// visitedToday records a visit that has begun, with a finding.
func (s *stage) visitedToday(channel string) visit.Visit {
	s.t.Helper()
	v := s.visitIn(channel)
	s.changeVisit(v, func(v *visit.Visit) {
		v.First, v.Last = civil.Of(time.Now().Add(-60*time.Hour)), civil.Of(time.Now().Add(-36*time.Hour))
	})
	s.postCards(s.bot, s.bot.o.Store)
	s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfSystem, Severity: visit.Critical, Text: "The emergency exit is locked", By: mia}, 0)
	return s.visit(v.Number)
}

var oneCopy = sync.OnceValue(func() []byte {
	var r photo.Reader
	return must(r.Copy(phototest.Draw(1, 400, 300, 1, time.Now()), time.UTC)).JPEG
})

// logs records a finding with so many photos that were fetched.
func (s *stage) logs(f visit.Finding, photos int) visit.Finding {
	s.t.Helper()
	ctx := context.Background()
	f.Workspace = s.TeamID()
	if f.Source == "" {
		f.Source = fmt.Sprintf("test:%d", s.sources.Add(1))
	}
	for n := range photos {
		f.Photos = append(f.Photos, visit.PhotoRef{FileID: fmt.Sprintf("F%s%d", f.Source, n), Name: "IMG_1.jpg", State: visit.PhotoWaiting})
	}
	added, _, err := s.bot.o.Store.AddFinding(ctx, f, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range added.Photos {
		if _, _, err := s.bot.o.Store.KeepPhoto(ctx, s.TeamID(), p.ID, store.Copy{JPEG: oneCopy(), W: 400, H: 300}); err != nil {
			s.t.Fatal(err)
		}
	}
	return must(s.bot.o.Store.Finding(ctx, s.TeamID(), added.Number))
}

// between has something happen at each request of the bot's whose address has path in it, and
// its answer say now where it says old.
func (s *stage) between(path string, happens func(), old, now string) {
	s.bot.o.Slack = &Clients{one: slack.New(s.BotToken(), slack.OptionAPIURL(s.bot.o.APIURL), slack.OptionHTTPClient(doer(func(r *http.Request) (*http.Response, error) {
		there := strings.Contains(r.URL.Path, path)
		if there && happens != nil {
			happens()
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil || !there || old == "" {
			return res, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		res.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), old, now)))
		return res, err
	})))}
}

// files are all files that somebody sees in a channel.
func (s *stage) files(viewer, channel string) (fs []localslack.File) {
	for _, m := range s.Messages(viewer, channel) {
		fs = append(fs, m.Files...)
	}
	return fs
}

// under are the messages that somebody reads under a card.
func (s *stage) under(viewer, channel, card string) (ms []localslack.Message) {
	for _, m := range s.Messages(viewer, channel) {
		if m.ThreadTS == card && m.TS != card {
			ms = append(ms, m)
		}
	}
	return ms
}

// pdfString is a text in a PDF, and pdfShown one that is drawn on a page.
var (
	pdfString = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\)`)
	pdfShown  = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) Tj`)
)

// unescaped is a text of a PDF without the marks before its brackets.
func unescaped(text []byte) (raw []byte) {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			if i++; text[i] == 'r' {
				raw = append(raw, '\r')
				continue
			}
		}
		raw = append(raw, text[i])
	}
	return raw
}

// utf16Text reads UTF-16.
func utf16Text(b []byte) string {
	var u []uint16
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, binary.BigEndian.Uint16(b[i:]))
	}
	return string(utf16.Decode(u))
}

// pdfParts are the parts of a PDF that are compressed, as they were before.
func pdfParts(pdf []byte) (parts [][]byte) {
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return parts
		}
		raw, next, _ := bytes.Cut(after, []byte("\nendstream"))
		rest = next
		if z, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			content, _ := io.ReadAll(z)
			parts = append(parts, content)
		}
	}
}

// pdfLines are the lines that stand on the pages of a PDF.
func pdfLines(t *testing.T, pdf []byte) (lines []string) {
	t.Helper()
	for _, part := range pdfParts(pdf) {
		for _, m := range pdfShown.FindAllSubmatch(part, -1) {
			lines = append(lines, utf16Text(unescaped(m[1])))
		}
	}
	if len(lines) == 0 {
		t.Fatal("nothing stands in the PDF")
	}
	return lines
}

// sheetTexts are the texts in the cells of a workbook, and the names of its sheets.
func sheetTexts(t *testing.T, xlsx []byte) (texts []string) {
	t.Helper()
	z := must(zip.NewReader(bytes.NewReader(xlsx), int64(len(xlsx))))
	for _, name := range []string{"xl/sharedStrings.xml", "xl/workbook.xml"} {
		f := must(z.Open(name))
		for _, m := range regexp.MustCompile(`<t[^>]*>([^<]*)</t>|<sheet name="([^"]*)"`).FindAllSubmatch(must(io.ReadAll(f)), -1) {
			texts = append(texts, string(m[1])+string(m[2]))
		}
		f.Close()
	}
	if len(texts) == 0 {
		t.Fatal("nothing stands in the workbook")
	}
	return texts
}

// pdfText is what is written in a PDF and about it.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	texts := func(b []byte) {
		for _, m := range pdfString.FindAllSubmatch(b, -1) {
			raw := unescaped(m[1])
			all.Write(raw)
			all.WriteByte('\n')
			all.WriteString(utf16Text(bytes.TrimPrefix(raw, []byte("\xfe\xff"))))
			all.WriteByte('\n')
		}
	}
	texts(pdf)
	all.Write(pdf)
	for _, part := range pdfParts(pdf) {
		texts(part)
		all.Write(part)
	}
	return all.String()
}

// The report of an inspection and of a visit comes by command and by the button of the card,
// for everybody in the thread: the two files and a message that says the same without them.
func TestTheReportComesInItsThread(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		i := s.inspectedToday(sourcing)
		said := says(s.command(jonas, sourcing, fmt.Sprintf("/inspection report %d", i.Number)))
		if !strings.Contains(said, "Making the report…") || !strings.Contains(said, "in its thread") || !strings.Contains(said, "no result yet") {
			t.Errorf("whoever asks reads %q", said)
		}
		s.handIn()
		ms := s.under(jonas, sourcing, i.Card)
		if len(ms) != 2 || len(ms[0].Files) != 2 {
			t.Fatalf("in the thread stand %d messages", len(ms))
		}
		pdf, sheet := ms[0].Files[0], ms[0].Files[1]
		if pdf.Name != "inspection-1-report-v1-draft.pdf" || sheet.Name != "inspection-1-report-v1-draft.xlsx" || !bytes.HasPrefix(pdf.Content, []byte("%PDF-")) || !bytes.HasPrefix(sheet.Content, []byte("PK")) {
			t.Errorf("the files are %s, %.8q and %s, %.8q", pdf.Name, pdf.Content, sheet.Name, sheet.Content)
		}
		if want := ": draft report, version 1, as PDF. Result: none yet. Findings: 2. Photos: 1."; !strings.HasSuffix(pdf.AltText, want) || sheet.AltText != "The same as a sheet, one finding in each row." {
			t.Errorf("whoever does not see the files hears %q and %q", pdf.AltText, sheet.AltText)
		}
		for _, words := range []string{"Cartons without corner protection", "纸箱无护角", "Label is crooked", "4512"} {
			if !strings.Contains(pdfText(t, pdf.Content), words) {
				t.Errorf("the PDF lacks %q", words)
			}
		}
		for _, words := range []string{"draft report, version 1", "Major: 1", "Minor: 1", "6 of 50 · Cartons without corner protection · @packing · 纸箱无护角", "None yet", "Left blank", "4512"} {
			if !strings.Contains(says(ms[1]), words) {
				t.Errorf("the message lacks %q:\n%s", words, says(ms[1]))
			}
		}
		if n := len(ms[1].Blocks); n > 12 {
			t.Errorf("the message has %d blocks", n)
		}

		v := s.visitedToday(sourcing)
		s.show(v.Subject())
		s.press(mia, s.card(sourcing, s.visit(v.Number).Card), "Make report")
		s.handIn()
		pdf = localslack.File{}
		for _, m := range s.under(jonas, sourcing, s.visit(v.Number).Card) { // its list of findings is there, too
			if len(m.Files) == 2 {
				pdf = m.Files[0]
			}
		}
		if said := says(s.last(jonas, sourcing)); !strings.Contains(said, "Critical nonconformity: 1") || !strings.Contains(pdfText(t, pdf.Content), "The emergency exit is locked") {
			t.Errorf("of a visit the file is %s, and the message\n%s", pdf.Name, said)
		}
		s.nothingRefused()
	})
}

// Before its first day there is nothing to report, nor of what is cancelled or withdrawn; and
// who is not in the channel reads that there is no such number.
func TestWhatHasNoReport(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	ahead, begun, i := s.visitIn(sourcing), s.visitedToday(sourcing), s.inspectionIn(sourcing)
	private := s.inspectedToday(project)
	s.changeVisit(begun, func(v *visit.Visit) { v.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	withdrawn := s.inspectedToday(sourcing)
	s.changeInspection(withdrawn, func(i *visit.Inspection) { i.Result = visit.Withdrawn })
	for _, c := range []struct{ who, command, want string }{
		{mia, fmt.Sprintf("/visit-prep report %d", ahead.Number), "begins on"},
		{mia, fmt.Sprintf("/visit-prep report %d", begun.Number), "is cancelled"},
		{mia, fmt.Sprintf("/inspection report %d", i.Number), "From that day on there is something to report"},
		{mia, fmt.Sprintf("/inspection report %d", withdrawn.Number), "was withdrawn"},
		{mia, "/inspection report 99", "I can't find that number"},
		{jonas, fmt.Sprintf("/inspection report %d", private.Number), "I can't find that number"},
		{mia, fmt.Sprintf("/inspection report %d?", private.Number), "That was a question"},
		{liwei, fmt.Sprintf("/inspection report %d", private.Number), "only members of the workspace"},
	} {
		if said := says(s.command(c.who, acmeFor(c.who), c.command)); !strings.Contains(said, c.want) {
			t.Errorf("%s: %s reads %q", c.command, c.who, said)
		}
	}
	s.handIn()
	for _, channel := range []string{sourcing, project, acme} {
		if fs := s.files(mia, channel); len(fs) > 0 {
			t.Errorf("%d files stand in %s", len(fs), channel)
		}
	}
}

// acmeFor is a channel in which somebody can type.
func acmeFor(who string) string {
	if who == liwei {
		return acme
	}
	return sourcing
}

// Where another company reads, a report never stands: neither asked for there, nor where the
// channel is shared between the wish and the file. It comes to whoever asked, alone.
func TestNoReportStandsWhereAnotherCompanyReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		begin func(s *stage) (visit.Inspection, string)
	}{
		{"asked for there", func(s *stage) (visit.Inspection, string) {
			i := s.inspectedToday(acme)
			return i, says(s.command(mia, acme, fmt.Sprintf("/inspection report %d", i.Number)))
		}},
		{"asked for in another channel", func(s *stage) (visit.Inspection, string) {
			i := s.inspectedToday(acme)
			return i, says(s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number)))
		}},
		{"pressed on an answer elsewhere", func(s *stage) (visit.Inspection, string) {
			i := s.inspectedToday(acme)
			s.show(i.Subject())
			for _, label := range []string{"Make report", "Add finding"} {
				if card := says(s.card(acme, s.inspection(i.Number).Card)); strings.Contains(card, label) {
					t.Errorf("the card offers %q where another company reads:\n%s", label, card)
				}
			}
			s.press(mia, s.command(mia, sourcing, fmt.Sprintf("/inspection show %d", i.Number)), "Make report")
			s.settled()
			return i, says(s.last(mia, sourcing))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			i, said := c.begin(s)
			if !strings.Contains(said, "Another company reads in its channel") || !strings.Contains(said, "to you alone") {
				t.Errorf("whoever asks reads %q", said)
			}
			got := s.reads(liwei, s.handIn)
			if got != "" || len(s.files(liwei, acme)) > 0 {
				t.Errorf("the other company reads %q", got)
			}
			dm := s.direct(mia)
			if len(s.files(mia, dm)) != 2 || !s.has(mia, dm, "Cartons without corner protection") {
				t.Errorf("Mia has %d files of inspection %d", len(s.files(mia, dm)), i.Number)
			}
		})
	}
	t.Run("shared meanwhile", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		i := s.inspectedToday(sourcing)
		s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
		s.handInStep() // the files are shared, the message is not
		before := len(s.Messages(mia, sourcing))
		done(t, s.ShareChannel(sourcing))
		s.bot.directory.channels.drop(inTeam(s.TeamID(), sourcing))
		s.settled()
		s.handIn()
		for _, m := range s.Messages(mia, sourcing)[before:] {
			if strings.Contains(says(m), "corner protection") || len(m.Files) > 0 {
				t.Errorf("in the channel stands %s", says(m))
			}
		}
		if text := s.reportsUnder(sourcing, i.Card); strings.Contains(text, "[file") { // shared before
			t.Errorf("in the thread stands\n%s", text)
		}
		s.bot.live.takeDownReports(t.Context(), healAtOnce)
		s.bot.Wait()
		dm := s.direct(mia)
		if fs := s.files(mia, dm); !s.has(mia, dm, "Cartons without corner protection") || len(fs) != 2 || fs[0].Deleted || fs[1].Deleted {
			t.Errorf("whoever asked has the files %+v", fs)
		}
	})
}

// Where nobody can post, a report comes to its own people directly; and who may not see it any
// more when it is sent gets nothing.
func TestAReportOfAClosedChannelComesToItsOwnPeople(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectedToday(sourcing)
	done(t, s.ArchiveChannel(sourcing))
	s.settled()
	s.bot.directory.channels.drop(inTeam(s.TeamID(), sourcing))
	said := says(s.command(mia, s.direct(mia), fmt.Sprintf("/inspection report %d", i.Number)))
	if !strings.Contains(said, "I can't post in its channel") || !strings.Contains(said, "to you alone") {
		t.Errorf("whoever asks reads %q", said)
	}
	s.handIn()
	if n := len(s.files(mia, s.direct(mia))); n != 2 {
		t.Errorf("Mia has %d files", n)
	}
}

func TestWhoLeftTheChannelGetsNoReport(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectedToday(acme)
	s.command(jonas, acme, fmt.Sprintf("/inspection report %d", i.Number))
	done(t, s.Leave(jonas, acme))
	s.settled()
	if got := s.reads(jonas, s.handIn); strings.Contains(got, "corner protection") {
		t.Errorf("Jonas, who left, reads\n%s", got)
	}
	if r := must(s.bot.o.Store.Reports(context.Background(), s.TeamID(), i.Subject()))[0]; r.State != visit.ReportLost {
		t.Errorf("the report is %+v", r)
	}
}

// A report that its channel does not take is told to whoever asked for it, before whoever planned.
func TestWhoAskedForAReportIsToldThatItCannotCome(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(sourcing)
	s.command(jonas, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handInStep()
	s.Fail("chat.postMessage", "restricted_action", 1)
	s.handInStep()
	dead := must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Kinds: []visit.Kind{visit.NewReport}, States: []visit.State{visit.Dead}}))
	if len(dead) != 1 {
		t.Fatalf("%d reports were given up", len(dead))
	}
	if who := must(s.bot.reminders.Tell(ctx, dead[0], nil)); who != jonas {
		t.Errorf("%s is told of it", who)
	}
	m := must(s.bot.reminders.notice(ctx, &visit.Occurrence{Workspace: s.TeamID(), To: jonas, Subject: i.Subject(), Payload: dead[0].Key}))
	if said := m.Text.String(); !strings.Contains(said, "could not be handed in: the workspace doesn't let me post there.") {
		t.Errorf("they read %q", said)
	}
	// Whatever was lost with it is named, too, in any order, and as what it is.
	others := must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Subject: i.Subject(), NoNotices: true}))
	others = slices.DeleteFunc(others, func(o visit.Occurrence) bool { return o.Kind == visit.Card || o.Kind == visit.NewReport })
	if len(others) < 2 {
		t.Fatalf("nothing else is planned: %+v", others)
	}
	for _, keys := range [][]string{{dead[0].Key, others[0].Key, others[1].Key}, {others[0].Key, dead[0].Key, others[1].Key}} {
		m := must(s.bot.reminders.notice(ctx, &visit.Occurrence{Workspace: s.TeamID(), To: jonas, Subject: i.Subject(), Payload: strings.Join(keys, "\n")}))
		said := m.Text.String()
		for _, w := range []string{"could not be handed in: the workspace doesn't let me post there.", "2 reminders about"} {
			if !strings.Contains(said, w) {
				t.Errorf("nothing of %q in %q", w, said)
			}
		}
	}
	if said := says(s.command(jonas, sourcing, fmt.Sprintf("/inspection report %d", i.Number))); !strings.Contains(said, "Making the report…") {
		t.Errorf("whoever asks again reads %q", said)
	}
}

// Earlier lots of the product stand in a report, but not those of an inspection that has moved
// to another channel.
func TestAReportHasNothingOfAnotherChannel(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	ctx := context.Background()
	i, here, away := s.inspectedToday(sourcing), s.inspectedToday(sourcing), s.inspectedToday(sourcing)
	pending, undone := s.inspectedToday(sourcing), s.inspectedToday(sourcing)
	x, _, err := s.bot.o.Store.AddSeries(ctx, visit.Series{Workspace: s.TeamID(), Factory: i.Factory, Channel: sourcing, Product: "Lamp X", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia}, time.Now())
	done(t, err)
	for _, of := range []visit.Inspection{i, here, away, pending, undone} {
		s.changeInspection(of, func(i *visit.Inspection) {
			i.Lot = visit.Lot{Product: "Lamp X", Series: x.Number, Size: 3000, Level: "II", Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", Letter: "K", N: 125, Ac: 7, Re: 8, Bad: 3}}, Drawn: visit.Mark{By: mia, At: time.Now()}, Counted: visit.Mark{By: mia, At: time.Now()}}
		})
	}
	for _, of := range []visit.Inspection{here, away, undone} {
		s.changeInspection(of, func(i *visit.Inspection) { must(i.Report(visit.Passed, "", jonas, time.Now())) })
	}
	s.changeInspection(pending, func(i *visit.Inspection) { must(i.Report(visit.Undecided, "", jonas, time.Now())) })
	s.changeInspection(undone, func(i *visit.Inspection) { i.Reopen() })
	s.changeInspection(away, func(i *visit.Inspection) { i.Channel, i.Private = project, true })
	s.command(jonas, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	text := pdfText(t, s.files(jonas, sourcing)[0].Content)
	if !strings.Contains(text, "Lamp X") || !strings.Contains(text, fmt.Sprintf("Inspection %d,", here.Number)) || strings.Contains(text, fmt.Sprintf("Inspection %d,", away.Number)) {
		t.Error("the PDF has the lots of another channel, or none")
	}
	// What nobody has decided is no lot that was not accepted.
	for _, of := range []visit.Inspection{pending, undone} {
		if strings.Contains(text, fmt.Sprintf("Inspection %d,", of.Number)) {
			t.Errorf("the PDF has a verdict on inspection %d", of.Number)
		}
	}
}

// Two people who ask at once have one report, and both are told that it comes.
func TestTwoPeopleAskForAReportAtOnce(t *testing.T) {
	t.Parallel()
	onReplicas(t, func(t *testing.T, r *replicas) {
		i := r.inspectedToday(sourcing)
		var wg sync.WaitGroup
		said := make([]string, 2)
		for n, who := range []string{mia, jonas} {
			wg.Go(func() {
				m, err := r.bots[n].reports.ask(context.Background(), caller{team: r.TeamID(), user: who, channel: sourcing}, wish{about: i.Subject()})
				if err != nil {
					t.Error(err)
					return
				}
				said[n] = m.Text.String()
			})
		}
		wg.Wait()
		making, already := 0, 0
		for _, words := range said {
			switch {
			case strings.Contains(words, "Making the report…"):
				making++
			case strings.Contains(words, "is being made already"):
				already++
			}
		}
		if making != 1 || already != 1 {
			t.Errorf("they read %q", said)
		}
		r.handIn()
		if fs := r.files(mia, sourcing); len(fs) != 2 {
			t.Errorf("there are %d files", len(fs))
		}
		if rs := must(r.bot.o.Store.Reports(context.Background(), r.TeamID(), i.Subject())); len(rs) != 1 || rs[0].State != visit.ReportShown {
			t.Errorf("the reports are %+v", rs)
		}
	})
}

// A process that dies between two steps leaves a report to another, and nothing comes twice,
// nor by half.
func TestAReportSurvivesAnEndBetweenItsSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		dies func(s *stage, i visit.Inspection)
	}{
		{"before the first", func(*stage, visit.Inspection) {}},
		{"after the files were shared", func(s *stage, _ visit.Inspection) { s.handInStep() }},
		{"while Slack shares them, and its answer is lost", func(s *stage, _ visit.Inspection) {
			s.LoseAnswer("files.completeUploadExternal", 1)
			s.handInStep()
		}},
		{"while the message is posted, and its answer is lost", func(s *stage, _ visit.Inspection) {
			s.handInStep()
			s.LoseAnswer("chat.postMessage", 1)
			s.handInStep()
		}},
		{"before the outbox has it", func(s *stage, i visit.Inspection) {
			ctx := context.Background()
			for _, o := range must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Kinds: []visit.Kind{visit.NewReport}})) {
				gone := o
				gone.State = visit.Cancelled
				must(s.bot.o.Store.Settle(ctx, o, gone))
			}
			s.command(jonas, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			i := s.inspectedToday(sourcing)
			s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
			c.dies(s, i)
			o := s.bot.o
			s.bot.Wait()
			s.bot = must(New(o))
			t.Cleanup(s.bot.Wait)
			s.handIn()
			ms := s.under(mia, sourcing, i.Card)
			if len(ms) != 2 || len(ms[0].Files) != 2 || len(s.files(mia, sourcing)) != 2 {
				t.Errorf("in the thread stand %d messages, and %d files in the channel", len(ms), len(s.files(mia, sourcing)))
			}
		})
	}
}

// Slack may refuse files, or say that it shares them and not do it. The message comes all the
// same, says so, and offers to try again.
func TestFilesThatSlackDoesNotTake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		trouble func(s *stage)
		files   int // that come after all
	}{
		{"it refuses the upload", func(s *stage) { s.Fail("files.getUploadURLExternal", "file_uploads_disabled", 1) }, 0},
		{"it refuses to share them", func(s *stage) { s.Fail("files.completeUploadExternal", "restricted_action", 1) }, 0},
		{"the app may not upload", func(s *stage) { s.Fail("files.getUploadURLExternal", "missing_scope", 1) }, 0},
		{"it has no time once", func(s *stage) { s.Fail("files.completeUploadExternal", "ratelimited", 1) }, 2},
		{"it stumbles once", func(s *stage) { s.Fail("files.getUploadURLExternal", "internal_error", 1) }, 2},
		{"it stumbles each time", func(s *stage) { s.Fail("files.getUploadURLExternal", "internal_error", 100) }, 0},
		{"it never shows them", func(s *stage) { s.between("files.info", nil, `"shares":{`, `"shares":{},"no":{`) }, 4},
		{"it does not let us look", func(s *stage) { s.Fail("files.info", "missing_scope", 100) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			i := s.inspectedToday(sourcing)
			c.trouble(s)
			s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
			s.handIn()
			if n := len(s.files(mia, sourcing)); n != c.files {
				t.Errorf("%d files stand there, want %d", n, c.files)
			}
			ms := s.under(mia, sourcing, i.Card)
			m := ms[len(ms)-1]
			missing := strings.Contains(says(m), "The files of this report are missing")
			if want := c.files != 2; missing != want {
				t.Errorf("the message says that files are missing: %t\n%s", missing, says(m))
			}
			if !strings.Contains(says(m), "Cartons without corner protection") {
				t.Errorf("the message does not stand without the files:\n%s", says(m))
			}
			if missing {
				s.press(jonas, m, "Make report")
			}
		})
	}
}

// After Slack said that it shares the files it is looked 2, 5 and 15 seconds later; then they
// are sent once more, and looked for as often.
func TestWhenFilesAreLookedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectedToday(sourcing)
	s.between("files.info", nil, `"shares":{`, `"shares":{},"no":{`)
	s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	ctx := context.Background()
	o := must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Kinds: []visit.Kind{visit.NewReport}}))[0]
	var pauses []int
	for range 12 {
		d := s.bot.reminders.Post(ctx, o)
		if d.Outcome == visit.Delivered {
			break
		}
		if d.Outcome != visit.NotSent || d.Fault != "" {
			t.Fatalf("a step comes to %+v", d)
		}
		pauses = append(pauses, int(d.RetryAfter.Round(time.Second).Seconds()))
	}
	if want := []int{2, 5, 15, 2, 2, 5, 15, 2}; !slices.Equal(pauses, want) {
		t.Errorf("the pauses are %v s, want %v", pauses, want)
	}
	if n := s.count(mia, sourcing, "The files of this report are missing"); n != 1 {
		t.Errorf("it is said %d times that they are missing", n)
	}
}

// A final report has a version, the hash of its file and who made it; what stands in it cannot
// be undone, and what changes later is version 2.
func TestAFinalReportIsFrozen(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(sourcing)
	report := func() localslack.Message {
		s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
		s.handIn()
		return s.last(mia, sourcing)
	}
	draft := report()
	s.press(mia, draft, "Make report final")
	s.settled()
	if !s.has(mia, sourcing, "has no result yet. Press Report result") {
		t.Error("it is final without a result")
	}
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Failed, "6 of 50", jonas, time.Now())) })
	draft = report()
	s.press(mia, draft, "Make report final")
	s.settled()
	s.handIn()
	final := s.last(jonas, sourcing)
	r := must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject()))[0]
	fs := s.files(jonas, sourcing)
	pdf := fs[len(fs)-2]
	if pdf.Name != "inspection-1-report-v1.pdf" || !r.IsFinal() || r.Final.By != mia || r.SHA256 != digest(pdf.Content) || !strings.Contains(says(final), r.SHA256) || !strings.Contains(says(final), "final report, version 1") {
		t.Errorf("the final one is %s, %+v\n%s", pdf.Name, r, says(final))
	}
	f := must(s.bot.o.Store.Findings(ctx, s.TeamID(), i.Subject()))[0]
	if _, err := s.bot.o.Store.ChangeFinding(ctx, s.TeamID(), f.Number, s.bot.o.Now(), func(f *visit.Finding) error { _, err := f.Withdraw(jonas, mia, time.Now()); return err }); err == nil || !f.Final {
		t.Errorf("finding %+v is undone", f)
	}
	s.press(jonas, draft, "Make report final")
	s.settled()
	if !s.has(jonas, sourcing, "Version 1 is final already") {
		t.Error("a colleague makes it final twice")
	}
	s.logs(visit.Finding{Subject: i.Subject(), Severity: visit.Minor, Text: "A screw is loose", By: jonas}, 0)
	if m := report(); !strings.Contains(says(m), "draft report, version 2") || !strings.Contains(says(m), "A screw is loose") {
		t.Errorf("the next one says %s", says(m))
	}
	s.nothingRefused()
}

// What changes between the reading and the freezing of a final report is in it: it is drawn
// again before anybody sees it.
func TestAFindingThatChangesWhileTheFinalReportIsMade(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(sourcing)
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Passed, "", jonas, time.Now())) })
	fs := must(s.bot.o.Store.Findings(ctx, s.TeamID(), i.Subject()))
	once := sync.OnceFunc(func() {
		_, err := s.bot.o.Store.ChangeFinding(ctx, s.TeamID(), fs[0].Number, s.bot.o.Now(), func(f *visit.Finding) error { f.Text = "Cartons are wet"; return nil })
		done(t, err)
	})
	s.between("/upload/", once, "", "")
	m, err := s.bot.reports.ask(ctx, caller{team: s.TeamID(), user: mia, channel: sourcing}, wish{about: i.Subject(), final: 1})
	if err != nil || !strings.Contains(m.Text.String(), "Making the report") {
		t.Fatal(m, err)
	}
	s.handIn()
	all := s.files(mia, sourcing)
	if len(all) != 2 {
		t.Fatalf("there are %d files", len(all))
	}
	text := pdfText(t, all[0].Content)
	if !strings.Contains(text, "Cartons are wet") || strings.Contains(text, "corner protection") {
		t.Error("the file shows what was there before")
	}
	if r := must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject()))[0]; r.SHA256 != digest(all[0].Content) || !r.IsFinal() {
		t.Errorf("the report is %+v", r)
	}
}

// What is final changes no more, so it waits for photos that are on their way, unless somebody
// says how many it may lack; and one that comes while it is made is in it.
func TestAFinalReportWaitsForItsPhotos(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(sourcing)
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Failed, "6 of 50", jonas, time.Now())) })
	late := func(n int) (ps []visit.PhotoRef) {
		f := visit.Finding{Workspace: s.TeamID(), Subject: i.Subject(), Text: "A late one", Source: fmt.Sprintf("late:%d", n), By: jonas}
		for k := range n {
			f.Photos = append(f.Photos, visit.PhotoRef{FileID: fmt.Sprintf("F%d-%d", n, k), State: visit.PhotoWaiting})
		}
		f, _, err := s.bot.o.Store.AddFinding(ctx, f, time.Now())
		done(t, err)
		return f.Photos
	}
	keep := func(p visit.PhotoRef) {
		_, _, err := s.bot.o.Store.KeepPhoto(ctx, s.TeamID(), p.ID, store.Copy{JPEG: oneCopy(), W: 400, H: 300})
		done(t, err)
	}
	first := late(2)
	s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	s.press(mia, s.last(mia, sourcing), "Make report final")
	s.settled()
	if !s.has(mia, sourcing, "2 photos are still on their way from Slack") {
		t.Fatal("nothing is said of the photos")
	}
	keep(first[0])
	s.press(mia, s.last(mia, sourcing), "Make report final")
	s.settled()
	said := s.last(mia, sourcing)
	if !strings.Contains(says(said), "1 photo is still on its way") {
		t.Fatalf("it says %s", says(said))
	}
	if r := must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject()))[0]; r.IsFinal() {
		t.Error("it is final all the same")
	}
	// Another one is sent after that: it is waited for.
	s.press(mia, said, "Make final without 1 photo")
	s.settled()
	third := late(1)
	before := len(s.files(mia, sourcing))
	if s.handInStep(); len(s.files(mia, sourcing)) > before {
		t.Error("it came without a photo that nobody spoke of")
	}
	s.between("/upload/", sync.OnceFunc(func() { keep(third[0]) }), "", "")
	keep(first[1])
	s.handIn()
	fs := s.files(mia, sourcing)[before:]
	if r := must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject()))[0]; len(fs) != 2 || !r.IsFinal() || r.SHA256 != digest(fs[0].Content) {
		t.Fatalf("%d files, %+v", len(fs), r)
	}
	if strings.Contains(pdfText(t, fs[0].Content), "still on its way") {
		t.Error("a photo that came while it was made is not in it")
	}
}

// Where the database does not give a photo out, the report waits for it, final or not: it never
// stands without a picture that is there.
func TestAReportWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	db := s.onFile()
	i := s.inspectedToday(sourcing)
	must(db.Exec(`ALTER TABLE photos RENAME COLUMN jpeg TO away`))
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Failed, "6 of 50", jonas, time.Now())) })
	for _, w := range []wish{{about: i.Subject(), final: 1}, {about: i.Subject(), kind: visit.ReportFactory}} {
		must(s.bot.reports.ask(context.Background(), caller{team: s.TeamID(), user: mia, channel: sourcing}, w))
	}
	f := must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), i.Subject()))[0]
	done(t, s.bot.o.Store.LookAtPhotos(context.Background(), s.TeamID(), []store.Look{{Finding: f.Number, Photo: f.Photos[0].ID}}, mia, time.Now()))
	if n := s.handInStep(); n != 2 || len(s.files(mia, sourcing)) > 0 || len(s.files(mia, s.direct(mia))) > 0 {
		t.Errorf("of %d reports some came without their photo", n)
	}
	must(db.Exec(`ALTER TABLE photos RENAME COLUMN away TO jpeg`))
	s.handIn()
	fs := append(s.files(mia, sourcing), s.files(mia, s.direct(mia))...)
	if len(fs) != 3 {
		t.Fatalf("%d files came", len(fs))
	}
	for _, f := range []localslack.File{fs[0], fs[2]} {
		if strings.Contains(pdfText(t, f.Content), "could not be read") {
			t.Errorf("%s lacks the photo", f.Name)
		}
	}
}

// A photo has the time of the factory below it, as its finding has.
func TestAPhotoHasTheTimeOfItsFactory(t *testing.T) {
	t.Parallel()
	a := &visit.Visit{Work: visit.Work{Place: visit.Place{Zone: "Asia/Shanghai"}}}
	pg := pages{p: english, material: &material{a: a}}
	taken := time.Date(2027, 3, 15, 17, 20, 0, 0, time.UTC)
	note := pg.picture(&visit.PhotoRef{State: visit.PhotoKept, TakenAt: taken}).Note
	if want := pg.moment(&visit.Finding{TakenAt: taken}); note != want || !strings.Contains(note, "16 March 2027, 01:20") {
		t.Errorf("the photo is of %s, its finding of %s", note, want)
	}
}

// What takes away the reason of a report while it is made keeps it from becoming final, and
// whoever asked reads why.
func TestAReportThatMayNotBeMadeAnyMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		of    func(*stage) visit.Subject
		undo  func(*stage, visit.Subject)
		words string
	}{
		{"the result is undone", func(s *stage) visit.Subject {
			i := s.inspectedToday(sourcing)
			s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Passed, "", jonas, time.Now())) })
			return i.Subject()
		}, func(s *stage, of visit.Subject) {
			s.changeInspection(s.inspection(of.Number()), func(i *visit.Inspection) { i.Reopen() })
		}, "Inspection 1 has no result yet. Press Report result on its card first, then make the report final."},
		{"the visit is cancelled", func(s *stage) visit.Subject {
			v := s.visitedToday(sourcing)
			s.changeVisit(v, func(v *visit.Visit) { v.Last = dayAhead(1) })
			return v.Subject()
		}, func(s *stage, of visit.Subject) {
			s.changeVisit(s.visit(of.Number()), func(v *visit.Visit) { must(v.Cancel(jonas, time.Now())) })
		}, "Visit 1 is cancelled. To report on it, press Restore visit on its card first."},
	} {
		for _, when := range []string{"before it is drawn", "before it is frozen"} {
			t.Run(c.what+" "+when, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, overHTTP)
				ctx := context.Background()
				of := c.of(s)
				undo := sync.OnceFunc(func() { c.undo(s, of) })
				if when == "before it is frozen" {
					s.between("/upload/", undo, "", "")
				}
				_, err := s.bot.reports.ask(ctx, caller{team: s.TeamID(), user: mia, channel: sourcing}, wish{about: of, final: 1})
				done(t, err)
				if when == "before it is drawn" {
					undo()
				}
				s.handIn()
				r := must(s.bot.o.Store.Reports(ctx, s.TeamID(), of))[0]
				fs := must(s.bot.o.Store.Findings(ctx, s.TeamID(), of))
				if r.IsFinal() || r.State != visit.ReportLost || fs[0].Final || len(s.files(mia, sourcing)) > 0 {
					t.Errorf("the report is %+v, and the finding %+v", r, fs[0])
				}
				if got := says(s.last(mia, sourcing)); !strings.Contains(got, c.words) || strings.Contains(got, "Slack did not take") {
					t.Errorf("said is\n%s", got)
				}
				s.nothingRefused()
			})
		}
	}
}

// Two who make a version final where each has a report of their own have one final version,
// and the second reads who was first.
func TestTwoPeopleMakeAVersionFinal(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(acme)
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Passed, "", jonas, time.Now())) })
	for _, who := range []string{mia, jonas} {
		if m, err := s.bot.reports.ask(ctx, caller{team: s.TeamID(), user: who, channel: sourcing}, wish{about: i.Subject(), final: 1}); err != nil || !strings.Contains(m.Text.String(), "to you alone") {
			t.Fatal(m, err)
		}
	}
	s.handIn()
	var finals, given []visit.Report
	for _, r := range must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject())) {
		if r.IsFinal() {
			finals = append(finals, r)
		} else if r.State == visit.ReportLost {
			given = append(given, r)
		}
	}
	if len(finals) != 1 || finals[0].State != visit.ReportShown || len(given) != 1 {
		t.Fatalf("final are %+v, given up %+v", finals, given)
	}
	first, second := s.direct(finals[0].Made.By), s.direct(given[0].Made.By)
	if !s.has(finals[0].Made.By, first, "final report, version 1") || len(s.files(finals[0].Made.By, first)) != 2 {
		t.Error("who was first has no report")
	}
	if got := says(s.last(given[0].Made.By, second)); !strings.Contains(got, "Version 1 is final already. <@"+finals[0].Made.By+"> made it so.") || len(s.files(given[0].Made.By, second)) > 0 {
		t.Errorf("who was second reads\n%s", got)
	}
	s.nothingRefused()
}

// A report of 300 findings is one file and one message that Slack takes.
func TestAReportOf300Findings(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectedToday(sourcing)
	for n := range 300 {
		s.logs(visit.Finding{Subject: i.Subject(), Severity: visit.Severities()[n%3], Text: fmt.Sprintf("Fault no. %d: %s", n, strings.Repeat("划痕 scratch ", n%30)), By: jonas}, 0)
	}
	s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	m := s.last(mia, sourcing)
	if !strings.Contains(says(m), "And 294 more in the report.") || len(m.Blocks) > 12 {
		t.Errorf("the message says\n%s", says(m))
	}
	if text := pdfText(t, s.files(mia, sourcing)[0].Content); !strings.Contains(text, "Fault no. 299:") {
		t.Error("the PDF lacks the last finding")
	}
	s.nothingRefused()
}

// An audit has a report of its own: what share of its lines was right, by topic, and what was
// not looked at.
func TestTheReportOfAnAudit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	i := s.inspectedToday(sourcing)
	s.changeInspection(i, func(i *visit.Inspection) {
		i.Type = "routine_audit"
		i.Items = visit.Checklist{
			{ID: 1, Text: "Check one gauge", Entries: []string{"quality-ask"}, Done: visit.Mark{By: jonas, At: time.Now()}},
			{ID: 2, Text: "Check the exits", Entries: []string{"quality-ask"}, Done: visit.Mark{By: jonas, At: time.Now()}},
			{ID: 3, Text: "Follow the rejected pieces", Entries: []string{"quality-ask"}},
		}
	})
	s.logs(visit.Finding{Subject: i.Subject(), Kind: visit.OfSystem, Severity: visit.Critical, Text: "The exit is locked", Item: 2, By: jonas}, 0)
	a := must(s.bot.o.Store.Appointment(ctx, s.TeamID(), i.Subject()))
	r := visit.Report{Workspace: s.TeamID(), Subject: i.Subject(), Kind: reportKind(a), Made: visit.Mark{By: mia, At: time.Now()}}
	pg := &pages{p: english, material: must(s.bot.reports.gather(ctx, english, a, &r)), r: &r, version: 1}
	audit := pg.auditReport(s.bot.guide.Load().Template("routine_audit"), func(string) string { return "Quality" })
	if r.Kind != visit.ReportAudit || len(audit.Scores) != 1 || audit.Scores[0].Points != 1 || audit.Scores[0].Of != 2 || audit.Scores[0].NotSeen != 1 || !slices.Contains(audit.NotChecked, "Follow the rejected pieces") {
		t.Errorf("it is %s with %+v and %q", r.Kind, audit.Scores, audit.NotChecked)
	}
	s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	if text := pdfText(t, s.files(mia, sourcing)[0].Content); !strings.Contains(text, "Audit report") || !strings.Contains(text, "The exit is locked") {
		t.Error("the file is no audit report")
	}
}

// What a visit came to is the result of its audit: conditions are no pass.
func TestTheResultOfAnAuditOnAVisit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.visitedToday(sourcing)
	for verdict, want := range map[visit.Verdict]string{visit.Go: "Passed", visit.GoConditions: "On conditions", visit.Stop: "Failed"} {
		v.Outcome = visit.VisitOutcome{Verdict: verdict, Why: "The exits stay open", Said: visit.Mark{By: mia, At: time.Now()}}
		r := visit.Report{Workspace: s.TeamID(), Subject: v.Subject(), Kind: visit.ReportAudit, Made: visit.Mark{By: mia, At: time.Now()}}
		pg := &pages{p: english, material: must(s.bot.reports.gather(context.Background(), english, &v, &r)), r: &r, version: 1}
		audit := pg.auditReport(s.bot.guide.Load().Template("routine_audit"), func(string) string { return "Quality" })
		var pdf bytes.Buffer
		done(t, audit.WritePDF(&pdf, english.Printer))
		text := pdfText(t, pdf.Bytes())
		if !strings.Contains(text, want) || !strings.Contains(text, "The exits stay open") || verdict != visit.Go && strings.Contains(text, "Passed") || slices.Contains(audit.Blanks(english.Printer), "Nobody has reported the result.") {
			t.Errorf("%s: the report lacks %q:\n%s", verdict, want, text)
		}
	}
}

// The sample in a report has the letter of the lot, and of each class the letter whose plan
// holds, how strictly it is judged, and its AQL, of which critical has none.
func TestTheSampleInAReport(t *testing.T) {
	rules := func(major, minor visit.Strictness) []visit.ClassRule {
		return []visit.ClassRule{{Class: visit.Major, AQL: "2.5", Strictness: major}, {Class: visit.Minor, AQL: "4.0", Strictness: minor}}
	}
	for _, c := range []struct {
		size   int
		rules  []visit.ClassRule
		letter string
		want   []report.Class
	}{
		{8, rules(visit.Normal, visit.Normal), "A",
			[]report.Class{{Severity: report.Critical, Letter: "C", By: "normal"}, {Severity: report.Major, AQL: "2.5", Letter: "C", By: "normal"}, {Severity: report.Minor, AQL: "4.0", Letter: "B", By: "normal"}}},
		{50000, rules(visit.Tightened, visit.Normal), "N",
			[]report.Class{{Severity: report.Critical, Letter: "N", By: "tightened"}, {Severity: report.Major, AQL: "2.5", Letter: "N", By: "tightened"}, {Severity: report.Minor, AQL: "4.0", Letter: "M", By: "normal"}}},
	} {
		i := &visit.Inspection{Lot: visit.Lot{Size: c.size, Level: "II"}}
		done(t, i.Lot.Sample(c.rules))
		pg := &pages{p: english, material: &material{a: i}, r: new(visit.Report)}
		got := pg.inspectionReport(&knowledge.Template{}).Sample
		if got.Letter != c.letter || got.Level != "II" {
			t.Errorf("of %d pieces: level %s and letter %s, want %s", c.size, got.Level, got.Letter, c.letter)
		}
		if len(got.Classes) != len(c.want) {
			t.Fatalf("the classes are %+v", got.Classes)
		}
		for n, class := range got.Classes {
			if class := (report.Class{Severity: class.Severity, AQL: class.AQL, Letter: class.Letter, By: class.By}); class != c.want[n] {
				t.Errorf("of %d pieces a class is %+v, want %+v", c.size, class, c.want[n])
			}
		}
	}
}

// What was measured, by which sample, of how many pieces and by whom reaches the files.
func TestWhatIsMeasuredReachesTheReport(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "4512")
	s.draws(mia, 1, map[string]string{fieldLot: "8"})
	s.closeAll(mia)
	test := func(id int, name string) visit.Test {
		return visit.Test{ID: id, Name: name, Limit: visit.Limit{Lower: "12.5", Upper: "12.7", Unit: "mm"}, Level: "S-2", N: 8}
	}
	must(s.bot.o.Store.ChangeSeries(context.Background(), s.TeamID(), 1, func(x *visit.Series) error {
		for id, name := range []string{"Width", "Height", "Ageing", "Colour", "Depth", "Weight", "Gloss"} {
			x.Tests = append(x.Tests, test(id+1, name))
		}
		x.Sealed = visit.SealedSample{Version: "Version 3", Where: "Shelf B2", Until: dayAhead(-1)}
		return nil
	}))
	s.changeInspection(i, func(i *visit.Inspection) {
		i.Ordered, i.Unchecked = visit.Quantities{Ordered: 3000, Made: 3000, Packed: 2400}, "Pallet 9: not packed yet"
		i.Firm = visit.Firm{Name: "Harbour Inspection", Booking: "HI-20417", Contact: "Ms Liu", Cost: "USD 298", File: "HI-20417.pdf", Verdict: visit.CouldNot}
		for _, m := range []visit.Measured{
			{Test: test(1, "Width"), Value: "12.6", N: 8}, {Test: test(2, "Height"), Value: "12.8", N: 8, Bad: 2},
			{Test: test(3, "Ageing"), Result: visit.TestNotDone, Note: "the rack was in use"}, {Test: test(4, "Colour"), Value: "warm"},
			{Test: test(6, "Weight"), Value: "13.9", Result: visit.TestPassed}, {Test: test(7, "Gloss"), Value: "12.6", Result: visit.TestFailed},
		} {
			m.Said = visit.Mark{By: mia, At: time.Now()}
			done(t, i.Measure(m))
		}
	})
	s.command(mia, sourcing, "/inspection report 1")
	s.handIn()
	fs := s.files(mia, sourcing)
	if len(fs) != 2 {
		t.Fatalf("the files are %+v", fs)
	}
	pdf, sheet := strings.Join(pdfLines(t, fs[0].Content), " "), strings.Join(sheetTexts(t, fs[1].Content), "|")
	for _, want := range []string{
		"Ordered 3,000", "Made 3,000", "Packed 2,400, 80.0 % of the order",
		"Harbour Inspection", "HI-20417 ", "Ms Liu", "Their result Could not be done", "USD 298", "Their report HI-20417.pdf",
		"II, A", "Code letter Inspection", "Critical – C normal 5", "Major 2.5 C normal 5", "Minor 4.0 B normal 3",
		"Width 12.5 to 12.7 mm S-2 8 12.6 mm within the limit", "Height 12.5 to 12.7 mm S-2 8 12.8 mm (2 of 8 bad) outside the limit",
		"Ageing 12.5 to 12.7 mm S-2 8 not done", "Colour 12.5 to 12.7 mm S-2 8 warm mm no result", "Depth 12.5 to 12.7 mm S-2 8 no result",
		"Weight 12.5 to 12.7 mm S-2 8 13.9 mm passed although outside the limit, says Mia Chen", "Gloss 12.5 to 12.7 mm S-2 8 12.6 mm failed although within the limit, says Mia Chen",
		"Version 3", "Shelf B2", "(it had expired on the day)",
		"Pallet 9: not packed yet", "Ageing (the rack was in use)", "Tests and measurements without a result: 2.",
	} {
		if !strings.Contains(pdf, want) {
			t.Errorf("the PDF lacks %q:\n%s", want, pdf)
		}
	}
	for _, want := range []string{"12.8 mm (2 of 8 bad)", "outside the limit", "passed although outside the limit, says Mia Chen", "not done", "no result", "Code letter of the lot"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, sheet)
		}
	}
	s.nothingRefused()
}

// A report asks for nothing that there need not be: no action, agreement, strength or note, and no next visit.
func TestAReportAsksForNothingThatThereNeedNotBe(t *testing.T) {
	v := &visit.Visit{Outcome: visit.VisitOutcome{Verdict: visit.Go}}
	pg := &pages{p: english, material: &material{a: v}, r: new(visit.Report)}
	doc := pg.visitReport(&knowledge.Template{Title: "First visit"})
	if blanks := doc.Blanks(english.Printer); len(blanks) > 0 {
		t.Errorf("left blank is %q", blanks)
	}
	pdf := strings.Join(pdfLines(t, must(declared().reports.drawn(doc.WritePDF, english))), " ")
	for _, head := range []string{"What was good", "Next visit", "What happens next", "Agreements", "Notes on the market", "Left blank"} {
		if strings.Contains(pdf, head) {
			t.Errorf("%q stands in it:\n%s", head, pdf)
		}
	}
}

// marking fills every text of a struct with a mark of its own, so that it can be found again.
type marking struct {
	n     int
	marks map[string]string // by mark, the field
}

func (m *marking) fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() {
			m.n++
			mark := fmt.Sprintf("SECRET%04dX", m.n)
			m.marks[mark] = name
			v.SetString(mark)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				m.fill(v.Field(i), name+"."+v.Type().Field(i).Name)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			m.fill(v.Index(i), name)
		}
	}
}

// The words of a finding stand once, in the file, in the workbook and in what the factory reads:
// no second time as their own Chinese.
func TestTheWordsOfAFindingStandOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, zh, want string
	}{
		"somebody wrote both":            {"Scratch", "划伤", "划伤"},
		"the vocabulary has the Chinese": {"Scratch", "", "划痕"},
		"somebody wrote in Chinese":      {"底座划痕", "底座划痕", ""},
		"the vocabulary has the same":    {"划痕", "", ""},
		"somebody wrote more in Chinese": {"划痕", "底座划痕", "底座划痕"},
	} {
		f := visit.Finding{Kind: visit.OfProduct, Severity: visit.Minor, Text: c.text, TextZH: c.zh, Defect: "scratch", ForFactory: true}
		pg := &pages{p: english, r: new(visit.Report), material: &material{a: new(visit.Inspection), findings: []visit.Finding{f}, names: map[string]string{}, defects: func(string) string { return "划痕" }}}
		if got := pg.shown(&f); got.Text != c.text || got.TextZH != c.want {
			t.Errorf("%s: we read %q and %q, want %q", name, got.Text, got.TextZH, c.want)
		}
		if got := pg.factoryReport().Findings[0]; got.Text != c.text || got.TextZH != c.want {
			t.Errorf("%s: the factory reads %q and %q, want %q", name, got.Text, got.TextZH, c.want)
		}
	}
}

// Nothing of ours reaches the factory but what the whitelist names: a visit and an inspection
// are filled with marks in every field, and none but those of the whitelist occurs in the file,
// its name, its title or the words for those who do not see it.
func TestNothingOfOursIsInTheVersionForTheFactory(t *testing.T) {
	t.Parallel()
	allowed := func(field string) bool {
		for _, f := range []string{
			".Factory.Name", ".Factory.Chinese", ".Order", ".Lot.Product",
			"for the factory.Text", "for the factory.TextZH", "for the factory.Place", "for the factory.Requirement", "for the factory.Request",
		} {
			if strings.HasSuffix(field, f) {
				return true
			}
		}
		return field == "names "+mia // who writes
	}
	// What a report is made of: of each the fields are filled below, or nobody reads it.
	filled := strings.Fields("a findings series lots people company names photo failed cropped defects actions agreements strengths market question next")
	for f := range reflect.TypeFor[material]().Fields() {
		if !slices.Contains(filled, f.Name) {
			t.Errorf("nobody has decided who may read what is in %s of a report", f.Name)
		}
	}
	for _, name := range []string{"visit", "inspection"} {
		t.Run(name, func(t *testing.T) {
			m := &marking{marks: map[string]string{}}
			var a visit.Appointment
			if name == "visit" {
				v := new(visit.Visit)
				m.fill(reflect.ValueOf(v).Elem(), name)
				v.First, v.Last, v.Zone, v.ChannelZone = civil.On(2027, 3, 15), civil.On(2027, 3, 16), "Asia/Shanghai", "Europe/Berlin"
				a = v
			} else {
				i := new(visit.Inspection)
				m.fill(reflect.ValueOf(i).Elem(), name)
				i.Due, i.Zone, i.ChannelZone, i.Lot.Series = civil.On(2027, 3, 15), "Asia/Shanghai", "Europe/Berlin", 1
				a = i
			}
			mat := &material{a: a, names: map[string]string{}, series: new(visit.Series), company: "Northlight"}
			m.fill(reflect.ValueOf(mat.series).Elem(), "series")
			mat.actions = make([]visit.ActionOf, 1)
			m.fill(reflect.ValueOf(&mat.actions[0]).Elem(), "action")
			mat.actions[0].Action.Rev, mat.actions[0].Action.State, mat.actions[0].Finding.Subject, mat.actions[0].Finding.Withdrawn = 1, visit.ActionAgreed, "visit/1", visit.Mark{}
			mat.agreements = make([]visit.Agreement, 1)
			m.fill(reflect.ValueOf(&mat.agreements[0]).Elem(), "agreement")
			mat.agreements[0].Zone = "Asia/Shanghai"
			mat.market, mat.strengths, mat.next, mat.question = make([]visit.MarketNote, 1), make([]visit.Bilingual, 1), new(visit.Visit), func(id string) string { return id }
			m.fill(reflect.ValueOf(&mat.market[0]).Elem(), "market note")
			m.fill(reflect.ValueOf(&mat.strengths[0]).Elem(), "strength")
			m.fill(reflect.ValueOf(mat.next).Elem(), "next visit")
			mat.next.First, mat.next.Last, mat.next.Number = civil.On(2027, 6, 7), civil.On(2027, 6, 8), 4711
			for _, who := range []string{mia, jonas} {
				m.n++
				mark := fmt.Sprintf("SECRET%04dX", m.n)
				m.marks[mark], mat.names[who] = "names "+who, mark
			}
			mat.photo = func(int) ([]byte, error) { return oneCopy(), nil }
			mat.cropped = func(*visit.PhotoRef) ([]byte, error) { return oneCopy(), nil }
			for _, kind := range []struct {
				name   string
				change func(*visit.Finding)
			}{
				{"for the factory", func(f *visit.Finding) { f.ForFactory = true }},
				{"for us alone", func(*visit.Finding) {}},
				{"a red flag", func(f *visit.Finding) { f.Kind, f.ForFactory = visit.RedFlag, true }},
				{"withdrawn", func(f *visit.Finding) { f.ForFactory, f.Withdrawn = true, visit.Mark{By: mia, At: time.Now()} }},
			} {
				var f visit.Finding
				m.fill(reflect.ValueOf(&f).Elem(), "finding "+kind.name)
				f.Number, f.Kind, f.Severity, f.Bad, f.Checked, f.By, f.Withdrawn = len(mat.findings)+987601, visit.OfProduct, visit.Major, 6, 50, jonas, visit.Mark{}
				ph := &f.Photos[0]
				ph.State, ph.Cleared = visit.PhotoKept, visit.Mark{By: jonas, At: time.Now()}
				kind.change(&f)
				mat.findings = append(mat.findings, f)
			}
			a.Common().Number = 4711
			r := &visit.Report{Kind: visit.ReportFactory, Made: visit.Mark{By: mia, At: time.Date(2027, 3, 17, 9, 0, 0, 0, time.UTC)}}
			pg := &pages{p: english, material: mat, r: r, version: 1}
			b := declared()
			rp := b.reports
			d, err := rp.drawFactory(pg, pg)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.files) != 1 || !regexp.MustCompile(`^feedback-2027-03-1[56]\.pdf$`).MatchString(d.files[0].name) {
				t.Fatalf("the files are %+v", d.files)
			}
			f := d.files[0]
			all := pdfText(t, f.content) + f.name + f.title + f.alt
			seen := 0
			for mark, field := range m.marks {
				if strings.Contains(all, mark) {
					if seen++; !allowed(field) {
						t.Errorf("%s is in the version for the factory", field)
					}
				}
			}
			if seen < 8 {
				t.Errorf("the test finds only %d of the marks that may be there", seen)
			}
			for _, number := range []string{"4711", "98760"} {
				if strings.Contains(all, number) {
					t.Errorf("our number %s is in it", number)
				}
			}
			// The file for us has the rest, or this test would find nothing anywhere.
			pg.r = &visit.Report{Kind: reportKind(a), Made: r.Made}
			if _, ok := a.(*visit.Visit); ok {
				ours := strings.Join(pdfLines(t, must(rp.drawn(pg.visitReport(&knowledge.Template{Title: "First visit"}).WritePDF, english))), "")
				for mark, field := range m.marks {
					if slices.Contains([]string{"action.Action.ActionFacts.Proposal", "action.Action.ActionFacts.SaidBy", "agreement.Title", "market note.Text", "strength.EN", "strength.ZH"}, field) && !strings.Contains(ours, mark) {
						t.Errorf("our own report lacks %s", field)
					}
				}
			}
			if _, ok := a.(*visit.Inspection); ok {
				ours := pdfText(t, must(rp.drawn(pg.inspectionReport(&knowledge.Template{Title: "Pre-shipment inspection"}).WritePDF, english)))
				for mark, field := range m.marks {
					if field == "inspection.Firm.Cost" && !strings.Contains(ours, mark) {
						t.Error("our own report lacks the cost")
					}
				}
			}
		})
	}
}

func TestWhoMayNotSeeItGetsNoVersionForTheFactory(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	i := s.inspectedToday(project)
	m, err := s.bot.reports.askFactory(context.Background(), caller{team: s.TeamID(), user: jonas}, i.Subject(), false)
	if !errors.Is(err, errNotYours) {
		t.Errorf("Jonas, who is not in the channel, reads %v, %v", m, err)
	}
}

// The version for the factory comes to whoever asks, alone, and nothing of it stands in a
// channel; photos at which nobody has looked are left out.
func TestTheVersionForTheFactoryIsHandedToOnePerson(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectedToday(sourcing)
	s.command(mia, sourcing, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	before := len(s.Messages(mia, sourcing))
	m := s.last(mia, sourcing)
	read := s.reads(jonas, func() {
		s.press(mia, m, "Version for the factory")
		s.settled()
		if ask := s.last(mia, sourcing); !strings.Contains(says(ask), "nobody has looked yet: 1") || ask.Only != mia {
			t.Errorf("Mia is asked to look: %s", says(ask))
		} else {
			s.press(mia, ask, "Make it without them")
		}
		s.settled()
		s.handIn()
	})
	if read != "" {
		t.Errorf("a colleague reads %s", read)
	}
	for _, m := range s.Messages(mia, sourcing)[before:] {
		if m.Only != mia || len(m.Files) > 0 {
			t.Errorf("in the channel stands %s", says(m))
		}
	}
	dm := s.direct(mia)
	fs := s.files(mia, dm)
	if len(fs) != 1 || fs[0].Name != "feedback-"+i.Due.String()+".pdf" {
		t.Fatalf("Mia has the files %+v", fs)
	}
	text := pdfText(t, fs[0].Content)
	if !strings.Contains(text, "Cartons without corner protection") || strings.Contains(text, "Label is crooked") {
		t.Error("it has other findings than those for the factory")
	}
	// Once somebody has looked, the photo is there.
	f := must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), i.Subject()))[0]
	done(t, s.bot.o.Store.LookAtPhotos(context.Background(), s.TeamID(), []store.Look{{Finding: f.Number, Photo: f.Photos[0].ID, Crop: visit.Crop{Left: 50}}}, mia, time.Now()))
	if m := must(s.bot.reports.askFactory(context.Background(), caller{team: s.TeamID(), user: mia}, i.Subject(), false)); !strings.Contains(m.Text.String(), "Making the version") {
		t.Errorf("after the look Mia reads %s", m.Text.String())
	}
	s.handIn()
	if fs := s.files(mia, dm); len(fs) != 2 || !bytes.Contains(fs[1].Content, []byte("/Width 200")) || bytes.Contains(fs[0].Content, []byte("/DCTDecode")) {
		t.Errorf("the %d files have another photo than the half that was chosen", len(fs))
	}
	if !s.has(mia, dm, "I send it to nobody") || !s.has(mia, dm, "nobody has looked at yet, and that are left out: 1") {
		t.Errorf("beside it stands %s", says(s.last(mia, dm)))
	}
	s.nothingRefused()
}
