package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// forgetCommand has three ways that exclude each other; what each of them does is in a function of
// its own, and which of them somebody means is asked here.
func forgetCommand(getenv func(string) string) *cobra.Command {
	var workspace, person, name, again string
	var list bool
	cmd := &cobra.Command{
		Use: "forget", Short: "Delete a person's data: of a colleague or of a contact", Args: takes(0, 0, "no file", "forget --person U0123ABCD"),
		Long: `Delete a person's data. Where a colleague stands, who is named by their id in Slack, "` + store.FormerColleague + `"
stands from then on: as owner, in steps, notes and lists of people. Of a contact everything about the person
is cleared. It cannot be undone. The database knows a colleague by their id alone: with --name "Jonas Weber" the
texts are listed in which somebody wrote their name, such as who approved a gift, or the people in a host brief.

Files that were made before are not changed: those that may have the name are listed, so that somebody decides.
Who was forgotten is noted, by nothing but the id or the number: visitprep restore hands that on to a backup that
it puts back, and the next start forgets them there too. --list prints the list; keep it beside your backups, and
give it to --again where a database was put back in another way, as with PostgreSQL.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name = strings.TrimSpace(name); name != "" && utf8.RuneCountInString(name) < 2 || name != "" && !visit.IsPersonID(strings.TrimSpace(person)) {
				return errors.New("--name goes with --person and the id of a colleague, and has two letters at least: forget --person U0123ABCD --name \"Jonas Weber\"")
			}
			said := 0
			for _, yes := range []bool{person != "", list, again != ""} {
				if yes {
					said++
				}
			}
			if said != 1 {
				return errors.New("say whom: forget --person U0123ABCD, or forget --person contact/3; or forget --list, or forget --again FILE")
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				out := cmd.OutOrStdout()
				switch {
				case list:
					return listForgotten(ctx, out, db)
				case again != "":
					return forgetAgain(ctx, out, db, again)
				}
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				who, err := personNamed(person)
				if err != nil {
					return err
				}
				f, err := db.Forget(ctx, team, who, "", time.Now())
				if errors.Is(err, visit.ErrNotFound) {
					return fmt.Errorf("there is no %s in the database", strings.Replace(who, "/", " ", 1))
				}
				if err == nil && name != "" {
					f.Named, err = db.NamedIn(ctx, team, name)
				}
				if err != nil {
					return err
				}
				return writeForgotten(out, f)
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	cmd.Flags().StringVar(&person, "person", "", "`WHO`: the id of a colleague in Slack, or contact/3")
	cmd.Flags().StringVar(&name, "name", "", "also list the texts that have this `NAME` of a colleague")
	cmd.Flags().BoolVar(&list, "list", false, "print who was forgotten, by id or number")
	cmd.Flags().StringVar(&again, "again", "", "forget everybody in `FILE` once more, as --list prints it")
	return cmd
}

// personNamed is a person as the store knows them: an id, or "contact/3" however it is written.
func personNamed(s string) (string, error) {
	s = strings.TrimSpace(s)
	if visit.IsPersonID(s) {
		return s, nil
	}
	if n, ok := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(s, " ", "/")), "contact/"); ok {
		if subject := visit.Subject("contact/" + n); subject.Number() > 0 {
			return string(subject), nil
		}
	}
	return "", fmt.Errorf("--person %s: write the id of a colleague in Slack, such as U0123ABCD, or a contact by its number, such as contact/3", s)
}

func writeForgotten(w io.Writer, f store.Forgotten) error {
	p := english()
	var b strings.Builder
	if _, number, isContact := strings.Cut(f.Who, "/"); isContact {
		p.Fprintf(&b, "Contact %s is deleted.\n", number)
	} else {
		p.Fprintf(&b, "%s is forgotten: %d places that named them now say %q.\n", f.Who, f.Changed, store.FormerColleague)
	}
	part := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n" + title + "\n")
		for _, l := range lines {
			b.WriteString("  " + l + "\n")
		}
	}
	part("Still theirs. Give it to somebody, or nobody is reminded:", f.Still)
	part("Files that were made before and may have the name. Keep them, or delete them in Slack:", f.Reports)
	part("Texts that still have the name. Read them, and change what must go:", f.Named)
	_, err := io.WriteString(w, b.String())
	return err
}

func listForgotten(ctx context.Context, w io.Writer, db database) error {
	people, err := db.ForgottenPeople(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if _, err := fmt.Fprintln(w, p.Workspace, p.Who); err != nil {
			return err
		}
	}
	return nil
}

func forgetAgain(ctx context.Context, w io.Writer, db database, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read who was forgotten: %w", err)
	}
	defer f.Close()
	var people []store.ForgottenPerson
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 || isWorkspace(words[0]) != nil {
			return fmt.Errorf("%s:%d: write a workspace and whom: T0123ABCD U0123ABCD", name, n)
		}
		who, err := personNamed(words[1])
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		people = append(people, store.ForgottenPerson{Workspace: words[0], Who: who})
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read who was forgotten: %w", err)
	}
	again, err := db.ForgetAgain(ctx, people, time.Now())
	if err != nil {
		return err
	}
	_, err = english().Fprintf(w, "People on the list: %d. Something was still kept of %d, and is now deleted.\n", len(people), again)
	return err
}

// exportPerson writes what is kept of one person, as JSON.
func exportPerson(cmd *cobra.Command, getenv func(string) string, workspace, person, output string) error {
	who, err := personNamed(person)
	if err != nil {
		return err
	}
	return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
		team, err := db.workspace(ctx, workspace)
		if err != nil {
			return err
		}
		var all struct {
			Person        string               `json:"person"`
			Contact       *visit.Contact       `json:"contact,omitempty"`
			Introductions []visit.Introduction `json:"introductions,omitempty"`
			Texts         []store.Kept         `json:"texts"`
		}
		all.Person = who
		if number := visit.Subject(who).Number(); number > 0 {
			c, err := db.Contact(ctx, team, number)
			if errors.Is(err, visit.ErrNotFound) {
				return fmt.Errorf("there is no contact %d in the database", number)
			}
			if err != nil {
				return err
			}
			all.Contact = &c
			if all.Introductions, err = db.Introductions(ctx, team, number); err != nil {
				return err
			}
		}
		if all.Texts, err = db.KeptOf(ctx, team, who); err != nil {
			return err
		}
		data, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		data = append(data, '\n')
		if output == "" {
			_, err := cmd.OutOrStdout().Write(data)
			return err
		}
		return writeNew(output, bytes.NewBuffer(data))
	})
}
