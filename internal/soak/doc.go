// Package soak runs the real program against a local Slack for as long as it is told, with
// what users do and with faults of every kind, and holds what must be so meanwhile:
//
//	go test ./internal/soak -v -timeout 40m -soak 20m
//
// With -workspaces 3 it serves three of them, and what is wrong with one is not felt in another. The
// program is a process of its own, with the wiring of serve; its calendar is moved, so that weeks of
// reminders come due, and elapsed time is the machine's. What reminders are expected is what visitprep
// due would say before the calendar is moved, while nobody changes anything; what became of them is
// read in the local Slack alone. Nothing here ships.
package soak
