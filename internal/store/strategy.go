package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// How far back the first page looks, so that it reads no more of a company of many years. A
// factory where nothing was for longer is none that somebody forgets to visit.
const (
	needVisits = 36 // months, of visits
	needLots   = 12 // of inspections and findings
)

// FactoryNeeds are what says whether each factory deserves a visit, of what some channels have of
// it by a day: without its class, which takes reading all of a factory. It reads no text of any
// finding, and of factories, visits and inspections no more than a line each.
func (s *Store) FactoryNeeds(ctx context.Context, workspace string, channels []string, today civil.Date) ([]visit.FactoryNeed, error) {
	args := arguments{workspace}
	in := oneOf(&args, "channel", append([]string{}, channels...))
	day, since, lots := args.add(today.String()), args.add(today.AddMonths(-needVisits).String()), args.add(today.AddMonths(-needLots).String())
	needs, err := all(ctx, s.read, scanNeed, `SELECT f.workspace, f.number, f.name, f.chinese, f.city, f.zone, k.was, k.planned, k.lots, k.result, k.asked FROM (
		SELECT factory, MAX(was) AS was, MAX(planned) AS planned, SUM(lots) AS lots, MAX(result) AS result, MAX(asked) AS asked FROM (
			SELECT factory, MAX(CASE WHEN last_day < `+day+` THEN last_day || first_day ELSE '' END) AS was, MAX(CASE WHEN last_day >= `+day+` THEN 1 ELSE 0 END) AS planned,
				0 AS lots, '' AS result, 0 AS asked FROM visits WHERE workspace = $1 AND cancelled_by = '' AND last_day >= `+since+in+` GROUP BY factory
			UNION ALL SELECT factory, '', 0, COUNT(CASE WHEN result IN ('passed', 'failed') THEN 1 END), MAX(CASE WHEN result IN ('passed', 'failed') THEN due_day || result ELSE '' END), 1
				FROM inspections WHERE workspace = $1 AND result IN ('', 'pending', 'passed', 'failed', 'could_not') AND due_day >= `+lots+in+` GROUP BY factory
			UNION ALL SELECT factory, '', 0, 0, '', 1 FROM plans WHERE workspace = $1 AND ended_by = ''`+in+`
			UNION ALL SELECT factory, '', 0, 0, '', 1 FROM agreements WHERE workspace = $1 AND state IN ('draft', 'signed', 'renewed')`+in+`
		) every GROUP BY factory) k JOIN factories f ON f.workspace = $1 AND f.number = k.factory WHERE NOT f.removed ORDER BY f.number`, args...)
	if err != nil {
		return nil, fmt.Errorf("list which factories deserve a visit: %w", classify(err))
	}
	grave, err := s.graveFindings(ctx, workspace, channels, today)
	if err != nil {
		return nil, err
	}
	for n := range needs {
		needs[n].Grave = grave[needs[n].Factory.Number]
	}
	return needs, nil
}

func scanNeed(row scanner) (n visit.FactoryNeed, err error) {
	var was, result string
	var planned, asked int
	f := &n.Factory
	if err = row.Scan(&f.Workspace, &f.Number, &f.Name, &f.Chinese, &f.City, &f.Zone, &was, &planned, &n.Lots, &result, &asked); err != nil {
		return n, err
	}
	const day = len("2027-03-15")
	if len(was) == 2*day {
		if n.Last, err = civil.Parse(was[:day]); err == nil {
			n.First, err = civil.Parse(was[day:])
		}
	}
	n.Planned, n.Asked, n.Failed = planned > 0, asked > 0, strings.HasSuffix(result, string(visit.Failed))
	return n, err
}

// graveFindings are the critical and major findings that are open, by factory.
func (s *Store) graveFindings(ctx context.Context, workspace string, channels []string, today civil.Date) (map[int][]visit.GraveFinding, error) {
	type at struct {
		factory int
		visit.GraveFinding
	}
	args := arguments{workspace}
	where := `WHERE n.workspace = $1 AND n.severity IN ('critical', 'major') AND n.withdrawn_by = '' AND n.kind <> '` + string(visit.RedFlag) + `' AND n.made_at >= ` +
		args.add(millis(today.AddMonths(-needLots).Start(time.UTC))) + oneOf(&args, "COALESCE(v.channel, i.channel, n.channel)", append([]string{}, channels...)) +
		oneOf(&args, "COALESCE(a.state, 'open')", []visit.ActionState{visit.ActionOpen, visit.ActionProposed, visit.ActionAgreed, visit.ActionDone})
	found, err := all(ctx, s.read, func(row scanner) (g at, err error) {
		var made, taken time.Time
		var zone string
		err = row.Scan(&g.factory, &g.Number, (*string)(&g.Severity), instantField{&made}, instantField{&taken}, &zone)
		if !taken.IsZero() {
			made = taken
		}
		z, zoneErr := visit.Zone(zone)
		if zoneErr != nil {
			z = time.UTC
		}
		g.Day = civil.Of(made.In(z))
		return g, err
	}, `SELECT f.number, n.number, n.severity, n.made_at, n.taken_at, COALESCE(v.zone, i.zone, f.zone)`+actionsJoin+where+` AND f.number IS NOT NULL ORDER BY n.number`, args...)
	if err != nil {
		return nil, fmt.Errorf("list the grave findings: %w", classify(err))
	}
	of := map[int][]visit.GraveFinding{}
	for _, g := range found {
		of[g.factory] = append(of[g.factory], g.GraveFinding)
	}
	return of, nil
}

// LateActions are the actions of a factory that are late.
type LateActions struct {
	Factory int // 0 where the finding names one that is none of ours
	Name    string
	N       int
	Mine    bool       // somebody in particular follows one of them
	Since   civil.Date // the day of the one that is late for longest
}

// LateActions lists where factories are late by a day, of what some channels have, what is late
// for longest first; it reads no action that is not late. mine is whoever may follow one.
func (s *Store) LateActions(ctx context.Context, workspace string, channels []string, mine string, today civil.Date) ([]LateActions, error) {
	args := arguments{workspace}
	where := `WHERE a.workspace = $1 AND a.due <> '' AND a.state IN ('open', 'agreed') AND a.due < ` + args.add(today.String()) +
		` AND n.withdrawn_by = '' AND n.kind <> '` + string(visit.RedFlag) + `'` + oneOf(&args, "COALESCE(v.channel, i.channel, n.channel)", append([]string{}, channels...))
	who := args.add(mine)
	late, err := all(ctx, s.read, func(row scanner) (l LateActions, err error) {
		var mine int
		err = row.Scan(&l.Factory, &l.Name, &l.N, &mine, &l.Since)
		l.Mine = mine > 0
		return l, err
	}, `SELECT COALESCE(f.number, 0), COALESCE(f.name, n.factory), COUNT(*), MAX(CASE WHEN a.reviewer = `+who+` OR a.reviewer = '' AND COALESCE(v.owner, i.owner, n.made_by) = `+who+` THEN 1 ELSE 0 END), MIN(a.due)
		FROM actions a JOIN findings n ON n.workspace = a.workspace AND n.number = a.finding
		LEFT JOIN visits v ON n.of_kind = 'visit' AND v.workspace = n.workspace AND v.number = n.of_number
		LEFT JOIN inspections i ON n.of_kind = 'inspection' AND i.workspace = n.workspace AND i.number = n.of_number
		LEFT JOIN factories f ON f.workspace = n.workspace AND f.number = COALESCE(v.factory, i.factory, CASE WHEN n.of_kind = 'factory' THEN n.of_number END)
		`+where+` GROUP BY COALESCE(f.number, 0), COALESCE(f.name, n.factory) ORDER BY 5, 1, 2`, args...)
	if err != nil {
		return nil, fmt.Errorf("list where factories are late: %w", classify(err))
	}
	return late, nil
}

// Undecided lists the agreements that hold, have a last day and of which nobody has said what
// becomes of them then, of some channels and by the day until which to act, up to a day: with
// what a line about each says and no more.
func (s *Store) Undecided(ctx context.Context, workspace string, channels []string, until civil.Date, now time.Time) ([]visit.Agreement, error) {
	args := arguments{workspace}
	as, err := all(ctx, s.read, func(row scanner) (a visit.Agreement, err error) {
		return a, row.Scan(&a.Workspace, &a.Number, &a.Factory.Number, &a.Factory.Name, &a.Channel, &a.Private, &a.Zone, &a.ChannelZone, &a.Owner, &a.OwnerZone,
			(*string)(&a.Kind), &a.Title, (*string)(&a.State), &a.Signed, &a.Ends, &a.Renews, &a.Notice)
	}, `SELECT v.workspace, v.number, f.number, f.name, v.channel, v.private, v.zone, v.home, v.owner, v.owner_zone, v.kind, v.title, v.state, v.signed_day, v.ends_day, v.renews, v.notice
		FROM agreements v JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory
		WHERE v.workspace = $1 AND v.state IN ('signed', 'renewed') AND v.ends_day <> '' AND v.noticed_by = ''`+oneOf(&args, "v.channel", append([]string{}, channels...)), args...)
	if err != nil {
		return nil, fmt.Errorf("list the agreements to act on: %w", classify(err))
	}
	as = slices.DeleteFunc(as, func(a visit.Agreement) bool {
		today := a.Today(now)
		a.RollOver(today)
		return !a.Holds(today) || a.ActBy().After(until)
	})
	for n := range as {
		as[n].RollOver(as[n].Today(now))
	}
	slices.SortFunc(as, func(a, b visit.Agreement) int {
		if c := a.ActBy().Compare(b.ActBy()); c != 0 {
			return c
		}
		return a.Number - b.Number
	})
	return as, nil
}

// WithOthers lists the open items that somebody else owns, of what a person planned, by the day
// they are due.
func (s *Store) WithOthers(ctx context.Context, workspace, planner string) ([]Task, error) {
	return s.tasks(ctx, "list the items that others own", `i.workspace = $1 AND i.owner <> '' AND i.owner <> $2 AND i.done_by = '' AND NOT i.removed AND v.owner = $2`,
		`TRUE`, workspace, planner)
}

// A ResultCount is how many inspections of a month ended with a result.
type ResultCount struct {
	Month  string // 2027-02
	Result visit.Result
	N      int
}

// ResultCounts counts the inspections of some channels by the month of their day and by result,
// from a day on and before another; withdrawn ones do not count.
func (s *Store) ResultCounts(ctx context.Context, workspace string, channels []string, from, before civil.Date) ([]ResultCount, error) {
	args := arguments{workspace, from.String(), before.String()}
	cs, err := all(ctx, s.read, func(row scanner) (c ResultCount, err error) {
		return c, row.Scan(&c.Month, (*string)(&c.Result), &c.N)
	}, `SELECT SUBSTR(due_day, 1, 7), result, COUNT(*) FROM inspections WHERE workspace = $1 AND due_day >= $2 AND due_day < $3 AND result <> 'withdrawn'`+
		oneOf(&args, "channel", append([]string{}, channels...))+` GROUP BY SUBSTR(due_day, 1, 7), result ORDER BY 1, 2`, args...)
	if err != nil {
		return nil, fmt.Errorf("count the inspections: %w", classify(err))
	}
	return cs, nil
}

// OpenActions counts the actions of some channels that are not closed and that people read in
// lists.
func (s *Store) OpenActions(ctx context.Context, workspace string, channels []string) (n int, err error) {
	var args arguments
	f := ActionFilter{Channels: append([]string{}, channels...), Live: true}
	where := f.where(workspace, &args)
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*)`+actionsJoin+where+` AND n.of_kind <> '' AND (a.rev IS NOT NULL OR n.severity <> '')`, args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the actions: %w", classify(err))
	}
	return n, nil
}
