package main

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// sampleLives are what the three factories have done: one gets better and had nothing to do for a
// quarter, one slips, and one is new.
func sampleLives(better, slipping, fresh visit.Factory) []life {
	return []life{
		{better, "LED desk lamp DL-10", []quarterOf{
			{days: []int{14, 44, 72}, bad: 52, late: 9, cost: 3, comp: 3},
			{days: []int{20, 76}, bad: 46, late: 6, cost: 3, comp: 3},
			{days: nil}, // it made no order of ours
			{days: []int{9, 50}, bad: 30, late: 4, cost: 3, comp: 4},
			{days: []int{15, 40, 70}, bad: 18, cost: 4, comp: 4},
			{days: []int{12, 45, 74}, bad: 10, late: 8, ours: "We changed the carton's print after the order", cost: 4, comp: 4},
			{days: []int{16, 48, 75}, bad: 6, cost: 4, comp: 5},
			{days: []int{10, 38, 68}, bad: 4, cost: 5, comp: 5},
			{days: []int{13, 41}, bad: 4},
		}},
		{slipping, "Garden light GL-3", []quarterOf{
			{days: []int{30, 66}, bad: 6, cost: 4, comp: 4},
			{days: []int{24, 60}, bad: 6, cost: 4, comp: 4},
			{days: []int{18, 64}, bad: 8, cost: 5, comp: 4},
			{days: []int{22, 70}, bad: 9, cost: 4, comp: 4},
			{days: []int{26, 63}, bad: 14, late: 5, cost: 4, comp: 4},
			{days: []int{28, 73}, bad: 20, late: 11, cost: 4, comp: 3},
			{days: []int{21, 71}, bad: 26, late: 16, critical: true, cost: 4, comp: 3},
			{days: []int{25, 62}, bad: 34, late: 12, short: true, cost: 4, comp: 3},
			{days: []int{19}, bad: 38, late: 10},
		}},
		{fresh, "Lens cover LC-7", []quarterOf{
			{days: []int{58}, bad: 8, cost: 4},
			{days: []int{17}, bad: 8},
		}},
	}
}

// lotFindings are what was found in a lot that was not accepted.
var lotFindings = map[visit.Severity]visit.Finding{
	visit.Critical: {Kind: visit.OfProduct, Severity: visit.Critical, Text: "The earth wire is not connected", TextZH: "接地线没有接上", Place: "Assembly",
		Requirement: "Every lamp is tested for earth at the end of the line", RequirementZH: "每盏灯都要在线末做接地测试", Request: "Test every piece of this lot", RequestZH: "这批货全数测试"},
	visit.Major: {Kind: visit.OfProduct, Severity: visit.Major, Text: "The paint has runs on the visible side", TextZH: "可见面油漆有流挂", Place: "Painting",
		Request: "Sort this lot, and paint the bad pieces again", RequestZH: "这批货请挑选，不良品重新喷涂"},
	visit.Minor: {Kind: visit.OfProduct, Severity: visit.Minor, Text: "Fingerprints on the glass", TextZH: "玻璃上有指纹", Place: "Packing"},
}

// A met is a visit of the past.
type met struct {
	factory  visit.Factory
	days     int // ago
	purpose  string
	verdict  visit.Verdict
	why      string
	findings []visit.Finding
	follows  []follow
}

func (h *history) meet(better, slipping, fresh visit.Factory) {
	system := func(s visit.Severity, text, zh, place string) visit.Finding {
		return visit.Finding{Kind: visit.OfSystem, Severity: s, Text: text, TextZH: zh, Place: place}
	}
	meets := []met{
		{better, 690, "supplier_audit", visit.GoConditions, "Incoming checks have to be recorded",
			[]visit.Finding{system(visit.Major, "Incoming parts are used before they are checked", "来料未检先用", "Incoming"), system(visit.Minor, "Two gauges without a calibration label", "两把量具没有校准标签", "Laboratory")},
			[]follow{{cause: "One inspector for three lines", says: "Ms Li Na", late: 14}, {cause: "The labels came off", says: "Ms Li Na"}}},
		{slipping, 640, "supplier_audit", visit.Go, "",
			[]visit.Finding{system(visit.Minor, "The work instruction at station 4 is an old revision", "4号工位的作业指导书是旧版", "Assembly")},
			[]follow{{cause: "A change was not passed on", says: "Mr He Jun"}}},
		{better, 430, "follow_up", visit.Go, "",
			[]visit.Finding{system(visit.Minor, "Cartons stand in the way of the fire exit", "纸箱挡住了消防通道", "Warehouse")},
			[]follow{{cause: "The warehouse was full before shipping", says: "Ms Li Na"}}},
		{slipping, 395, "relationship", visit.Go, "", nil, nil},
		{better, 215, "routine_audit", visit.Go, "", nil, nil},
		{slipping, 160, "process_audit", visit.GoConditions, "The earth test has to be at the end of the line, and the plan of the week has to be kept",
			[]visit.Finding{
				system(visit.Major, "The plan of the week was changed on four of five days", "周计划五天里改了四天", "Planning"),
				system(visit.Minor, "The painting booth is cleaned without a record", "喷漆房清洁没有记录", "Painting"),
			},
			[]follow{{cause: "Orders of others came first", says: "Mr He Jun", late: 12}, {cause: "The form was not printed", says: "Mr He Jun"}}},
		{fresh, 118, "first_visit", visit.GoConditions, "Two trial orders first",
			[]visit.Finding{system(visit.Minor, "The measuring room has no record of its temperature", "测量室没有温度记录", "Laboratory")},
			[]follow{{cause: "Nobody had asked for it", says: "Ms Xu Min"}}},
		{slipping, 62, "follow_up", visit.GoConditions, "No new product before three lots in a row have passed",
			[]visit.Finding{system(visit.Major, "Reworked pieces go back into the lot without a second check", "返工品未复检就放回批次", "Assembly")},
			[]follow{{cause: "The second check was not in the plan", says: "Mr He Jun", due: h.ago(19), never: true}}},
	}
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	for _, m := range meets {
		first := h.ago(m.days)
		h.on(first, func(ctx context.Context, at time.Time) error {
			v := visit.Visit{Work: h.work(m.factory), Purpose: m.purpose, First: first, Last: first, People: []visit.Person{{User: mia, Role: "leads"}, {User: jonas, Role: "quality"}}}
			if _, err := v.Conclude(m.verdict, m.why, mia, at); err != nil {
				return err
			}
			v, err := h.db.KeepVisit(ctx, v, h.now)
			if err != nil {
				return err
			}
			for n, f := range m.findings {
				if err := h.finding(ctx, &v, f, m.follows[n], at); err != nil {
					return err
				}
			}
			return h.heard(ctx, &v, at)
		})
	}
}

// heard are the market notes of a visit, and what both gave each other.
func (h *history) heard(ctx context.Context, v *visit.Visit, at time.Time) error {
	for _, n := range sampleNotes[v.Purpose+" "+v.Factory.City] {
		n.Workspace, n.Factory, n.Place, n.Visit, n.By, n.At = v.Workspace, v.Factory, v.Place, v.Number, v.Owner, at
		if n.Idea.State == visit.IdeaDone {
			n.Idea.Closed = visit.Mark{By: n.Idea.Owner, At: at.AddDate(0, 0, 40)}
		}
		if _, err := h.db.AddMarketNote(ctx, n, at); err != nil {
			return err
		}
	}
	for _, g := range sampleGifts[v.Purpose+" "+v.Factory.City] {
		g.Workspace, g.Factory, g.Place, g.Visit, g.By, g.Owner, g.Day = v.Workspace, v.Factory, v.Place, v.Number, v.Owner, v.Owner, v.First
		if _, err := h.db.AddGift(ctx, g, at); err != nil {
			return err
		}
	}
	return nil
}

var sampleNotes = map[string][]visit.MarketNote{
	"follow_up Ningbo": {
		{Text: "They plan a second assembly line for spring; ask again before we count on it", Tags: []visit.MarketTag{visit.TagCapacity, visit.TagAutomation}},
	},
	"relationship Zhongshan": {
		{Text: "Two of their workshops share one painting line; overtime in the months before the festival", Tags: []visit.MarketTag{visit.TagCapacity, visit.TagPeople}},
	},
	"routine_audit Ningbo": {
		{Text: "Aluminium went up by about six per cent since spring, they say; their price list holds until it is renewed", Tags: []visit.MarketTag{visit.TagMaterials, visit.TagPrice}},
		{Text: "A lamp head that clicks on without a tool, made for another market", Tags: []visit.MarketTag{visit.TagProduct, visit.TagMarkets},
			Idea: visit.MarketIdea{State: visit.IdeaDone, Owner: localslack.SampleMia, Next: "Two samples for the product team"}},
	},
	"process_audit Zhongshan": {
		{Text: "A third of the painters left after the festival; new ones are trained for two weeks", Tags: []visit.MarketTag{visit.TagPeople}},
	},
	"first_visit Suzhou": {
		{Text: "They mould lens covers of recycled material for a maker of bicycle lights", Tags: []visit.MarketTag{visit.TagMaterials, visit.TagProduct}},
	},
	"follow_up Zhongshan": {
		{Text: "They hear that the label for energy use changes next year; verify with the laboratory", Tags: []visit.MarketTag{visit.TagRules}},
	},
}

var sampleGifts = map[string][]visit.Gift{
	"follow_up Ningbo":       {{Given: true, Who: "Mr Wang", What: "A calendar with pictures of our town", Value: visit.Money{Hundredths: 1500, Currency: "EUR"}}},
	"relationship Zhongshan": {{Given: false, Who: "Mr He Jun", What: "A box of green tea", Value: visit.Money{Hundredths: 2000, Currency: "EUR"}}},
	"routine_audit Ningbo":   {{Given: true, Who: "the firm", What: "Chocolates for the team, on the table for everybody", Value: visit.Money{Hundredths: 1800, Currency: "EUR"}}},
}

// ahead adds what still runs: agreements, contacts, an introduction, promises and an idea. What
// has its day to come is reminded of.
func (h *history) ahead(ctx context.Context, better, slipping, fresh visit.Factory) error {
	for _, add := range []func(context.Context, visit.Factory, visit.Factory, visit.Factory) error{h.agree, h.know, h.promise, h.pursue} {
		if err := add(ctx, better, slipping, fresh); err != nil {
			return fmt.Errorf("what the history leads to: %w", err)
		}
	}
	return nil
}

func (h *history) agree(ctx context.Context, better, slipping, fresh visit.Factory) error {
	const mia = localslack.SampleMia
	as := []visit.Agreement{
		{Factory: better, Kind: visit.PriceList, Title: "Price list, desk lamps", Signed: h.today.AddDays(-180), Starts: h.today.AddDays(-180), Ends: h.today.AddDays(185), Notice: 30},
		{Factory: slipping, Kind: visit.Framework, Title: "Framework contract, garden lights", Signed: h.today.AddDays(-600), Starts: h.today.AddDays(-600), Ends: h.today.AddDays(130), Renews: 12, Notice: 60,
			NoticeHow: "In writing, with the company seal", Terms: visit.AgreementTerms{LeadDays: 45, LeadFrom: "the deposit", Payment: "30 % deposit, 70 % before shipment", Incoterm: "FOB Zhongshan"}},
		{Factory: slipping, Kind: visit.Certificate, Title: "Management system for quality", Signed: h.today.AddDays(-500), Starts: h.today.AddDays(-500), Ends: h.today.AddDays(595)},
		{Factory: fresh, Kind: visit.NNN, Title: "NNN agreement, lens covers", Signed: h.today.AddDays(-112), Starts: h.today.AddDays(-112), Ends: h.today.AddDays(983)},
	}
	for _, a := range as {
		w := h.work(a.Factory)
		a.Workspace, a.Place, a.Owner, a.OwnerZone, a.By = w.Workspace, w.Place, mia, w.ChannelZone, mia
		a.Signing = visit.Signing{Company: a.Factory.Chinese, ForUs: "Mia Chen", Seal: visit.SealCompany}
		if _, err := h.db.AddAgreement(ctx, a, h.now); err != nil {
			return err
		}
	}
	return nil
}

// know adds one contact of each kind, and an introduction that was made and is asked about.
func (h *history) know(ctx context.Context, better, slipping, fresh visit.Factory) error {
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	var broker visit.Contact
	for n, c := range []visit.Contact{
		{Factory: better.Number, Name: "Li Na", Chinese: "李娜", Said: "lee nah", Title: "Ms Li 李女士", Firm: better.Name, Roles: []visit.ContactRole{visit.FactoryStaff}, City: "Ningbo", Phone: "+86 574 5550 0188", Speaks: "English", Consent: visit.ConsentYes},
		{Factory: slipping.Number, Name: "He Jun", Chinese: "何军", Said: "huh jwin", Title: "Manager He 何经理", Firm: slipping.Name, Roles: []visit.ContactRole{visit.FactoryStaff}, City: "Zhongshan", Consent: visit.ConsentAsk},
		{Factory: fresh.Number, Name: "Xu Min", Chinese: "徐敏", Said: "shoo min", Title: "Ms Xu 徐女士", Firm: fresh.Name, Roles: []visit.ContactRole{visit.FactoryStaff}, City: "Suzhou", Consent: visit.ConsentNo},
		{Name: "Zhao Qing", Chinese: "赵青", Said: "jow ching", Firm: "Ningbo Blue Gate Customs", Roles: []visit.ContactRole{visit.Broker}, City: "Ningbo", Email: "zhao@example.com", Speaks: "English", Met: "Cleared our first order", Consent: visit.ConsentYes},
		{Firm: "Four Seas Forwarding", Roles: []visit.ContactRole{visit.Forwarder}, City: "Shanghai", Email: "desk@example.com", Consent: visit.ConsentYes},
		{Firm: "Even Hand Inspection", Roles: []visit.ContactRole{visit.InspectionFirm}, City: "Guangzhou", Consent: visit.ConsentYes},
		{Firm: "River Test Laboratory", Roles: []visit.ContactRole{visit.Laboratory}, City: "Shenzhen", Consent: visit.ConsentYes},
		{Name: "Zhang Yu", Chinese: "张雨", Said: "jahng yoo", Title: "Ms Zhang 张女士", Roles: []visit.ContactRole{visit.InterpreterFor}, City: "Ningbo", Speaks: "English, German", Consent: visit.ConsentYes},
		{Name: "Lin Hao", Chinese: "林浩", Said: "lin how", Firm: "Southern Lamp Sourcing", Roles: []visit.ContactRole{visit.Agent}, City: "Zhongshan", PaidBy: "The factory, by commission", Consent: visit.ConsentAsk},
		{Firm: "Stone Bridge Law Office", Roles: []visit.ContactRole{visit.Lawyer}, City: "Shanghai", Consent: visit.ConsentYes},
		{Firm: "Chamber of commerce, Shanghai office", Roles: []visit.ContactRole{visit.Chamber}, City: "Shanghai", Consent: visit.ConsentYes},
		{Firm: "Bright Drive Electronics", Roles: []visit.ContactRole{visit.PartsMaker}, City: "Dongguan", Consent: visit.ConsentNo},
		{Firm: "Old Harbour Hotel", Roles: []visit.ContactRole{visit.OtherContact}, City: "Ningbo", Met: "Rooms near the factory", Consent: visit.ConsentYes},
	} {
		c.Workspace, c.Place, c.By, c.KnownBy, c.Used = h.like.Workspace, h.like.Place, mia, []string{mia}, h.ago(30+20*n)
		c, err := h.db.AddContact(ctx, c, h.at(c.Used))
		if err != nil {
			return err
		}
		if c.Roles[0] == visit.Broker {
			broker = c
		}
	}
	asked, made := h.at(h.ago(20)), h.at(h.ago(12))
	i := visit.Introduction{
		Workspace: h.like.Workspace, Contact: broker.Number, For: jonas, By: mia, Zone: h.like.ChannelZone,
		Who: visit.Bilingual{EN: "Jonas Weber, quality engineer", ZH: "乔纳斯·韦伯，质量工程师"}, Why: visit.Bilingual{EN: "Samples have to go out before the next visit", ZH: "下次访问前要寄样品"},
		Theirs: visit.Mark{By: mia, At: asked}, Ours: visit.Mark{By: mia, At: asked},
	}
	i, err := h.db.AddIntroduction(ctx, i, asked)
	if err != nil {
		return err
	}
	_, err = h.db.ChangeIntroduction(ctx, i.Workspace, i.Number, h.now, func(i *visit.Introduction) error {
		_, err := i.Make(mia, made)
		return err
	})
	return err
}

func (h *history) promise(ctx context.Context, better, slipping, fresh visit.Factory) error {
	const mia = localslack.SampleMia
	kept := visit.Mark{By: mia, At: h.at(h.ago(170))}
	for _, p := range []visit.Promise{
		{Factory: better, Ours: true, Who: "Mr Wang", What: "The forecast for the next half year, by order", Due: h.ago(172), Kept: kept},
		{Factory: better, Ours: true, Who: "Mr Wang", What: "Photos of how shops show the desk lamp", Due: h.running(h.today.AddDays(6))},
		{Factory: slipping, Who: "Mr He Jun", What: "The plan of the week, each Monday, with what has changed", Due: h.running(h.today.AddDays(20))},
		{Factory: fresh, Who: "Ms Xu Min", What: "A sample of the recycled material with its data sheet", Due: h.running(h.today.AddDays(11))},
	} {
		w := h.work(p.Factory)
		p.Workspace, p.Place, p.Owner, p.OwnerZone, p.By = w.Workspace, w.Place, mia, w.ChannelZone, mia
		if _, err := h.db.AddPromise(ctx, p, h.now); err != nil {
			return err
		}
	}
	return nil
}

// pursue adds what was heard last, and the idea that came of it.
func (h *history) pursue(ctx context.Context, _, _, fresh visit.Factory) error {
	w, heard := h.work(fresh), h.at(h.ago(24))
	n := visit.MarketNote{
		Workspace: w.Workspace, Factory: w.Factory, Place: w.Place, By: w.Owner, At: heard,
		Text: "Lens covers of recycled material would cost about the same from 5,000 pieces, they say", Tags: []visit.MarketTag{visit.TagProduct, visit.TagPrice},
	}
	idea := visit.MarketIdea{State: visit.IdeaOpen, Owner: w.Owner, Next: "Ask the laboratory what a test of the material takes", Due: h.running(h.today.AddDays(12))}
	if err := n.Pursue(idea, w.Owner, h.today, heard); err != nil {
		return err
	}
	_, err := h.db.AddMarketNote(ctx, n, heard)
	return err
}
