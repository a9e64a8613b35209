package visit

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
)

// HostFacts are those facts of a visit that a host brief begins with: whoever passed one on is told
// when one of them changes.
type HostFacts struct {
	First   civil.Date `json:"first"`
	Last    civil.Date `json:"last"`
	Purpose string     `json:"purpose"`
	People  []Person   `json:"people,omitempty"` // without their roles
	Off     bool       `json:"off,omitempty"`    // it is cancelled
}

// HostFactsOf are the facts of v as it is.
func HostFactsOf(v *Visit) HostFacts {
	f := HostFacts{First: v.First, Last: v.Last, Purpose: v.Purpose, Off: !v.Open()}
	for _, p := range v.People {
		f.People = append(f.People, Person{User: p.User, Name: p.Name})
	}
	return f
}

// Without are the people of f who are not in o.
func (f *HostFacts) Without(o *HostFacts) (ps []Person) {
	for _, p := range f.People {
		if !slices.Contains(o.People, p) {
			ps = append(ps, p)
		}
	}
	return ps
}

// Same reports whether f and o say the same, in whichever order people stand.
func (f *HostFacts) Same(o *HostFacts) bool {
	return f.First == o.First && f.Last == o.Last && f.Purpose == o.Purpose && f.Off == o.Off && len(f.Without(o)) == 0 && len(o.Without(f)) == 0
}

// HostKnown is what an occurrence of the kind BriefBehind has as its payload: which revision the
// factory was sent, and how the visit was until then. What is said is the difference to the visit
// as it is when it is said, so what has changed back is no news.
type HostKnown struct {
	Revision int       `json:"revision"`
	Was      HostFacts `json:"was"`
}

// HostKnown reads the payload of an occurrence of the kind BriefBehind.
func (o *Occurrence) HostKnown() (k HostKnown, err error) {
	if err := json.Unmarshal([]byte(o.Payload), &k); err != nil {
		return k, fmt.Errorf("read what a host brief said: %w", err)
	}
	return k, nil
}

// HostBehind is the message to whoever made last, the latest host brief of v, that v is not any more
// as it was before; they read it whoever changed it, for they have passed the brief on. ok is false
// where nothing of that has changed, or where what waits tells of it already.
func HostBehind(before, v *Visit, last *HostBrief, waiting []Occurrence, now time.Time) (o Occurrence, ok bool) {
	was, is := HostFactsOf(before), HostFactsOf(v)
	if was.Same(&is) {
		return o, false
	}
	for _, w := range waiting {
		if k, err := w.HostKnown(); err == nil && k.Revision == last.Revision {
			return o, false
		}
	}
	o = Occurrence{
		Workspace: v.Workspace, Kind: BriefBehind, Subject: v.Subject(), Schedule: v.Schedule, To: last.Made.By, Zone: v.ChannelZone,
		Payload: string(mustMarshal(HostKnown{last.Revision, was})), Day: civil.Of(now.In(mustZone(v.ChannelZone))),
		Due: now.Add(toldAfter), Wake: now.Add(toldAfter), State: Pending, Expires: now.Add(toldKept),
	}
	o.Key = key(v.Workspace, v.Subject(), v.Schedule, fmt.Sprintf("host-%d-%d", v.Rev, now.UnixMilli()), o.To)
	return o, true
}
