package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A form is what a visit's form holds, by field. The fields are the blocks of the
// modal and what visit's InputErrors name, so that a mistake stands where it was made.
type form map[string]string

// people are the Slack ids in a field.
func (f form) people(field string) []string {
	return strings.FieldsFunc(f[field], func(r rune) bool { return r == ',' })
}

// form takes the form out of a modal's inputs. What the modal did not show keeps
// the value it has in shown.
func (v values) form(shown form) form {
	f := form{}
	for field, value := range shown {
		f[field] = value
	}
	for block := range v {
		switch block {
		case fieldFactory, fieldPurpose, fieldAloud, fieldType, fieldRepeat, fieldEvery, fieldUnit, fieldOn, fieldOnWeek:
			f[block] = v.picked(block)
		case fieldFirst, fieldLast, fieldDue, fieldFrom:
			f[block] = v.day(block)
		case fieldPeople, fieldInspectors:
			f[block] = strings.Join(v.users(block), ",")
		case fieldChannel:
			f[block] = v.conversation(block)
		case fieldUnannounced:
			f[block] = strings.Join(v.ticked(block), "")
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

// drafts are forms that somebody is filling in, as they are kept from one request to
// the next, and after a restart.
type drafts struct{ *core }

// A draft is a form that somebody is filling in, as it is kept in the store.
type draft struct {
	Visit int  `json:"visit,omitempty"` // the visit that is edited; 0 for a new one
	Base  form `json:"base,omitempty"`  // what the form showed when it was opened, of a visit that is edited
	Mine  form `json:"mine,omitempty"`  // what was typed, when it could not be saved
	// What the person has agreed to, in the draft so that they agree to it of nothing else.
	SharedOK string `json:"shared,omitempty"` // the channel that another company may read
	DaysOK   string `json:"days,omitempty"`   // the days on which the factory is likely closed
}

func (ds *drafts) keep(ctx context.Context, team, person, id string, d draft) error {
	return ds.o.Store.KeepDraft(ctx, store.Draft{Workspace: team, ID: id, Person: person, Kind: "visit", Body: string(blocks.MustJSON(d)), Kept: time.Now()})
}

// read reads what a person was typing; nobody else's.
func (ds *drafts) read(ctx context.Context, team, person, id string) (d draft, err error) {
	stored, err := ds.o.Store.Draft(ctx, team, id)
	if err != nil {
		return d, err
	}
	if stored.Person != person {
		return d, fmt.Errorf("draft %s: %w", id, visit.ErrNotFound)
	}
	return d, json.Unmarshal([]byte(stored.Body), &d)
}

// drop drops a draft that was saved. One that stays is only offered once more.
func (ds *drafts) drop(ctx context.Context, team, id string) {
	if err := ds.o.Store.DropDraft(ctx, team, id); err != nil {
		ds.log.Warn("could not drop a draft that was saved", "err", err)
	}
}
