// Package blocks has the words and the limits of Block Kit: messages, markup, buttons,
// inputs and the wording of days. A text that came from outside becomes [Markup] through
// [Escape] or a [Printer] alone, so that what is not escaped does not compile.
//
// It is pure: it knows neither a Slack client nor a database, and reads no clock. What
// is said with it is decided in packages guide and bot.
package blocks
