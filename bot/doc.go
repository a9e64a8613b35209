// Package bot is what Visit Prep says and does in Slack: it takes commands,
// buttons, forms and events from either transport, finds advice in package knowledge,
// keeps visits and inspections in package store, and words the answer in Block Kit.
// It also words and sends the reminders; when they are due is package scheduler's.
//
// It owns the wording. The rules of its voice:
//
//   - The answer first, then why, then what to do next.
//   - Short sentences, no blame, no jargon, sentence case.
//   - The same word for the same thing: advice, topic, visit, factory.
//   - A button names its object: "Share in channel", not "Share".
//   - A mistake of ours is one calm sentence with a reference; the cause is in
//     the log under the same reference.
//   - Never colour or emoji alone; always a plain-text fallback.
//   - What came from a person or from YAML is escaped (type blocks.Markup) or stands in
//     plain_text, so that it never rings a bell in a channel.
//
// Answers to commands are visible only to the asker until they share them; a mention
// is answered for everyone in the thread. Every button carries what it needs in its
// value, so it outlives a restart; which requests were there before is remembered over
// one where they post or change something. Whoever acts is looked up before anything of
// a visit is shown: they must be a colleague and in the visit's channel, or one of its
// people where that channel is closed.
//
// Where to look: table.go has a row for everything that Slack can ask, and names what
// it runs. http.go and socket.go take requests; commands.go, interactions.go, modal.go
// and events.go find their row. people.go and channels.go (directory) know who is a
// colleague and who reads where, changes.go keeps them in step with Slack, access.go
// decides who may see what, reply.go answers, live.go keeps cards up to date, wording.go
// words what many show. remind.go sends what comes by itself: reminder.go words what is due,
// daily.go the one message a day, told.go what somebody has changed; pressed.go redraws a
// message in which something was pressed. The rest are the nouns that people work with, a
// file each.
package bot
