package visit

import "time"

// A ReportKind says which question a report answers.
type ReportKind string

// The kinds of report.
const (
	ReportInspection ReportKind = "inspection" // may this lot ship?
	ReportAudit      ReportKind = "audit"      // does the system work?
	ReportVisit      ReportKind = "visit"      // do we go on with the factory?
	ReportFactory    ReportKind = "factory"    // what the factory may read
)

// A ReportState says how far a report is.
type ReportState string

// The states of a report.
const (
	ReportMaking ReportState = "making" // asked for; its file is not with Slack yet
	ReportPosted ReportState = "posted" // Slack has the file, and nobody has seen yet that it stands there
	ReportShown  ReportState = "shown"  // it stands where it was to be read
	ReportLost   ReportState = "lost"   // it could not be posted
)

// A Report is a file that was made of a visit or an inspection.
type Report struct {
	Workspace string
	Subject   Subject
	Number    int // counts the reports of the subject, from 1
	Kind      ReportKind
	State     ReportState
	SHA256    string // of the file, in hex
	Name      string // of the file
	FileID    string // in Slack
	Channel   string // where it was posted
	TS        string // of its message; empty where there is none
	Tries     int    // to post it
	Made      Mark   // who asked for it, and when
	Final     Mark   // who made it final; the zero Mark of a draft
	Detail    string // how far it is handed in, as package bot writes it
}

// IsFinal reports whether it is frozen.
func (r *Report) IsFinal() bool { return r.Final.IsSet() }

// Settled reports whether nothing is to be done about it any more.
func (r *Report) Settled() bool { return r.State == ReportShown || r.State == ReportLost }

// reportKept is how long it is looked for whether a report stands where it was posted.
const reportKept = 24 * time.Hour

// Stale reports whether a report that is not settled is too old to go on with.
func (r *Report) Stale(now time.Time) bool { return now.Sub(r.Made.At) > reportKept }
