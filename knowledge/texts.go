package knowledge

import (
	"slices"
	"sort"
	"strings"
)

// texts is a list of strings in one piece of memory: a vocabulary of single
// strings takes three times as much.
type texts struct {
	all string
	end []uint32 // of each in all
}

func newTexts(list []string) texts {
	t := texts{strings.Join(list, ""), make([]uint32, len(list))}
	end := 0
	for i, s := range list {
		end += len(s)
		t.end[i] = uint32(end)
	}
	return t
}

// at returns the i-th string.
func (t *texts) at(i int) string {
	if i == 0 {
		return t.all[:t.end[0]]
	}
	return t.all[t.end[i-1]:t.end[i]]
}

// find returns the place of s, or where it would be. The list must be sorted.
func (t *texts) find(s string) (int, bool) {
	return sort.Find(len(t.end), func(i int) int { return strings.Compare(s, t.at(i)) })
}

// sorted returns the distinct strings of a list in order.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
