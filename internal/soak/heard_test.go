package soak

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"visitprep/internal/localslack"
)

// heard is what a place has had from the program, read again and again.
type heard struct {
	p *place

	mu      sync.Mutex
	upTo    map[string]string               // by channel: the last timestamp that was read
	times   map[string]map[string]bool      // by the key in the metadata: where it was seen
	recent  map[string][]localslack.Message // by channel: the last ones of the program
	told    map[string]bool                 // references that were told, each once
	refused map[string]bool                 // what Slack refused, each once
}

func newHeard(p *place) *heard {
	return &heard{p: p, upTo: map[string]string{}, times: map[string]map[string]bool{}, recent: map[string][]localslack.Message{}, told: map[string]bool{}, refused: map[string]bool{}}
}

// keyOf is what stands in the metadata of a message for the key of an occurrence.
func keyOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// reads reads what was posted since.
func (h *heard) reads() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.p.slack.Channels("") {
		ms := h.p.slack.Messages("", c.ID)
		// An older message may be written under a calendar that is set ahead again.
		for _, m := range ms {
			if m.BotID == "" {
				continue
			}
			var meta struct {
				Payload struct{ Key string } `json:"event_payload"`
			}
			if json.Unmarshal(m.Metadata, &meta); meta.Payload.Key != "" {
				if h.times[meta.Payload.Key] == nil {
					h.times[meta.Payload.Key] = map[string]bool{}
				}
				h.times[meta.Payload.Key][c.ID+" "+m.TS] = true
			}
			if m.TS > h.upTo[c.ID] {
				h.upTo[c.ID] = m.TS
				h.read(m.Text, m.Blocks)
			}
		}
		var last []localslack.Message
		for n := len(ms) - 1; n >= 0 && len(last) < 40; n-- {
			if ms[n].BotID != "" {
				last = append(last, ms[n])
			}
		}
		h.recent[c.ID] = last
	}
	for _, r := range h.p.slack.Refusals() {
		id := fmt.Sprint(r.At.UnixNano(), r.Call, r.Error, r.Reason)
		if h.refused[id] {
			continue
		}
		h.refused[id] = true
		// A form that somebody closed meanwhile is no mistake, nor that nobody of another company
		// can be written to directly, which the program tries where Slack lets it say nothing else.
		outside := r.Error == "channel_not_found" && strings.Contains(r.Reason, localslack.SampleLiWei)
		// A form was closed before what lies over it had come.
		closed := r.Call == "views.push" && r.Error == "invalid_trigger_id"
		if r.Error != "not_found" && !outside && !closed && !h.p.s.faults.behind(h.p, time.Now(), grace) {
			h.p.s.broken("Slack refused %s: %s: %s", r.Call, r.Error, r.Reason)
		}
	}
}

var (
	reference = regexp.MustCompile(`the reference ([A-Z0-9]{6})`)
	inLog     = regexp.MustCompile(` reference=([A-Z0-9]{6}) `)
)

// read notes the references that somebody was told, and holds that nothing of another place is
// there. The line of the log that has a reference tells when it came, and is held against the faults.
func (h *heard) read(text string, blocks []json.RawMessage) {
	raw, _ := json.Marshal(blocks)
	text += string(raw)
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		h.told[m[1]] = true
	}
	for _, other := range h.p.s.places {
		if other != h.p && (strings.Contains(text, other.name) || strings.Contains(text, other.slack.TeamID())) {
			h.p.s.broken("somebody in %s is shown what is of %s: %.300s", h.p.name, other.name, text)
		}
	}
}

// lately are the last messages of a channel that a person sees.
func (h *heard) lately(channel, viewer string) (ms []localslack.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.recent[channel] {
		if m.Only == "" || m.Only == viewer {
			ms = append(ms, m)
		}
	}
	return ms
}

// count is how many messages of an occurrence there were.
func (h *heard) count(key string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.times[keyOf(key)])
}

// sees reads what a person has before them.
func (h *heard) sees(blocks []json.RawMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.read("", blocks)
}

// A cause is what can bring a line of the log.
type cause struct {
	part   string        // of the line
	kinds  []string      // none are all
	within time.Duration // how long after a fault it may come
	always bool          // it tells of nothing that went wrong
	never  bool          // no fault that is put in may bring it
	paced  bool          // people were quicker than Slack lets the program be, and were told so
}

// causes are the warnings and errors whose cause is known; any other has some fault behind it.
var causes = []cause{
	{part: "panic", never: true},
	{part: "a reminder has expired", never: true},
	{part: "slack rate limit exceeded", paced: true},
	{part: "err=invalid_trigger_id", always: true}, // somebody closed the form; that it was too late shows in the time to acknowledge
	{part: "the connection to Slack has failed", kinds: ofTheAPI},
	{part: "a reminder could not be delivered", kinds: []string{archived, gone, left, unshared, uninstalled, revoked}, within: time.Minute},
	{part: "the scheduler failed", kinds: []string{locked}},
	{part: "refused a request that Slack did not sign", kinds: []string{garbage, late}},
	{part: "left in the middle of sending", kinds: append([]string{locked}, ofTheProcess...), within: time.Minute},
	{part: "looking for it before it is sent again", kinds: ofTheAPI},
}

// behindLine says what can bring a line of the log.
func behindLine(line string) cause {
	for _, c := range causes {
		if strings.Contains(line, c.part) {
			return c
		}
	}
	return cause{}
}
