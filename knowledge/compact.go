package knowledge

import "strings"

// compact moves what was loaded into a few blocks of memory of its own. The
// decoder leaves it as tens of thousands of small pieces between garbage, and a
// page cannot be given back as long as one piece on it lives: an idle bot would
// hold twice the memory that its entries need. Equal strings, such as the same
// source under many entries, become one.
func compact(topics []*Topic) {
	var text strings.Builder
	at := map[string]int{}
	var entries, sources, words int
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
		entries += len(t.Entries)
		for _, e := range t.Entries {
			sources += len(e.Sources)
			words += len(e.Aliases) + len(e.Article) + len(e.AskedOn)
		}
	}
	entryBlock := make([]Entry, 0, entries)
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
		t.Entries = append([]*Entry(nil), t.Entries...)
		for j, e := range t.Entries {
			entryBlock = append(entryBlock, *e)
			e = &entryBlock[len(entryBlock)-1]
			t.Entries[j] = e
			e.Aliases = moveInto(&wordBlock, e.Aliases)
			e.Article = moveInto(&wordBlock, e.Article)
			e.AskedOn = moveInto(&wordBlock, e.AskedOn)
			e.Sources = moveInto(&sourceBlock, e.Sources)
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
		visitAll(t.Top)
		for i := range t.Groups {
			g := &t.Groups[i]
			visit(&g.ID)
			visit(&g.Title)
			visitAll(g.Aliases)
		}
		for _, e := range t.Entries {
			for _, s := range []*string{&e.ID, (*string)(&e.Kind), (*string)(&e.Phase), &e.Group, &e.Title, &e.Text, &e.Why, &e.Where, &e.Chinese, &e.Pinyin} {
				visit(s)
			}
			visitAll(e.Aliases)
			visitAll(e.Asks)
			visitAll(e.Article)
			visitAll(e.AskedOn)
			for i := range e.Sources {
				visit(&e.Sources[i].Title)
				visit(&e.Sources[i].URL)
			}
		}
	}
}
