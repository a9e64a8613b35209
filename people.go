package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/exchange"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// peopleEnding ends the name of the file with contacts, promises and gifts.
const peopleEnding = "-people.json"

// peopleBeside is that file beside the file of an export.
func peopleBeside(output string) string {
	return strings.TrimSuffix(output, filepath.Ext(output)) + peopleEnding
}

// unimportedPeople says what of the people of an export is for reading.
const unimportedPeople = "visitprep import leaves these out: who was introduced to whom, and what has become of promises, is known to the database in which it happened."

// exportPeople writes contacts, promises, gifts and introductions to a file of their own, if there are any.
func exportPeople(ctx context.Context, w io.Writer, db *store.Store, team, name string, u store.Unimported) error {
	var p exchange.People
	factories, err := db.Factories(ctx, team)
	if err != nil {
		return err
	}
	at := map[int]*visit.Factory{}
	for n := range factories {
		at[factories[n].Number] = &factories[n]
	}
	cs, err := db.Contacts(ctx, team, false, time.Now())
	if err != nil {
		return err
	}
	for _, c := range cs {
		p.Contacts = append(p.Contacts, exchange.ContactOf(&c, at[c.Factory]))
	}
	promises, err := db.Promises(ctx, team, store.Filter{})
	if err != nil {
		return err
	}
	for _, x := range promises {
		p.Promises = append(p.Promises, exchange.PromiseOf(&x))
	}
	gifts, err := db.Gifts(ctx, team, store.Filter{})
	if err != nil {
		return err
	}
	for _, g := range gifts {
		p.Gifts = append(p.Gifts, exchange.GiftOf(&g))
	}
	if len(u.Introductions)+len(u.Promises) > 0 {
		p.NotImported = &exchange.Unimported{Note: unimportedPeople, Introductions: asMaps(u.Introductions), Promises: asMaps(u.Promises)}
	}
	if p.IsEmpty() {
		return nil
	}
	data, err := exchange.WritePeople(p)
	if err == nil {
		err = writeNew(name, bytes.NewBuffer(data))
	}
	if err == nil {
		_, err = english().Fprintf(w, "Contacts (%d), open promises (%d) and gifts (%d) are in the file %s: it is about people.\n", len(p.Contacts), len(p.Promises), len(p.Gifts), name)
	}
	if err == nil && p.NotImported != nil {
		_, err = english().Fprintf(w, "Introductions (%d) and closed promises (%d) are in it for reading: import leaves them out.\n", len(u.Introductions), len(u.Promises))
	}
	return err
}

func asMaps(rows []store.Row) (ms []map[string]any) {
	for _, r := range rows {
		ms = append(ms, r)
	}
	return ms
}

// scoresEnding ends the name of the file with the marks and frozen scores of factories.
const scoresEnding = "-scores.json"

// exportScores writes the marks and the frozen scores of factories to a file of their own, if there are any.
func exportScores(w io.Writer, name string, u store.Unimported) error {
	if len(u.Marks)+len(u.Scores) == 0 {
		return nil
	}
	data, err := indented(struct {
		Note     string      `json:"note"`
		Marks    []store.Row `json:"marks,omitempty"`
		Scores   []store.Row `json:"frozen_scores,omitempty"`
		Channels []store.Row `json:"channels_of_scores,omitempty"`
	}{"For reading: visitprep import does not take this file, for a score is frozen once. A backup has them: visitprep backup copy.db", u.Marks, u.Scores, u.ScoredFrom})
	if err == nil {
		err = writeNew(name, bytes.NewBuffer(data))
	}
	if err == nil {
		_, err = english().Fprintf(w, "Marks (%d) and frozen scores (%d) of factories are in the file %s, for reading: import does not take them.\n", len(u.Marks), len(u.Scores), name)
	}
	return err
}

// importPeople records contacts, promises and gifts from the file that an export wrote.
func importPeople(cmd *cobra.Command, getenv func(string) string, workspace, name string, dryRun bool) error {
	p, err := exchange.ReadPeople(name)
	if err != nil {
		return fmt.Errorf("nothing was imported:\n%w", err)
	}
	return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
		team, err := db.workspace(ctx, workspace)
		if err != nil {
			return err
		}
		now := time.Now()
		var cs []store.ImportedContact
		var ps []visit.Promise
		var gs []visit.Gift
		for n := range p.Contacts {
			c, f := p.Contacts[n].Contact(team, now)
			if err := errors.Join(c.Check(db.cfg.Contacts.SubTier), c.CheckNow(c.Today(now))); err != nil {
				return fmt.Errorf("nothing was imported:\ncontact %d: %w", p.Contacts[n].Number, err)
			}
			cs = append(cs, store.ImportedContact{Contact: c, At: f})
		}
		for n := range p.Promises {
			ps = append(ps, p.Promises[n].Promise(team))
		}
		for n := range p.Gifts {
			gs = append(gs, p.Gifts[n].Gift(team))
		}
		all := len(cs) + len(ps) + len(gs)
		if dryRun {
			_, err := english().Fprintf(cmd.OutOrStdout(), "The file has contacts (%d), promises (%d) and gifts (%d). Nothing was written.\n", len(cs), len(ps), len(gs))
			return err
		}
		added, err := db.ImportPeople(ctx, cs, ps, gs, now)
		if err != nil {
			return fmt.Errorf("the import stopped: %w\nwhat is recorded so far stays (%d added); import the same file again, and it goes on from there", err, added)
		}
		if _, err = english().Fprintf(cmd.OutOrStdout(), "%d added, %d as they were, or of somebody who was deleted.\n", added, all-added); err == nil && p.NotImported != nil {
			_, err = english().Fprintf(cmd.OutOrStdout(), "Left out are introductions (%d) and closed promises (%d), which cannot be imported.\n", len(p.NotImported.Introductions), len(p.NotImported.Promises))
		}
		return err
	})
}
