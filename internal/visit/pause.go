package visit

// What somebody can have fewer messages of, besides the reminders of one visit or inspection,
// which its subject names. It is for their own messages only: what others get stays. What
// changes dates, what a day of a visit brings and what could not be delivered always comes.
const (
	PauseMentions  = "mentions"  // being named in threads: it stands in their daily message
	PauseItems     = "items"     // their own items that are due
	PauseUnowned   = "unowned"   // items that nobody owns, of what they planned
	PauseQuestions = "questions" // what whoever planned something is asked
	PauseTips      = "tips"      // tips in their daily message
)

// PauseKinds lists what can be paused of everything.
func PauseKinds() []string {
	return []string{PauseMentions, PauseItems, PauseUnowned, PauseQuestions, PauseTips}
}

// Pauses are what somebody has paused.
type Pauses map[string]bool

// Named reports whether a reminder about a subject may name them.
func (p Pauses) Named(s Subject) bool {
	return !p[PauseMentions] && !p[PauseItems] && !p[string(s)]
}

// Asked reports whether they are told or asked something.
func (p Pauses) Asked(a *Ask) bool {
	switch a.Kind {
	case AskShareOut, AskOutcome, AskUnreported, AskUndecided, AskPromise:
		return !p[PauseQuestions] && !p[string(a.Subject)]
	case AskTip:
		return !p[PauseTips]
	}
	return true
}
