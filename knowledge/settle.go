package knowledge

import "strings"

// settle moves what was loaded into a few blocks of memory of its own. The
// decoder leaves it as tens of thousands of small pieces between garbage, and
// as long as one piece of a page lives the page cannot be given back: an idle
// bot would hold twice the memory that its advice needs. Equal strings, such as
// the same source under many advices, become one.
func settle(topics []*Topic) {
	var text strings.Builder
	at := map[string]int{}
	var advices, sources, words int
	eachString(topics, func(s *string) {
		if _, ok := at[*s]; !ok {
			at[*s] = text.Len()
			text.WriteString(*s)
		}
	})
	all := strings.Clone(text.String()) // a builder has room to spare
	eachString(topics, func(s *string) {
		i := at[*s]
		*s = all[i : i+len(*s)]
	})
	for _, t := range topics {
		advices += len(t.Advices)
		for _, a := range t.Advices {
			sources += len(a.Sources)
			words += len(a.Aliases) + len(a.Article)
		}
	}
	adviceBlock := make([]Advice, 0, advices)
	sourceBlock := make([]Source, 0, sources)
	wordBlock := make([]string, 0, words)
	for i, t := range topics {
		moved := *t
		t = &moved
		topics[i] = t
		t.Aliases = append([]string(nil), t.Aliases...)
		t.Groups = append([]Group(nil), t.Groups...)
		for j := range t.Groups {
			t.Groups[j].Aliases = append([]string(nil), t.Groups[j].Aliases...)
		}
		t.Advices = append([]*Advice(nil), t.Advices...)
		for j, a := range t.Advices {
			adviceBlock = append(adviceBlock, *a)
			a = &adviceBlock[len(adviceBlock)-1]
			t.Advices[j] = a
			a.Aliases = moveInto(&wordBlock, a.Aliases)
			a.Article = moveInto(&wordBlock, a.Article)
			a.Sources = moveInto(&sourceBlock, a.Sources)
		}
	}
}

// moveInto appends from to a block that has room for it, and returns it there.
func moveInto[T any](block *[]T, from []T) []T {
	start := len(*block)
	*block = append(*block, from...)
	return (*block)[start:len(*block):len(*block)]
}

// eachString visits every string of the topics.
func eachString(topics []*Topic, visit func(*string)) {
	visitAll := func(list []string) {
		for i := range list {
			visit(&list[i])
		}
	}
	for _, t := range topics {
		visit(&t.ID)
		visit(&t.Title)
		visit(&t.Summary)
		visitAll(t.Aliases)
		for i := range t.Groups {
			g := &t.Groups[i]
			visit(&g.ID)
			visit(&g.Title)
			visitAll(g.Aliases)
		}
		for _, a := range t.Advices {
			for _, s := range []*string{&a.ID, (*string)(&a.Kind), (*string)(&a.Phase), &a.Group, &a.Title, &a.Text, &a.Why, &a.Where, &a.Chinese, &a.Pinyin} {
				visit(s)
			}
			visitAll(a.Aliases)
			visitAll(a.Article)
			for i := range a.Sources {
				visit(&a.Sources[i].Title)
				visit(&a.Sources[i].URL)
			}
		}
	}
}
