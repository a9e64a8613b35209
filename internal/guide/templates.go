package guide

import (
	"visitprep/knowledge"
)

// Template is the checklist with the id; a purpose that a newer version no longer
// has keeps its id as its name.
func (g *Guide) Template(id string) *knowledge.Template {
	if ts, err := g.Templates(); err == nil {
		if t, ok := ts.Template(id); ok {
			return t
		}
	}
	return &knowledge.Template{ID: id, Title: id}
}
