package blocks

import "strings"

// A Subject says what an answer is about, such as "topic/quality-checks:2" or
// "advice/gift-clock". Buttons carry it and every answer can be built again from it,
// which is why buttons outlive a restart.
type Subject string

// An ActionID names what a button or menu does: a verb, and after a dot whatever
// makes it unique in its block. A verb, once released, keeps its meaning, because
// old messages keep their buttons.
type ActionID string

// With is the action with a detail that makes its id unique in its block.
func (a ActionID) With(detail string) ActionID { return a + "." + ActionID(detail) }

// Verb is the part of an action id that decides what happens.
func Verb(id string) ActionID {
	v, _, _ := strings.Cut(id, ".")
	return ActionID(v)
}
