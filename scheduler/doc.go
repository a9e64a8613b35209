// Package scheduler sends what is due: reminders of visits and inspections,
// the daily message of each person, changes, tips.
//
// The database is the engine. A schedule says what recurs, an occurrence is one
// message that is to be sent once. Three steps run in every process that serves;
// no process is the leader:
//
//   - the planner turns schedules whose time has come into occurrences, by
//     compare-and-swap, so that each firing happens once;
//   - the dispatcher claims what is due for a limited time (a lease), posts it and
//     settles it, behind a fence through which it cannot overwrite a later owner;
//   - the reconciler takes what was left in the middle of sending, waits until
//     Slack is bound to show it, looks for it, and only then has it sent again. It asks
//     for no more look-ups than Slack allows a workspace, over all processes.
//
// The promise: an accepted reminder is never silently lost; it is sent once,
// unless we died or lost the answer in the middle of sending, and then we look
// before sending again. What is given up stays visible, as expired or dead, and somebody
// is told: whoever Options.Tell names, and the next when they cannot be reached.
//
// A fault of the connection is not one of the message (visit.Fault): the message waits until
// it expires and spends no attempt, and of its workspace nothing is claimed but one thing at
// a time that tries the connection, by one process, after pauses that grow. Attempts are
// counted only where Slack stumbles on one message, and end it after a dozen.
//
// Two clocks: calendar time decides what is due and can be moved by `try`; elapsed
// time drives leases, pauses and quarantines and is always the machine's own. What a
// machine wrote whose clock was ahead counts as over once it is set right.
//
// The package knows nothing of Slack: how to post and how to look are functions that
// package main passes in.
package scheduler
