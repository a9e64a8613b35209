// Command fit teaches the search of package knowledge words, and writes their rows to
// knowledge/taught.txt and taught.bin; it finds the weights that the search goes by, and writes
// them to knowledge/weights.go with the day and the figures:
//
//	go run ./knowledge/internal/fit
//
// Run it again until the weights stay as they are: it reads questions with the words that were
// taught last.
//
// It learns from the asks of the entries, a fifth of which is held back at a time, from the
// questions in knowledge/testdata/own-questions.yaml, scenes.yaml and blind/judged.yaml, and
// from the everyday questions, likewise held back. None of these is a set that a figure is reported on: add to
// them, and to the asks, where answers should be better.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"visitprep/knowledge"
)

func main() {
	out := flag.String("out", "knowledge/weights.go", "`file` to write, or - to write nothing")
	flag.Parse()
	if err := run(*out, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(out string, now time.Time) error {
	base, err := knowledge.Embedded()
	if err != nil {
		return err
	}
	own, err := ownQuestions("knowledge/testdata")
	if err != nil {
		return err
	}
	f := Fit(base, own)
	fmt.Print(f.figures)
	if out == "-" {
		return nil
	}
	stems, rows := Teach(base.All(), own, knowledge.EverydayQuestions()).Write()
	return errors.Join(
		os.WriteFile(out, source(f.Weights, f.figures, now), 0o644),
		os.WriteFile("knowledge/taught.txt", stems, 0o644),
		os.WriteFile("knowledge/taught.bin", rows, 0o644),
	)
}
