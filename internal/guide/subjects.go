package guide

import (
	"strings"

	"visitprep/internal/blocks"
)

// The subjects beside listings (see pages.go), which have their own keys.
const (
	SubjectMenu    blocks.Subject = "menu"
	SubjectHelp    blocks.Subject = "help"
	SubjectPhrases blocks.Subject = "phrases"
)

// EntrySubject is one entry by its id.
func EntrySubject(id string) blocks.Subject { return blocks.Subject("advice/" + id) }

// maxAsked is how many bytes of a question a button carries: Slack takes 2,000 characters.
const maxAsked = 1500

// askedSubject is an entry that answers a question, with the words of it that may be kept:
// a button carries them, for nothing is remembered between an answer and a click on it.
func askedSubject(id, asked string) blocks.Subject {
	if asked == "" || len(asked) > maxAsked {
		return EntrySubject(id)
	}
	return EntrySubject(id) + "?" + blocks.Subject(asked)
}

// CutAsked takes the subject of an entry apart: its id, and what was asked where the entry
// answered a question.
func CutAsked(s blocks.Subject) (id, asked string, ok bool) {
	rest, ok := strings.CutPrefix(string(s), "advice/")
	id, asked, _ = strings.Cut(rest, "?")
	return id, asked, ok
}

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
