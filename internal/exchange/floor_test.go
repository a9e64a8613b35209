package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// aPhoto stands for a copy: it begins as a JPEG does.
const aPhoto = "\xff\xd8\xff\xe0 a photo"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// sampleFloor is one of everything, with every field.
func sampleFloor() Floor {
	at := time.Date(2027, 3, 15, 2, 0, 0, 0, time.UTC)
	said := visit.Mark{By: "U1", At: at}
	f := visit.Finding{Number: 31, Subject: "inspection/7", Channel: "C1", Factory: "Ningbo Bright", Kind: visit.OfProduct, Severity: visit.Major,
		Text: "no corner guard & \"dents\"\nsecond line", TextZH: "无护角", Place: "packing", Bad: 6, Checked: 50, Requirement: "instruction 4", Request: "add them", RequirementZH: "作业指导书第4版", RequestZH: "请加护角", Defect: "no-guard",
		Item: 3, ForFactory: true, Source: "D1:1.2", By: "U1", At: at, TakenAt: at, Final: true, Photos: []visit.PhotoRef{
			{ID: 8, FileID: "F1", Permalink: "https://x.example/F1", Name: "a.jpg", State: visit.PhotoKept, W: 4, H: 3, SHA256: hash(aPhoto), TakenAt: at, Cleared: said, LeftOut: true, Crop: visit.Crop{Top: 50}},
			{ID: 9, FileID: "F2", State: visit.PhotoRefused, Why: "heic"}}}
	s := visit.Series{Number: 2, Factory: visit.Factory{Name: "Ningbo Bright"}, Channel: "C1", Product: "Lamp", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", OneLetter: true,
		Events: []visit.SeriesEvent{{Kind: visit.ReducedAllowed, Day: civil.On(2027, 3, 1), Said: said}}, Tests: []visit.Test{{ID: 1, Name: "width", Limit: visit.Limit{Lower: "9.5"}}},
		Sealed: visit.SealedSample{Version: "3", Until: civil.On(2027, 12, 31)}, Note: "steady", By: "U1"}
	i := visit.Inspection{Work: visit.Work{Number: 7, Factory: s.Factory}, Due: civil.On(2027, 3, 15), Result: visit.Failed, Reported: said, Note: "dents",
		Lot:      visit.Lot{Series: 2, Size: 3000, Drawn: said, Counted: said, Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", N: 125, Ac: 7, Re: 8, Strictness: visit.Tightened, Bad: 9}}},
		Decision: visit.LotOutcome{Decision: visit.Rework, Why: "guards", Said: said}, Ordered: visit.Quantities{Ordered: 3000}, Firm: visit.Firm{Name: "QI"}, Unchecked: "drop test",
		Measured: []visit.Measured{{Test: s.Tests[0], Value: "9.7", Result: visit.TestPassed, Said: said}}}
	e, _ := InspectionOf(&i)
	return Floor{Products: []Product{ProductOf(&s)}, Inspections: []Inspection{e}, Findings: []Finding{FindingOf(&f)}}
}

func writeFloor(t *testing.T, f Floor) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out-findings")
	if err := WriteFloor(dir, f, func(id int) ([]byte, error) {
		if id != 8 {
			return nil, errors.New("there is no copy of it")
		}
		return []byte(aPhoto), nil
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatWasFoundIsReadAsItWasWritten(t *testing.T) {
	want := sampleFloor()
	dir := writeFloor(t, want)
	got, err := ReadFloor(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := got.Copy(got.Findings[0].Photos[0])
	if err != nil || string(b) != aPhoto {
		t.Errorf("the photo is %q, %v", b, err)
	}
	got.dir = ""
	want.Findings[0].Photos[0].id, want.Findings[0].Photos[1].id, want.Inspections[0].Lot.Series = 0, 0, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read is\n%+v\nnot\n%+v", got, want)
	}
	f := got.Findings[0].Finding("T1")
	if f.Subject != "" || got.Findings[0].Subject() != "inspection/7" || f.Workspace != "T1" || !f.Final || f.Photos[0].State != visit.PhotoWaiting || f.Photos[0].Crop != (visit.Crop{Top: 50}) {
		t.Errorf("the finding is %+v", f)
	}
	for name, mode := range map[string]os.FileMode{".": 0o700, "photos": 0o700, "findings.json": 0o600, "photos/31-1.jpg": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s is %v, %v: others may read it", name, info.Mode(), err)
		}
	}
	if err := WriteFloor(dir, want, nil); err == nil {
		t.Error("a folder that exists is written to")
	}
}

func TestAFolderThatCannotBeWrittenIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out-findings")
	if err := WriteFloor(dir, sampleFloor(), func(int) ([]byte, error) { return nil, errors.New("gone") }); err == nil {
		t.Fatal("it is written without its photo")
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestAFolderThatSomebodyChanged(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"no JSON":                 {"{", "", "findings.json:2: "},
		"a field of nobody":       {`"number": 31`, `"nr": 31`, `unknown field "nr"`},
		"a file from elsewhere":   {"photos/31-1.jpg", "../../31-1.jpg", "is no file in the folder photos"},
		"a file above":            {"photos/31-1.jpg", "photos/../findings.json", "read photos/../findings.json"},
		"a file that is not here": {"photos/31-1.jpg", "photos/31-9.jpg", "finding 31: "},
		"another photo":           {hash(aPhoto), hash("x"), "photos/31-1.jpg is not the photo that was exported"},
		"no hash":                 {`"sha256": "` + hash(aPhoto) + `",`, "", "is not the photo that was exported"},
		"no source":               {`"source": "D1:1.2"`, `"source": ""`, "finding 31: source, by or at is missing"},
		"a count that cannot be":  {`"checked": 50`, `"checked": 5`, "finding 31: count: "},
		"a photo twice":           {`"file_id": "F2"`, `"file_id": "F1"`, "one of them twice"},
		"a product of nobody":     {`"product": 2`, `"product": 4`, "inspection 7: there is no product 4 in the file"},
		"a product without level": {`"level": "II"`, `"level": ""`, "product 2: level: "},
	} {
		dir := writeFloor(t, sampleFloor())
		file := filepath.Join(dir, "findings.json")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(b), c.from, c.to, 1)
		if changed == string(b) {
			t.Fatalf("%s: nothing is changed in\n%s", name, b)
		}
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := ReadFloor(dir); err == nil || !strings.Contains(err.Error(), c.want) || !f.IsEmpty() {
			t.Errorf("%s: %v, and %+v is read", name, err, f)
		}
	}
	if _, err := ReadFloor(t.TempDir()); err == nil || !strings.Contains(err.Error(), "name the folder that export wrote") {
		t.Errorf("an empty folder: %v", err)
	}
	dir := writeFloor(t, sampleFloor())
	outside := filepath.Join(t.TempDir(), "secret.jpg")
	if err := errors.Join(os.WriteFile(outside, []byte(aPhoto), 0o600), os.Remove(filepath.Join(dir, "photos/31-1.jpg")), os.Symlink(outside, filepath.Join(dir, "photos/31-1.jpg"))); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFloor(dir); err == nil {
		t.Error("a link out of the folder is read")
	}
}

func TestWhatAnInspectionGaveIsNotWrittenOver(t *testing.T) {
	e := sampleFloor().Inspections[0]
	i := visit.Inspection{Work: visit.Work{Number: 7}}
	if !e.PutInto(&i, 5) || i.Lot.Series != 5 || i.Result != visit.Failed || i.Lot.Classes[0].Bad != 9 {
		t.Errorf("the inspection is %+v", i)
	}
	was := i.Clone()
	if e.Unchecked = "other"; e.PutInto(&i, 6) || !reflect.DeepEqual(i, was) {
		t.Errorf("it is written over: %+v", i)
	}
	j := visit.Inspection{Result: visit.Passed, Note: "ours"}
	if !e.PutInto(&j, 0) || j.Result != visit.Passed || j.Note != "ours" || j.Lot.Size != 3000 {
		t.Errorf("its result is written over: %+v", j)
	}
}
