package main

import (
	"context"
	"fmt"
	"time"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// sampleWorkspace is a local Slack in which the app is installed as its manifest says.
func sampleWorkspace() localslack.Options {
	o := localslack.Sample()
	o.Scopes, o.Events = bot.Scopes(), bot.Events()
	o.Commands = nil // the sample's are of an app that nobody serves
	for _, c := range bot.Commands() {
		o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	for _, c := range bot.Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}
	return o
}

// addSample puts a visit in preparation, an inspection, one of today, an inspection plan, and a
// visit that is over with what follows from it into the database of `visitprep try`, whose cards the scheduler then posts. Somebody who opens
// an empty channel learns nothing of reminders and checklists, and leaves.
func addSample(ctx context.Context, db *store.Store, b *bot.Bot, now time.Time) error {
	const team, mia, jonas, sourcing = localslack.DefaultTeamID, localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	factory, err := db.AddFactory(ctx, visit.Factory{
		Workspace: team, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属制品有限公司", City: "Ningbo",
		Address: "浙江省宁波市江北区庄桥街道工业路88号", Contacts: "Ms Li Na, sales, +86 574 5550 0188",
	}, now)
	if err != nil {
		return fmt.Errorf("add a sample factory: %w", err)
	}
	place := visit.Place{Channel: sourcing, Zone: factory.Zone, ChannelZone: "Europe/Berlin"}
	today := place.Today(now)
	// A visit begins on a weekday.
	first := today.AddDays(29)
	for first.Weekday() != time.Tuesday {
		first = first.AddDays(1)
	}
	// ready ticks what should be done before a day, as a team on time would have.
	ready := func(items visit.Checklist, due func(visit.Milestone) civil.Date) visit.Checklist {
		owners := []string{mia, jonas}
		for n := range items {
			items[n].Owner = owners[n%2]
			if due(items[n].Milestone).Before(today.AddDays(1)) {
				items[n].Done = visit.Mark{By: owners[n%2], At: now.AddDate(0, 0, -3)}
			}
		}
		return items
	}
	// The team has bought from the factory for two years (addHistory), which is what a review is of.
	v := visit.Visit{
		Work:    visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Purpose: "relationship", First: first, Last: first.AddDays(1),
		People: []visit.Person{{User: mia, Role: "leads"}, {User: jonas, Role: "quality"}, {Name: "Ms Zhang", Role: "interpreter"}},
		Agenda: "Day 1: the year together, the score and the open points, dinner\nDay 2: the floor and our moulds, one project for next year, closing meeting",
	}
	v.Items = ready(b.Checklist(v.Purpose), v.DueDay)
	v, err = db.PlanVisit(ctx, v, now)
	if err != nil {
		return fmt.Errorf("add a sample visit: %w", err)
	}
	due := today.AddDays(8)
	for due.Weekday() == time.Saturday || due.Weekday() == time.Sunday {
		due = due.AddDays(1)
	}
	i := visit.Inspection{
		Work: visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Type: "pre_shipment", Order: "4512", Due: due, LeadDays: []int{14, 3}, Inspector: jonas,
	}
	i.Items = ready(b.Checklist(i.Type), i.DueDay)
	i, err = db.AddInspection(ctx, i, now)
	if err != nil {
		return fmt.Errorf("add a sample inspection: %w", err)
	}
	p := visit.Plan{Workspace: team, Factory: factory, Type: "during_production", Rule: fmt.Sprintf("every 3 months from %s at 09:00", today.AddDays(40)), Place: place, LeadDays: []int{14, 3}, Inspectors: []string{jonas}, Owner: mia}
	if _, err := db.AddPlan(ctx, p, now); err != nil {
		return fmt.Errorf("add a sample inspection plan: %w", err)
	}
	onFloor := visit.Inspection{
		Work: visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Type: i.Type, Order: "4498", Due: today, LeadDays: i.LeadDays, Inspector: jonas, Ordered: visit.Quantities{Ordered: 3000, Made: 3000, Packed: 2640},
	}
	onFloor.Items = ready(b.Checklist(i.Type), onFloor.DueDay)
	if err := addLot(ctx, db, onFloor, now); err != nil {
		return err
	}
	if err := addPast(ctx, db, v.Work, now); err != nil {
		return err
	}
	return addHistory(ctx, db, v.Work, now)
}

// addPast adds a visit that is over, with three findings in three states, an agreement that ends
// soon, and a letter that nobody has sent yet. like is the work of another visit there.
func addPast(ctx context.Context, db *store.Store, like visit.Work, now time.Time) error {
	like = visit.Work{Workspace: like.Workspace, Factory: like.Factory, Place: like.Place, Owner: like.Owner}
	today := like.Today(now)
	first := today.AddDays(-20)
	for first.Weekday() != time.Tuesday {
		first = first.AddDays(-1)
	}
	ago := func(days int) time.Time { return now.AddDate(0, 0, days-today.Sub(first)) } // so many days after it began
	v := visit.Visit{Work: like, Purpose: "follow_up", First: first, Last: first, People: []visit.Person{{User: like.Owner, Role: "leads"}, {User: localslack.SampleJonas, Role: "quality"}}}
	if _, err := v.Conclude(visit.GoConditions, "Packing has to hold for the next lot", v.Owner, now); err != nil {
		return fmt.Errorf("say what a sample visit came to: %w", err)
	}
	v, err := db.PlanVisit(ctx, v, now)
	if err != nil {
		return fmt.Errorf("add a sample visit that is over: %w", err)
	}
	var numbers []int
	for n, f := range pastFindings {
		f.Workspace, f.By, f.At, f.ForFactory, f.Source = v.Workspace, localslack.SampleJonas, ago(0), true, fmt.Sprintf("sample/%d", n+1)
		if err := f.BelongTo(&v); err != nil {
			return err
		}
		f, _, err := db.AddFinding(ctx, f, ago(0))
		if err != nil {
			return fmt.Errorf("add a sample finding: %w", err)
		}
		numbers = append(numbers, f.Number)
	}
	for n, follow := range pastSteps(&v, first, ago) {
		for _, step := range follow {
			if _, err := db.ChangeAction(ctx, v.Workspace, numbers[n], now, step); err != nil {
				return fmt.Errorf("follow up sample finding %d: %w", numbers[n], err)
			}
		}
	}
	return addPapers(ctx, db, &v, numbers, now)
}

// pastFindings are what was found on the visit that is over.
var pastFindings = []visit.Finding{
	{Kind: visit.OfProduct, Severity: visit.Major, Text: "No corner guard in the carton", TextZH: "纸箱没有护角", Place: "Packing", Bad: 6, Checked: 50,
		Requirement: "Packing instruction, revision 4: four corners a carton", RequirementZH: "包装作业指导书第4版：每箱四角加护角", Request: "Add corner guards to this lot", RequestZH: "给这批货加护角"},
	{Kind: visit.OfProduct, Severity: visit.Minor, Text: "The side mark's barcode does not scan", TextZH: "侧唛条码扫不出来", Place: "Packing", Bad: 2, Checked: 13, Defect: "barcode-unreadable"},
	{Kind: visit.OfProduct, Severity: visit.Major, Text: "Scratch longer than 10 mm", TextZH: "表面划痕超过10毫米", Place: "Assembly", Bad: 4, Checked: 125, Defect: "scratch"},
}

type actionStep = func(*visit.Finding, *visit.Action) error

// pastSteps are what was done about each of pastFindings: the first is agreed, the second
// verified, and the third has no answer yet.
func pastSteps(v *visit.Visit, first civil.Date, ago func(int) time.Time) [][]actionStep {
	by := func(who string, days int) visit.Doer {
		return visit.Doer{By: who, Lead: v.Owner, Now: ago(days), Today: first.AddDays(days)}
	}
	mia, jonas := localslack.SampleMia, localslack.SampleJonas
	answered := func(cause, proposal string) actionStep {
		return func(f *visit.Finding, a *visit.Action) error {
			return a.LogAnswer(f, visit.Answer{Cause: cause, Proposal: proposal, SaidBy: "Ms Li Na"}, by(mia, 3))
		}
	}
	agreed := func(days int, proof visit.ProofKind) actionStep {
		return func(f *visit.Finding, a *visit.Action) error {
			return a.Agree(f, visit.Agreed{Due: first.AddDays(days), Reviewer: jonas, Proofs: []visit.ProofKind{proof}}, by(mia, 4))
		}
	}
	return [][]actionStep{
		{answered("The packing line had no guards left", "A card at the station says when to order"), agreed(30, visit.ProofPhoto)},
		{
			answered("", "A new print file, and a scan of the first carton of each lot"), agreed(14, visit.ProofRecord),
			func(f *visit.Finding, a *visit.Action) error {
				return a.LogDone(f, visit.DoneClaim{Day: first.AddDays(9), Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "Scan log of the last three lots, all read"}}}, by(mia, 10))
			},
			func(f *visit.Finding, a *visit.Action) error {
				return a.Verify(f, visit.Verification{Day: first.AddDays(12), Text: "Scanned five cartons of the next lot"}, by(jonas, 12))
			},
		},
		{func(f *visit.Finding, a *visit.Action) error {
			return a.SetDue(f, first.AddDays(14), "Agreed at the end of the visit", by(mia, 0))
		}},
	}
}

// addPapers adds an agreement that ends soon, and a letter to open.
func addPapers(ctx context.Context, db *store.Store, v *visit.Visit, findings []int, now time.Time) error {
	today := v.Today(now)
	a := visit.Agreement{
		Workspace: v.Workspace, Factory: v.Factory, Place: v.Place, Owner: v.Owner, OwnerZone: v.ChannelZone, By: v.Owner, Kind: visit.QualityTerms, Title: "Quality agreement, LED desk lamps",
		Signed: today.AddDays(-265), Starts: today.AddDays(-264), Ends: today.AddDays(100), Notice: 60, NoticeHow: "In writing, with the company seal",
		Signing: visit.Signing{Company: v.Factory.Chinese, ForUs: "Mia Chen", ForThem: "Wang Wei, general manager", Seal: visit.SealCompany},
		Terms:   visit.AgreementTerms{ClaimDays: 30, Level: "II", AQLMajor: "2.5", AQLMinor: "4.0"},
		Talk:    visit.Talk{Channels: "WeChat group Bright and Acme", AnswerHours: 48},
	}
	if _, err := db.AddAgreement(ctx, a, now); err != nil {
		return fmt.Errorf("add a sample agreement: %w", err)
	}
	letter := visit.Letter{ // about what has no answer yet: see pastSteps
		Workspace: v.Workspace, Subject: v.Subject(), To: visit.Bilingual{EN: "Mr Wang", ZH: "王总"}, Escort: visit.Bilingual{EN: "Manager Li", ZH: "李经理"},
		Strengths: []visit.Bilingual{{EN: "first-piece records were complete at all four stations", ZH: "四个工位的首件记录都很完整"}, {EN: "the incoming area is clearly divided and labelled", ZH: "来料区划分清楚、标识齐全"}},
		Findings:  findings[2:], ReplyBy: today.AddDays(14), English: true, Chinese: true, From: "Mia Chen", Made: visit.Mark{By: v.Owner, At: now},
	}
	if _, err := db.AddLetter(ctx, letter); err != nil {
		return fmt.Errorf("add a sample letter: %w", err)
	}
	return nil
}

// addLot adds an inspection whose inspector has drawn the sample of its lot.
func addLot(ctx context.Context, db *store.Store, i visit.Inspection, now time.Time) error {
	i, err := db.AddInspection(ctx, i, now)
	if err != nil {
		return fmt.Errorf("add a sample inspection of today: %w", err)
	}
	s, _, err := db.AddSeries(ctx, visit.Series{
		Workspace: i.Workspace, Factory: i.Factory, Channel: i.Channel, Product: "LED desk lamp DL-20", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: i.Owner,
	}, now)
	if err != nil {
		return fmt.Errorf("add a sample product: %w", err)
	}
	lot := visit.Lot{Series: s.Number, Product: s.Product, Size: 2640, Cartons: 132, Level: s.Level}
	err = lot.Sample([]visit.ClassRule{{Class: visit.Major, AQL: s.AQLMajor, Strictness: visit.Normal}, {Class: visit.Minor, AQL: s.AQLMinor, Strictness: visit.Normal}})
	if err == nil {
		_, err = db.ChangeInspection(ctx, i.Workspace, i.Number, now, func(i *visit.Inspection) error { return i.Draw(lot, i.Inspector, now) })
	}
	if err != nil {
		return fmt.Errorf("draw a sample lot: %w", err)
	}
	return nil
}

// sightings are what the inspector of the sample sends from the floor: photos that are drawn,
// with their captions.
var sightings = []struct{ name, caption string }{
	{"IMG_0412.jpg", "major 6/50 no corner guard @packing"},
	{"IMG_0415.jpg", "minor 2/13 barcode on the side mark does not scan @packing"},
}

// sendSightings has the inspector send them once the app listens, as it is done from a phone:
// in the direct message.
func sendSightings(ctx context.Context, workspace *localslack.Workspace, now time.Time) error {
	if err := workspace.WaitFor(ctx, func() bool { return workspace.Connections() > 0 }); err != nil {
		return fmt.Errorf("wait for the app: %w", err)
	}
	for _, c := range workspace.Channels(localslack.SampleJonas) {
		if !c.IM {
			continue
		}
		for n, s := range sightings {
			f, err := workspace.Upload(localslack.SampleJonas, s.name, phototest.Draw(uint64(n+1), 1200, 1600, 6, now))
			if err != nil {
				return fmt.Errorf("upload a sample photo: %w", err)
			}
			if _, err := workspace.Share(localslack.SampleJonas, c.ID, "", s.caption, f.ID); err != nil {
				return fmt.Errorf("send a sample photo: %w", err)
			}
		}
	}
	return nil
}
