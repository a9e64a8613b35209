package bot

// The entries that help where something has happened; each stands as a button there. A team that
// hides one of them has no button. See also escalationAdvice and trainingAdvice.
const (
	severityAdvice = "feedback-severity"          // a finding that nobody has sorted
	refusedAdvice  = "agreements-failed-lot-plan" // an inspection that failed
	endingAdvice   = "agreements-chat-binds"      // an agreement about to end: notice in writing
)
