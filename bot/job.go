package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// A job is what a checklist belongs to: one visit or one inspection. One of the
// two fields is set.
type job struct {
	visit      *visit.Visit
	inspection *visit.Inspection
}

func (j job) subject() visit.Subject {
	if j.visit != nil {
		return j.visit.Subject()
	}
	return j.inspection.Subject()
}

func (j job) place() visit.Place {
	if j.visit != nil {
		return j.visit.Place
	}
	return j.inspection.Place
}

func (j job) items() visit.Checklist {
	if j.visit != nil {
		return j.visit.Items
	}
	return j.inspection.Items
}

func (j job) factory() visit.Factory {
	if j.visit != nil {
		return j.visit.Factory
	}
	return j.inspection.Factory
}

// card is the timestamp of the job's card in its channel.
func (j job) card() string {
	if j.visit != nil {
		return j.visit.Card
	}
	return j.inspection.Card
}

// dueDay is the day by which the items of a milestone are to be done.
func (j job) dueDay(m visit.Milestone) civil.Date {
	if j.visit != nil {
		return j.visit.DueDay(m)
	}
	return j.inspection.Due.AddDays(int(m))
}

// short names the job in a line: "Visit 12, Ningbo Bright".
func (j job) short() string {
	if j.visit != nil {
		return fmt.Sprintf("Visit %d, %s", j.visit.Number, j.visit.Factory.Name)
	}
	return fmt.Sprintf("Inspection %d, %s", j.inspection.Number, j.inspection.Factory.Name)
}

// errNotYours is returned where somebody asks for what belongs to a channel that
// they are not in. Its words are the same whether the number exists or not.
var errNotYours = errors.New("it belongs to a channel that the person is not in")

// errElsewhere is returned where somebody asks in one channel for what belongs to
// a private one.
var errElsewhere = errors.New("it belongs to a private channel")

// job finds what a subject names, if the person may see it.
func (b *Bot) job(ctx context.Context, team, person string, s visit.Subject) (job, error) {
	j, err := b.anyJob(ctx, team, s)
	if err != nil {
		return j, err
	}
	if !b.mayEnter(ctx, team, person, j.place().Channel) {
		return job{}, errNotYours
	}
	return j, nil
}

// anyJob finds what a subject names, whoever asks.
func (b *Bot) anyJob(ctx context.Context, team string, s visit.Subject) (job, error) {
	kind, _ := s.Cut()
	n := s.Number()
	switch kind {
	case visit.OfVisit:
		v, err := b.o.Store.Visit(ctx, team, n)
		return job{visit: &v}, err
	case visit.OfInspection:
		i, err := b.o.Store.Inspection(ctx, team, n)
		return job{inspection: &i}, err
	}
	return job{}, fmt.Errorf("%s: %w", s, visit.ErrNotFound)
}

// changeItems changes a job's checklist and returns the job as it is then.
func (b *Bot) changeItems(ctx context.Context, team string, s visit.Subject, now time.Time, change func(*visit.Checklist) error) (job, error) {
	kind, _ := s.Cut()
	n := s.Number()
	switch kind {
	case visit.OfVisit:
		v, err := b.o.Store.ChangeVisit(ctx, team, n, now, func(v *visit.Visit) error {
			if v.Cancelled.Done() {
				return &visit.InputError{Field: "item", Message: "This visit is cancelled. Bring it back first, with Bring visit back on its card."}
			}
			return change(&v.Items)
		})
		return job{visit: &v}, err
	case visit.OfInspection:
		i, err := b.o.Store.ChangeInspection(ctx, team, n, now, func(i *visit.Inspection) error { return change(&i.Items) })
		return job{inspection: &i}, err
	}
	return job{}, fmt.Errorf("%s: %w", s, visit.ErrNotFound)
}

// template is the checklist with the id; a purpose that a newer version no longer
// has keeps its id as its name.
func (k *book) template(id string) *knowledge.Template {
	if ts, err := k.templates(); err == nil {
		if t, ok := ts.Template(id); ok {
			return t
		}
	}
	return &knowledge.Template{ID: id, Title: id}
}

// lines are the checklist that a template begins with.
func (k *book) lines(id string) visit.Checklist { return Lines(k.template(id)) }

// Lines are a template's lines as the checklist of a visit or an inspection.
func Lines(t *knowledge.Template) visit.Checklist {
	items := make(visit.Checklist, len(t.Lines))
	for i, l := range t.Lines {
		items[i] = visit.Item{ID: i + 1, Milestone: visit.Milestone(l.Milestone.Days()), Text: l.Item, Sensitive: l.Sensitive}
		for _, e := range l.Entries {
			items[i].Entries = append(items[i].Entries, e.ID)
		}
	}
	return items
}

// Checklist gives the lines with which an inspection of a type begins.
func (b *Bot) Checklist(kind string) visit.Checklist { return b.book.Load().lines(kind) }
