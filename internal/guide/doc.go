// Package guide presents the knowledge in Slack: topics, groups and phases as pages,
// questions and tips as answers. A [Guide] is one load of the knowledge base; what never
// changes is rendered when it is made, so that a request only sends it.
//
// It is pure: what somebody has seen, may see or asks is handed in, and sending is
// package bot's. It refuses nobody, for advice is for everyone in the workspace.
package guide
