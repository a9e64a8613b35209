package bot

import (
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

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
		for _, a := range l.Entries {
			items[i].Entries = append(items[i].Entries, a.ID)
		}
	}
	return items
}

// Checklist gives the lines with which an inspection of a type begins.
func (b *Bot) Checklist(kind string) visit.Checklist { return b.book.Load().lines(kind) }
