package bot

// The subjects beside listings (see pages.go), which have their own keys.
const (
	subjectMenu    subject = "menu"
	subjectHelp    subject = "help"
	subjectPhrases subject = "phrases"
)

func entrySubject(id string) subject { return subject("advice/" + id) }

// The verbs of advice.
const (
	actShow      actionID = "show"    // show a subject, beside what is there
	actTurn      actionID = "turn"    // show a subject in place of what is there
	actTip       actionID = "tip"     // the channel's next tip, in place of the one in the value
	actAsk       actionID = "ask"     // run the question in the value
	actShare     actionID = "share"   // put a subject into the channel
	actHelpful   actionID = "helpful" // what somebody thinks of an entry
	actUnhelpful actionID = "unhelpful"
)
