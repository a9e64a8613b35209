package knowledge_test

import (
	"fmt"
	"testing/fstest"

	"visitprep/knowledge"
)

// A topic file of a team, and a question with a misspelt word.
func ExampleBase_Search() {
	base, err := knowledge.Load(fstest.MapFS{"gates.yaml": &fstest.MapFile{Data: []byte(`
topic: gates
title: At the gate
summary: How to get in.
order: 1
entries:
  - id: gates-passport
    kind: checklist
    phase: before
    title: Send passport numbers to the gate a day ahead
    text: The guard has a list. Whoever is not on it waits.
    aliases: [visitor pass]
    article: FI3
    reviewed: 2026-11-22
`)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := base.Search("passpord for the guard", 3)
	fmt.Println(answer.Match, "–", answer.Hits[0].Entry.Title)
	fmt.Println("Did you mean:", answer.DidYouMean)
	// Output:
	// good – Send passport numbers to the gate a day ahead
	// Did you mean: passport for the guard
}

// What a mistake looks like to the person who wrote the file.
func ExampleLoad_mistakes() {
	_, err := knowledge.Load(fstest.MapFS{"gates.yaml": &fstest.MapFile{Data: []byte(`topic: gates
title: At the gate
summary: How to get in.
order: 1
entries:
  - id: gates-passport
    kind: checklst
    phase: before
    titel: Send passport numbers: a day ahead
`)}})
	fmt.Println(err)
	// Output:
	// gates.yaml:7: kind "checklst" is not known: did you mean checklist?
	// gates.yaml:9: titel contains ": ", which YAML reads as another field: put it in quotes: titel: "Send passport numbers: a day ahead"
	// gates.yaml:9: unknown field "titel": did you mean title?
}
