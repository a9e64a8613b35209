package visit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"visitprep/internal/civil"
)

// A ToolToken lets a tool of a person read what they may read. The token itself is shown once
// and kept nowhere: whoever reads the database, or a backup of it, cannot make one of its hash.
type ToolToken struct {
	Workspace, Person string
	Hash              string // of the whole token: SHA-256, in hex
	Ending            string // its last characters, for the person to tell it by
	Made              civil.Date
	Used              civil.Date // the last day on which it was; zero for never
}

const (
	// ToolTokenDays is how many days a token is good for, the first of them included.
	ToolTokenDays = 90
	// MaxToolTokens is how many a person can have at once.
	MaxToolTokens = 10
	// ToolTokenBytes is how many random bytes are in one.
	ToolTokenBytes = 32

	toolTokenPrefix = "visitprep-"
	endingLength    = 4
)

// NewToolToken makes a token of random bytes, and what is kept of it. The workspace stands in it,
// so that it is looked for in no other.
func NewToolToken(workspace, person string, random [ToolTokenBytes]byte, today civil.Date) (token string, kept ToolToken) {
	token = toolTokenPrefix + workspace + "-" + base64.RawURLEncoding.EncodeToString(random[:])
	return token, ToolToken{Workspace: workspace, Person: person, Hash: hashOf(token), Ending: token[len(token)-endingLength:], Made: today}
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ReadToolToken gives the workspace that a token names, and its hash; false for what is no token.
func ReadToolToken(token string) (workspace, hash string, ok bool) {
	rest, ok := strings.CutPrefix(token, toolTokenPrefix)
	if !ok {
		return "", "", false
	}
	workspace, random, _ := strings.Cut(rest, "-")
	if b, err := base64.RawURLEncoding.Strict().DecodeString(random); err != nil || len(b) != ToolTokenBytes || workspace == "" {
		return "", "", false
	}
	return workspace, hashOf(token), true
}

// LastDay is the last day on which a token is good.
func (t *ToolToken) LastDay() civil.Date { return t.Made.AddDays(ToolTokenDays - 1) }

// Over reports whether a token is good no more.
func (t *ToolToken) Over(today civil.Date) bool { return today.After(t.LastDay()) }
