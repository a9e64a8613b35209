package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/internal/visit"
)

// The table says what Slack can ask of the bot and what that runs: every command,
// sub-command, action, form and shortcut is one row, in this file and nowhere else.
// Slack's menu, the manifest, the help pages and the dispatch are made from the rows,
// so that none of them can say what another does not do.

// A command is a slash command and what can be typed after it.
type command struct {
	name        string
	description string // a key of the printer, as question is
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
	// N for a number from 1 on, and perhaps one argument in brackets, of any number of
	// words; it may be of none where no words of the row follow it. What people type around them is no part of it: see spoken.
	usage string
	help  string // one line, a key of the printer; empty for another spelling of a row above
	run   func(context.Context, request) (*blocks.Message, error)
}

// A request is a slash command on its way to the row that answers it.
type request struct {
	caller
	guide  *guide.Guide
	words  string // all that was typed after the command
	asked  string // the same without those whom it mentions
	number int    // in the place of the row's N
	rest   string // in the place of the row's argument, in lower case
	form   string // the command as its usage has it, with these two
	url    string // its response URL
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
	return []command{
		{"/visit-prep", "Advice for visiting a factory in China", "[question]", []subcommand{
			{"", "the channel's next visit, or the topics", b.visits.nextCommand},
			{"plan", "plan a visit: checklist, reminders, brief", typed(b.visits.planForm)},
			{"list", "the visits in your channels", b.visits.listCommand},
			{"show N", "one visit", b.showCommand(visit.OfVisit)},
			{"show visit N", "", b.showCommand(visit.OfVisit)},
			{"visit N", "", b.showCommand(visit.OfVisit)},
			{"N", "", b.showCommand(visit.OfVisit)},
			{"inspection N", "", b.showCommand(visit.OfInspection)},
			{"show inspection N", "", b.showCommand(visit.OfInspection)},
			{"show plan N", "", b.showCommand(visit.OfPlan)},
			{"findings N", "what you have found on a visit", b.findings.listCommand(visit.OfVisit)},
			{"finding N", "add a finding to a visit", b.findings.addCommand(visit.OfVisit)},
			{"letter N", "write the letter to the factory about a visit, in Chinese and English", b.feedback.command(visit.OfVisit)},
			{"letter visit N", "", b.feedback.command(visit.OfVisit)},
			{"checklist N", "", pressed(b.checklists.open, visit.OfVisit)},
			{"checklist visit N", "", pressed(b.checklists.open, visit.OfVisit)},
			{"checklist inspection N", "", pressed(b.checklists.open, visit.OfInspection)},
			{"brief N", "", pressed(b.visits.briefClick, visit.OfVisit)},
			{"brief visit N", "", pressed(b.visits.briefClick, visit.OfVisit)},
			{"outcome N", "", b.unlessAsked(pressed(b.visits.outcomeForm, visit.OfVisit))},
			{"outcome visit N", "", b.unlessAsked(pressed(b.visits.outcomeForm, visit.OfVisit))},
			{"plan visit", "", typed(b.visits.planForm)},
			{"new visit", "", typed(b.visits.planForm)},
			{"add visit", "", typed(b.visits.planForm)},
			{"schedule visit", "", typed(b.visits.planForm)},
			{"plan inspection", "", typed(b.inspections.openForm)},
			{"schedule inspection", "", typed(b.inspections.openForm)},
			{"next", "", b.visits.nextCommand},
			{"next visit", "", b.visits.nextCommand},
			{"show next visit", "", b.visits.nextCommand},
			{"lists", "", b.visits.listCommand},
			{"list all", "", b.visits.listCommand},
			{"visits", "", b.visits.listCommand},
			{"report N", "make a visit's report: PDF and sheet, in its thread", b.unlessAsked(b.reports.command(visit.OfVisit))},
			{"report visit N", "", b.unlessAsked(b.reports.command(visit.OfVisit))},
			{"host N", "what to tell the factory before a visit, in Chinese and English", b.unlessAsked(b.hosts.command)},
			{"host brief N", "", b.unlessAsked(b.hosts.command)},
			{"host visit N", "", b.unlessAsked(b.hosts.command)},
			{"list visits", "", b.visits.listCommand},
			{"show visits", "", b.visits.listCommand},
			{"factories [NAME]", "each factory's address for the driver and contacts, to read or edit", b.factories.listCommand},
			{"factory [NAME]", "", withWords(b.factories.listCommand)},
			{"show factories [NAME]", "", b.factories.listCommand},
			{"list factories [NAME]", "", b.factories.listCommand},
			{"guests", "guests in your channels, and which of them work for you", b.guests.command},
			{"guest", "", b.guests.command},
			{"show guests", "", b.guests.command},
			{"list guests", "", b.guests.command},
			{"settings", "your time zone and quiet hours, and whether questions of yours are kept", typed(b.settings.open)},
			{"gaps", "for admins: what people asked and got no good answer to", b.gaps.command},
			{"status", "which version of the advice is in use, and mistakes in your team's own", b.statusCommand},
			{"show status", "", b.statusCommand},
			{"help", "this page", b.advice.helpCommand},
			{"help me", "", b.advice.helpCommand},
			{"--help", "", b.advice.helpCommand},
			{"-h", "", b.advice.helpCommand},
		}, b.advice.question},
		{"/inspection", "Inspections: see what is due, plan, report", "", []subcommand{
			{"", "what is due", b.inspections.listCommand},
			{"list", "", b.inspections.listCommand},
			{"due", "", b.inspections.listCommand},
			{"inspections", "", b.inspections.listCommand},
			{"list inspections", "", b.inspections.listCommand},
			{"show inspections", "", b.inspections.listCommand},
			{"schedule", "schedule one inspection, or a plan that repeats", typed(b.inspections.openForm)},
			{"plan", "", typed(b.inspections.openForm)},
			{"new", "", typed(b.inspections.openForm)},
			{"schedule inspection", "", typed(b.inspections.openForm)},
			{"plan inspection", "", typed(b.inspections.openForm)},
			{"new inspection", "", typed(b.inspections.openForm)},
			{"plan visit", "", typed(b.visits.planForm)},
			{"show N", "one inspection with its checklist", b.showCommand(visit.OfInspection)},
			{"show inspection N", "", b.showCommand(visit.OfInspection)},
			{"inspection N", "", b.showCommand(visit.OfInspection)},
			{"N", "", b.showCommand(visit.OfInspection)},
			{"show plan N", "", b.showCommand(visit.OfPlan)},
			{"show visit N", "", b.showCommand(visit.OfVisit)},
			{"done N", "report its result", b.unlessAsked(b.inspections.doneCommand)},
			{"done inspection N", "", b.unlessAsked(b.inspections.doneCommand)},
			{"report N", "make its report: PDF and sheet, in its thread", b.unlessAsked(b.reports.command(visit.OfInspection))},
			{"report inspection N", "", b.unlessAsked(b.reports.command(visit.OfInspection))},
			{"move N [DATE]", "move it to another day, such as 2027-03-15; without a day, you pick one", b.unlessAsked(b.inspections.moveCommand)},
			{"move inspection N [DATE]", "", b.unlessAsked(b.inspections.moveCommand)},
			{"findings N", "what you have found", b.findings.listCommand(visit.OfInspection)},
			{"finding N", "add a finding", b.findings.addCommand(visit.OfInspection)},
			{"letter N", "write the letter to the factory about it", b.feedback.command(visit.OfInspection)},
			{"letter inspection N", "", b.feedback.command(visit.OfInspection)},
			{"checklist N", "", pressed(b.checklists.open, visit.OfInspection)},
			{"checklist inspection N", "", pressed(b.checklists.open, visit.OfInspection)},
			{"skip N", "skip it, with a reason", b.unlessAsked(b.inspections.skipCommand)},
			{"skip inspection N", "", b.unlessAsked(b.inspections.skipCommand)},
			{"plan N", "a plan: see its next dates, edit or end it", b.showCommand(visit.OfPlan)},
			{"history [NAME]", "earlier results at a factory", b.results.historyCommand},
			{"sample [LOT LEVEL AQL]", "how many pieces of a lot to look at, and how many may be bad: /inspection sample 3000", b.samples.command},
			{"aql [LOT LEVEL AQL]", "", b.samples.command},
			{"抽样 [LOT LEVEL AQL]", "", b.samples.command},
			{"help", "what can be typed after /inspection", useOtherwise},
		}, b.inspectionHelp},
		{"/factory", "The factories you work with: each on one page", "", []subcommand{
			{"", "the factories in your channels", b.factories.listCommand},
			{"list", "", b.factories.listCommand},
			{"factories", "", b.factories.listCommand},
			{"list factories", "", b.factories.listCommand},
			{"actions [NAME]", "what factories do about findings, and by when", b.followUps.command},
			{"help", "what can be typed after /factory", useOtherwise},
			{"market subscribe [monthly|quarterly|off]", "a digest of this channel's market notes, or none", b.unlessAsked(b.market.subscribeCommand)},
			{"market note N", "one market note", b.market.showCommand},
			{"show market note N", "", b.market.showCommand},
			{"add market note", "", b.market.addCommand},
			{"market [NAME]", "what factories said about their market, the newest first", b.market.command},
			{"agreements [NAME]", "what you agreed with your factories, the next to end first", b.agreements.command},
			{"list agreements", "", b.agreements.command},
			{"agreement N", "one agreement", b.agreements.showCommand},
			{"show agreement N", "", b.agreements.showCommand},
			{"add agreement", "record what you have signed, or are about to", b.agreements.addCommand},
			{"new agreement", "", b.agreements.addCommand},
			{"contacts [WORDS]", "which of you knows a broker, a laboratory, somebody there: /factory contacts customs ningbo", b.contacts.command},
			{"list contacts", "", b.contacts.command},
			{"contact N", "one contact", b.contacts.showCommand},
			{"show contact N", "", b.contacts.showCommand},
			{"add contact", "add a person or a firm", b.contacts.addCommand},
			{"new contact", "", b.contacts.addCommand},
			{"score [NAME]", "scorecard, risk class and next visit of a factory, or a table of all", b.scores.command},
			{"scores", "", b.scores.command},
			{"scorecard [NAME]", "", b.scores.command},
			{"gifts [NAME]", "gifts given and received, against your company's limit", b.gifts.command},
			{"list gifts", "", b.gifts.command},
			// A name is any words, so these rows come last.
			{"show [NAME]", "", b.pages.shownCommand},
			{"[NAME] finding", "add a finding without a visit: a complaint, the warehouse, a call", b.findings.factoryCommand(b.pages)},
			{"[NAME] agreements", "", withWords(b.agreements.command)},
			{"[NAME] market", "", withWords(b.market.command)},
			{"[NAME] score", "", withWords(b.scores.command)},
			{"[NAME]", "a factory's page, by part of its name: /factory bright", b.pages.command},
		}, b.factoryHelp},
		{"/etiquette", "Manners, culture and phrases for your visit", "[question]", []subcommand{
			{"", "a tip on manners and culture", b.advice.tipCommand},
			{"tip", "", b.advice.tipCommand},
			{"tips", "", b.advice.tipCommand},
			{"phrases [SITUATION]", "what to say in Chinese, by situation: /etiquette phrases dinner", b.advice.phrasesCommand},
			{"phrase [SITUATION]", "", b.advice.phrasesCommand},
			{"show phrases [SITUATION]", "", b.advice.phrasesCommand},
			{"subscribe [daily|weekly|off]", "a tip here every working day or every week, or none", b.unlessAsked(b.tips.subscribeCommand)},
			{"unsubscribe", "", b.unlessAsked(b.tips.unsubscribeCommand)},
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

		// Visits, inspections and plans; the value names which.
		{actOpen, b.openClick},
		{actType, b.typeClick},  // a command, as it would be typed
		{actVisit, b.openClick}, // of old messages
		{actInspectOne, b.openClick},
		{actPlanShow, b.openClick},
		{actList, b.visits.listClick}, // from a page on
		{actBrief, b.visits.briefClick},
		{actCalendar, b.visits.calendarClick}, // of an inspection, too
		{actCancel, b.visits.change(b.visits.cancelled(true))},
		{actRestore, b.visits.change(b.visits.cancelled(false))},
		{actGoing, b.visits.change(b.visits.travels(true))},
		{actNotGoing, b.visits.change(b.visits.travels(false))},
		{actOutcomeBack, b.visits.takenBack},
		{actRemoveNote, b.visits.removeNote},
		{actInspections, b.inspections.listClick},
		{actReopen, b.inspections.reopenClick},
		{actMoveTo, b.inspections.moveToClick}, // to the day in the value
		{actSample, b.samples.click},           // looks up a sample, as the value says it
		{actUndecide, b.lots.undecide},         // what becomes of a lot
		{actPlanEnd, b.inspections.planEnded(true)},
		{actPlanResume, b.inspections.planEnded(false)},
		{actHistory, b.results.turnPage}, // results at a factory, from one on
		{actSnooze, b.reminders.snooze},  // a reminder, by its key
		{actAnswer, b.inspections.answerClick},
		{actUnanswer, b.inspections.answerClick},
		{actArrive, b.visits.arriveClick},
		{actUnarrive, b.visits.unarriveClick},

		// Reports.
		{actMakeReport, b.reports.makeClick},
		{actFinalReport, b.reports.finalClick}, // of the version in the value
		{actFactoryReport, b.reports.factoryClick},

		// What a factory is told before a visit.
		{actHostAgain, b.hosts.againClick}, // the revision in the value

		// Letters; the value names which.
		{actLetterWrite, b.feedback.writeClick},
		{actLetterSent, b.feedback.sentClick},

		// Checklists.
		{actPage, b.checklists.turnPage},
		{actFilter, b.checklists.turnPage},   // to the items that the value names
		{actGive, b.checklists.change(give)}, // what nobody has taken of a milestone, to the person picked
		{actDone, b.checklists.change(tick)},
		{actUndo, b.checklists.change(reopen)},
		{actOwner, b.checklists.change(assign)}, // to the person picked
		{actRemove, b.checklists.change(remove)},
		{actNotMe, b.checklists.notMe}, // gives it back to nobody

		// Guests; the value is their id.
		{actVouch, b.guests.vouched(true)},
		{actUnvouch, b.guests.vouched(false)},

		// What comes by itself; the value is what to pause.
		{actPause, b.pauses.change(true)},
		{actResume, b.pauses.change(false)},

		// Tokens of tools.
		{actToolsMake, b.toolTokens.makeClick},
		{actToolsLeave, b.toolTokens.leaveClick}, // the value is the hash of one

		// Findings.
		{actSort, b.findings.change(sortedAs)}, // as the value says
		{actYanzhong, b.findings.yanzhong},
		{actBelongs, b.findings.belongs}, // to what was picked
		{actWithdraw, b.findings.unlessBegun(withdrawn, notUndone)},
		{actRestoreIt, b.findings.change(restoredFinding)},
		{actSplit, b.findings.split},
		{actFindings, b.findings.listClick}, // of what the value names, from one on
		{actOpenFinding, b.findings.openClick},
		{actLogMessage, b.findings.logClick}, // the message in the value
		{actThatIsIt, b.findings.thatIsIt},   // the words in the value

		// Their actions.
		{actActions, b.followUps.listClick}, // of what the value names, from one on
		{actWeChat, b.followUps.weChat},
		{actDueTo, b.followUps.again(dueInstead)}, // the day in the value
		{actDueOK, b.followUps.again(goAnyway)},

		{actGaps, b.gaps.turnPage}, // from one on

		{actTips, b.tips.subscribeClick}, // has them come, or no more
		{actExample, b.welcomes.exampleClick},

		// Factories.
		{actFactories, b.factories.listClick},
		{actFactoryRemove, b.factories.removed(true)},
		{actFactoryBack, b.factories.removed(false)},
		{actFactoryPage, b.pages.click},     // its page
		{actFactoryPart, b.pages.partClick}, // all of a part of it, from one line on

		// Scores.
		{actScore, b.scores.click},                // a factory's scorecard
		{actScores, b.scores.tableClick},          // the table, from one on
		{actDeliveries, b.scores.deliveriesClick}, // a factory's deliveries, from one on
		{actNotNow, b.scores.notNow},              // no visit is proposed for a while
		{actScorePlot, b.yearlies.plotClick},      // a factory's plot as a picture
		{actYearPage, b.yearlies.pageClick},       // its year as a PDF

		// Agreements.
		{actAgreements, b.agreements.listClick},
		{actAgreementBack, b.agreements.back}, // from the second page of the form to the first
		{actAgreementUndone, b.agreements.undone},

		// Market notes.
		{actMarket, b.market.listClick},
		{actDeleteMarket, b.market.deleteClick},
		{actMarketDigest, b.market.subscribeClick}, // as the value says
		// Contacts and introductions.
		{actContacts, b.contacts.listClick},
		{actStillRight, b.contacts.stillRight},
		{actForgetContact, b.contacts.forget},
		{actIntroText, b.intros.textClick},
		{actIntroMade, b.intros.madeClick},
		{actIntroEnd, b.intros.endClick}, // as the value says
		{actKeptNotice, b.contacts.keptNotice},
		{actGreeting, b.contacts.greetClick}, // the next festival, or the one in the value

		// Promises and gifts.
		{actPromiseKept, b.promises.change(func(x *visit.Promise, by string) { x.Settle(true, by, b.o.Now()) })},
		{actPromiseDrop, b.promises.change(func(x *visit.Promise, by string) { x.Settle(false, by, b.o.Now()) })},
		{actPromiseReopen, b.promises.change(func(x *visit.Promise, _ string) { x.Reopen() })},
		{actGifts, b.gifts.listClick}, // of the factory in the value, from one on
		{actRemoveGift, b.gifts.removeClick},

		// Forms that are open, and the Home tab.
		{actRefresh, b.refreshForm}, // a choice brought other fields
		{actReopenDraft, b.visits.reopenDraft},
		{actStartOver, b.visits.startOver}, // without the draft
		{actRetry, b.visits.again(asBefore)},
		{actPostOK, b.visits.again(shareAnyway)},
		{actDaysOK, b.visits.again(goAnyway)},
		{actDaysTo, b.visits.again(goInstead)},
	}
}

// openings are the buttons that open a form or a page over Slack. They have three
// seconds, so these rows call nothing but replies.open first, which then asks who it is.
func openings(b *Bot) []action {
	return []action{
		{actHelp, b.advice.explainItem},    // the advice that explains an item, over its checklist
		{actPlan, b.visits.planClick},      // the form for a new visit
		{actEdit, b.visits.editClick},      // the form of a visit
		{actOutcome, b.visits.outcomeForm}, // the form for what it came to
		{actNotes, b.visits.notesClick},
		{actHost, b.hosts.open},                       // the form for what its factory is told
		{actInspect, clicked(b.inspections.openForm)}, // the form for an inspection or a plan
		{actReport, b.inspections.reportClick},        // the form for a result
		{actDraw, b.lots.open},                        // the form for the sample of an inspection
		{actDecide, b.lots.decideForm},                // the form for what becomes of its lot
		{actDetails, b.measures.details},              // the form for quantities and the inspection firm
		{actMeasure, b.measures.measure},              // the form for tests and measurements
		{actSealed, b.measures.sealed},                // the form for the sealed sample
		{actReinspect, b.inspections.reinspect},       // the form for an inspection of what failed
		{actMove, b.inspections.moveClick},            // the form for another day
		{actCouldNot, b.inspections.couldNotClick},    // asks why, and for another day
		{actLogNote, b.visits.logNoteClick},           // the form for a note
		{actRelocate, b.moves.form},                   // the form for another channel
		{actPlanEdit, b.inspections.editPlan},
		{actChecklist, b.checklists.open},
		{actAdd, b.checklists.addItem},   // the form for an item
		{actSkip, b.checklists.skipItem}, // asks why
		{actEditItem, b.checklists.editItem},
		{actFactory, b.factories.editClick},
		{actAddFinding, b.findings.addClick},         // the form for a new one
		{actFactoryFinding, b.findings.factoryClick}, // the same, of a factory alone
		{actDelivery, b.scores.deliveryClick},        // the form for a delivery
		{actMarks, b.scores.marksClick},              // the form for marks, a flag, the risk class
		{actCorrect, b.scores.correctClick},          // the form that counts a frozen quarter anew
		{actAddAgreement, b.agreements.addClick},     // the form for a new one
		{actSignedOn, b.agreements.signedOnClick},    // the same, of what was signed on a visit
		{actEditAgreement, b.agreements.editClick},   // the form of one
		{actAgreementTerms, b.agreements.termsClick}, // the form of its terms
		{actRenew, b.agreements.renewClick},          // the form for another last day
		{actEndAgreement, b.agreements.endClick},     // the form that says how it ends
		{actReplace, b.agreements.replaceClick},      // the form that says by which one
		{actAddMarket, b.market.addClick},            // the form for a new note
		{actNoteAnswer, b.market.answerClick},        // the same, of a question of a visit
		{actEditMarket, b.market.editClick},          // the form of one
		{actPursue, b.market.pursueClick},            // the form of the idea that it is, or becomes
		{actAddContact, b.contacts.addClick},         // the form for a new one
		{actEditContact, b.contacts.editClick},       // the form of one
		{actAskIntro, b.intros.askClick},             // the form for an introduction to one
		{actIntroAgreed, b.intros.agreedClick},       // the form that notes who agreed
		{actEditPromise, b.promises.editClick},       // the form of one
		{actAddPromise, b.promises.addClick},         // the form for one at a factory
		{actAddGift, b.gifts.addClick},               // the same of a gift
		{actNotRight, b.findings.notRight},           // the same, of a line of a checklist
		{actWords, b.findings.wordsClick},            // the form of one that is there
		{actLetter, b.feedback.newClick},             // the form for a letter
		{actLetterEdit, b.feedback.editClick},
		{actLetterAsk, b.feedback.askClick},         // asks a colleague for the Chinese of one
		{actLetterChinese, b.feedback.chineseClick}, // the form for it
		{actStep, b.followUps.stepClick},            // the form of a step of its action
		{actSettings, clicked(b.settings.open)},
		{actLook, b.photos.lookForm},      // the photos that may go to the factory
		{actTools, b.toolTokens.open},     // the tokens of whoever asks
		{actFewer, b.pauses.open},         // what comes by itself, and what of it to pause
		{actMissing, b.gaps.missingClick}, // asks what an answer lacked
		{actAddTo, b.visits.addToClick},   // the form of a shortcut, with the message in the value
	}
}

// A suggestion is what is offered while somebody types in a menu, by the field of the form.
type suggestion struct {
	field string
	offer func(ctx context.Context, who caller, typed string) []*slack.OptionBlockObject
}

func suggestions(b *Bot) []suggestion {
	return []suggestion{{fieldDefect, b.defects.suggest}}
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
		{modalOutcome, b.visits.submitOutcome},
		{modalHost, b.hosts.submit},
		{modalAddToVisit, b.visits.submitAddTo},
		{modalInspection, b.inspections.submit}, // and of plans
		{modalReport, b.inspections.submitReport},
		{modalDraw, b.lots.submit},
		{modalDecide, b.lots.submitDecision},
		{modalDetails, b.measures.submitDetails},
		{modalMeasure, b.measures.submitTest},
		{modalSealed, b.measures.submitSealed},
		{modalMove, b.inspections.submitMove},
		{modalCouldNot, b.inspections.submitCouldNot},
		{modalLogNote, b.visits.submitNote},
		{modalRelocate, b.moves.submit}, // and of visits and plans
		{modalAdd, b.checklists.submitItem},
		{modalSkip, b.checklists.submitSkip},
		{modalEditItem, b.checklists.submitEdit},
		{modalFinding, b.findings.submit},
		{modalStep, b.followUps.submit},
		{modalFactory, b.factories.submit},
		{modalAgreement, b.agreements.submit},
		{modalAgreementMore, b.agreements.submitMore},
		{modalAgreementTerms, b.agreements.submitTerms},
		{modalRenew, b.agreements.submitRenew},
		{modalDelivery, b.scores.submitDelivery},
		{modalMarks, b.scores.submitMarks},
		{modalCorrect, b.scores.submitCorrect},
		{modalEndAgreement, b.agreements.submitEnd},
		{modalReplace, b.agreements.submitReplace},
		{modalMarket, b.market.submit},
		{modalPursue, b.market.submitPursue},
		{modalContact, b.contacts.submit},
		{modalIntro, b.intros.submit},
		{modalPromise, b.promises.submit},
		{modalGift, b.gifts.submit},
		{modalIntroAgreed, b.intros.submitAgreed},
		{modalSettings, b.settings.submit},
		{modalMissing, b.gaps.submitMissing},
		{modalLook, b.photos.submitLook},
		{modalLetter, b.feedback.submit},
		{modalLetterAsk, b.feedback.submitAsk},
		{modalLetterChinese, b.feedback.submitChinese},
	}
}

// A shortcut is what stands in Slack's shortcuts menu.
type shortcut struct {
	id                string
	name, description string // keys of the printer
	kind              string // "global", or "message" for the menu of a message
	open              func(context.Context, shortcutUse) error
}

func shortcuts(b *Bot) []shortcut {
	return []shortcut{
		{shortcutPlan, "Plan a factory visit", "Open the form for a new visit", "global", b.visits.planShortcut},
		{shortcutAddToVisit, "Add to visit", "Add this message to a visit", "message", b.visits.addToShortcut},
		{shortcutLogFinding, "Log finding", "Make a finding of this message and its photos", "message", b.findings.logShortcut},
	}
}

// withWords runs a row only where something stands in the place of its last argument.
func withWords(run func(context.Context, request) (*blocks.Message, error)) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		if q.rest == "" {
			return nil, errOtherwise
		}
		return run(ctx, q)
	}
}

// usage is what Slack's menu shows behind the command.
func (c *command) usage(p *lang.Printer) string {
	var us []string
	if c.question != "" {
		us = append(us, p.T(c.question))
	}
	for _, row := range c.rows {
		if row.usage != "" && row.help != "" {
			us = append(us, row.usage)
		}
	}
	return strings.Join(us, ", ")
}

// help is a line for each row that has one.
func (c *command) help(p blocks.Printer) []guide.CommandHelp {
	var lines []guide.CommandHelp
	for _, row := range c.rows {
		if row.help != "" {
			lines = append(lines, guide.CommandHelp{Command: strings.TrimSpace(c.name + " " + row.usage), Meaning: p.T(row.help)})
		}
	}
	return lines
}
