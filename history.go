package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// historyQuarters are how many quarters before this one the sample knows: two years.
const historyQuarters = 8

// A history is two years of three factories, made by a seed: what happened on which day. It is
// entered in the order of the days, through the rules and the store that people use, and each
// quarter is frozen when it would have been. Nothing is sent of what is over.
type history struct {
	db     *store.Store
	now    time.Time
	today  civil.Date
	this   visit.Quarter
	like   visit.Work // the workspace, the channel, who plans; without a factory
	china  *holiday.Calendar
	dice   *rand.Rand
	past   []happened
	orders int
}

// A happened is something that was entered on a day of the past.
type happened struct {
	on    civil.Date
	enter func(ctx context.Context, at time.Time) error
}

// addHistory adds two years of history for like's factory and two more.
func addHistory(ctx context.Context, db *store.Store, like visit.Work, now time.Time) error {
	china, err := holiday.China()
	if err != nil {
		return fmt.Errorf("read the holidays of the sample: %w", err)
	}
	today := like.Today(now)
	h := &history{
		db: db, now: now, today: today, this: visit.QuarterOf(today), china: china, dice: rand.New(rand.NewPCG(20, 8)), orders: 4200,
		like: visit.Work{Workspace: like.Workspace, Place: like.Place, Owner: like.Owner},
	}
	slipping, err := h.factory(ctx, visit.Factory{Name: "Zhongshan Harbour Lamps", Chinese: "中山港湾灯饰有限公司", City: "Zhongshan", Address: "广东省中山市古镇镇东兴路26号"}, 720)
	if err != nil {
		return err
	}
	fresh, err := h.factory(ctx, visit.Factory{Name: "Suzhou Clear Optics", Chinese: "苏州清源光学有限公司", City: "Suzhou", Address: "江苏省苏州市吴中区东吴北路150号"}, 130)
	if err != nil {
		return err
	}
	h.live(sampleLives(like.Factory, slipping, fresh))
	h.meet(like.Factory, slipping, fresh)
	h.freeze()
	if err := h.enter(ctx); err != nil {
		return err
	}
	return h.ahead(ctx, like.Factory, slipping, fresh)
}

// factory adds a factory that has been known for some days.
func (h *history) factory(ctx context.Context, f visit.Factory, days int) (visit.Factory, error) {
	f.Workspace = h.like.Workspace
	f, err := h.db.AddFactory(ctx, f, h.at(h.ago(days)))
	if err != nil {
		return f, fmt.Errorf("add a factory of the history: %w", err)
	}
	return f, nil
}

// ago is a day on which factories and offices work, about so many days before today.
func (h *history) ago(days int) civil.Date { return h.running(h.today.AddDays(-days)) }

// running is a day, or the nearest on which a factory can be expected to run.
func (h *history) running(d civil.Date) civil.Date {
	better, _ := h.china.Better(d)
	return better
}

// at is this time of day on a day of the past.
func (h *history) at(d civil.Date) time.Time { return h.now.AddDate(0, 0, d.Sub(h.today)) }

// on has something entered on a day; what would be today or later has not happened.
func (h *history) on(d civil.Date, enter func(ctx context.Context, at time.Time) error) {
	if d.Before(h.today) {
		h.past = append(h.past, happened{d, enter})
	}
}

// enter enters everything in the order of its days.
func (h *history) enter(ctx context.Context) error {
	slices.SortStableFunc(h.past, func(a, b happened) int { return a.on.Compare(b.on) })
	for len(h.past) > 0 {
		next := h.past[0]
		h.past = h.past[1:]
		had := len(h.past)
		if err := next.enter(ctx, h.at(next.on)); err != nil {
			return fmt.Errorf("the history of %s: %w", next.on, err)
		}
		if len(h.past) > had { // what follows from it
			slices.SortStableFunc(h.past, func(a, b happened) int { return a.on.Compare(b.on) })
		}
	}
	return nil
}

// work is the work at a factory.
func (h *history) work(f visit.Factory) visit.Work {
	w := h.like
	w.Factory, w.Zone = f, f.Zone
	return w
}

// A life is what a factory does, quarter by quarter.
type life struct {
	factory  visit.Factory
	product  string
	quarters []quarterOf // of the last quarters, this one the last
}

// A quarterOf is one of them.
type quarterOf struct {
	days       []int // of the inspections, from its first day; none is a gap
	bad        int   // major faults in a thousand pieces
	late       int   // days by which the last order of the quarter is late
	short      bool  // and not all of it is shipped
	ours       string
	critical   bool // the last lot has a critical fault
	cost, comp int  // marks of the quarter; 0 for none
}

// live has the factories make lots and ship orders.
func (h *history) live(lives []life) {
	for n := range lives {
		l := &lives[n]
		s := &visit.Series{
			Workspace: h.like.Workspace, Factory: l.factory, Channel: h.like.Channel, Product: l.product,
			Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: h.like.Owner,
		}
		made := &madeLots{series: s}
		for k, q := range l.quarters {
			quarter := h.this.Add(k + 1 - len(l.quarters))
			for n, day := range q.days {
				h.orders += 3
				last := n == len(q.days)-1
				o := order{name: fmt.Sprint(h.orders), due: h.running(quarter.First().AddDays(day)), pieces: 1500 + 100*h.dice.IntN(16), bad: q.bad, seed: h.dice.Uint64(), critical: q.critical && last}
				h.on(o.due, func(ctx context.Context, at time.Time) error { return h.inspect(ctx, made, o, at) })
				h.deliver(l.factory, o, q, last)
			}
			h.mark(l.factory.Number, quarter, q)
		}
	}
}

// An order is made as one lot, which is inspected before it is shipped.
type order struct {
	name     string
	due      civil.Date
	pieces   int
	bad      int // in a thousand
	seed     uint64
	critical bool
}

// madeLots are the lots of a product so far.
type madeLots struct {
	series *visit.Series
	lots   []visit.Inspection
}

// inspect enters an inspection with its lot, judged as the lots before it ask for, and what is
// found when it fails.
func (h *history) inspect(ctx context.Context, made *madeLots, o order, at time.Time) error {
	if made.series.Number == 0 {
		s, _, err := h.db.AddSeries(ctx, *made.series, at)
		if err != nil {
			return err
		}
		*made.series = s
	}
	const jonas = localslack.SampleJonas
	s := made.series
	i := visit.Inspection{
		Work: h.work(s.Factory), Type: "pre_shipment", Order: o.name, Due: o.due, LeadDays: []int{14, 3}, Inspector: jonas,
		Ordered: visit.Quantities{Ordered: o.pieces, Made: o.pieces, Packed: o.pieces},
	}
	lot := visit.Lot{Series: s.Number, Product: s.Product, Size: o.pieces, Cartons: o.pieces / 20, Level: s.Level}
	var rules []visit.ClassRule
	for class, aql := range map[visit.Severity]string{visit.Major: s.AQLMajor, visit.Minor: s.AQLMinor} {
		st := s.Standing(class, made.lots, nil)
		if st.Next == visit.Stopped {
			return fmt.Errorf("inspection of %s is stopped", s.Product)
		}
		rules = append(rules, visit.ClassRule{Class: class, AQL: aql, Strictness: st.Next, Why: string(st.Why)})
	}
	slices.SortFunc(rules, func(a, b visit.ClassRule) int { return cmp.Compare(a.Class, b.Class) })
	if err := lot.Sample(rules); err != nil {
		return err
	}
	if err := i.Draw(lot, jonas, at); err != nil {
		return err
	}
	if _, err := i.Count(dicedFaults(&i.Lot, o), 13, jonas, at); err != nil {
		return err
	}
	result := i.Lot.Proposal()
	if _, err := i.Report(result, "", jonas, at); err != nil {
		return err
	}
	decision := visit.Rework
	if result == visit.Passed {
		decision = visit.Release
	}
	if _, err := i.Decide(decision, "", o.critical, i.Owner, at); err != nil {
		return err
	}
	i, err := h.db.KeepInspection(ctx, i, h.now)
	if err != nil {
		return err
	}
	made.lots = append(made.lots, i)
	return h.found(ctx, &i, o, at)
}

// dicedFaults are the bad pieces that the dice give.
func dicedFaults(l *visit.Lot, o order) map[visit.Severity]int {
	dice := rand.New(rand.NewPCG(o.seed, 1))
	bad := map[visit.Severity]int{}
	for _, c := range l.Classes {
		rate := map[visit.Severity]int{visit.Major: o.bad, visit.Minor: o.bad + 5}[c.Class]
		for range c.N {
			if dice.IntN(1000) < rate {
				bad[c.Class]++
			}
		}
	}
	if o.critical {
		bad[visit.Critical] = 1
	}
	return bad
}

// found enters what an inspection found, where its lot was not accepted.
func (h *history) found(ctx context.Context, i *visit.Inspection, o order, at time.Time) error {
	var late int
	for _, c := range i.Lot.Classes {
		if c.Accepted() {
			continue
		}
		f := lotFindings[c.Class]
		f.Bad, f.Checked = c.Bad, c.N
		if o.bad > 25 {
			late = 9
		}
		if err := h.finding(ctx, i, f, follow{cause: "The check at the station was left out on the last day", late: late}, at); err != nil {
			return err
		}
	}
	return nil
}

// A follow is how the factory answers to a finding.
type follow struct {
	cause string
	says  string     // who; their sales by default
	late  int        // days
	due   civil.Date // by when it is to be done; zero for four weeks after
	never bool       // nothing comes after the agreement
}

// finding enters a finding of a visit or an inspection, and what follows from it.
func (h *history) finding(ctx context.Context, of visit.Appointment, f visit.Finding, follows follow, at time.Time) error {
	const jonas = localslack.SampleJonas
	w := of.Common()
	f.Workspace, f.By, f.At, f.ForFactory = w.Workspace, jonas, at, true
	f.Source = fmt.Sprintf("history/%s/%s", of.Subject(), f.Text)
	if err := f.BelongTo(of); err != nil {
		return err
	}
	f, _, err := h.db.AddFinding(ctx, f, h.now)
	if err != nil {
		return err
	}
	seen := civil.Of(at.In(time.UTC))
	done := cmp.Or(follows.due, h.running(seen.AddDays(28)))
	does := func(by string, day civil.Date, step func(*visit.Finding, *visit.Action, visit.Doer) error) {
		h.on(day, func(ctx context.Context, at time.Time) error {
			_, err := h.db.ChangeAction(ctx, w.Workspace, f.Number, h.now, func(f *visit.Finding, a *visit.Action) error {
				return step(f, a, visit.Doer{By: by, Lead: w.Owner, Now: at, Today: day})
			})
			return err
		})
	}
	h.answered(f, follows, seen, done, does)
	if !follows.never {
		h.proven(f, h.running(done.AddDays(follows.late-3)), does)
	}
	return nil
}

type doing = func(by string, day civil.Date, step func(*visit.Finding, *visit.Action, visit.Doer) error)

// answered is the factory's answer, and what both agree on.
func (h *history) answered(f visit.Finding, follows follow, seen, done civil.Date, does doing) {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	if f.Severity == visit.Critical {
		does(mia, seen.AddDays(1), func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Contain(f, visit.Containment{SaidBy: cmp.Or(follows.says, "Their sales"), What: "The lot stays at the factory, and every piece is checked again"}, d)
		})
	}
	does(mia, seen.AddDays(5), func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.LogAnswer(f, visit.Answer{Cause: follows.cause, Proposal: "A check at the station, with a record for each lot", SaidBy: cmp.Or(follows.says, "Their sales")}, d)
	})
	reviewer := jonas
	if follows.never {
		reviewer = mia
	}
	does(mia, seen.AddDays(7), func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.Agree(f, visit.Agreed{Due: done, Reviewer: reviewer, Proofs: []visit.ProofKind{visit.ProofRecord}}, d)
	})
}

// proven is that it is done, and what shows that it works.
func (h *history) proven(f visit.Finding, day civil.Date, does doing) {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	does(mia, day, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.LogDone(f, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "The records of the last three lots, complete"}}}, d)
	})
	var seen []visit.Proof
	switch f.Severity {
	case visit.Critical:
		seen = []visit.Proof{{Kind: visit.ProofOnSite, Text: "The test at the end of the line, seen on a running order"}}
	case visit.Major:
		does(jonas, day.AddDays(6), func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			lot := visit.NextLot{LotCheck: visit.LotCheck{Name: "The next order"}, Day: d.Today}
			lot.Checked = lot.Enough(f)
			return a.CheckLot(f, lot, d)
		})
	}
	does(jonas, day.AddDays(7), func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.Verify(f, visit.Verification{Day: d.Today, Text: "The records and the goods agree", Proofs: seen}, d)
	})
}

// deliver enters an order: shipped a week after its inspection, or as the quarter says.
func (h *history) deliver(f visit.Factory, o order, q quarterOf, last bool) {
	d := visit.OrderDelivery{Workspace: h.like.Workspace, Factory: f, Channel: h.like.Channel, Order: o.name, Confirmed: o.due.AddDays(7), Quantity: o.pieces, By: h.like.Owner}
	shipped, sent := o.due.AddDays(5), o.pieces
	if last {
		shipped = d.Confirmed.AddDays(q.late - 1)
		if q.short {
			sent -= o.pieces / 10
		}
		if q.ours != "" {
			d.OurDelay, d.Why = true, q.ours
		}
	}
	shipped = h.running(shipped)
	entered := shipped.AddDays(1)
	if entered.Before(h.today) {
		d.Shipped, d.Sent = shipped, sent
	} else {
		entered = o.due // it is still to come
	}
	h.on(entered, func(ctx context.Context, at time.Time) error {
		_, _, err := h.db.AddDelivery(ctx, d, false, at)
		return err
	})
}

// mark enters the marks of a quarter, a few days after its end.
func (h *history) mark(factory int, of visit.Quarter, q quarterOf) {
	var ms []visit.FactoryMark
	for kind, points := range map[visit.MarkKind]int{visit.MarkCost: q.cost, visit.MarkCompliance: q.comp} {
		if points > 0 {
			ms = append(ms, visit.FactoryMark{Workspace: h.like.Workspace, Factory: factory, Channel: h.like.Channel, Kind: kind, Quarter: of, Points: points, By: h.like.Owner})
		}
	}
	slices.SortFunc(ms, func(a, b visit.FactoryMark) int { return cmp.Compare(b.Kind, a.Kind) })
	h.on(h.running(of.Last().AddDays(4)), func(ctx context.Context, at time.Time) error {
		return h.db.AddMarks(ctx, ms, at)
	})
}

// freeze freezes each quarter on its day, as the scheduler would have done.
func (h *history) freeze() {
	for n := -historyQuarters; n < 0; n++ {
		on := h.this.Add(n).Last().AddDays(visit.FreezeAfter)
		h.on(on, func(ctx context.Context, at time.Time) error {
			fs, err := h.db.Freezable(ctx, on.AddDays(-visit.FreezeAfter))
			if err != nil {
				return err
			}
			for _, f := range fs {
				if f.Quarter.FreezesOn(civil.Of(f.Entered.UTC())).After(on) {
					continue
				}
				if _, err := h.db.FreezeScore(ctx, f.Workspace, f.Factory, f.Quarter, at); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
