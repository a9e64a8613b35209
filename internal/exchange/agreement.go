package exchange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
)

// ofAgreement are the columns that only agreements have. A file without any agreement is
// written without them.
var ofAgreement = []string{
	"agreement", "title", "state", "signed", "starts", "ends", "renews", "notice", "notice_how", "notice_given", "link", "company", "code", "for_us", "for_them", "seal", "authority",
	"languages", "talk_by", "answer_hours", "they_turn_to", "we_turn_to", "lead_days", "lead_from", "minimum", "payment", "incoterm", "warranty_months", "claim_days", "spare_years",
	"sampling", "reinspection", "penalty", "law",
}

// columnsOf are the columns of a table with these entries.
func columnsOf(entries []entry) []string {
	written := slices.Clone(columns)
	for kind, its := range map[text][]string{"agreement": ofAgreement, marketNote: ofMarket, delivery: ofDelivery} {
		if !slices.ContainsFunc(entries, func(e entry) bool { return e.Kind == kind }) {
			written = slices.DeleteFunc(written, func(c string) bool { return slices.Contains(its, c) })
		}
	}
	return written
}

// fieldsOfAgreement names the column of an input of the agreement's form that has another name.
var fieldsOfAgreement = map[string]string{
	"kind": "agreement", "channels": "talk_by", "answer": "answer_hours", "their_ladder": "we_turn_to", "our_ladder": "they_turn_to", "moq": "minimum",
	"warranty": "warranty_months", "claim": "claim_days", "spare": "spare_years",
}

// amount reads a whole number of at least 0; empty is 0.
func (r *reader) amount(column string, s text) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(chars.ASCII(string(s))), ".0"))
	if err != nil || n < 0 {
		r.wrong(column, fmt.Sprintf("%q is not a whole number", s))
	}
	return max(n, 0)
}

// sampled reads a level and the AQLs for major and minor defects: "II 2.5 4.0".
func (r *reader) sampled(s text, t *visit.AgreementTerms) {
	for _, word := range strings.Fields(strings.ToUpper(chars.ASCII(string(s)))) {
		isLevel, isAQL := slices.Contains(sampling.Levels(), sampling.Level(word)), slices.Contains(sampling.AQLs(), sampling.AQL(word))
		switch {
		case isLevel && t.Level == "":
			t.Level = word
		case isAQL && t.AQLMajor == "":
			t.AQLMajor = word
		case isAQL && t.AQLMinor == "":
			t.AQLMinor = word
		default:
			r.wrong("sampling", fmt.Sprintf("%q is no level, and no AQL of the table", word))
			return
		}
	}
}

// agreement makes an agreement of the row.
func (r *reader) agreement() (a visit.Agreement) {
	a.Workspace, a.Number, a.Owner = r.workspace, r.number, r.owner()
	a.By = a.Owner
	a.Factory, a.Place = r.place()
	a.OwnerZone = a.ChannelZone
	var kinds, seals []string
	for _, k := range visit.AgreementKinds() {
		kinds = append(kinds, string(k))
	}
	for _, s := range visit.Seals() {
		seals = append(seals, string(s))
	}
	if r.oneOf("agreement", asWord(r.Agreement), kinds) {
		a.Kind = visit.AgreementKind(asWord(r.Agreement))
	}
	if r.Seal == "" || r.oneOf("seal", asWord(r.Seal), seals) {
		a.Seal = visit.Seal(asWord(r.Seal))
	}
	a.Title, a.Link, a.NoticeHow = string(r.Title), string(r.Link), string(r.NoticeHow)
	a.Signed, a.Starts, a.Ends = r.day("signed", r.Signed), r.day("starts", r.Starts), r.day("ends", r.Ends)
	a.Renews, a.Notice = r.amount("renews", r.Renews), r.amount("notice", r.Notice)
	a.Company, a.Code, a.ForUs, a.ForThem, a.Authority, a.Languages = string(r.Company), string(r.Code), string(r.ForUs), string(r.ForThem), string(r.Authority), string(r.Languages)
	a.Talk = visit.Talk{Channels: string(r.TalkBy), AnswerHours: r.amount("answer_hours", r.AnswerHours), TheirLadder: string(r.WeTurnTo), OurLadder: string(r.TheyTurnTo)}
	a.Terms = visit.AgreementTerms{
		LeadDays: r.amount("lead_days", r.LeadDays), LeadFrom: string(r.LeadFrom), MOQ: string(r.Minimum), Payment: string(r.Payment), Incoterm: string(r.Incoterm),
		WarrantyMonths: r.amount("warranty_months", r.Warranty), ClaimDays: r.amount("claim_days", r.ClaimDays), SpareYears: r.amount("spare_years", r.SpareYears),
		Reinspection: string(r.Reinspection), Penalty: string(r.Penalty), Law: string(r.Law),
	}
	r.sampled(r.Sampling, &a.Terms)
	a.Normalize()
	r.noticed(&a)
	checked := a
	checked.Factory.Number = max(checked.Factory.Number, 1) // a new one is recorded with it
	r.checkAgreement(checked.Check())
	if !a.Signed.IsZero() && a.Signed.After(r.kinds.Today) && !r.unchanged("signed") {
		r.wrongly("signed", fmt.Sprintf("%s has not come yet", a.Signed), "leave it empty until it is signed")
	}
	if wrong := visit.CheckCreditCode(lang.English(), a.Code); wrong != "" && !r.unchanged("code") {
		r.doubt("code", strings.TrimSuffix(wrong, "."))
	}
	return a
}

// noticed reads the day on which somebody said that an agreement ends with its last day.
func (r *reader) noticed(a *visit.Agreement) {
	given := r.day("notice_given", r.NoticeGiven)
	switch {
	case given.IsZero():
		return
	case r.unchanged("notice_given"): // as it was recorded
	case a.Signed.IsZero() || a.Ends.IsZero():
		r.wrongly("notice_given", "only an agreement that is signed and has a last day is not renewed", "give signed and ends too, or leave it empty")
	case given.After(r.kinds.Today):
		r.wrongly("notice_given", fmt.Sprintf("%s has not come yet", given), "leave it empty until notice is given")
	}
	a.NoticeGiven = visit.Mark{By: a.By, At: given.At(12, 0, time.UTC)}
}

// checkAgreement notes what the rules find, under the names of the columns.
func (r *reader) checkAgreement(err error) {
	var es visit.InputErrors
	es.Collect(err)
	for _, e := range es {
		if column, ok := fieldsOfAgreement[e.Field]; ok {
			e.Field = column
		}
		r.check(visit.InputErrors{e})
	}
}

func entryOfAgreement(a *visit.Agreement) entry {
	e := shared("agreement", a.Number, &a.Factory, &a.Place, a.Owner)
	t := &a.Terms
	e.Agreement, e.Title, e.State = text(a.Kind), text(a.Title), text(a.State)
	e.Signed, e.Starts, e.Ends = text(a.Signed.String()), text(a.Starts.String()), text(a.Ends.String())
	e.Renews, e.Notice, e.NoticeHow, e.Link = numbered(a.Renews), numbered(a.Notice), text(a.NoticeHow), text(a.Link)
	if a.NoticeGiven.IsSet() {
		e.NoticeGiven = text(civil.Of(a.NoticeGiven.At.UTC()).String())
	}
	e.Company, e.Code, e.ForUs, e.ForThem = text(a.Company), text(a.Code), text(a.ForUs), text(a.ForThem)
	e.Seal, e.Authority, e.Languages = text(a.Seal), text(a.Authority), text(a.Languages)
	e.TalkBy, e.AnswerHours, e.TheyTurnTo, e.WeTurnTo = text(a.Talk.Channels), numbered(a.Talk.AnswerHours), text(a.Talk.OurLadder), text(a.Talk.TheirLadder)
	e.LeadDays, e.LeadFrom, e.Minimum, e.Payment, e.Incoterm = numbered(t.LeadDays), text(t.LeadFrom), text(t.MOQ), text(t.Payment), text(t.Incoterm)
	e.Warranty, e.ClaimDays, e.SpareYears = numbered(t.WarrantyMonths), numbered(t.ClaimDays), numbered(t.SpareYears)
	e.Sampling = text(strings.Join(slices.DeleteFunc([]string{t.Level, t.AQLMajor, t.AQLMinor}, func(s string) bool { return s == "" }), " "))
	e.Reinspection, e.Penalty, e.Law = text(t.Reinspection), text(t.Penalty), text(t.Law)
	return e
}

// Agreement makes the change to a.
func (c *Change) Agreement(a *visit.Agreement) error {
	if err := c.still(entryOfAgreement(a)); err != nil {
		return err
	}
	now := *a
	*a = c.agreement
	// What a file does not say, and what it cannot change.
	a.Factory, a.Place, a.OwnerZone, a.State, a.Visit = now.Factory, now.Place, now.OwnerZone, now.State, now.Visit
	a.NoticeGiven, a.Early, a.LastDay, a.Why, a.Closed, a.ReplacedBy, a.Renewals = now.NoticeGiven, now.Early, now.LastDay, now.Why, now.Closed, now.ReplacedBy, now.Renewals
	a.By, a.Schedule = now.By, now.Schedule
	return nil
}
