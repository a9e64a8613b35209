package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/exchange"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func exportCommand(getenv func(string) string) *cobra.Command {
	var workspace, format, output, person string
	var gifts bool
	formats := exchange.Formats()
	cmd := &cobra.Command{
		Use: "export", Short: "Write visits, inspection plans, agreements, market notes, deliveries and findings with their photos, as import reads them", Args: takes(0, 0, "no file", "export --output visits.csv"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if person != "" {
				return exportPerson(cmd, getenv, workspace, person, output)
			}
			if output != "" {
				ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(output), "."))
				if cmd.Flags().Changed("format") && format != ending {
					return fmt.Errorf("export --format %s --output %s: the end of the name says how a file is written; leave out --format", format, output)
				}
				if format = ending; !slices.Contains(formats, format) {
					return fmt.Errorf("export --output %s: let its name end in .%s", output, strings.Join(formats, " or ."))
				}
			}
			if !slices.Contains(formats, format) {
				return fmt.Errorf("export --format %s: write %s", format, strings.Join(formats, " or "))
			}
			if screen, ok := cmd.OutOrStdout().(*os.File); ok && output == "" && format == "xlsx" && shows(screen) {
				return errors.New("a workbook cannot be shown here: write export --output visits.xlsx")
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				if gifts {
					return exportGifts(ctx, cmd, db, team, format, output)
				}
				var c exchange.Contents
				// Without what was cancelled: a file does not say so, and import would plan it again.
				visits, err := db.Visits(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				for _, v := range visits {
					c.Visits = append(c.Visits, v.Visit)
				}
				if c.Plans, err = db.Plans(ctx, team, store.Filter{}); err != nil {
					return err
				}
				if c.Agreements, err = db.Agreements(ctx, team, store.Filter{}, time.Now()); err != nil {
					return err
				}
				if c.Market, err = db.MarketNotes(ctx, team, store.MarketFilter{}); err != nil {
					return err
				}
				if c.Deliveries, err = db.Deliveries(ctx, team, 0, nil, 0); err != nil {
					return err
				}
				slices.SortFunc(c.Deliveries, func(a, b visit.OrderDelivery) int { return a.Number - b.Number }) // as another database is to number them
				unimported, err := db.Unimported(ctx, team)
				if err != nil {
					return err
				}
				if n := len(unimported.Marks) + len(unimported.Scores); n > 0 && output == "" {
					english().Fprintf(cmd.ErrOrStderr(), "Marks and frozen scores of factories (%d) go to a file of their own: write export --output visits.yaml\n", n)
				}
				if output == "" {
					if err := exchange.Write(cmd.OutOrStdout(), format, c); err != nil {
						return err
					}
					findings, err := db.EveryFinding(ctx, team)
					if err == nil && len(findings) > 0 {
						english().Fprintf(cmd.ErrOrStderr(), "Findings (%d) and their photos go to a folder beside a file: write export --output visits.yaml\n", len(findings))
					}
					return err
				}
				if dir := floorBeside(output); present(dir) {
					return fmt.Errorf("export --output %s: the folder %s exists already; delete it or give another name", output, dir)
				}
				if err := writeFile(output, format, c); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "The file is %s.\n", output)
				if err := exportPeople(ctx, cmd.OutOrStdout(), db.Store, team, peopleBeside(output), unimported); err != nil {
					return err
				}
				if err := exportScores(cmd.OutOrStdout(), scoresBeside(output), unimported); err != nil {
					return err
				}
				return exportFloor(ctx, cmd.OutOrStdout(), db.Store, team, floorBeside(output))
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	cmd.Flags().StringVar(&format, "format", "yaml", "`FORMAT` of the output: "+strings.Join(formats, ", "))
	cmd.Flags().BoolVar(&gifts, "gifts", false, "write only the log of gifts, as csv or xlsx, with what was removed")
	cmd.Flags().StringVar(&person, "person", "", "write only what is kept of `WHO`: the id of a colleague in Slack, or contact/3")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write `FILE`, whose format follows from the end of its name")
	return cmd
}

// scoresBeside is the file for marks and scores, beside the file of an export.
func scoresBeside(output string) string {
	return strings.TrimSuffix(output, filepath.Ext(output)) + scoresEnding
}

// floorBeside is the folder for what was found, beside the file of an export.
func floorBeside(output string) string {
	return strings.TrimSuffix(output, filepath.Ext(output)) + "-findings"
}

func present(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// exportFloor writes what was found at factories to a folder with the photos as files, if
// anything was.
func exportFloor(ctx context.Context, w io.Writer, db *store.Store, team, dir string) error {
	var f exchange.Floor
	series, err := db.EverySeries(ctx, team)
	if err != nil {
		return err
	}
	for _, s := range series {
		f.Products = append(f.Products, exchange.ProductOf(&s))
	}
	named := map[int]bool{} // inspections that actions name
	alone := map[int]bool{} // factories of findings without a visit
	inspections, err := db.Inspections(ctx, team, store.InspectionFilter{Filter: store.Filter{Cancelled: true}})
	if err != nil {
		return err
	}
	findings, err := db.EveryFinding(ctx, team)
	if err != nil {
		return err
	}
	photos := 0
	for _, finding := range findings {
		e := exchange.FindingOf(&finding)
		a, err := db.Action(ctx, team, finding.Number)
		if err != nil {
			return err
		}
		e.Put(&a.Action)
		for _, n := range e.Lots() {
			named[n] = true
		}
		if e.Alone {
			alone[finding.Subject.Number()] = true
		}
		for _, p := range e.Photos {
			if p.File != "" {
				photos++
			}
		}
		f.Findings = append(f.Findings, e)
	}
	lots := 0
	for _, i := range inspections {
		e, gave := exchange.InspectionOf(&i.Inspection)
		if gave {
			lots++
		}
		if gave || named[i.Number] {
			f.Inspections = append(f.Inspections, e)
		}
	}
	if f.IsEmpty() {
		return nil
	}
	factories, err := db.Factories(ctx, team)
	if err != nil {
		return err
	}
	for _, at := range factories {
		if alone[at.Number] {
			f.Factories = append(f.Factories, exchange.FactoryOf(&at))
		}
	}
	if err := exchange.WriteFloor(dir, f, func(id int) ([]byte, error) { return db.Photo(ctx, team, id) }); err != nil {
		return err
	}
	_, err = english().Fprintf(w, "Findings (%d), products (%d), inspections of lots (%d) and photos (%d) are in the folder %s.\n",
		len(f.Findings), len(f.Products), lots, photos, dir)
	return err
}

// shows reports whether f is a terminal, or another device that takes characters.
func shows(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// writeFile writes a file that is whole or is not there, for its owner alone: it names people.
func writeFile(name, format string, c exchange.Contents) error {
	var b bytes.Buffer
	if err := exchange.Write(&b, format, c); err != nil {
		return err
	}
	return writeNew(name, &b)
}

// writeNew writes a file that is not there yet, for its owner alone.
func writeNew(name string, b *bytes.Buffer) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("export --output %s: the file exists already; delete it or give another name", name)
	} else if err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	_, err = b.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the export: %w", errors.Join(err, os.Remove(name)))
	}
	return nil
}

// exportGifts writes the log of gifts.
func exportGifts(ctx context.Context, cmd *cobra.Command, db database, team, format, output string) error {
	if format == "yaml" {
		if output != "" || cmd.Flags().Changed("format") {
			return errors.New("gifts are written as a table: write export --gifts --output gifts.csv, or gifts.xlsx")
		}
		format = "csv"
	}
	gs, err := db.Gifts(ctx, team, store.Filter{Cancelled: true})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := exchange.WriteGifts(&b, format, gs); err != nil {
		return err
	}
	if output == "" {
		_, err := b.WriteTo(cmd.OutOrStdout())
		return err
	}
	if err := writeNew(output, &b); err != nil {
		return err
	}
	_, err = english().Fprintf(cmd.OutOrStdout(), "Gifts (%d) are in the file %s.\n", len(gs), output)
	return err
}
