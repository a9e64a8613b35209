package main

import (
	"bufio"
	"bytes"
	"cmp"
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

// forgetCommand has four ways that exclude each other; what each of them does is in a function of
// its own, and which of them somebody means is asked here.
func forgetCommand(getenv func(string) string) *cobra.Command {
	var workspace, person, name, again string
	var list, yes bool
	cmd := &cobra.Command{
		Use: "forget", Short: "Delete a person's data, or everything of a workspace", Args: takes(0, 0, "no file", "forget --person U0123ABCD"),
		Long: `Delete everything of a workspace: forget --workspace T0123ABCD says what it has, in counts, and with --yes
deletes it. Or delete a person's data: forget --person U0123ABCD says where they stand, and with --yes deletes it. Where a colleague stands, who is named by their id in Slack, "` + store.FormerColleague + `"
stands from then on: as owner, in steps, notes and lists of people. Of a contact everything about the person
is cleared. It cannot be undone. The database knows a colleague by their id alone: with --name "Jonas Weber" the
texts are listed in which somebody wrote their name, such as who approved a gift, or the people in a host brief.

Files that were made before are not changed: those that may have the name are listed, so that somebody decides.
Who was forgotten is noted, by nothing but the id or the number, and a workspace by its id: visitprep restore hands
that on to a backup that it puts back, and the next start forgets them there too. --list prints the list; keep it beside your backups, and
give it to --again where a database was put back in another way, as with PostgreSQL.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name = strings.TrimSpace(name); name != "" && utf8.RuneCountInString(name) < 2 || name != "" && !visit.IsPersonID(strings.TrimSpace(person)) {
				return errors.New("--name goes with --person and the id of a colleague, and has two letters at least: forget --person U0123ABCD --name \"Jonas Weber\"")
			}
			said := 0
			for _, one := range []bool{cmd.Flags().Changed("person"), list, again != ""} {
				if one {
					said++
				}
			}
			whole := said == 0 && workspace != ""
			if said != 1 && !whole || cmd.Flags().Changed("person") && person == "" {
				return errors.New("say whom: forget --person U0123ABCD, or forget --person contact/3, or forget --workspace T0123ABCD; or forget --list, or forget --again FILE")
			}
			if yes && (list || again != "") {
				return errors.New("--yes goes with --person or --workspace: forget --person U0123ABCD --yes")
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				out := cmd.OutOrStdout()
				switch {
				case whole:
					return forgetWorkspace(ctx, out, db, workspace, yes)
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
				return forgetPerson(ctx, out, db, team, who, name, yes)
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the Slack workspace's `ID`; without --person, --list and --again all of it is deleted")
	cmd.Flags().BoolVar(&yes, "yes", false, "delete the workspace or the person's data; without it the command says what would be deleted")
	cmd.Flags().StringVar(&person, "person", "", "`WHO`: the id of a colleague in Slack, or contact/3")
	cmd.Flags().StringVar(&name, "name", "", "also list the texts that have this `NAME` of a colleague")
	cmd.Flags().BoolVar(&list, "list", false, "print who was forgotten, by id or number")
	cmd.Flags().StringVar(&again, "again", "", "forget whatever is in `FILE` once more, as --list prints it")
	return cmd
}

// forgetWorkspace deletes everything of a workspace, or says what that is.
func forgetWorkspace(ctx context.Context, w io.Writer, db database, workspace string, yes bool) error {
	if !isOrganisation(workspace) {
		if err := isWorkspace(workspace); err != nil {
			return err
		}
	}
	used, err := db.UsersOf(ctx, workspace)
	if err != nil {
		return err
	}
	if len(used) > 0 {
		return fmt.Errorf("%s is the organisation of %s: forget these workspaces first, or they are not known to have ended", workspace, strings.Join(used, ", "))
	}
	rows, err := db.RowsOf(ctx, workspace)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("nothing of the workspace %s is in the database", workspace)
	}
	p := english()
	if !yes {
		all := 0
		p.Fprintf(w, "Of the workspace %s the database has:\n", workspace)
		for _, r := range rows {
			p.Fprintf(w, "  %s: %d\n", strings.ReplaceAll(r.Table, "_", " "), r.N)
			all += r.N
		}
		_, err := p.Fprintf(w, "Nothing is deleted yet. To delete all of it, %d rows, for ever: visitprep forget --workspace %s --yes\n", all, workspace)
		return err
	}
	deleted, err := db.ForgetWorkspace(ctx, workspace, time.Now())
	if err != nil {
		return err
	}
	_, err = p.Fprintf(w, "Everything of the workspace %s is deleted: %d rows. Backups that were made before still have it; delete them too.\n", workspace, deleted)
	return err
}

// forgetPerson deletes what is kept of a person, or says what that is.
func forgetPerson(ctx context.Context, w io.Writer, db database, team, who, name string, yes bool) error {
	f, err := db.WouldForget(ctx, team, who, time.Now())
	_, _, isContact := strings.Cut(who, "/")
	switch {
	case errors.Is(err, visit.ErrNotFound):
		return fmt.Errorf("there is no %s in the database", strings.Replace(who, "/", " ", 1))
	case err != nil:
		return err
	case f.Changed == 0 && !isContact && name == "":
		return fmt.Errorf("nothing names %s in %s: check the id", who, team)
	}
	if yes {
		if f, err = db.Forget(ctx, team, who, "", time.Now()); err == nil {
			err = db.Rewrite(ctx)
		}
	}
	if err == nil && name != "" {
		f.Named, err = db.NamedIn(ctx, team, name)
	}
	if err != nil {
		return err
	}
	if yes {
		return writeForgotten(w, f)
	}
	return db.previewForgetting(ctx, w, team, f, name)
}

// previewForgetting says what forgetting a person would do.
func (db database) previewForgetting(ctx context.Context, w io.Writer, team string, f store.Forgotten, name string) error {
	p := english()
	var b strings.Builder
	command := "visitprep forget --workspace " + team + " --person " + f.Who
	if name != "" {
		command += " --name '" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	if _, number, isContact := strings.Cut(f.Who, "/"); isContact {
		c, err := db.Contact(ctx, team, visit.Subject(f.Who).Number())
		if err != nil {
			return err
		}
		called := cmp.Or(c.Name, c.Chinese)
		if f.Changed == 0 {
			called = "deleted already"
		}
		p.Fprintf(&b, "Contact %s of the workspace %s: %s\n", number, team, cmp.Or(called, "without a name"))
	} else {
		p.Fprintf(&b, "In the workspace %s they stand in these rows:\n", team)
		for _, r := range f.Rows {
			p.Fprintf(&b, "  %s: %d\n", strings.ReplaceAll(r.Table, "_", " "), r.N)
		}
	}
	b.WriteString(forgottenParts(f))
	p.Fprintf(&b, "\nNothing is deleted yet. To delete what is kept of them, for ever: %s --yes\n", command)
	_, err := io.WriteString(w, b.String())
	return err
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
		p.Fprintf(&b, "%s is forgotten. Rows that named them: %d. They say %q now, or are deleted where they were about nobody else.\n", f.Who, f.Changed, store.FormerColleague)
	}
	b.WriteString(forgottenParts(f))
	_, err := io.WriteString(w, b.String())
	return err
}

// forgottenParts lists what somebody has to look at.
func forgottenParts(f store.Forgotten) string {
	var b strings.Builder
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
	return b.String()
}

func listForgotten(ctx context.Context, w io.Writer, db database) error {
	people, err := db.ForgottenPeople(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		line := p.Workspace + " " + p.Who
		if !p.At.IsZero() { // what the workspace has had since it was forgotten is not to be deleted
			line += " " + p.At.UTC().Format(time.RFC3339Nano)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
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
		p, err := forgottenLine(words)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		people = append(people, p)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read who was forgotten: %w", err)
	}
	again, failed := db.ForgetAgain(ctx, people, time.Now()) // of the others, where one cannot be
	p := english()
	_, err = p.Fprintf(w, "On the list: %d. Something was still kept of %d, and is now deleted.\n", len(people), again.Forgotten)
	for _, l := range again.Left {
		what := "--workspace " + l.Workspace
		if l.Who != store.Everything {
			what += " --person " + l.Who
		}
		p.Fprintf(w, "Left alone, because it came after the time on its line: %s of %s. To delete it too: visitprep forget %s\n", l.Who, l.Workspace, what)
	}
	return errors.Join(failed, err)
}

// forgottenLine is one line of what --list prints; older ones have no time of a person.
func forgottenLine(words []string) (p store.ForgottenPerson, err error) {
	if len(words) < 2 || len(words) > 3 || isWorkspace(words[0]) != nil && !isOrganisation(words[0]) {
		return p, errors.New("write a workspace and whom: T0123ABCD U0123ABCD")
	}
	p.Workspace, p.Who = words[0], store.Everything
	if words[1] != store.Everything {
		if p.Who, err = personNamed(words[1]); err != nil {
			return p, err
		}
	}
	if len(words) == 3 {
		if p.At, err = time.Parse(time.RFC3339Nano, words[2]); err != nil {
			return p, fmt.Errorf("%s is no time: write %s %s 2027-03-01T12:00:00Z, as --list prints it", words[2], words[0], words[1])
		}
	}
	return p, nil
}

// exportNote says of an export of one person what it is good for.
const exportNote = "Everything that the database has of this person, by table; docs/operate.md says what each of them is. It is for reading: visitprep import does not take it. Photos are listed, and not in it."

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
			Person    string                 `json:"person"`
			Workspace string                 `json:"workspace"`
			Note      string                 `json:"note"`
			Kept      map[string][]store.Row `json:"kept"`
		}
		all.Person, all.Workspace, all.Note = who, team, exportNote
		all.Kept, err = db.RowsAbout(ctx, team, who)
		if errors.Is(err, visit.ErrNotFound) {
			return fmt.Errorf("there is no %s in the database", strings.Replace(who, "/", " ", 1))
		}
		if err != nil {
			return err
		}
		data, err := indented(all)
		if err != nil {
			return err
		}
		if output == "" {
			_, err := cmd.OutOrStdout().Write(data)
			return err
		}
		return writeNew(output, bytes.NewBuffer(data))
	})
}

// indented is JSON for people to read.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return b.Bytes(), nil
}
