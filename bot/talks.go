package bot

import (
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// How long the next question in a conversation may lean on the one before it. A thread is
// about one thing; messages that are written to the bot one below the other less so.
const (
	keepThread = 30 * time.Minute
	keepDirect = 10 * time.Minute
	// maxTalks bounds the memory: one conversation more, and the one that was silent for
	// longest is forgotten.
	maxTalks = 2_000
)

// talks remember the last question of each conversation, so that "and a watch?" can be read
// with it. They are kept in memory only, and for at most half an hour: nothing is stored, and
// after a restart a question stands alone. A conversation is a thread, or the direct messages
// that stand in none, of one workspace; what was asked in another is never looked at.
type talks struct{ last *lru.Cache[string, lastAsked] }

type lastAsked struct {
	words string
	at    time.Time // elapsed
}

func newTalks() *talks {
	last, err := lru.New[string, lastAsked](maxTalks)
	if err != nil {
		panic(err) // only of a size below one
	}
	return &talks{last}
}

// before is the question before the next one in a conversation; empty where there is none.
func (t *talks) before(team, channel, thread string, now time.Time) string {
	a, ok := t.last.Get(talkKey(team, channel, thread))
	keep := keepThread
	if thread == "" {
		keep = keepDirect
	}
	if !ok || now.Sub(a.at) > keep {
		return ""
	}
	return a.words
}

// note keeps a question for the next one; an empty one leaves what is there.
func (t *talks) note(team, channel, thread, words string, now time.Time) {
	if words != "" {
		t.last.Add(talkKey(team, channel, thread), lastAsked{strings.Clone(words), now})
	}
}

// forget forgets the conversations of a workspace.
func (t *talks) forget(team string) {
	for _, key := range t.last.Keys() {
		if strings.HasPrefix(key, team+"/") {
			t.last.Remove(key)
		}
	}
}

func talkKey(team, channel, thread string) string { return team + "/" + channel + "/" + thread }
