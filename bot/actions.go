package bot

import "strings"

// A subject says what an answer is about, such as "topic/quality-checks:2" or
// "advice/gift-clock". Buttons carry it and every answer can be built again from it,
// which is why buttons outlive a restart.
type subject string

// The subjects beside listings (see pages.go), which have their own keys.
const (
	subjectMenu    subject = "menu"
	subjectHelp    subject = "help"
	subjectPhrases subject = "phrases"
)

func entrySubject(id string) subject { return subject("advice/" + id) }

// An actionID names what a button or menu does: a verb, and after a dot whatever
// makes it unique in its block. The verbs are the cases of (*Bot).act; a verb,
// once released, keeps its meaning, because old messages keep their buttons.
type actionID string

const (
	actShow                  actionID = "show"                 // show a subject, beside what is there
	actTurn                  actionID = "turn"                 // show a subject in place of what is there
	actTip                   actionID = "tip"                  // the channel's next tip, in place of the one in the value
	actAsk                   actionID = "ask"                  // run the question in the value
	actShare                 actionID = "share"                // put a subject into the channel
	actHelpful, actUnhelpful actionID = "helpful", "unhelpful" // what somebody thinks of an entry

	actConfirm actionID = "share-ok" // the same after asking: the channel is shared with another company
)

func (a actionID) with(detail string) actionID { return a + "." + actionID(detail) }

// verb is the part of an action id that decides what happens.
func verb(id string) actionID {
	v, _, _ := strings.Cut(id, ".")
	return actionID(v)
}
