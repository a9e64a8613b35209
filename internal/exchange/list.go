package exchange

import (
	"strings"

	"gopkg.in/yaml.v3"

	"visitprep/internal/chars"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
)

// list is a field that holds several things, separated as in the examples. In YAML it may
// be a list too, and what has a name and a value, as people have a role, may be fields.
type list string

// UnmarshalYAML reads "a; b" as well as [a, b], [a: x, b: y] and {a: x, b: y}.
func (l *list) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = list(written(n))
		return nil
	}
	pairs := n.Content // of a list, each is an item
	items := make([]string, 0, len(pairs))
	for i := 0; i < len(pairs); i++ {
		if n.Kind == yaml.MappingNode {
			item, ok := withRole(pairs[i], pairs[i+1])
			if !ok {
				return noItem
			}
			items = append(items, item)
			i++
			continue
		}
		item, err := itemOf(pairs[i])
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	*l = list(strings.Join(items, "; "))
	return nil
}

// noItem is the mistake of what is nothing that a list may hold.
var noItem = yamlfile.Mistake{What: "an item is a list itself", How: "write what it holds as items of the one list, such as [14, 3]"}

// itemOf is an item of a list, as it is written outside YAML.
func itemOf(n *yaml.Node) (string, error) {
	n = target(n)
	switch {
	case n.Kind == yaml.ScalarNode:
		return written(n), nil
	case n.Kind == yaml.MappingNode && len(n.Content) == 2:
		if item, ok := withRole(n.Content[0], n.Content[1]); ok {
			return item, nil
		}
	case n.Kind == yaml.MappingNode:
		return "", yamlfile.Mistake{What: "an item has several fields", How: "write people: [U0123ABCD: leads, Ms Zhang: interpreter]"}
	}
	return "", noItem
}

// withRole is somebody and their role.
func withRole(name, role *yaml.Node) (item string, ok bool) {
	name, role = target(name), target(role)
	if name.Kind != yaml.ScalarNode || role.Kind != yaml.ScalarNode {
		return "", false
	}
	p := visit.Person{Name: written(name), Role: written(role)}
	if id := chars.ASCII(p.Name); visit.IsPersonID(id) {
		p.User, p.Name = id, ""
	}
	return visit.FormatPeople([]visit.Person{p}), true
}

// target is what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// written is a value as it is written; nothing where YAML reads none.
func written(n *yaml.Node) string {
	if n.ShortTag() == "!!null" {
		return ""
	}
	return strings.TrimSpace(n.Value)
}
