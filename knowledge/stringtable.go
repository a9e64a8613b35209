package knowledge

import (
	"slices"
	"sort"
	"strings"
)

// A stringTable is a list of strings in one piece of memory: as single strings a
// vocabulary takes three times as much.
type stringTable struct {
	all string
	end []uint32 // of each in all
}

func newStringTable(list []string) stringTable {
	t := stringTable{strings.Join(list, ""), make([]uint32, len(list))}
	end := 0
	for i, s := range list {
		end += len(s)
		t.end[i] = uint32(end)
	}
	return t
}

// at returns the i-th string.
func (t *stringTable) at(i int) string {
	if i == 0 {
		return t.all[:t.end[0]]
	}
	return t.all[t.end[i-1]:t.end[i]]
}

// find returns the place of s, or where it would be. The list must be sorted.
func (t *stringTable) find(s string) (int, bool) {
	return sort.Find(len(t.end), func(i int) int { return strings.Compare(s, t.at(i)) })
}

// sortedSet returns the distinct strings of a list in order.
func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
