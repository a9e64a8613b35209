package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func sampleFinding(team, source string, files ...string) visit.Finding {
	f := visit.Finding{Workspace: team, Channel: "D1", Kind: visit.OfProduct, Severity: visit.Major, Text: "no corner guard", TextZH: "无护角",
		Place: "packing", Bad: 6, Checked: 50, Requirement: "instruction 4", Request: "add guards", Defect: "no-corner-guard", ForFactory: true,
		Source: source, By: "U1"}
	for _, id := range files {
		f.AddPhoto(visit.PhotoRef{FileID: id, Permalink: "https://x.example/" + id, Name: id + ".jpg"})
	}
	return f
}

func TestAFindingIsKeptWholeAndOnceASource(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		in := sampleFinding("T1", "D1:1.2", "F1", "F2")
		in.Subject, in.Item = v.Subject(), 3
		f, did, err := s.AddFinding(ctx, in, noon)
		if err != nil || !did || f.Number != 1 || f.Channel != "C1" || f.Factory != "Ningbo Bright" || len(f.Photos) != 2 {
			t.Fatalf("the finding is %+v, %v, %v", f, did, err)
		}
		want := in
		want.Number, want.Rev, want.At, want.Channel, want.Factory, want.Photos = 1, 1, noon, "C1", "Ningbo Bright", f.Photos
		if !reflect.DeepEqual(f, want) {
			t.Errorf("kept is %+v, not %+v", f, want)
		}
		again, did, err := s.AddFinding(ctx, in, noon.Add(time.Hour))
		if err != nil || did || !reflect.DeepEqual(again, f) {
			t.Errorf("the second delivery is %+v, %v, %v", again, did, err)
		}
		if other, did, err := s.AddFinding(ctx, sampleFinding("T2", "D1:1.2"), noon); err != nil || !did || other.Number != 1 || other.Channel != "D1" {
			t.Errorf("the same source in another workspace is %+v, %v, %v", other, did, err)
		}
		if fs, err := s.Findings(ctx, "T2", v.Subject()); err != nil || len(fs) != 0 {
			t.Errorf("another workspace reads %v, %v", fs, err)
		}
		if _, err := s.Finding(ctx, "T1", 2); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("a number that nobody gave is %v", err)
		}
		if fs, err := s.Findings(ctx, "T1", v.Subject()); err != nil || len(fs) != 1 || !reflect.DeepEqual(fs[0], f) {
			t.Errorf("the findings of the visit are %+v, %v", fs, err)
		}
	})
}

func TestTheCopyOfAPhoto(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1", "F1", "F2"), noon)
		if err != nil {
			t.Fatal(err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon, 10); err != nil || len(ps) != 2 || ps[0].Finding != f.Number || ps[0].FileID != "F1" {
			t.Fatalf("%+v wait, %v", ps, err)
		}
		taken := noon.Add(-time.Hour)
		got, did, err := s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte{0xff, 0xd8, 0}, W: 4, H: 3, SHA256: "ab", TakenAt: taken})
		if err != nil || !did || got.Photos[0].State != visit.PhotoKept || !got.TakenAt.Equal(taken) {
			t.Fatalf("kept is %+v, %v, %v", got, did, err)
		}
		if _, did, err := s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte{1}}); err != nil || did {
			t.Errorf("a second copy was kept: %v, %v", did, err)
		}
		if b, err := s.Photo(ctx, "T1", f.Photos[0].ID); err != nil || string(b) != "\xff\xd8\x00" {
			t.Errorf("the copy is %q, %v", b, err)
		}
		if _, err := s.Photo(ctx, "T2", f.Photos[0].ID); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads the copy: %v", err)
		}
		if got, did, err := s.TryPhoto(ctx, "T1", f.Photos[1].ID, noon.Add(time.Second)); err != nil || !did || got.Photos[1].Tries != 1 || got.Photos[1].Why != "" {
			t.Fatalf("tried is %+v, %v, %v", got, did, err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon, 10); err != nil || len(ps) != 0 {
			t.Errorf("%+v wait although somebody tries it, %v", ps, err)
		}
		if _, did, err := s.DelayPhoto(ctx, "T1", f.Photos[1].ID, "not_ready", noon.Add(time.Minute)); err != nil || !did {
			t.Fatalf("it is not fetched later: %v, %v", did, err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon, 10); err != nil || len(ps) != 0 {
			t.Errorf("%+v wait too early, %v", ps, err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon.Add(time.Minute), 10); err != nil || len(ps) != 1 {
			t.Errorf("%+v wait when it is time, %v", ps, err)
		}
		if got, did, err := s.RefusePhoto(ctx, "T1", f.Photos[1].ID, "heic"); err != nil || !did || got.Photos[1].Why != "heic" || got.Photos[1].Tries != 1 {
			t.Errorf("refused is %+v, %v, %v", got, did, err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon.AddDate(1, 0, 0), 10); err != nil || len(ps) != 0 {
			t.Errorf("%+v wait still, %v", ps, err)
		}
		// A finding that is withdrawn has no copies; when it comes back they are fetched again.
		withdrawn, err := s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { _, err := f.Withdraw("U1", "", noon); return err })
		if err != nil || withdrawn.Photos[0].State != visit.PhotoWaiting || withdrawn.Photos[1].State != visit.PhotoRefused {
			t.Fatalf("withdrawn is %+v, %v", withdrawn, err)
		}
		var left int
		if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM photos WHERE jpeg IS NOT NULL`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d copies are left, %v", left, err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon, 10); err != nil || len(ps) != 0 {
			t.Errorf("%+v of a finding that is withdrawn wait, %v", ps, err)
		}
		if _, did, err := s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte{1}}); err != nil || did {
			t.Errorf("a copy for a finding that is withdrawn was kept: %v, %v", did, err)
		}
		if _, err := s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { _, err := f.Restore("U1", ""); return err }); err != nil {
			t.Fatal(err)
		}
		if ps, err := s.PhotosWaiting(ctx, noon, 10); err != nil || len(ps) != 1 || ps[0].FileID != "F1" {
			t.Errorf("%+v wait after it came back, %v", ps, err)
		}
	})
}

func TestALotIsKeptWithItsInspection(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := must(s.AddInspection(ctx, visit.Inspection{Work: visit.Work{Workspace: "T1", Factory: visit.Factory{Name: "Ningbo Bright"},
			Place: visit.Place{Channel: "C1"}, Owner: "U1"}, Type: "pre_shipment", Due: civil.On(2027, 1, 5)}, noon))
		x, did, err := s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: "C1", Product: "Desk  lamp", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: "U1"}, noon)
		if err != nil || !did || x.Number != 1 {
			t.Fatalf("the series is %+v, %v, %v", x, did, err)
		}
		same := x
		same.Product = "desk lamp"
		if again, did, err := s.AddSeries(ctx, same, noon); err != nil || did || again.Number != x.Number {
			t.Errorf("the same product is %+v, %v, %v", again, did, err)
		}
		lot := visit.Lot{Series: x.Number, Size: 3000, Cartons: 50, Level: "II", Classes: []visit.LotClass{
			{Class: visit.Critical, N: 125, Re: 1, Strictness: visit.Normal}, {Class: visit.Major, AQL: "2.5", Letter: "K", N: 125, Ac: 7, Re: 8, Strictness: visit.Normal, TighterAc: 5}}}
		i, err = s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
			i.Ordered, i.Firm, i.Unchecked = visit.Quantities{Ordered: 3000, Packed: 2400}, visit.Firm{Name: "QI", Booking: "7", Verdict: visit.Passed}, "drop test"
			if err := i.Draw(lot, "U1", noon); err != nil {
				return err
			}
			if _, err := i.Count(map[visit.Severity]int{visit.Major: 5}, 8, "U1", noon); err != nil {
				return err
			}
			if _, err := i.Report(visit.Passed, "", "U1", noon); err != nil {
				return err
			}
			if err := i.Measure(visit.Measured{Test: visit.Test{ID: 1, Name: "width", Limit: visit.Limit{Lower: "9.5", Upper: "10", Unit: "mm"}}, Value: "9.7", Said: visit.Mark{By: "U1", At: noon}}); err != nil {
				return err
			}
			_, err := i.Decide(visit.Release, "", false, "U1", noon)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got := must(s.Inspection(ctx, "T1", i.Number))
		if !reflect.DeepEqual(got, i) {
			t.Errorf("kept is\n%+v\nnot\n%+v", got, i)
		}
		if got.Lot.Classes[1].Bad != 5 || got.Measured[0].Result != visit.TestPassed || got.Decision.Decision != visit.Release {
			t.Errorf("the inspection is %+v", got)
		}
		if lots, err := s.Lots(ctx, "T1", x.Number); err != nil || len(lots) != 1 || !lots[0].CountsForSeries() {
			t.Errorf("the lots are %+v, %v", lots, err)
		}
		y, err := s.ChangeSeries(ctx, "T1", x.Number, func(x *visit.Series) error {
			x.Sealed = visit.SealedSample{Version: "3", Where: "office", Until: civil.On(2027, 12, 31)}
			x.AddTest(visit.Test{Name: "width", Limit: visit.Limit{Lower: "9.5"}})
			x.Say(visit.SeriesEvent{Kind: visit.ReducedAllowed, Day: civil.On(2027, 1, 5), Said: visit.Mark{By: "U1", At: noon}})
			return nil
		})
		if err != nil || !y.ReducedAllowed(visit.Major) {
			t.Fatal(y, err)
		}
		if got := must(s.Series(ctx, "T1", x.Number)); !reflect.DeepEqual(got, y) {
			t.Errorf("kept is %+v, not %+v", got, y)
		}
	})
}

func TestAFinalReportEndsUndo(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		in := sampleFinding("T1", "D1:1", "F1")
		in.Subject = v.Subject()
		f, _, err := s.AddFinding(ctx, in, noon)
		if err != nil {
			t.Fatal(err)
		}
		draft := visit.Report{Workspace: "T1", Subject: v.Subject(), Kind: visit.ReportVisit, Name: "visit.pdf", Made: visit.Mark{By: "U1", At: noon}}
		for n := range 2 {
			if r, err := s.AddReport(ctx, draft); err != nil || r.Number != n+1 || r.State != visit.ReportMaking {
				t.Fatalf("report %d is %+v, %v", n+1, r, err)
			}
		}
		if _, err := s.ChangeReport(ctx, "T1", v.Subject(), 2, func(r *visit.Report) error {
			r.State, r.FileID, r.TS = visit.ReportShown, "F9", "1.2"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		seen := must(s.Findings(ctx, "T1", v.Subject()))
		old := slices.Clone(seen)
		old[0].Rev--
		rev := must(s.Visit(ctx, "T1", v.Number)).Rev
		for what, of := range map[string]Drawn{
			"of findings as they were": {Rev: rev, Findings: old, SHA256: "abcd", Version: 1}, "without a finding": {Rev: rev, SHA256: "abcd", Version: 1}, "of the visit as it was": {Rev: rev - 1, Findings: seen, SHA256: "abcd", Version: 1},
		} {
			if r, did, err := s.FinishReport(ctx, "T1", v.Subject(), 2, of, "U1", noon); err != nil || did || r.IsFinal() {
				t.Errorf("a report %s is final: %+v, %v", what, r, err)
			}
			if fs := must(s.Findings(ctx, "T1", v.Subject())); fs[0].Final || fs[0].Rev != seen[0].Rev {
				t.Errorf("after it the finding is %+v", fs[0])
			}
		}
		r, did, err := s.FinishReport(ctx, "T1", v.Subject(), 2, Drawn{Rev: rev, Findings: seen, SHA256: "abcd", Version: 1}, "U1", noon)
		if err != nil || !did || !r.IsFinal() {
			t.Fatalf("finished is %+v, %v, %v", r, did, err)
		}
		if r, did, err := s.FinishReport(ctx, "T1", v.Subject(), 2, Drawn{Rev: rev, Findings: seen, SHA256: "other", Version: 1}, "U2", noon); err != nil || did || r.SHA256 != "abcd" || r.Final.By != "U1" {
			t.Errorf("finished twice is %+v, %v, %v", r, did, err)
		}
		// Another report of the same version comes too late, and reads which one came first; one
		// of the next version does not.
		seen = must(s.Findings(ctx, "T1", v.Subject()))
		if r, did, err := s.FinishReport(ctx, "T1", v.Subject(), 1, Drawn{Rev: rev, Findings: seen, SHA256: "efgh", Version: 1}, "U2", noon); err != nil || did || r.Number != 2 || !r.IsFinal() {
			t.Errorf("a second one of the version is %+v, %v, %v", r, did, err)
		}
		if r, err := s.Report(ctx, "T1", v.Subject(), 1); err != nil || r.IsFinal() {
			t.Errorf("there are two of the version: %+v, %v", r, err)
		}
		var input *visit.InputError
		if _, err := s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { _, err := f.Withdraw("U1", "", noon); return err }); !errors.As(err, &input) {
			t.Errorf("a finding of a final report is withdrawn: %v", err)
		}
		final := must(s.Finding(ctx, "T1", f.Number))
		for what, change := range map[string]func(*visit.Finding){
			"severity":     func(f *visit.Finding) { f.Severity = visit.Minor },
			"kind":         func(f *visit.Finding) { f.Sort(visit.Idea, "") },
			"count":        func(f *visit.Finding) { f.Bad = 1 },
			"no count":     func(f *visit.Finding) { f.Bad, f.Checked = 0, 0 },
			"text":         func(f *visit.Finding) { f.Text = "all is well" },
			"Chinese text": func(f *visit.Finding) { f.TextZH = "" },
			"place":        func(f *visit.Finding) { f.Place = "line 2" },
			"requirement":  func(f *visit.Finding) { f.Requirement = "" },
			"request":      func(f *visit.Finding) { f.Request = "nothing" },
			"defect":       func(f *visit.Finding) { f.Defect = "" },
			"photos":       func(f *visit.Finding) { f.Photos = f.Photos[:0] },
			"visit":        func(f *visit.Finding) { f.Subject = "" },
		} {
			if _, err := s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { change(f); return nil }); !errors.As(err, &input) {
				t.Errorf("in a final report another %s is kept: %v", what, err)
			}
		}
		if now := must(s.Finding(ctx, "T1", f.Number)); !reflect.DeepEqual(now, final) {
			t.Errorf("it is %+v, want %+v", now, final)
		}
		more := must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error {
			f.Final, f.Text = false, "seen again: "+f.Text+"\non line 2"
			f.AddPhoto(visit.PhotoRef{FileID: "F7"})
			return nil
		}))
		if !more.Final || more.Text != "seen again: no corner guard\non line 2" || len(more.Photos) != 2 {
			t.Errorf("with more words it is %+v", more)
		}
		if rs, err := s.Reports(ctx, "T1", v.Subject()); err != nil || len(rs) != 2 || rs[0].Number != 2 || rs[0].FileID != "F9" {
			t.Errorf("the reports are %+v, %v", rs, err)
		}
		rev, seen = must(s.Visit(ctx, "T1", v.Number)).Rev, must(s.Findings(ctx, "T1", v.Subject()))
		if r, did, err := s.FinishReport(ctx, "T1", v.Subject(), 1, Drawn{Rev: rev, Findings: seen, SHA256: "efgh", Version: 2}, "U2", noon); err != nil || !did || r.Number != 1 {
			t.Errorf("one of the next version is %+v, %v, %v", r, did, err)
		}
	})
}

func TestOneFindingPerPhoto(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1", "F1", "F2", "F3"), noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.KeepPhoto(ctx, "T1", f.Photos[1].ID, Copy{JPEG: []byte{7}, W: 1, H: 1}); err != nil {
			t.Fatal(err)
		}
		fs, err := s.SplitFinding(ctx, "T1", f.Number, noon)
		if err != nil || len(fs) != 3 {
			t.Fatalf("split is %+v, %v", fs, err)
		}
		for n, f := range fs {
			if len(f.Photos) != 1 || f.Photos[0].FileID != "F"+strconv.Itoa(n+1) || f.Text != "no corner guard" || (n > 0) == f.Counted() {
				t.Errorf("finding %d is %+v", n, f)
			}
		}
		if b, err := s.Photo(ctx, "T1", fs[1].Photos[0].ID); err != nil || string(b) != "\x07" {
			t.Errorf("the copy that was there is %q, %v", b, err)
		}
		if again, err := s.SplitFinding(ctx, "T1", f.Number, noon); err != nil || len(again) != 1 {
			t.Errorf("split again is %+v, %v", again, err)
		}
		if loose, err := s.LooseFindings(ctx, "T1", "U1"); err != nil || len(loose) != 3 {
			t.Errorf("loose are %+v, %v", loose, err)
		}
	})
}

func TestWordsForSeverity(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		said := func(channel string) visit.Severity { return must(s.SeverityWords(ctx, "T1", channel)).Yanzhong }
		if said("C1") != "" {
			t.Error("a word has a meaning that nobody gave it")
		}
		for channel, is := range map[string]visit.Severity{"": visit.Major, "C1": visit.Critical} {
			if err := s.SetSeverityWords(ctx, "T1", channel, visit.SeverityWords{Yanzhong: is}, "U1", noon); err != nil {
				t.Fatal(err)
			}
		}
		if said("C1") != visit.Critical || said("C2") != visit.Major || said("") != visit.Major || must(s.SeverityWords(ctx, "T2", "C1")).Yanzhong != "" {
			t.Error("the words are mixed up")
		}
	})
}

func TestOneSourceIsOneFindingWhoeverBringsIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		const at = 6
		numbers := make(chan int, at)
		var wait sync.WaitGroup
		for range at {
			wait.Go(func() {
				f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1", "F1"), noon)
				if err != nil {
					t.Error(err)
				}
				numbers <- f.Number
			})
		}
		wait.Wait()
		close(numbers)
		for n := range numbers {
			if n != 1 {
				t.Errorf("one delivery is finding %d", n)
			}
		}
		if fs := must(s.LooseFindings(ctx, "T1", "U1")); len(fs) != 1 || len(fs[0].Photos) != 1 {
			t.Errorf("the findings are %+v", fs)
		}
		if f, err := s.FindingBySource(ctx, "T1", "D1:1"); err != nil || f.Number != 1 {
			t.Errorf("by its source it is %+v, %v", f, err)
		}
		if _, err := s.FindingBySource(ctx, "T2", "D1:1"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace finds it: %v", err)
		}
	})
}

func TestAFindingWithoutASourceIsRefused(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	for name, change := range map[string]func(*visit.Finding){
		"source":    func(f *visit.Finding) { f.Source = "" },
		"by":        func(f *visit.Finding) { f.By = "" },
		"workspace": func(f *visit.Finding) { f.Workspace = "" },
		"long":      func(f *visit.Finding) { f.Source = strings.Repeat("x", 201) },
		"nothing":   func(f *visit.Finding) { f.Text = "" },
	} {
		f := sampleFinding("T1", "D1:1")
		change(&f)
		if _, did, err := s.AddFinding(context.Background(), f, noon); did || err == nil {
			t.Errorf("%s: it is recorded", name)
		}
	}
}

func TestAFindingGoesWhereItsVisitGoes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1"), noon)
		if err != nil {
			t.Fatal(err)
		}
		if f, err = s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { return f.BelongTo(&v) }); err != nil || f.Channel != "C1" || f.Rev != 2 {
			t.Fatalf("it belongs to the visit as %+v, %v", f, err)
		}
		if loose := must(s.LooseFindings(ctx, "T1", "U1")); len(loose) != 0 {
			t.Errorf("%+v belong to none", loose)
		}
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Channel = "C7"; return nil }))
		must(s.ChangeFactory(ctx, "T1", v.Factory.Number, noon, func(f *visit.Factory) error { f.Name = "Bright Two"; return nil }))
		if got := must(s.Finding(ctx, "T1", f.Number)); got.Channel != "C7" || got.Factory != "Bright Two" {
			t.Errorf("it stands in %s, at %s", got.Channel, got.Factory)
		}
		// Who changes it cannot give it another past.
		got := must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error {
			f.Number, f.Workspace, f.Source, f.By, f.At = 9, "T2", "other", "U9", noon.Add(time.Hour)
			f.Text = "dents"
			return nil
		}))
		if got.Number != f.Number || got.Source != f.Source || got.By != "U1" || !got.At.Equal(noon) || got.Text != "dents" {
			t.Errorf("it has become %+v", got)
		}
	})
}

func TestPhotosBeyondTheLastStayInSlack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		add := func(n int) visit.Finding {
			var files []string
			for p := range visit.MaxPhotos {
				files = append(files, fmt.Sprintf("F%d-%d", n, p))
			}
			f := sampleFinding("T1", fmt.Sprintf("D1:%d", n), files...)
			if n < 7 {
				f.Subject = v.Subject()
			}
			f, did, err := s.AddFinding(ctx, f, noon)
			if err != nil || !did {
				t.Fatal(did, err)
			}
			return f
		}
		refused := func(f visit.Finding) (n int) {
			for _, p := range f.Photos {
				if p.State == visit.PhotoRefused && p.Why == visit.PhotoTooMany {
					n++
				}
			}
			return n
		}
		for n := range 6 {
			if f := add(n); refused(f) != 0 {
				t.Fatalf("%d photos of finding %d are refused", refused(f), n)
			}
		}
		if f := add(6); refused(f) != visit.MaxPhotos {
			t.Errorf("%d photos beyond the last are refused", refused(f))
		}
		// One that comes from elsewhere is one too many as well, and its copy goes.
		loose := add(7)
		if refused(loose) != 0 {
			t.Errorf("%d photos of a finding on its own are refused", refused(loose))
		}
		if _, _, err := s.KeepPhoto(ctx, "T1", loose.Photos[0].ID, Copy{JPEG: []byte{1}, W: 1, H: 1}); err != nil {
			t.Fatal(err)
		}
		if f, err := s.ChangeFinding(ctx, "T1", loose.Number, noon, func(f *visit.Finding) error { return f.BelongTo(&v) }); err != nil || refused(f) != visit.MaxPhotos {
			t.Errorf("%d of its photos are refused, %v", refused(f), err)
		}
		if _, err := s.Photo(ctx, "T1", loose.Photos[0].ID); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("its copy is still there: %v", err)
		}
		// A photo that is taken away makes room, and its row is gone.
		fs := must(s.Findings(ctx, "T1", v.Subject()))
		if _, err := s.ChangeFinding(ctx, "T1", fs[0].Number, noon, func(f *visit.Finding) error { f.Photos = f.Photos[1:]; return nil }); err != nil {
			t.Fatal(err)
		}
		f := must(s.ChangeFinding(ctx, "T1", fs[0].Number, noon, func(f *visit.Finding) error { f.AddPhoto(visit.PhotoRef{FileID: "F9"}); return nil }))
		if len(f.Photos) != visit.MaxPhotos || refused(f) != 0 || f.Photos[visit.MaxPhotos-1].FileID != "F9" {
			t.Errorf("the photos are %+v", f.Photos)
		}
	})
}

func TestAPhotoIsLookedAt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1", "F1", "F2"), noon)
		if err != nil {
			t.Fatal(err)
		}
		crop := visit.Crop{Left: 10, Bottom: 50}
		err = s.LookAtPhotos(ctx, "T1", []Look{{f.Number, f.Photos[1].ID, true, crop}}, "U1", noon)
		f = must(s.Finding(ctx, "T1", f.Number))
		if err != nil || f.Photos[1].Cleared != (visit.Mark{By: "U1", At: noon}) || !f.Photos[1].LeftOut || f.Photos[1].Crop != crop || f.Photos[0].Cleared.IsSet() {
			t.Errorf("the photos are %+v, %v", f.Photos, err)
		}
		err = s.LookAtPhotos(ctx, "T1", []Look{{Finding: f.Number, Photo: f.Photos[0].ID}, {Finding: f.Number, Photo: 99}}, "U1", noon)
		if f = must(s.Finding(ctx, "T1", f.Number)); !errors.Is(err, visit.ErrNotFound) || f.Photos[0].Cleared.IsSet() {
			t.Errorf("a photo of another finding: %v, and the photos are %+v", err, f.Photos)
		}
	})
}

func TestAPendingResultIsAskedForEveryDay(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := sampleInspection("T1")
		i.Owner, i.Due = "U1", civil.On(2027, 1, 4)
		i = must(s.AddInspection(ctx, i, noon))
		report := func(r visit.Result) {
			t.Helper()
			must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error { _, err := i.Report(r, "why", "U1", noon); return err }))
		}
		undecided := func(on civil.Date) (told []visit.Ask) {
			d := must(s.Daily(ctx, "T1", "U1", noon))
			for _, a := range d.Tell(on) {
				if a.Kind == visit.AskUndecided {
					told = append(told, a)
				}
			}
			return told
		}
		report(visit.Undecided)
		if told := undecided(civil.On(2027, 1, 4)); len(told) != 0 {
			t.Errorf("asked at once: %+v", told)
		}
		for day := 5; day < 8; day++ {
			on := civil.On(2027, 1, day)
			told := undecided(on)
			if len(told) != 1 {
				t.Fatalf("on %s %+v is asked", on, told)
			}
			if err := s.ToldInDaily(ctx, told, on); err != nil {
				t.Fatal(err)
			}
			if again := undecided(on); len(again) != 0 {
				t.Errorf("on %s it is asked twice", on)
			}
		}
		for _, f := range []InspectionFilter{{Open: true}, {}} {
			if is := must(s.Inspections(ctx, "T1", f)); len(is) != 1 {
				t.Errorf("%+v lists %d", f, len(is))
			}
		}
		if is := must(s.Inspections(ctx, "T1", InspectionFilter{Over: true})); len(is) != 0 {
			t.Error("what is pending is over")
		}
		report(visit.Passed)
		if told := undecided(civil.On(2027, 1, 8)); len(told) != 0 {
			t.Errorf("decided, it is asked: %+v", told)
		}
	})
}

func TestWhatCouldNotBeDoneIsListedAsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
			_, err := i.Report(visit.CouldNot, "the goods were not ready", "U1", noon)
			return err
		}))
		for _, c := range []struct {
			f    InspectionFilter
			want int
		}{{InspectionFilter{}, 0}, {InspectionFilter{Open: true}, 0}, {InspectionFilter{Over: true}, 1}, {InspectionFilter{Filter: Filter{Cancelled: true}}, 1}} {
			if is := must(s.Inspections(ctx, "T1", c.f)); len(is) != c.want {
				t.Errorf("%+v lists %d, want %d", c.f, len(is), c.want)
			}
		}
		if keys := pending(t, s, "T1", i.Subject()); len(keys) != 0 {
			t.Errorf("%q wait", keys)
		}
	})
}

func TestWhatIsFoundMovesWithItsChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := sampleInspection("T1")
		i.Channel = "C1"
		i = must(s.AddInspection(ctx, i, noon))
		loose := sampleFinding("T1", "C1:1")
		loose.Channel = "C1"
		f, _, err := s.AddFinding(ctx, loose, noon)
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: "C1", Product: "Lamp", Level: "II", By: "U1"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: "C3", Product: "Lamp", Level: "II", By: "U1"}, noon)
		if err != nil || other.Number == x.Number {
			t.Fatalf("another channel's series is %+v, %v", other, err)
		}
		if err := s.SetSeverityWords(ctx, "T1", "C1", visit.SeverityWords{Yanzhong: visit.Critical}, "U1", noon); err != nil {
			t.Fatal(err)
		}
		r := must(s.AddReport(ctx, visit.Report{Workspace: "T1", Subject: i.Subject(), Kind: visit.ReportInspection, Channel: "C1"}))
		for range 2 {
			if err := s.MoveChannel(ctx, "T1", "C1", "C2"); err != nil {
				t.Fatal(err)
			}
		}
		if got := must(s.Finding(ctx, "T1", f.Number)); got.Channel != "C2" {
			t.Errorf("the finding is in %s", got.Channel)
		}
		if at := must(s.SeriesAt(ctx, "T1", i.Factory.Number, "C2")); len(at) != 1 || at[0].Number != x.Number {
			t.Errorf("the series there are %+v", at)
		}
		if is := must(s.SeverityWords(ctx, "T1", "C2")).Yanzhong; is != visit.Critical {
			t.Errorf("the word means %q there", is)
		}
		if is := must(s.SeverityWords(ctx, "T1", "C1")).Yanzhong; is != "" {
			t.Errorf("it still means %q in the old one", is)
		}
		if got := must(s.Report(ctx, "T1", i.Subject(), r.Number)); got.Channel != "C2" {
			t.Errorf("the report is in %s", got.Channel)
		}
	})
}

func TestAProductHasOneNameInAChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		add := func(product string) visit.Series {
			x, did, err := s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: "C1", Product: product, Level: "II", By: "U1"}, noon)
			if err != nil || !did {
				t.Fatal(did, err)
			}
			return x
		}
		a := add("Lamp")
		add("Chair")
		var input *visit.InputError
		if _, err := s.ChangeSeries(ctx, "T1", a.Number, func(x *visit.Series) error { x.Product = "chair"; return nil }); !errors.As(err, &input) || input.Field != "product" {
			t.Errorf("two products have one name: %v", err)
		}
		if x, err := s.ChangeSeries(ctx, "T1", a.Number, func(x *visit.Series) error { x.Product, x.Channel = "LAMP", "C9"; return nil }); err != nil || x.Product != "LAMP" || x.Channel != "C1" {
			t.Errorf("the product is %+v, %v", x, err)
		}
		if _, err := s.Series(ctx, "T2", a.Number); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads it: %v", err)
		}
		for _, x := range []visit.Series{{Workspace: "T1", Factory: i.Factory, Product: "a", Level: "II"}, {Workspace: "T1", Channel: "C1", Product: "a", Level: "II"}} {
			if _, did, err := s.AddSeries(ctx, x, noon); did || err == nil {
				t.Errorf("a series without its channel or factory is recorded: %+v", x)
			}
		}
	})
}

func TestTheLotsOfASeriesInTheirOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		var x visit.Series
		for n, c := range []struct{ day, no, bad int }{{6, 2, 9}, {6, 1, 0}, {5, 0, 3}} {
			i := sampleInspection("T1")
			i.Due = civil.On(2027, 1, c.day)
			i = must(s.AddInspection(ctx, i, noon))
			if n == 0 {
				var err error
				if x, _, err = s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: i.Channel, Product: "Lamp", Level: "II", By: "U1"}, noon); err != nil {
					t.Fatal(err)
				}
			}
			must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
				err := i.Draw(visit.Lot{Series: x.Number, No: c.no, Size: 3000, Classes: []visit.LotClass{{Class: visit.Major, N: 125, Ac: 7, Re: 8, Strictness: visit.Tightened}}}, "U1", noon)
				if err == nil {
					_, err = i.Count(map[visit.Severity]int{visit.Major: c.bad}, 0, "U1", noon)
				}
				return err
			}))
		}
		var bad []int
		for _, i := range must(s.Lots(ctx, "T1", x.Number)) {
			bad = append(bad, i.Lot.Classes[0].Bad)
			if i.Lot.Classes[0].Strictness != visit.Tightened || i.Lot.Series != x.Number {
				t.Errorf("the lot is %+v", i.Lot)
			}
		}
		if want := []int{3, 0, 9}; !slices.Equal(bad, want) {
			t.Errorf("the lots have %v bad pieces, want %v", bad, want)
		}
		if lots := must(s.Lots(ctx, "T1", 0)); len(lots) != 0 {
			t.Errorf("%d lots are of no series", len(lots))
		}
	})
}

func TestWhatIsFoundStandsInACopy(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := opened(t, filepath.Join(dir, "v.db"))
	v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
	in := sampleFinding("T1", "D1:1", "F1", "F2")
	in.Subject = v.Subject()
	f, _, err := s.AddFinding(ctx, in, noon)
	if err != nil {
		t.Fatal(err)
	}
	if f, _, err = s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte{0xff, 0xd8, 0, 9}, W: 4, H: 3, SHA256: "ab"}); err != nil {
		t.Fatal(err)
	}
	must(s.AddReport(ctx, visit.Report{Workspace: "T1", Subject: v.Subject(), Kind: visit.ReportVisit, Made: visit.Mark{By: "U1", At: noon}}))
	file := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	to := Options{URL: filepath.Join(dir, "new.db"), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}
	if _, err := Restore(ctx, to, file, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	back := opened(t, to.URL)
	if got := must(back.Finding(ctx, "T1", f.Number)); !reflect.DeepEqual(got, f) {
		t.Errorf("put back is %+v, not %+v", got, f)
	}
	if b, err := back.Photo(ctx, "T1", f.Photos[0].ID); err != nil || string(b) != "\xff\xd8\x00\x09" {
		t.Errorf("the copy of the photo is %q, %v", b, err)
	}
	if ps := must(back.PhotosWaiting(ctx, noon, 10)); len(ps) != 1 || ps[0].FileID != "F2" {
		t.Errorf("%+v wait", ps)
	}
	if rs := must(back.Reports(ctx, "T1", v.Subject())); len(rs) != 1 {
		t.Errorf("the reports are %+v", rs)
	}
	// What was logged since the copy may have its numbers: new ones leave them free.
	if g, _, err := back.AddFinding(ctx, sampleFinding("T1", "D1:2"), noon); err != nil || g.Number <= f.Number+1 {
		t.Errorf("the next finding is %d, %v", g.Number, err)
	}
}

// TestWhatMovesLeavesItsMessagesBehind until they say nothing any more: the card and the list
// under it, whichever process has moved it and whatever becomes of that process.
func TestWhatMovesLeavesItsMessagesBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		other := must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
		for _, team := range []string{"T1", "T2"} {
			if _, err := s.write.ExecContext(ctx, `UPDATE visits SET card = '1.0' WHERE workspace = $1`, team); err != nil {
				t.Fatal(err)
			}
			if err := s.NoteShown(ctx, Shown{Workspace: team, About: ListOfFindings(v.Subject()), Channel: "C1", TS: "1.1", Note: "abc"}); err != nil {
				t.Fatal(err)
			}
		}
		if ms, err := s.LeftBehind(ctx, 9); err != nil || len(ms) != 0 {
			t.Errorf("before anything moves %+v are left behind, %v", ms, err)
		}
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Channel = "C2"; return nil }))
		want := []LeftMessage{{"T1", v.Subject(), "C1", "1.0"}, {"T1", v.Subject(), "C1", "1.1"}}
		if ms, err := s.LeftBehind(ctx, 9); err != nil || !slices.Equal(ms, want) {
			t.Errorf("left behind are %+v, want %+v, %v", ms, want, err)
		}
		if m := must(s.Shown(ctx, "T1", ListOfFindings(v.Subject()))); m.TS != "" {
			t.Errorf("the list is still kept up to date: %+v", m)
		}
		if m := must(s.Shown(ctx, "T2", ListOfFindings(other.Subject()))); m.TS != "1.1" {
			t.Errorf("another workspace's list is %+v", m)
		}
		// Somebody who was drawing it has noted it once more.
		if err := s.NoteShown(ctx, Shown{Workspace: "T1", About: ListOfFindings(v.Subject()), Channel: "C1", TS: "1.2"}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.LeaveList(ctx, "T1", v.Subject(), "C2"), s.LeaveList(ctx, "T1", v.Subject(), "C1"), s.TakenDown(ctx, want[0])); err != nil {
			t.Fatal(err)
		}
		want[0] = LeftMessage{"T1", v.Subject(), "C1", "1.2"}
		if ms, err := s.LeftBehind(ctx, 9); err != nil || !slices.Equal(ms, []LeftMessage{want[1], want[0]}) {
			t.Errorf("left behind are %+v, want the lists, %v", ms, err)
		}
		if ms, err := s.LeftBehind(ctx, 1); err != nil || len(ms) != 1 {
			t.Errorf("at most one: %+v, %v", ms, err)
		}
	})
}

// TestNoWorkspaceHidesWhatAnotherHasToRedraw: a look takes so many of each, and not of all together.
func TestNoWorkspaceHidesWhatAnotherHasToRedraw(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		if _, err := s.Install(ctx, Installation{Workspace: "T3", App: "A1", Name: "Gone", Token: []byte("x"), Key: "k", At: noon}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.End(ctx, Ending{Workspace: "T3", Why: Uninstalled, At: noon.Add(time.Minute)}, noon, noon); err != nil {
			t.Fatal(err)
		}
		// Its own is over, and that of its organisation is not.
		for _, i := range []Installation{{Workspace: "T2", Organisation: "E2", App: "A1", Name: "Own", Token: []byte("x"), Key: "k", At: noon}, {Workspace: "E2", Organisation: "E2", App: "A1", Name: "All", Token: []byte("x"), Key: "k", At: noon}} {
			if _, err := s.Install(ctx, i); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.End(ctx, Ending{Workspace: "T2", Why: Uninstalled, At: noon.Add(time.Minute)}, noon, noon); err != nil {
			t.Fatal(err)
		}
		if err := s.NoteOrganisation(ctx, "T2", "E2", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, team := range []string{"T1", "T1", "T1", "T2", "T3"} { // and one that has uninstalled the app
			v := must(s.PlanVisit(ctx, sampleVisit(team), noon))
			if _, err := s.write.ExecContext(ctx, `UPDATE visits SET card = '1.0', rev = rev + 1 WHERE workspace = $1`, team); err != nil {
				t.Fatal(err)
			}
			if _, err := s.write.ExecContext(ctx, `INSERT INTO shown (workspace, about, channel, ts, note) VALUES ($1, $2, 'C1', '1.0', 'left')`, team, left+"/"+string(v.Subject())+"/1.0"); err != nil {
				t.Fatal(err)
			}
			must(s.AddReport(ctx, visit.Report{Workspace: team, Subject: v.Subject(), Kind: visit.ReportVisit, Channel: "C1", TS: "1.1", State: visit.ReportShown}))
			if _, _, err := s.NoteChannel(ctx, team, ChannelFacts{Channel: "C1", Name: "c", Shared: true, Checked: noon}, noon); err != nil {
				t.Fatal(err)
			}
		}
		var have [3][]string
		for _, c := range must(s.StaleCards(ctx, 2)) {
			have[0] = append(have[0], c.Workspace)
		}
		for _, m := range must(s.LeftBehind(ctx, 2)) {
			have[1] = append(have[1], m.Workspace)
		}
		for _, r := range must(s.ReportsReadAlong(ctx, 2)) {
			have[2] = append(have[2], r.Workspace)
		}
		for n, what := range []string{"cards", "messages left behind", "reports"} {
			if slices.Sort(have[n]); !slices.Equal(have[n], []string{"T1", "T1", "T2"}) {
				t.Errorf("%s of %q are listed, want two of T1 and the one of T2", what, have[n])
			}
		}
	})
}

// TestALotIsOfAProductOfItsChannel: what has moved to another channel is no lot of the product
// that it came from, until it comes back. What moves with its whole channel stays one.
func TestALotIsOfAProductOfItsChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := must(s.AddInspection(ctx, visit.Inspection{Work: visit.Work{Workspace: "T1", Factory: visit.Factory{Name: "Ningbo Bright"},
			Place: visit.Place{Channel: "C1"}, Owner: "U1"}, Type: "pre_shipment", Due: civil.On(2027, 1, 5)}, noon))
		series := func(channel string) visit.Series {
			x, _, err := s.AddSeries(ctx, visit.Series{Workspace: "T1", Factory: i.Factory, Channel: channel, Product: "Desk lamp", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: "U1"}, noon)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		x := series("C1")
		if _, err := s.SeriesOf(ctx, &i); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("the series of what has no lot: %v", err)
		}
		change := func(f func(*visit.Inspection)) {
			i = must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error { f(i); return nil }))
		}
		change(func(i *visit.Inspection) {
			i.Lot = visit.Lot{Series: x.Number, Size: 3000, Level: "II", Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", Letter: "K", N: 125, Ac: 7, Re: 8, Strictness: visit.Normal}}}
		})
		is := func(where string, of visit.Series, lots int) {
			t.Helper()
			got, err := s.SeriesOf(ctx, &i)
			if lots > 0 && (err != nil || got.Number != of.Number) || lots == 0 && !errors.Is(err, visit.ErrNotFound) {
				t.Errorf("%s its series is %d, %v", where, got.Number, err)
			}
			if ls := must(s.Lots(ctx, "T1", of.Number)); len(ls) != lots {
				t.Errorf("%s the product has %d lots, want %d", where, len(ls), lots)
			}
		}
		is("at first", x, 1)
		change(func(i *visit.Inspection) { i.Channel = "C9" })
		is("in another channel", x, 0)
		change(func(i *visit.Inspection) { i.Channel = "C1" })
		is("back again", x, 1)

		same := series("C2")
		for range 2 {
			if err := s.MoveChannel(ctx, "T1", "C1", "C2"); err != nil {
				t.Fatal(err)
			}
		}
		i = must(s.Inspection(ctx, "T1", i.Number))
		is("where the product was there already", same, 1)
		if err := s.MoveChannel(ctx, "T1", "C2", "C3"); err != nil {
			t.Fatal(err)
		}
		i = must(s.Inspection(ctx, "T1", i.Number))
		is("in a channel with another id", same, 1)
	})
}

// untilSomebodyWaits waits until a transaction waits for another one's lock. In SQLite, and for a
// connection of the pooler, it waits before it has begun.
func untilSomebodyWaits(t *testing.T, s *Store) {
	t.Helper()
	if !strings.HasSuffix(t.Name(), "/PostgreSQL") {
		return
	}
	for late := time.Now().Add(20 * time.Second); ; {
		var n int
		err := s.read.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
		if time.Now().After(late) {
			t.Fatal("nobody waits")
		}
	}
}

// TestAPhotoThatComesWhileItsFindingIsUndone is not kept.
func TestAPhotoThatComesWhileItsFindingIsUndone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		f, _, err := s.AddFinding(ctx, sampleFinding("T1", "D1:1", "F1"), noon)
		if err != nil {
			t.Fatal(err)
		}
		var once sync.Once
		kept := make(chan bool, 1)
		err = s.change(ctx, "undo a finding while its photo comes", func(x *txn) error {
			if _, err := x.changeFinding(ctx, "T1", f.Number, func(f *visit.Finding) error { _, err := f.Withdraw("U1", "", noon); return err }); err != nil {
				return err
			}
			once.Do(func() {
				go func() {
					_, did, err := s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte{1}, W: 1, H: 1})
					if err != nil {
						t.Error(err)
					}
					kept <- did
				}()
				untilSomebodyWaits(t, s)
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if <-kept {
			t.Error("it is said to be kept")
		}
		var left int
		if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM photos WHERE jpeg IS NOT NULL`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d copies of a finding that is undone, %v", left, err)
		}
	})
}

// TestWhoAddsAFindingAndWhoSplitsOneWaitInOneOrder, so that neither gets in the other's way.
func TestWhoAddsAFindingAndWhoSplitsOneWaitInOneOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		if !strings.HasSuffix(t.Name(), "/PostgreSQL") {
			t.Skip("there one writes at a time")
		}
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := sampleFinding("T1", "D1:1", "F1", "F2")
		f.Subject = v.Subject()
		f, _, err := s.AddFinding(ctx, f, noon)
		if err != nil {
			t.Fatal(err)
		}
		var once sync.Once
		split := make(chan error, 1)
		err = s.change(ctx, "add a finding while another is split", func(x *txn) error {
			if err := x.lockCounter(ctx, "T1", counterFinding); err != nil {
				return err
			}
			once.Do(func() {
				go func() {
					fs, err := s.SplitFinding(ctx, "T1", f.Number, noon)
					if err == nil && len(fs) != 2 {
						err = fmt.Errorf("split into %d", len(fs))
					}
					split <- err
				}()
				untilSomebodyWaits(t, s)
			})
			var n int
			return x.QueryRowContext(ctx, `SELECT number FROM visits WHERE workspace = 'T1' FOR UPDATE NOWAIT`).Scan(&n)
		})
		if err != nil {
			t.Errorf("who splits holds what who adds is waiting for: %v", err)
		}
		if err := <-split; err != nil {
			t.Error(err)
		}
	})
}
