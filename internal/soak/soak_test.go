package soak

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"visitprep/bot"
	"visitprep/internal/holiday"
	"visitprep/internal/install"
	"visitprep/internal/pgtest"
	"visitprep/internal/promtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

var (
	length = flag.Duration("soak", 10*time.Second, "for how long the program runs")
	seed   = flag.Uint64("seed", 0, "what chance begins with; 0 is another each time, and printed")
	onPG   = flag.Bool("postgres", false, "the database is a PostgreSQL of its own instead of a SQLite file")
	many   = flag.Int("workspaces", 1, "how many workspaces one program serves; of more than one each adds the app, with a token of its own that ends")
)

// grace is how long after a fault something may still fail of what was under way, and an
// answer be given that tells of it: the program waits 15 s for Slack.
const grace = 16 * time.Second

// A soak is one run.
type soak struct {
	t        *testing.T
	ctx      context.Context // of all that people and misfortune do
	stop     context.CancelFunc
	places   []*place
	listen   string // where the program that many workspaces add listens; empty where it has the one token
	program  *program
	calendar *calendar
	faults   faults
	db       *store.Store // beside the program, as its commands have it
	timing   visit.Timing
	list     func(kind string) visit.Checklist
	file     string          // of the database, or its address
	server   *pgtest.Cluster // that has it, nil for a file
	alerts   string          // the file of their rules

	// Who changes something holds stands for reading: while it is held for writing the
	// calendar moves, and what is expected does not change.
	stands sync.RWMutex

	mu      sync.Mutex
	wrong   []string
	wrongs  map[string]int // by what is wrong, without its particulars
	done    map[string]int // by what people did
	failed  map[string]int // what did not reach the program or was not taken, with a fault behind it
	samples []sample
	scrapes promtest.Scrapes
	wal     int64

	expected, seen, files, lost, nothing, givenUp, repeats, paced int
	moved                                                         time.Duration
	latest                                                        time.Duration // the longest that something due took to be dealt with
	latestOf                                                      string        // and what it waited for
}

// broken notes that something is not as it must be.
func (s *soak) broken(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrongs[format]++; s.wrongs[format] <= 10 {
		s.wrong = append(s.wrong, time.Now().Format("15:04:05.0 ")+fmt.Sprintf(format, args...))
	}
}

// did notes what somebody did in a place, and that it failed only with a fault behind it.
func (s *soak) did(in *place, what string, err error) {
	s.mu.Lock()
	s.done[what]++
	s.mu.Unlock()
	switch {
	case err == nil || cannot(err) || s.ctx.Err() != nil:
	case s.faults.behind(in, time.Now(), grace):
		s.mu.Lock()
		s.failed[what]++
		s.mu.Unlock()
	default:
		s.broken("%s failed with no fault behind it: %v", what, err)
	}
}

func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is a process of its own, which no detector sees")
	}
	if end, ok := t.Deadline(); ok && time.Until(end) < *length+5*time.Minute {
		t.Fatalf("go test gives up too early for a soak of %s: add -timeout %s", *length, *length+20*time.Minute)
	}
	began := *seed
	if began == 0 {
		began = uint64(time.Now().UnixNano())
	}
	if *many < 1 || *many > len(names) {
		t.Fatalf("-workspaces is %d; from 1 to %d can be had", *many, len(names))
	}
	t.Logf("go test ./internal/soak -soak %s -seed %d -postgres=%t -workspaces %d", *length, began, *onPG, *many)
	s := begin(t)
	dice := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(began, n)) }

	var living sync.WaitGroup
	for i, in := range s.places {
		for n, who := range in.slack.People() {
			if !who.Bot && !who.Deleted {
				p := &person{s: s, in: in, id: who.ID, dice: dice(uint64(100*i + n + 1))}
				living.Go(func() { p.lives(s.ctx) })
			}
		}
	}
	living.Go(func() { s.misfortune(s.ctx, dice(0), *length) })
	living.Go(func() { s.watches(s.ctx, *length) })
	living.Go(func() { s.passes(s.ctx, dice(99)) })
	living.Wait()
	for _, p := range s.places {
		p.front.under.Wait()
	}
	defer s.tells()
	s.concludes()
}

// begin starts the local Slack and the program.
func begin(t *testing.T) *soak {
	s := &soak{t: t, calendar: newCalendar(t), wrongs: map[string]int{}, done: map[string]int{}, failed: map[string]int{}}
	no := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.alerts, err = filepath.Abs(filepath.Join("..", "..", "deploy", "prometheus", "alerts.yaml"))
	no(err)
	dir := t.TempDir()
	s.file = filepath.Join(dir, "visits.db")
	if *onPG {
		s.server = pgtest.New(t)
		s.file = s.server.Database(t)
	}
	slacks := httptest.NewServer(router{s})
	slacks.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(slacks.Close)
	s.program = &program{binary: built(t), dir: dir}
	s.program.env = []string{"DATABASE_URL=" + s.file, "SLACK_API_URL=" + slacks.URL + "/api/", "SLACK_APP_TOKEN=", "SLACK_SIGNING_SECRET=" + signingSecret,
		"SOAK_CLOCK=" + s.calendar.file.Name(), "SOAK_ACCOUNT=" + s.program.account()}
	if *many > 1 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		no(err)
		s.listen = l.Addr().String()
		no(l.Close())
		s.program.env = append(s.program.env, "SOAK_LISTEN="+s.listen, "SLACK_CLIENT_ID="+clientID, "SLACK_CLIENT_SECRET="+clientSecret, "VISITPREP_TOKEN_KEY="+install.NewKey(), "SLACK_BOT_TOKEN=")
	}
	for n := range *many {
		no(s.settle(n, slacks.URL))
	}
	if *many == 1 {
		s.program.env = append(s.program.env, "SLACK_BOT_TOKEN="+s.places[0].slack.BotToken())
	}
	no(s.program.start())
	t.Cleanup(func() { s.program.end(syscall.SIGKILL) })
	for _, p := range s.places {
		if s.listen != "" {
			no(p.addTheApp())
		}
		no(p.imports(t.Context(), "first.csv", p.atFirst()))
	}
	s.ctx, s.stop = context.WithTimeout(context.Background(), *length)
	t.Cleanup(s.stop)

	base, err := knowledge.Embedded()
	no(err)
	templates, err := knowledge.EmbeddedTemplates(base)
	no(err)
	s.list = func(kind string) visit.Checklist {
		if t, ok := templates.Template(kind); ok {
			return bot.Lines(t)
		}
		return nil
	}
	china, err := holiday.China()
	no(err)
	s.timing = visit.DefaultTiming()
	s.timing.Holiday, s.timing.MakeUp = china.Holiday, china.MakeUp
	s.db, err = store.Open(t.Context(), store.Options{URL: s.file, Existing: true, Timing: s.timing, Logger: slog.New(slog.DiscardHandler)})
	no(err)
	t.Cleanup(func() { s.db.Close() })
	return s
}

// watches reads what was posted, and measures the process, until ctx ends.
func (s *soak) watches(ctx context.Context, length time.Duration) {
	began := time.Now()
	every := min(max(length/200, time.Second), 5*time.Second)
	measured, reloaded, scraped := time.Now(), time.Now(), time.Time{}
	for ctx.Err() == nil {
		pause(ctx, 500*time.Millisecond)
		s.reads()
		if time.Since(reloaded) > 15*time.Second { // what only one person saw is gone
			reloaded = time.Now()
			for _, in := range s.places {
				for _, p := range in.slack.People() {
					in.slack.Reload(p.ID)
				}
			}
		}
		if info, err := os.Stat(s.file + "-wal"); err == nil { // a server's is its own affair
			s.wal = max(s.wal, info.Size())
		}
		if time.Since(scraped) >= promtest.Interval {
			scraped = time.Now()
			if text, err := s.program.metrics(); err != nil {
				s.scrapes.Missed(scraped, "soaked")
			} else if err := s.scrapes.Add(scraped, "soaked", string(text)); err != nil {
				s.broken("/metrics: %v", err)
			}
		}
		restarting := s.faults.behind(nil, time.Now(), time.Second, ofTheProcess...)
		if !restarting && s.program.died() {
			s.broken("the program ended by itself: %v", s.program.err)
			s.stop()
			return
		}
		if restarting || time.Since(began) < length/2 || time.Since(measured) < every {
			continue
		}
		measured = time.Now()
		one, err := s.program.measure()
		if err != nil {
			s.broken("could not measure the process: %v", err)
			continue
		}
		s.samples = append(s.samples, one)
	}
}

// passes lets people do things for a while, then moves the calendar on while nobody changes
// anything, again and again until ctx ends.
func (s *soak) passes(ctx context.Context, dice *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, 2*time.Second)
		// After a fault things may wait for a minute; people do not wait for them.
		for until := time.Now().Add(time.Minute); ctx.Err() == nil && time.Now().Before(until); pause(ctx, 200*time.Millisecond) {
			if n, _, err := s.due(ctx); err == nil && n == 0 {
				break
			}
		}
		if ctx.Err() != nil {
			return
		}
		s.stands.Lock()
		s.night(time.Duration(6+dice.IntN(30)) * time.Hour)
		s.stands.Unlock()
	}
}

// night moves the calendar on by d, from one thing that is due to the next, and waits each time
// until the program has dealt with it. What was expected must then have been seen.
func (s *soak) night(d time.Duration) {
	ctx, stop := context.WithTimeout(context.Background(), settlesWithin+time.Minute)
	defer stop()
	if !s.settles(ctx) {
		return
	}
	from := s.calendar.Now()
	until := from.Add(d)
	var expected []scheduler.Expected
	s.asks(ctx, "what is due", func() (err error) {
		expected, err = scheduler.Forecast(ctx, scheduler.Options{Store: s.db, Timing: s.timing, Checklist: s.list, Now: s.calendar.Now}, from, until)
		return err
	})
	for now := s.calendar.Now(); now.Before(until); now = s.calendar.Now() {
		next := until
		s.asks(ctx, "what is next", func() error {
			w, err := s.db.NextWaits(ctx, now, time.Now())
			if err == nil && w.Calendar.After(now) && w.Calendar.Before(until) {
				next = w.Calendar
			}
			return err
		})
		s.calendar.set(next.Add(time.Millisecond))
		if !s.settles(ctx) {
			return
		}
	}
	s.moved += d
	s.reads()
	for _, e := range expected {
		if e.Wake.After(until) || e.Due.After(until) {
			continue // held back by quiet hours
		}
		s.compares(ctx, e.Occurrence)
	}
}

// compares says what became of one message that was expected.
func (s *soak) compares(ctx context.Context, o visit.Occurrence) {
	in := s.place(o.Workspace)
	n := in.heard.count(o.Key)
	s.expected++
	switch {
	case n >= 1: // more are counted at the end
		s.seen++
		return
	}
	var now visit.Occurrence
	s.asks(ctx, "what became of a reminder", func() (err error) {
		now, err = s.db.Occurrence(ctx, o.Workspace, o.Key)
		return err
	})
	switch {
	case now.State == visit.Sent && isFile(o.Kind):
		s.files++
	case now.State == visit.Cancelled && now.Error == "there was nothing left to say":
		s.nothing++
	case now.State == visit.Dead && s.faults.behind(in, time.Now(), time.Minute, archived, gone, left, unshared):
		s.givenUp++
	case now.State == visit.Pending && now.Wake.After(s.calendar.Now()):
		s.expected-- // quiet hours again
	default:
		s.lost++
		s.broken("a reminder of %s is lost: %s %s to %s, due %s, is %s %q in the database", in.name, o.Kind, o.Key, o.To, o.Due.UTC().Format(time.RFC3339), now.State, now.Error)
	}
}

// isFile reports whether a reminder comes as a file, whose message Slack gives no key of ours.
func isFile(k visit.Kind) bool { return k == visit.NewFile || k == visit.NewReport }

// settlesWithin is how long what is due may take, by elapsed time: a lease, what a post may take
// and the quarantine after it, and the pauses of a connection that had failed.
const settlesWithin = 2*visit.MaxPause + 2*time.Minute

// settles waits until nothing is due that was not dealt with.
func (s *soak) settles(ctx context.Context) bool {
	began, last := time.Now(), ""
	for {
		waits, what, err := s.due(ctx)
		took := time.Since(began)
		switch {
		case err == nil && waits == 0:
			if took > s.latest {
				s.latest, s.latestOf = took, last
			}
			return true
		case took > settlesWithin || ctx.Err() != nil:
			s.broken("%d things that are due were not dealt with within %s: %s (%v)", waits, took.Round(time.Second), what, err)
			return false
		}
		last = cmp.Or(what, last)
		pause(ctx, 30*time.Millisecond)
	}
}

// due is how many things are due that were not dealt with, and one of them.
func (s *soak) due(ctx context.Context) (n int, what string, err error) {
	now := s.calendar.Now()
	w, err := s.db.NextWaits(ctx, now, time.Now())
	if err != nil {
		return 0, "", err
	}
	if !w.Calendar.IsZero() && !w.Calendar.After(now) {
		n, what = 1, "a schedule"
	}
	for _, p := range s.places {
		os, err := s.db.Occurrences(ctx, p.slack.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: now})
		for _, o := range os {
			if o.State != visit.Pending || !o.Wake.After(now) {
				n++
				what = fmt.Sprintf("%s in %s, %s, %q, held until %s", o.Key, p.name, o.State, o.Error, o.Hold.Format(time.TimeOnly))
			}
		}
		if err != nil {
			return n, what, err
		}
	}
	cs, err := s.db.Connections(ctx) // the calendar does not run away while Slack cannot be reached
	for _, c := range cs {
		n++
		what = "a connection of " + s.place(c.Workspace).name + " with the fault " + string(c.Fault)
	}
	return n, what, err
}

// asks asks the database, again where a fault of it is behind the error.
func (s *soak) asks(ctx context.Context, what string, f func() error) {
	for {
		err := f()
		if err == nil {
			return
		}
		if !s.faults.behind(nil, time.Now(), 5*time.Second, locked) || ctx.Err() != nil {
			s.broken("ask the database %s: %v", what, err)
			return
		}
		pause(ctx, 100*time.Millisecond)
	}
}

// concludes lets everything come to its end, and looks at all of it.
func (s *soak) concludes() {
	ctx, stop := context.WithTimeout(context.Background(), settlesWithin+time.Minute)
	defer stop()
	for _, p := range s.places {
		p.slack.Wait()
	}
	s.settles(ctx)
	if text, err := s.program.metrics(); err != nil {
		s.broken("/metrics: %v", err)
	} else if metric(text, "visitprep_scheduler_failing") != 0 || metric(text, "visitprep_connection_fault ") != 0 {
		s.broken("at the end /metrics says that something fails:\n%s", text)
	}
	s.reads()
	for _, p := range s.places {
		s.counts(ctx, p)
	}
	for _, alert := range s.scrapes.Fired(s.t, s.alerts) {
		if alert != "VisitprepRemindersLost" || s.givenUp == 0 { // a channel was archived, or somebody gone: told as it should be
			s.broken("the alert %s fired", alert)
		}
	}
	s.readsLog()
	if took, err := s.program.end(syscall.SIGTERM); err != nil || took > stopsWithin {
		s.broken("at the end SIGTERM ended it after %s with %v", took, err)
	}
}

// counts holds that what the database has as sent to a place was seen there, and once.
func (s *soak) counts(ctx context.Context, p *place) {
	os, err := s.db.Occurrences(ctx, p.slack.TeamID(), store.OccurrenceFilter{})
	if err != nil {
		s.broken("list what was sent: %v", err)
	}
	for _, o := range os {
		n := p.heard.count(o.Key)
		switch {
		case o.State == visit.Sent && n == 0 && !isFile(o.Kind):
			s.broken("the database has %s %s as sent to %s of %s, and nobody saw it", o.Kind, o.Key, o.To, p.name)
		case n > 1 && o.Repeat:
			s.repeats++
		case n > 1:
			s.broken(doubled, n, o.Kind, o.Key, o.To, p.name)
		}
	}
}

// doubled says of a reminder that it was seen more than once.
const doubled = "seen %d times: %s %s to %s of %s"

// reads reads what was posted anywhere.
func (s *soak) reads() {
	for _, p := range s.places {
		p.heard.reads()
	}
}

// place is the one with the id of its workspace.
func (s *soak) place(workspace string) *place {
	for _, p := range s.places {
		if p.slack.TeamID() == workspace {
			return p
		}
	}
	panic("the program knows of " + workspace) // which nobody has made
}

// readsLog holds that each warning and error has a fault behind it that can bring it, and that each
// reference that somebody was told stands there.
func (s *soak) readsLog() {
	logged := map[string]bool{}
	for _, l := range s.program.lines() {
		if m := inLog.FindStringSubmatch(l.text); m != nil {
			logged[m[1]] = true
		}
	}
	for _, p := range s.places {
		for ref := range p.heard.told {
			if !logged[ref] {
				s.broken("somebody was told the reference %s, which the log does not have", ref)
			}
		}
	}
	for _, l := range s.program.lines() {
		switch c := behindLine(l.text); {
		case c.always:
		case c.paced:
			s.paced++
		case c.never:
			s.broken("the log has what may not be: %s", l.text)
		case !s.faults.behind(s.placeOf(l.text), l.at, max(c.within, grace), c.kinds...):
			s.broken("the log has a line with no fault behind it: %s", l.text)
		}
	}
}

// placeOf is the place that a line of the log names, nil where it names none.
func (s *soak) placeOf(line string) *place {
	for _, p := range s.places {
		if strings.Contains(line, "workspace="+p.slack.TeamID()) {
			return p
		}
	}
	return nil
}

// A slope is by how much something grows in an hour, by least squares, and its standard error.
type slope struct{ perHour, noise, first, last float64 }

// slopeOf fits a line through what was measured.
func slopeOf(samples []sample, of func(sample) float64) (l slope) {
	n := float64(len(samples))
	if n < 3 {
		return l
	}
	var mt, mv float64
	at := func(x sample) float64 { return x.at.Sub(samples[0].at).Hours() }
	for _, x := range samples {
		mt, mv = mt+at(x)/n, mv+of(x)/n
	}
	var tt, tv, rest float64
	for _, x := range samples {
		tt += (at(x) - mt) * (at(x) - mt)
		tv += (at(x) - mt) * (of(x) - mv)
	}
	l.perHour = tv / tt
	for _, x := range samples {
		d := of(x) - mv - l.perHour*(at(x)-mt)
		rest += d * d
	}
	l.noise = math.Sqrt(rest / (n - 2) / tt)
	l.first, l.last = of(samples[0]), of(samples[len(samples)-1])
	return l
}

// tells prints the closing table and fails the test where something was not as it must be.
func (s *soak) tells() {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(what string, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	var took []time.Duration
	codes := map[int]int{}
	var slowest []ack
	told := 0
	for _, p := range s.places {
		for _, a := range p.front.acks {
			took = append(took, a.took)
			codes[a.code]++
		}
		slowest = append(slowest, p.front.slowest(5)...)
		told += len(p.heard.told)
	}
	slices.SortFunc(slowest, func(a, b ack) int { return cmp.Compare(b.took, a.took) })
	slices.Sort(took)
	quantile := func(q float64) time.Duration {
		if len(took) == 0 {
			return 0
		}
		return took[int(q*float64(len(took)-1))].Round(10 * time.Microsecond)
	}
	line("ran for", "%s, the calendar moved by %s", *length, s.moved.Round(time.Minute))
	line("workspaces", "%d", len(s.places))
	if s.listen != "" {
		refreshed := 0
		for _, p := range s.places {
			refreshed += p.slack.Refreshed()
		}
		line("tokens refreshed", "%d", refreshed)
		if refreshed == 0 {
			s.broken("no token was refreshed in %s", *length)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		line("  "+what, "%d", s.done[what])
	}
	line("requests", "%d (%v)", len(took), codes)
	line("acknowledged within", "p50 %s, p99 %s, longest %s", quantile(.5), quantile(.99), quantile(1))
	for _, a := range slowest[:min(5, len(slowest))] {
		line("  of these", "%s %s", a.took.Round(time.Millisecond), a.what)
	}
	n := s.faults.counts()
	all := 0
	for _, kind := range slices.Sorted(maps.Keys(n)) {
		all += n[kind]
		line("  "+kind, "%d", n[kind])
	}
	line("faults", "%d", all)
	line("references told, with a fault behind each", "%d", told)
	line("told to try again for the pace that Slack allows", "%d", s.paced)
	line("reminders expected", "%d", s.expected)
	line("seen", "%d", s.seen)
	line("sent as a file, which has no key to see it by", "%d", s.files)
	line("with nothing left to say", "%d", s.nothing)
	line("given up: nobody could get them", "%d", s.givenUp)
	line("lost", "%d", s.lost)
	line("doubled", "%d", s.wrongs[doubled])
	line("marked as a possible repeat", "%d", s.repeats)
	line("dealt with at the latest after", "%s: %s", s.latest.Round(100*time.Millisecond), s.latestOf)
	for _, m := range []struct {
		what, unit string
		in, least  float64 // least is what no slope is told from; twice that in a run that warms up
		of         func(sample) float64
	}{
		{"goroutines", "", 1, 10, func(x sample) float64 { return x.goroutines }},
		{"open files", "", 1, 10, func(x sample) float64 { return x.files }},
		{"heap after collection", " MiB", 1 << 20, 4, func(x sample) float64 { return x.heap }},
		{"memory (RSS)", " MiB", 1 << 20, 8, func(x sample) float64 { return x.memory }},
		{"  of this Go's", " MiB", 1 << 20, 8, func(x sample) float64 { return x.inGo }},
		{"  others', as SQLite's", " MiB", 1 << 20, 8, func(x sample) float64 { return x.others }},
		{"  pages of files", " MiB", 1 << 20, 8, func(x sample) float64 { return x.pages }},
	} {
		l := slopeOf(s.samples, func(x sample) float64 { return m.of(x) / m.in })
		hours := (*length / 2).Hours()
		if *length < 10*time.Minute {
			m.least *= 2
		}
		line(m.what, "%.1f to %.1f%s; slope %+.2f ± %.2f%[3]s over the second half", l.first, l.last, m.unit, l.perHour*hours, l.noise*hours)
		if grown := l.perHour * hours; grown > max(m.least, 3*l.noise*hours) {
			s.broken("%s grow by %.1f%s over the second half, more than three times the noise", m.what, grown, m.unit)
		}
	}
	if info, err := os.Stat(s.file); err == nil {
		line("database", "%.1f MiB, its log at most %.1f MiB", float64(info.Size())/(1<<20), float64(s.wal)/(1<<20))
	}
	if s.wal > mostWAL {
		s.broken("the database's log grew to %d bytes", s.wal)
	}
	w.Flush()
	s.t.Logf("\n%s", b.String())
	if s.expected == 0 && *length > time.Minute {
		s.broken("no reminder was expected in %s", *length)
	}
	for _, wrong := range s.wrong {
		s.t.Error(wrong)
	}
	for what, n := range s.wrongs {
		if n > 10 {
			s.t.Errorf("%d times in all: %s", n, what)
		}
	}
	if s.t.Failed() {
		s.t.Logf("what the program printed last:\n%s", strings.Join(s.program.lately(), "\n"))
	}
}

// mostWAL bounds the log that SQLite writes ahead, which it begins anew at 4 MiB unless somebody
// reads or an import is written meanwhile.
const mostWAL = 32 << 20
