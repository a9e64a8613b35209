package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A teamReader reads what a team has, for the person whose token came with a request: what they
// may read in Slack, and nothing else.
type teamReader struct {
	rights *bot.Rights
	db     *store.Store
	token  string // of whoever runs it over stdio; over HTTP each request has its own
	now    func() time.Time
	log    *slog.Logger
}

// A reader is whose token it is.
type reader struct{ team, person string }

// errToken is said of a token that is not good: unknown, ended, too old, or of somebody who belongs to
// the workspace no more. It does not say which.
var errToken = errors.New(`this token is not good, or not any more: make another one in Slack with /visit-prep settings, "Connected tools"`)

// errNoToken is said where none came along.
var errNoToken = errors.New(`no token came along: make one in Slack with /visit-prep settings, "Connected tools", and have your tool send it as "Authorization: Bearer visitprep-…"`)

// errUntold is said where it could not be found out whether a token is good.
var errUntold = errors.New("whether this token is good could not be checked just now: try again in a minute")

// errBrowser is said to a page in a browser, and errHost where a request comes to an address of this machine
// under another name, as from a proxy that hands on the name that it was asked for.
var (
	errBrowser = errors.New("web pages in a browser can't read this: connect a tool that speaks MCP (docs/mcp.md)")
	errHost    = errors.New("this address only answers requests that are sent to it by its own name: have the proxy in front of it send the address as Host (docs/mcp.md says how)")
)

// errHeld is said of a token whose workspace has the app no more, for as long as that lasts.
var errHeld = errors.New("this workspace is not connected to Visit Prep any more: ask one of its admins to add the app again; this token will then work")

// errTooMany is said to a person who asks more often than anybody may, and to whoever comes with a token
// that is not known while many do that are not good.
var errTooMany = errors.New("too many requests at once: wait a second, then try again")

// find finds a token that is not over. The error is errToken or errUntold.
func (t *teamReader) find(ctx context.Context, token string) (visit.ToolToken, error) {
	workspace, hash, ok := visit.ReadToolToken(token)
	if !ok {
		return visit.ToolToken{}, errToken
	}
	k, err := t.db.ToolToken(ctx, workspace, hash)
	if errors.Is(err, visit.ErrNotFound) {
		return k, errToken
	}
	if err != nil {
		return k, t.untold(err)
	}
	if k.Over(t.today()) {
		return k, errToken
	}
	return k, nil
}

func (t *teamReader) today() civil.Date { return civil.Of(t.now().UTC()) }

// untold is errUntold, with its cause in the log.
func (t *teamReader) untold(cause error) error {
	t.log.Error("a token could not be checked", "err", cause)
	return errUntold
}

// check is nil where the person of a token may ask, and notes that it was used. All tokens of somebody of
// whom Slack says that they have left end. The error is errToken, errHeld or errUntold.
func (t *teamReader) check(ctx context.Context, k visit.ToolToken) error {
	err := t.rights.MayAsk(ctx, k.Workspace, k.Person)
	if bot.HasLeft(err) {
		if err := t.db.DropToolTokens(ctx, k.Workspace, k.Person); err != nil {
			t.log.Error("the tokens of somebody who has left could not be deleted", "err", err) // they read nothing all the same
		}
	}
	if bot.IsOutside(err) {
		return errToken
	}
	if bot.IsDisconnected(err) {
		return errHeld
	}
	if today := t.today(); err == nil && k.Used.Before(today) {
		err = t.db.UseToolToken(ctx, k.Workspace, k.Hash, today)
	}
	if err != nil {
		return t.untold(err)
	}
	return nil
}

// whose finds the person of a token who may ask. The error is errToken, errHeld or errUntold.
func (t *teamReader) whose(ctx context.Context, token string) (reader, error) {
	k, err := t.find(ctx, token)
	if err == nil {
		err = t.check(ctx, k)
	}
	if err != nil {
		return reader{}, err
	}
	return reader{k.Workspace, k.Person}, nil
}

// asking is whoever asks: over HTTP by the token of the request, which was checked, otherwise by that
// of the process, which is looked at each time.
func (t *teamReader) asking(ctx context.Context, extra *mcp.RequestExtra) (reader, error) {
	if extra != nil && extra.TokenInfo != nil {
		team, person, ok := strings.Cut(extra.TokenInfo.UserID, "/")
		if !ok {
			return reader{}, errToken
		}
		return reader{team, person}, nil
	}
	return t.whose(ctx, t.token)
}

// reading runs what a person reads, and words the error.
func reading[In, Out any](t *teamReader, what string, f func(context.Context, reader, In) (Out, error)) mcp.ToolHandlerFor[In, Out] {
	return func(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, Out, error) {
		var none Out
		who, err := t.asking(ctx, req.Extra)
		if err != nil {
			return nil, none, err
		}
		out, err := f(ctx, who, in)
		if err != nil {
			return nil, none, errors.New(t.rights.Why(what, err))
		}
		return nil, out, nil
	}
}

func (t *teamReader) addTo(s *mcp.Server) {
	mcp.AddTool(s, &mcp.Tool{Name: "visits", Annotations: readOnly("Visits"),
		Description: "The visits that you may see in Slack: those that are not over, the next first, or with past the last ones." + outsideText}, reading(t, "list visits for a tool", t.visits))
	mcp.AddTool(s, &mcp.Tool{Name: "visit", Annotations: readOnly("A visit"),
		Description: "A visit by its number, with its checklist, people, agenda and outcome." + outsideText}, reading(t, "read a visit for a tool", t.visit))
	mcp.AddTool(s, &mcp.Tool{Name: "findings", Annotations: readOnly("Findings"),
		Description: "What somebody saw at a factory: the findings of a visit, of an inspection or of a factory without either, by number; without a number those that you logged and that belong to nothing yet." + outsideText}, reading(t, "list findings for a tool", t.findings))
	mcp.AddTool(s, &mcp.Tool{Name: "actions", Annotations: readOnly("Corrective actions"),
		Description: "What factories do about findings: the corrective actions that are not closed, what is due first." + outsideText}, reading(t, "list actions for a tool", t.actions))
	s.AddResource(&mcp.Resource{URI: visitsURI, Name: "visits", Title: "Visits that are not over", MIMEType: markdown, Description: "The visits that you may see and that are not over." + outsideText}, t.readVisits)
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: visitsURI + "/{number}", Name: "visit", Title: "A visit", MIMEType: markdown, Description: "A visit with its checklist." + outsideText}, t.readVisit)
}

const visitsURI = "visitprep://visits"

type visitsIn struct {
	Past    bool   `json:"past,omitempty" jsonschema:"those that are over, the last first"`
	Factory string `json:"factory,omitempty" jsonschema:"part of a factory's name"`
	From    int    `json:"from,omitempty" jsonschema:"how many to pass over, where there were more"`
}

type visitsOut struct {
	Visits []visitLine `json:"visits"`
	All    int         `json:"all" jsonschema:"how many there are; visits has at most 50 at once"`
}

type visitLine struct {
	Number  int    `json:"number"`
	Factory string `json:"factory"`
	City    string `json:"city,omitempty"`
	Purpose string `json:"purpose"`
	First   string `json:"first" jsonschema:"its first day"`
	Last    string `json:"last" jsonschema:"its last day"`
	Channel string `json:"channel" jsonschema:"the id of its channel in Slack"`
	Owner   string `json:"owner" jsonschema:"who planned it"`
	Done    int    `json:"done" jsonschema:"items of its checklist that are done"`
	Items   int    `json:"items" jsonschema:"items of its checklist that apply"`
	Outcome string `json:"outcome,omitempty"`
}

func (t *teamReader) line(ctx context.Context, team string, v *visit.Visit, n visit.Progress) visitLine {
	return visitLine{v.Number, v.Factory.Name, v.Factory.City, v.Purpose, v.First.String(), v.Last.String(), v.Channel, t.rights.NameOf(ctx, team, v.Owner), n.Done, n.All, string(v.Outcome.Verdict)}
}

func (t *teamReader) visits(ctx context.Context, who reader, in visitsIn) (visitsOut, error) {
	vs, all, err := t.rights.Visits(ctx, who.team, who.person, in.Past, func(v *store.Summary) bool {
		return hasFold(v.Factory.Name, in.Factory) || hasFold(v.Factory.Chinese, in.Factory)
	}, in.From, maxListed)
	if err != nil {
		return visitsOut{}, err
	}
	out := visitsOut{Visits: []visitLine{}, All: all}
	for _, v := range vs {
		out.Visits = append(out.Visits, t.line(ctx, who.team, &v.Visit, v.Progress))
	}
	return out, nil
}

// hasFold reports whether part stands in s, in capitals or not.
func hasFold(s, part string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(part)) }

type visitIn struct {
	Number int `json:"number" jsonschema:"the visit's number"`
}

type visitOut struct {
	visitLine
	Address     string     `json:"address,omitempty"`
	Zone        string     `json:"zone" jsonschema:"the factory's time zone"`
	Unannounced bool       `json:"unannounced,omitempty" jsonschema:"the factory does not know about it"`
	Cancelled   bool       `json:"cancelled,omitempty"`
	People      []string   `json:"people,omitempty"`
	Agenda      string     `json:"agenda,omitempty"`
	Why         string     `json:"why,omitempty" jsonschema:"the reason for the outcome"`
	Checklist   []itemJSON `json:"checklist"`
	Notes       []noteJSON `json:"notes,omitempty"`
}

type itemJSON struct {
	Text      string   `json:"text"`
	Due       string   `json:"due"`
	Owner     string   `json:"owner,omitempty"`
	Done      bool     `json:"done"`
	Skipped   string   `json:"skipped,omitempty" jsonschema:"why it does not apply"`
	Sensitive bool     `json:"sensitive,omitempty" jsonschema:"not for another company"`
	Advice    []string `json:"advice,omitempty" jsonschema:"ids of the advice that explains it"`
}

type noteJSON struct {
	Text string `json:"text"`
	By   string `json:"by"`
	On   string `json:"on"`
}

func (t *teamReader) visit(ctx context.Context, who reader, in visitIn) (visitOut, error) {
	v, err := t.rights.Visit(ctx, who.team, who.person, in.Number)
	if err != nil {
		return visitOut{}, err
	}
	out := visitOut{
		Address: v.Factory.Address, Zone: v.Zone, Unannounced: v.Unannounced, Cancelled: v.Cancelled.IsSet(), Agenda: v.Agenda, Why: v.Outcome.Why,
		Checklist: []itemJSON{},
	}
	for _, p := range v.People {
		name := p.Name
		if p.User != "" {
			name = t.rights.NameOf(ctx, who.team, p.User)
		}
		if p.Role != "" {
			name += " (" + p.Role + ")"
		}
		out.People = append(out.People, name)
	}
	var n visit.Progress
	for _, i := range v.Items {
		if i.Removed {
			continue
		}
		j := itemJSON{Text: i.Text, Due: i.DueDay(v.First, v.Last).String(), Skipped: i.Skipped, Sensitive: i.Sensitive, Advice: i.Entries}
		if i.Owner != "" {
			j.Owner = t.rights.NameOf(ctx, who.team, i.Owner)
		}
		if i.Skipped == "" {
			j.Done = i.Done.IsSet()
			n.All++
		}
		if j.Done {
			n.Done++
		}
		out.Checklist = append(out.Checklist, j)
	}
	for _, note := range v.Notes {
		out.Notes = append(out.Notes, noteJSON{note.Text, t.rights.NameOf(ctx, who.team, note.By), civil.Of(note.At).String()})
	}
	out.visitLine = t.line(ctx, who.team, v, n)
	return out, nil
}

type findingsIn struct {
	Visit      int `json:"visit,omitempty" jsonschema:"the number of a visit"`
	Inspection int `json:"inspection,omitempty" jsonschema:"the number of an inspection"`
	Factory    int `json:"factory,omitempty" jsonschema:"the number of a factory"`
}

type findingsOut struct {
	Findings []findingJSON `json:"findings"`
}

type findingJSON struct {
	Number      int    `json:"number"`
	Factory     string `json:"factory,omitempty"`
	Kind        string `json:"kind"`
	Severity    string `json:"severity,omitempty" jsonschema:"critical, major or minor; none: not sorted yet, or of a kind that has none"`
	Text        string `json:"text"`
	Chinese     string `json:"chinese,omitempty"`
	Place       string `json:"place,omitempty" jsonschema:"the station"`
	Bad         int    `json:"bad,omitempty" jsonschema:"pieces"`
	Checked     int    `json:"checked,omitempty" jsonschema:"pieces; none where nobody counted"`
	Requirement string `json:"requirement,omitempty"`
	Request     string `json:"request,omitempty" jsonschema:"what is asked of the factory"`
	Photos      int    `json:"photos,omitempty"`
	By          string `json:"by"`
	On          string `json:"on"`
}

func (t *teamReader) finding(ctx context.Context, team string, f *visit.Finding) findingJSON {
	return findingJSON{
		f.Number, f.Factory, string(f.Kind), string(f.Severity), f.Text, f.TextZH, f.Place, f.Bad, f.Checked, f.Requirement, f.Request, len(f.Photos),
		t.rights.NameOf(ctx, team, f.By), civil.Of(f.At).String(),
	}
}

func (t *teamReader) findings(ctx context.Context, who reader, in findingsIn) (findingsOut, error) {
	var of visit.Subject
	for _, a := range []struct {
		kind   visit.SubjectKind
		number int
	}{{visit.OfVisit, in.Visit}, {visit.OfInspection, in.Inspection}, {visit.OfFactory, in.Factory}} {
		switch {
		case a.number == 0:
		case a.number < 0 || of != "":
			return findingsOut{}, visit.Invalid("number", "Write one number: of a visit, of an inspection or of a factory.")
		default:
			of = visit.SubjectOf(a.kind, a.number)
		}
	}
	fs, err := t.rights.Findings(ctx, who.team, who.person, of)
	if err != nil {
		return findingsOut{}, err
	}
	out := findingsOut{Findings: []findingJSON{}}
	for _, f := range fs {
		out.Findings = append(out.Findings, t.finding(ctx, who.team, &f))
	}
	return out, nil
}

type actionsIn struct {
	Factory string `json:"factory,omitempty" jsonschema:"part of a factory's name"`
	Overdue bool   `json:"overdue,omitempty" jsonschema:"only those for which the factory is late"`
	Mine    bool   `json:"mine,omitempty" jsonschema:"only those that you verify, or of what you planned"`
	From    int    `json:"from,omitempty" jsonschema:"how many to pass over, where there were more"`
}

type actionsOut struct {
	Actions []actionJSON `json:"actions"`
	All     int          `json:"all" jsonschema:"how many there are; actions has at most 50 at once"`
}

type actionJSON struct {
	Finding  findingJSON `json:"finding"`
	State    string      `json:"state" jsonschema:"open, proposed, agreed, done (the factory says so) or another"`
	Due      string      `json:"due,omitempty"`
	Overdue  bool        `json:"overdue,omitempty"`
	Cause    string      `json:"cause,omitempty"`
	Proposal string      `json:"proposal,omitempty" jsonschema:"what the factory will do"`
	Lacks    string      `json:"lacks,omitempty" jsonschema:"what was missing in an answer or in a proof"`
	Reviewer string      `json:"reviewer,omitempty" jsonschema:"who verifies"`
}

func (t *teamReader) actions(ctx context.Context, who reader, in actionsIn) (actionsOut, error) {
	as, all, err := t.rights.Actions(ctx, who.team, who.person, func(a *visit.ActionOf) bool {
		return hasFold(a.Finding.Factory, in.Factory) && (!in.Overdue || a.LateOn(t.rights.Today(&a.Place))) && (!in.Mine || bot.Follows(a, who.person))
	}, in.From, maxListed)
	if err != nil {
		return actionsOut{}, err
	}
	out := actionsOut{Actions: []actionJSON{}, All: all}
	for _, a := range as {
		j := actionJSON{
			Finding: t.finding(ctx, who.team, &a.Finding), State: string(a.Action.State), Overdue: a.LateOn(t.rights.Today(&a.Place)),
			Cause: a.Action.Cause, Proposal: a.Action.Proposal, Lacks: a.Action.Lacks,
		}
		if !a.Action.Due.IsZero() {
			j.Due = a.Action.Due.String()
		}
		if a.Action.Reviewer != "" {
			j.Reviewer = t.rights.NameOf(ctx, who.team, a.Action.Reviewer)
		}
		out.Actions = append(out.Actions, j)
	}
	return out, nil
}

func (t *teamReader) readVisits(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	who, err := t.asking(ctx, req.Extra)
	if err != nil {
		return nil, err
	}
	out, err := t.visits(ctx, who, visitsIn{})
	if err != nil {
		return nil, errors.New(t.rights.Why("list visits for a tool", err))
	}
	var b strings.Builder
	for _, v := range out.Visits {
		fmt.Fprintf(&b, "- %s/%d: %s, %s to %s, %d of %d items done\n", visitsURI, v.Number, v.Factory, v.First, v.Last, v.Done, v.Items)
	}
	if more := out.All - len(out.Visits); more > 0 {
		fmt.Fprintf(&b, "- and %d more: call visits with from\n", more)
	}
	return private(req.Params.URI, b.String()), nil
}

func (t *teamReader) readVisit(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(req.Params.URI, visitsURI+"/"))
	if err != nil {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	who, err := t.asking(ctx, req.Extra)
	if err != nil {
		return nil, err
	}
	v, err := t.visit(ctx, who, visitIn{number})
	if err != nil {
		return nil, errors.New(t.rights.Why("read a visit for a tool", err))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Visit %d, %s\n\n%s, %s to %s. Planned by %s.\n\n", v.Number, v.Factory, v.Purpose, v.First, v.Last, v.Owner)
	for _, i := range v.Checklist {
		mark := " "
		if i.Done {
			mark = "x"
		}
		fmt.Fprintf(&b, "- [%s] %s (due %s", mark, i.Text, i.Due)
		if i.Owner != "" {
			b.WriteString(", " + i.Owner)
		}
		if i.Skipped != "" {
			b.WriteString(", does not apply: " + i.Skipped)
		}
		b.WriteString(")\n")
	}
	return private(req.Params.URI, b.String()), nil
}

// private is a page that nobody keeps for other readers.
func private(uri, text string) *mcp.ReadResourceResult {
	p := contents(uri, text)
	p.CacheScope = "private"
	return p
}
