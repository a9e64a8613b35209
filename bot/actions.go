package bot

import "strings"

// A subject says what an answer is about, such as "topic/quality-checks:2" or
// "advice/gift-clock". Buttons carry it and every answer can be built again from it,
// which is why buttons outlive a restart.
type subject string

// An actionID names what a button or menu does: a verb, and after a dot whatever
// makes it unique in its block. A verb, once released, keeps its meaning, because
// old messages keep their buttons.
type actionID string

func (a actionID) with(detail string) actionID { return a + "." + actionID(detail) }

// verb is the part of an action id that decides what happens.
func verb(id string) actionID {
	v, _, _ := strings.Cut(id, ".")
	return actionID(v)
}
