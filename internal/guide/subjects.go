package guide

import "visitprep/internal/blocks"

// The subjects beside listings (see pages.go), which have their own keys.
const (
	SubjectMenu    blocks.Subject = "menu"
	SubjectHelp    blocks.Subject = "help"
	SubjectPhrases blocks.Subject = "phrases"
)

// EntrySubject is one entry by its id.
func EntrySubject(id string) blocks.Subject { return blocks.Subject("advice/" + id) }

// The verbs of advice.
const (
	ActShow      blocks.ActionID = "show"    // show a subject, beside what is there
	ActTurn      blocks.ActionID = "turn"    // show a subject in place of what is there
	ActTip       blocks.ActionID = "tip"     // the channel's next tip, in place of the one in the value
	ActAsk       blocks.ActionID = "ask"     // run the question in the value
	ActShare     blocks.ActionID = "share"   // put a subject into the channel
	ActHelpful   blocks.ActionID = "helpful" // what somebody thinks of an entry
	ActUnhelpful blocks.ActionID = "unhelpful"
)
