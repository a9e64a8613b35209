package bot

import (
	"context"
	"strconv"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// The table says what Slack can ask of the bot and what that runs: every command,
// sub-command, action, form and shortcut is one row, in this file and nowhere else.
// Slack's menu, the manifest, the help pages and the dispatch are made from the rows,
// so that none of them can say what another does not do.

// A command is a slash command and what can be typed after it.
type command struct {
	name, description string
	// question is how the menu shows that other words are a question; empty where
	// they are none, and get the help.
	question string
	rows     []subcommand
	// otherwise answers words that no row takes.
	otherwise func(request) []byte
}

// A subcommand is one thing that can be typed after a command.
type subcommand struct {
	// usage is what is typed, and what the words are matched by: words as they stand,
	// N for a number from 1 on, and at the end perhaps an argument in brackets, of any
	// number of words or none.
	usage string
	help  string // one line; empty for another spelling of a row above
	run   func(context.Context, request) (*blocks.Message, error)
}

// A request is a slash command on its way to the row that answers it.
type request struct {
	caller
	guide  *guide.Guide
	words  string // all that was typed after the command
	number int    // in the place of the row's N
	rest   string // in the place of the row's last argument, in lower case
}

// A caller is whoever typed a command or used a control, and where.
type caller struct {
	team, user string
	channel    string
	on         guide.Surface
	trigger    string // opens a modal, for three seconds
}

// standsIn is the channel in which a form begins: none where somebody writes to the
// bot directly, and then the form asks.
func (c caller) standsIn() string {
	if c.on == guide.Direct {
		return ""
	}
	return c.channel
}

// typed runs open, which opens a form, for a command; clicked does for a button.
func typed(open func(context.Context, caller) error) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) { return nil, open(ctx, q.caller) }
}

func clicked(open func(context.Context, caller) error) func(context.Context, click) error {
	return func(ctx context.Context, c click) error { return open(ctx, c.caller) }
}

// commands are the slash commands. A row without a help line is another spelling.
func commands(b *Bot) []command {
	p := b.p
	return []command{
		{"/visit-prep", "Advice for visiting a factory in China", "[question]", []subcommand{
			{"", p.T("the channel's next visit, or the topics"), b.visits.nextCommand},
			{"plan", p.T("plan a visit: checklist, reminders, brief"), typed(b.visits.planForm)},
			{"list", p.T("the visits in your channels"), b.visits.listCommand},
			{"show N", p.T("one visit"), b.showCommand(visit.OfVisit)},
			{"factories [NAME]", p.T("each factory's address for the driver and contacts, to read or edit"), b.factories.listCommand},
			{"status", p.T("which version of the advice is in use, and mistakes in your team's own"), b.statusCommand},
			{"status?", "", b.statusCommand}, // as one writes to a person
			{"status!", "", b.statusCommand},
			{"status.", "", b.statusCommand},
			{"help", p.T("this page"), b.advice.helpCommand},
		}, b.advice.question},
		{"/inspection", "Inspections: see what is due, plan, report", "", []subcommand{
			{"", p.T("what is due"), b.inspections.listCommand},
			{"list", "", b.inspections.listCommand},
			{"schedule", p.T("schedule one inspection, or a plan that repeats"), typed(b.inspections.openForm)},
			{"plan", "", typed(b.inspections.openForm)},
			{"show N", p.T("one inspection with its checklist"), b.showCommand(visit.OfInspection)},
			{"done N", p.T("report its result"), b.inspections.doneCommand},
			{"move N [DATE]", p.T("move it to another day, such as 2027-03-15; without a day, you pick one"), b.inspections.moveCommand},
			{"skip N", p.T("skip it, with a reason"), b.inspections.skipCommand},
			{"plan N", p.T("a plan: see its next dates, edit or end it"), b.showCommand(visit.OfPlan)},
			{"history [NAME]", p.T("earlier results at a factory"), b.results.historyCommand},
			{"help", p.T("this page"), useOtherwise},
		}, b.inspectionHelp},
		{"/etiquette", "Manners, culture and phrases for your visit", "[question]", []subcommand{
			{"", p.T("a tip on manners and culture"), b.advice.tipCommand},
			{"tip", "", b.advice.tipCommand},
			{"tips", "", b.advice.tipCommand},
			{"phrases [SITUATION]", p.T("what to say in Chinese, by situation: /etiquette phrases dinner"), b.advice.phrasesCommand},
			{"phrase [SITUATION]", "", b.advice.phrasesCommand},
			{"subscribe [daily|weekly|off]", p.T("a tip here every working day or every week, or none"), b.tips.subscribeCommand},
		}, b.advice.question},
	}
}

// An action is what a button or menu does, by its verb.
type action struct {
	verb blocks.ActionID
	run  func(context.Context, click) error
}

// actions are the buttons and menus. A verb, once released, stays: old messages keep
// their buttons.
func actions(b *Bot) []action {
	return []action{
		// Advice.
		{guide.ActShow, b.advice.show},          // a subject, below what is there
		{guide.ActTurn, b.advice.turn},          // a subject, in the place of what is there
		{guide.ActTip, b.advice.nextTip},        // the next tip, in the place of the one in the value
		{guide.ActAsk, b.advice.ask},            // the question in the value
		{guide.ActShare, b.advice.share(false)}, // the subject into the channel, for all to read
		{actConfirm, b.advice.share(true)},      // the same, although another company reads there
		{guide.ActHelpful, b.advice.helpful(true)},
		{guide.ActUnhelpful, b.advice.helpful(false)},
		{actHelp, b.advice.explainItem}, // the advice that explains an item, over its checklist

		// Visits, inspections and plans; the value names which.
		{actOpen, b.openClick},
		{actVisit, b.openClick}, // of old messages
		{actInspectOne, b.openClick},
		{actPlanShow, b.openClick},
		{actPlan, clicked(b.visits.planForm)}, // the form for a new visit
		{actEdit, b.visits.editClick},         // the form of a visit
		{actList, b.visits.listClick},         // from a page on
		{actBrief, b.visits.briefClick},
		{actCalendar, b.visits.calendarClick}, // of an inspection, too
		{actCancel, b.visits.cancelled(true)},
		{actRestore, b.visits.cancelled(false)},
		{actInspect, clicked(b.inspections.openForm)}, // the form for an inspection or a plan
		{actInspections, b.inspections.listClick},
		{actReport, b.inspections.reportClick}, // the form for a result
		{actReopen, b.inspections.reopenClick},
		{actMove, b.inspections.moveClick},     // the form for another day
		{actMoveTo, b.inspections.moveToClick}, // to the day in the value
		{actPlanEdit, b.inspections.editPlan},
		{actPlanEnd, b.inspections.planEnded(true)},
		{actPlanResume, b.inspections.planEnded(false)},
		{actHistory, b.results.turnPage}, // results at a factory, from one on
		{actSnooze, b.reminders.snooze},  // a reminder, by its key

		// Checklists.
		{actChecklist, b.checklists.open},
		{actPage, b.checklists.turnPage},
		{actAdd, b.checklists.addItem}, // the form for an item
		{actDone, b.checklists.change(tick)},
		{actUndo, b.checklists.change(reopen)},
		{actOwner, b.checklists.change(assign)}, // to the person picked
		{actRemove, b.checklists.change(remove)},
		{actSkip, b.checklists.skipItem}, // asks why

		// Factories.
		{actFactories, b.factories.listClick},
		{actFactory, b.factories.editClick},
		{actFactoryRemove, b.factories.removed(true)},
		{actFactoryBack, b.factories.removed(false)},

		// Forms that are open, and the Home tab.
		{actRefresh, b.refreshForm}, // a choice brought other fields
		{actReopenDraft, b.visits.reopenDraft},
		{actStartOver, b.visits.startOver}, // without the draft
		{actRetry, b.visits.retry(false)},  // after the bot was invited
		{actPostOK, b.visits.retry(true)},  // although another company reads there
		{actSettings, b.settings.open},
	}
}

// A formRow is what sending off a modal does, by its callback id. The body that it
// returns is what Slack shall do with the modal; nil closes it.
type formRow struct {
	id     modalID
	submit func(context.Context, submission) ([]byte, error)
}

func forms(b *Bot) []formRow {
	return []formRow{
		{modalVisit, b.visits.submit},
		{modalAddToVisit, b.visits.submitAddTo},
		{modalInspection, b.inspections.submit}, // and of plans
		{modalReport, b.inspections.submitReport},
		{modalMove, b.inspections.submitMove},
		{modalAdd, b.checklists.submitItem},
		{modalSkip, b.checklists.submitSkip},
		{modalFactory, b.factories.submit},
		{modalSettings, b.settings.submit},
	}
}

// A shortcut is what stands in Slack's shortcuts menu.
type shortcut struct {
	id, name, description string
	kind                  string // "global", or "message" for the menu of a message
	open                  func(context.Context, shortcutUse) error
}

func shortcuts(b *Bot) []shortcut {
	return []shortcut{
		{shortcutPlan, "Plan a factory visit", "Open the form for a new visit", "global", b.visits.planShortcut},
		{shortcutAddToVisit, "Add to visit", "Add this message to a visit", "message", b.visits.addToShortcut},
	}
}

// match reads words, in lower case, by the row's usage. Only words that match it
// exactly count: "list of documents for a visa" is a question.
func (s *subcommand) match(words []string) (number int, rest string, ok bool) {
	for u := range strings.FieldsSeq(s.usage) {
		if strings.HasPrefix(u, "[") {
			return number, strings.Join(words, " "), true
		}
		if len(words) == 0 {
			return 0, "", false
		}
		if u == "N" {
			number, _ = strconv.Atoi(words[0])
			if number < 1 {
				return 0, "", false
			}
		} else if u != words[0] {
			return 0, "", false
		}
		words = words[1:]
	}
	return number, "", len(words) == 0
}

// usage is what Slack's menu shows behind the command.
func (c *command) usage() string {
	var us []string
	if c.question != "" {
		us = append(us, c.question)
	}
	for _, row := range c.rows {
		if row.usage != "" && row.help != "" {
			us = append(us, row.usage)
		}
	}
	return strings.Join(us, ", ")
}

// help is a line for each row that has one.
func (c *command) help() []guide.CommandHelp {
	var lines []guide.CommandHelp
	for _, row := range c.rows {
		if row.help != "" {
			lines = append(lines, guide.CommandHelp{Command: strings.TrimSpace(c.name + " " + row.usage), Meaning: row.help})
		}
	}
	return lines
}
