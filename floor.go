package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/exchange"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// importFloor records what was found at factories from the folder that an export wrote. What is
// recorded already stays as it is, so the same folder can be imported again.
func importFloor(cmd *cobra.Command, getenv func(string) string, workspace, dir string, dryRun bool) error {
	f, err := exchange.ReadFloor(dir)
	if err != nil {
		return fmt.Errorf("nothing was imported:\n%w", err)
	}
	return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
		team, err := db.workspace(ctx, workspace)
		if err != nil {
			return err
		}
		im := floorImport{db: db.Store, team: team, dry: dryRun, doubts: cmd.ErrOrStderr(), series: map[int]int{}, number: map[int]int{}, lots: map[int]int{}}
		if err := im.record(ctx, &f); err != nil {
			return fmt.Errorf("the import stopped: %w\nwhat is recorded so far stays (%s); import the same folder again, and it goes on from there", err, im.added())
		}
		if dryRun {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "This would be: %s. Nothing was written.\n", im.added())
		} else {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s.\n", im.added())
		}
		return err
	})
}

// A floorImport records what a folder has, and counts it.
type floorImport struct {
	db     *store.Store
	team   string
	dry    bool
	doubts io.Writer
	series map[int]int // the number here of a product in the file
	number map[int]int // and of a finding
	lots   map[int]int // and of an inspection

	products, inspections, findings, photos, same int
}

func (im *floorImport) added() string {
	return english().Sprintf("added: findings (%d), products (%d), inspections of lots (%d) and photos (%d); as they were: %d", im.findings, im.products, im.inspections, im.photos, im.same)
}

func (im *floorImport) record(ctx context.Context, f *exchange.Floor) error {
	factories, err := im.db.Factories(ctx, im.team)
	if err != nil {
		return err
	}
	if factories, err = im.missing(ctx, f, factories); err != nil {
		return err
	}
	for n := range f.Products {
		if err := im.product(ctx, &f.Products[n], factories); err != nil {
			return fmt.Errorf("product %d: %w", f.Products[n].Number, err)
		}
	}
	for n := range f.Inspections {
		if err := im.inspection(ctx, &f.Inspections[n]); err != nil {
			return fmt.Errorf("inspection %d: %w", f.Inspections[n].Number, err)
		}
	}
	for n := range f.Findings {
		if err := im.finding(ctx, f, &f.Findings[n], factories); err != nil {
			return fmt.Errorf("finding %d: %w", f.Findings[n].Number, err)
		}
	}
	for n := range f.Findings { // an action may name another finding
		e := &f.Findings[n]
		a := e.Followed(im.team, im.number[e.Number], im.number, im.lots)
		if a == nil || a.Finding == 0 {
			continue
		}
		apart, err := im.db.AddAction(ctx, *a, time.Now())
		if err != nil {
			return fmt.Errorf("the action of finding %d: %w", e.Number, err)
		}
		if apart {
			im.doubt("finding %d is withdrawn here too, but not as the same as finding %d: the two stand in different channels here", e.Number, e.Action.Facts.SameAs)
		}
	}
	return nil
}

func (im *floorImport) doubt(text string, args ...any) {
	fmt.Fprintf(im.doubts, "Please check: "+text+"\n", args...)
}

// missing records the factories of findings without a visit that are not there yet, and gives all.
func (im *floorImport) missing(ctx context.Context, f *exchange.Floor, factories []visit.Factory) ([]visit.Factory, error) {
	for n := range f.Factories {
		at := f.Factories[n].Factory(im.team)
		if len(at.Sites(factories)) > 0 {
			continue
		}
		if !im.dry {
			var err error
			if at, err = im.db.AddFactory(ctx, at, time.Now()); err != nil {
				return nil, fmt.Errorf("factory %s: %w", at.Name, err)
			}
		}
		factories = append(factories, at)
	}
	return factories, nil
}

// inspectionHere is the inspection that the file means: of the number, or else the one that is due
// on the day at the factory. It reports false where there is none, or where several can be meant.
func (im *floorImport) inspectionHere(ctx context.Context, e *exchange.Inspection) (visit.Inspection, bool, error) {
	i, err := im.db.Inspection(ctx, im.team, e.Number)
	if err != nil && !errors.Is(err, visit.ErrNotFound) || err == nil && sameFactory(&i.Factory, e.Factory) && i.Due == e.Due {
		return i, err == nil, err
	}
	all, err := im.db.Inspections(ctx, im.team, store.InspectionFilter{Filter: store.Filter{Cancelled: true}})
	all = slices.DeleteFunc(all, func(i store.InspectionSummary) bool { return !sameFactory(&i.Factory, e.Factory) || i.Due != e.Due })
	if err != nil || len(all) != 1 {
		return i, false, err
	}
	return all[0].Inspection, true, nil
}

// product records a product at the factory of its name.
func (im *floorImport) product(ctx context.Context, p *exchange.Product, factories []visit.Factory) error {
	wanted := visit.Factory{Name: p.Factory}
	for _, at := range factories {
		if at.FoldedName() != wanted.FoldedName() {
			continue
		}
		s := p.Series(at)
		same, err := im.db.SeriesAt(ctx, im.team, at.Number, p.Channel)
		if err != nil {
			return err
		}
		for _, o := range same {
			if o.FoldedProduct() == s.FoldedProduct() {
				im.series[p.Number], im.same = o.Number, im.same+1
				return nil
			}
		}
		im.products++
		if im.dry {
			im.series[p.Number] = p.Number
			return nil
		}
		added, _, err := im.db.AddSeries(ctx, s, time.Now())
		im.series[p.Number] = added.Number
		return err
	}
	im.doubt("product %d is not recorded: there is no factory %s here; import the visits and plans first", p.Number, p.Factory)
	return nil
}

// sameFactory reports whether something is at the factory that the file names.
func sameFactory(is *visit.Factory, named string) bool {
	return is.FoldedName() == (&visit.Factory{Name: named}).FoldedName()
}

// inspection records what an inspection gave, if it is the one that the file means.
func (im *floorImport) inspection(ctx context.Context, e *exchange.Inspection) error {
	i, there, err := im.inspectionHere(ctx, e)
	if err != nil {
		return err
	}
	if !there {
		im.doubt("inspection %d is not recorded: there is none of this number at %s on %s here", e.Number, e.Factory, e.Due)
		return nil
	}
	im.lots[e.Number] = i.Number
	if !e.Gave() {
		return nil
	}
	series := im.series[e.Product]
	if e.Product != 0 && series == 0 {
		im.doubt("inspection %d belongs to no product here", e.Number)
	}
	if !e.PutInto(&i, series) {
		im.same++
		return nil
	}
	im.inspections++
	if im.dry {
		return nil
	}
	_, err = im.db.ChangeInspection(ctx, im.team, i.Number, time.Now(), func(i *visit.Inspection) error { e.PutInto(i, series); return nil })
	return err
}

// finding records a finding and the copies of its photos.
func (im *floorImport) finding(ctx context.Context, from *exchange.Floor, e *exchange.Finding, factories []visit.Factory) error {
	was, err := im.db.FindingBySource(ctx, im.team, e.Source)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return err
	}
	if err == nil {
		im.same++
		if !im.dry {
			im.number[e.Number] = was.Number
		}
		return im.copies(ctx, from, e, &was)
	}
	f := e.Finding(im.team)
	if e.Alone {
		im.hang(e, &f, factories)
	}
	if s := e.Subject(); s != "" {
		a, err := im.db.Appointment(ctx, im.team, s)
		switch {
		case err != nil && !errors.Is(err, visit.ErrNotFound):
			return err
		case err != nil || !sameFactory(&a.Common().Factory, e.Factory):
			im.doubt("finding %d belongs to none now: there is no %s at %s here", e.Number, strings.ReplaceAll(string(s), "/", " "), e.Factory)
		default:
			f.Subject, f.Item = s, e.Item
		}
	}
	im.findings++
	if im.dry {
		return nil
	}
	added, _, err := im.db.AddFinding(ctx, f, time.Now()) // by which nothing that is past is reminded of
	if err != nil {
		return err
	}
	im.number[e.Number] = added.Number
	return im.copies(ctx, from, e, &added)
}

// hang gives a finding to the factory of its name alone.
func (im *floorImport) hang(e *exchange.Finding, f *visit.Finding, factories []visit.Factory) {
	for n := range factories {
		if sameFactory(&factories[n], e.Factory) {
			f.HangOn(&factories[n], e.Channel)
			f.Seen = e.Seen
			return
		}
	}
	im.doubt("finding %d belongs to none now: there is no factory %s here", e.Number, e.Factory)
}

// copies keeps the copies of the photos that have none yet.
func (im *floorImport) copies(ctx context.Context, from *exchange.Floor, e *exchange.Finding, f *visit.Finding) error {
	for _, p := range e.Photos {
		for _, here := range f.Photos {
			if here.FileID != p.FileID || here.State != visit.PhotoWaiting || im.dry {
				continue
			}
			switch p.State {
			case visit.PhotoRefused:
				if _, _, err := im.db.RefusePhoto(ctx, im.team, here.ID, p.Why); err != nil {
					return err
				}
			case visit.PhotoKept:
				b, err := from.Copy(p)
				if err != nil {
					return err
				}
				_, did, err := im.db.KeepPhoto(ctx, im.team, here.ID, store.Copy{JPEG: b, W: p.W, H: p.H, SHA256: p.SHA256, TakenAt: p.TakenAt})
				if err != nil {
					return err
				}
				if did {
					im.photos++
				}
			}
		}
	}
	return nil
}
