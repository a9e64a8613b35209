package bot

import (
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
