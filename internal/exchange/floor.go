package exchange

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/textfile"
	"visitprep/internal/visit"
)

// A Floor is what was found at factories: findings with their photos, the products that are
// inspected lot after lot, and what inspections of lots gave. It is a folder beside the visits
// and plans, with a file findings.json and the photos as files.
type Floor struct {
	Factories   []Factory    `json:"factories,omitempty"` // those of findings without a visit
	Products    []Product    `json:"products,omitempty"`
	Inspections []Inspection `json:"inspections,omitempty"`
	Findings    []Finding    `json:"findings,omitempty"`

	dir string // from which it was read
}

// The names in the folder.
const (
	floorFile   = "findings.json"
	floorPhotos = "photos"
)

// The most that is read, in bytes.
const (
	maxFloor = 200 << 20
	maxPhoto = 4 << 20
)

// IsEmpty reports whether nothing was found.
func (f *Floor) IsEmpty() bool { return len(f.Products)+len(f.Inspections)+len(f.Findings) == 0 }

// A Factory is one that findings hang on alone: no visit and no plan of the same export has to know
// it.
type Factory struct {
	Name    string `json:"name"`
	Chinese string `json:"chinese,omitempty"`
	City    string `json:"city,omitempty"`
	Address string `json:"address,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// FactoryOf is a factory as a file has it.
func FactoryOf(f *visit.Factory) Factory {
	return Factory{Name: f.Name, Chinese: f.Chinese, City: f.City, Address: f.Address, Zone: f.Zone}
}

// Factory is the way back, in a workspace.
func (e *Factory) Factory(workspace string) visit.Factory {
	f := visit.Factory{Workspace: workspace, Name: e.Name, Chinese: e.Chinese, City: e.City, Address: e.Address, Zone: e.Zone}
	f.Normalize()
	return f
}

// A Product is a series with its factory's name. The number is that of the file.
type Product struct {
	Number    int                 `json:"number"`
	Factory   string              `json:"factory"`
	Channel   string              `json:"channel"`
	Product   string              `json:"product"`
	Level     string              `json:"level"`
	AQLMajor  string              `json:"aql_major,omitempty"`
	AQLMinor  string              `json:"aql_minor,omitempty"`
	OneLetter bool                `json:"one_letter,omitempty"`
	Events    []visit.SeriesEvent `json:"events,omitempty"`
	Tests     []visit.Test        `json:"tests,omitempty"`
	Sealed    visit.SealedSample  `json:"sealed_sample,omitzero"`
	Note      string              `json:"note,omitempty"`
	By        string              `json:"by,omitempty"`
}

// ProductOf is a series as a file has it.
func ProductOf(s *visit.Series) Product {
	return Product{Number: s.Number, Factory: s.Factory.Name, Channel: s.Channel, Product: s.Product, Level: s.Level, AQLMajor: s.AQLMajor, AQLMinor: s.AQLMinor,
		OneLetter: s.OneLetter, Events: s.Events, Tests: s.Tests, Sealed: s.Sealed, Note: s.Note, By: s.By}
}

// Series is the way back, at a factory of the workspace.
func (p *Product) Series(at visit.Factory) visit.Series {
	return visit.Series{Workspace: at.Workspace, Factory: at, Channel: p.Channel, Product: p.Product, Level: p.Level, AQLMajor: p.AQLMajor, AQLMinor: p.AQLMinor,
		OneLetter: p.OneLetter, Events: p.Events, Tests: p.Tests, Sealed: p.Sealed, Note: p.Note, By: p.By}
}

// An Inspection is what an inspection gave.
type Inspection struct {
	Number    int              `json:"number"`
	Factory   string           `json:"factory"`
	Due       civil.Date       `json:"due"`
	Product   int              `json:"product,omitempty"` // its number in the file
	Lot       visit.Lot        `json:"lot,omitzero"`
	Result    visit.Result     `json:"result,omitempty"`
	Reported  visit.Mark       `json:"reported,omitzero"`
	Note      string           `json:"note,omitempty"`
	Decision  visit.LotOutcome `json:"decision,omitzero"`
	Ordered   visit.Quantities `json:"quantities,omitzero"`
	Firm      visit.Firm       `json:"firm,omitzero"`
	Unchecked string           `json:"unchecked,omitempty"`
	Measured  []visit.Measured `json:"measured,omitempty"`
}

// InspectionOf is what an inspection gave, as a file has it. It reports false where it gave
// nothing that visits and plans do not have.
func InspectionOf(i *visit.Inspection) (Inspection, bool) {
	e := Inspection{Number: i.Number, Factory: i.Factory.Name, Due: i.Due, Product: i.Lot.Series, Lot: i.Lot, Result: i.Result, Reported: i.Reported, Note: i.Note,
		Decision: i.Decision, Ordered: i.Ordered, Firm: i.Firm, Unchecked: i.Unchecked, Measured: i.Measured}
	return e, !i.Lot.IsZero() || i.Decision.IsSet() || i.Ordered != (visit.Quantities{}) || !i.Firm.IsZero() || i.Unchecked != "" || len(i.Measured) > 0
}

// Gave reports whether it gave anything that visits and plans do not have; else it is there because
// an action names it.
func (e *Inspection) Gave() bool {
	_, gave := InspectionOf(&visit.Inspection{Lot: e.Lot, Decision: e.Decision, Ordered: e.Ordered, Firm: e.Firm, Unchecked: e.Unchecked, Measured: e.Measured})
	return gave
}

// PutInto gives what the file says to the inspection of the same number, if nobody has drawn a
// sample or measured anything there. series is what the product of the file is here. It reports
// false where something is there already.
func (e *Inspection) PutInto(i *visit.Inspection, series int) bool {
	if _, there := InspectionOf(i); there {
		return false
	}
	i.Lot, i.Decision, i.Ordered, i.Firm, i.Unchecked, i.Measured = e.Lot, e.Decision, e.Ordered, e.Firm, e.Unchecked, e.Measured
	i.Lot.Series = series
	if i.Open() && e.Result != visit.Withdrawn {
		i.Result, i.Reported, i.Note = e.Result, e.Reported, e.Note
	}
	return true
}

// A Finding is a finding as a file has it.
type Finding struct {
	Number        int               `json:"number"`
	Visit         int               `json:"visit,omitempty"` // its number; with Inspection 0 of one that belongs to none
	Inspection    int               `json:"inspection,omitempty"`
	Factory       string            `json:"factory,omitempty"`
	Channel       string            `json:"channel,omitempty"`
	Kind          visit.FindingKind `json:"kind"`
	Severity      visit.Severity    `json:"severity,omitempty"`
	Text          string            `json:"text,omitempty"`
	TextZH        string            `json:"text_zh,omitempty"`
	Place         string            `json:"place,omitempty"`
	Bad           int               `json:"bad,omitempty"`
	Checked       int               `json:"checked,omitempty"`
	Requirement   string            `json:"requirement,omitempty"`
	Request       string            `json:"request,omitempty"`
	RequirementZH string            `json:"requirement_zh,omitempty"`
	RequestZH     string            `json:"request_zh,omitempty"`
	Defect        string            `json:"defect,omitempty"`
	Item          int               `json:"item,omitempty"`
	ForFactory    bool              `json:"for_factory,omitempty"`
	Photos        []Photo           `json:"photos,omitempty"`
	Source        string            `json:"source"`
	By            string            `json:"by"`
	At            time.Time         `json:"at"`
	TakenAt       time.Time         `json:"taken_at,omitzero"`
	Final         bool              `json:"final,omitempty"`
	Alone         bool              `json:"alone,omitempty"` // it belongs to its factory, without a visit or an inspection
	Seen          visit.SeenIn      `json:"seen,omitempty"`
	ClaimBy       civil.Date        `json:"claim_by,omitzero"`
	Action        *Action           `json:"action,omitempty"` // where somebody has done something with it
}

// An Action is the action of a finding as a file has it.
type Action struct {
	Facts visit.ActionFacts `json:"facts"`
	Steps []visit.Step      `json:"steps"`
}

// Put gives the finding its action, as the database has it.
func (e *Finding) Put(a *visit.Action) {
	if a.Rev > 0 {
		e.Action = &Action{a.ActionFacts, a.Steps}
	}
}

// Lots are the numbers of the inspections in which lots were checked that the action names.
func (e *Finding) Lots() (numbers []int) {
	if e.Action == nil {
		return nil
	}
	for _, st := range append(slices.Clone(e.Action.Steps), visit.Step{Proofs: e.Action.Facts.Proofs}) {
		for _, p := range st.Proofs {
			if p.Lot != nil && p.Lot.Subject != "" && !slices.Contains(numbers, p.Lot.Subject.Number()) {
				numbers = append(numbers, p.Lot.Subject.Number())
			}
		}
	}
	return numbers
}

// Followed is the way back, for the finding of a number in a workspace; nil where nobody has done
// anything. renumbered is what the findings of the file are there, and lots what its inspections
// are: what it names of others that are not goes, and the lot of such an inspection has a name.
func (e *Finding) Followed(workspace string, number int, renumbered, lots map[int]int) *visit.Action {
	if e.Action == nil {
		return nil
	}
	a := &visit.Action{Workspace: workspace, Finding: number, ActionFacts: e.Action.Facts.Clone(), Steps: slices.Clone(e.Action.Steps)}
	checked := func(ps []visit.Proof) {
		for _, p := range ps {
			if p.Lot == nil || p.Lot.Subject == "" {
				continue
			}
			was := p.Lot.Subject.Number()
			if here := lots[was]; here > 0 {
				p.Lot.Subject = visit.SubjectOf(visit.OfInspection, here)
			} else {
				p.Lot.Subject, p.Lot.Name = "", fmt.Sprintf("inspection %d of before the import", was)
			}
		}
	}
	a.SameAs = renumbered[a.SameAs]
	checked(a.Proofs)
	for n := range a.Steps {
		st := &a.Steps[n]
		st.Proofs, st.Was = visit.ActionFacts{Proofs: st.Proofs}.Clone().Proofs, st.Was.Clone()
		st.Other, st.Was.SameAs = renumbered[st.Other], renumbered[st.Was.SameAs]
		checked(st.Proofs)
		checked(st.Was.Proofs)
	}
	return a
}

// A Photo is a photo as a file has it.
type Photo struct {
	File      string           `json:"file,omitempty"` // of its copy, from the folder on; empty where there is none
	FileID    string           `json:"file_id"`
	Permalink string           `json:"permalink,omitempty"`
	Name      string           `json:"name,omitempty"`
	State     visit.PhotoState `json:"state"`
	Why       string           `json:"why,omitempty"`
	W         int              `json:"width,omitempty"`
	H         int              `json:"height,omitempty"`
	SHA256    string           `json:"sha256,omitempty"`
	TakenAt   time.Time        `json:"taken_at,omitzero"`
	Cleared   visit.Mark       `json:"cleared,omitzero"`
	LeftOut   bool             `json:"left_out,omitempty"`
	Crop      visit.Crop       `json:"crop,omitzero"`

	id int // under which the database has it
}

// FindingOf is a finding as a file has it.
func FindingOf(f *visit.Finding) Finding {
	e := Finding{Number: f.Number, Factory: f.Factory, Channel: f.Channel, Kind: f.Kind, Severity: f.Severity, Text: f.Text, TextZH: f.TextZH, Place: f.Place,
		Bad: f.Bad, Checked: f.Checked, Requirement: f.Requirement, Request: f.Request, RequirementZH: f.RequirementZH, RequestZH: f.RequestZH, Defect: f.Defect, Item: f.Item, ForFactory: f.ForFactory,
		Source: f.Source, By: f.By, At: f.At, TakenAt: f.TakenAt, Final: f.Final, Seen: f.Seen, ClaimBy: f.ClaimBy}
	switch kind, _ := f.Subject.Cut(); kind {
	case visit.OfVisit:
		e.Visit = f.Subject.Number()
	case visit.OfInspection:
		e.Inspection = f.Subject.Number()
	case visit.OfFactory:
		e.Alone = true
	}
	for n, p := range f.Photos {
		photo := Photo{FileID: p.FileID, Permalink: p.Permalink, Name: p.Name, State: p.State, Why: p.Why, W: p.W, H: p.H, SHA256: p.SHA256, TakenAt: p.TakenAt,
			Cleared: p.Cleared, LeftOut: p.LeftOut, Crop: p.Crop, id: p.ID}
		if p.State == visit.PhotoKept {
			photo.File = path.Join(floorPhotos, fmt.Sprintf("%d-%d.jpg", f.Number, n+1))
		}
		e.Photos = append(e.Photos, photo)
	}
	return e
}

// Subject is the visit or the inspection that the file names; empty of one that belongs to none.
func (e *Finding) Subject() visit.Subject {
	switch {
	case e.Visit > 0:
		return visit.SubjectOf(visit.OfVisit, e.Visit)
	case e.Inspection > 0:
		return visit.SubjectOf(visit.OfInspection, e.Inspection)
	}
	return ""
}

// Finding is the way back, with its photos still to be fetched, in a workspace; it belongs to
// none there yet.
func (e *Finding) Finding(workspace string) visit.Finding {
	f := visit.Finding{Workspace: workspace, Factory: e.Factory, Kind: e.Kind, Severity: e.Severity, Text: e.Text, TextZH: e.TextZH, Place: e.Place,
		Bad: e.Bad, Checked: e.Checked, Requirement: e.Requirement, Request: e.Request, RequirementZH: e.RequirementZH, RequestZH: e.RequestZH, Defect: e.Defect, ForFactory: e.ForFactory,
		Source: e.Source, By: e.By, At: e.At, TakenAt: e.TakenAt, Final: e.Final, ClaimBy: e.ClaimBy}
	for _, p := range e.Photos {
		f.AddPhoto(visit.PhotoRef{FileID: p.FileID, Permalink: p.Permalink, Name: p.Name, TakenAt: p.TakenAt, Cleared: p.Cleared, LeftOut: p.LeftOut, Crop: p.Crop})
	}
	return f
}

// WriteFloor writes f to a new folder, for its owner alone. photo gives the copy of a photo by
// the id of the database. The folder is whole or is not there; one that exists is refused.
func WriteFloor(dir string, f Floor, photo func(id int) ([]byte, error)) (err error) {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s exists already; delete it or give another name", dir)
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), ".visitprep-export-")
	if err != nil {
		return fmt.Errorf("make a folder for what was found: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	if err := os.Mkdir(filepath.Join(part, floorPhotos), 0o700); err != nil {
		return fmt.Errorf("make a folder for photos: %w", err)
	}
	for _, finding := range f.Findings {
		for _, p := range finding.Photos {
			if p.File == "" {
				continue
			}
			b, err := photo(p.id)
			if err == nil {
				err = os.WriteFile(filepath.Join(part, filepath.FromSlash(p.File)), b, 0o600)
			}
			if err != nil {
				return fmt.Errorf("write a photo of finding %d: %w", finding.Number, err)
			}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	if err := os.WriteFile(filepath.Join(part, floorFile), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("name the folder of what was found: %w", err)
	}
	return nil
}

// ReadFloor reads the folder that WriteFloor wrote. Every mistake in it is reported, and then
// nothing comes back.
func ReadFloor(dir string) (f Floor, err error) {
	name := filepath.Join(dir, floorFile)
	b, err := textfile.ReadFile(name, maxFloor)
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("there is no file %s; name the folder that export wrote", name)
	}
	if err != nil {
		return f, fmt.Errorf("read what was found: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		line := 1 + bytes.Count(b[:min(int(dec.InputOffset()), len(b))], []byte("\n"))
		return Floor{}, fmt.Errorf("%s:%d: %w", name, line, err)
	}
	f.dir = dir
	if err := f.check(); err != nil {
		return Floor{}, err
	}
	return f, nil
}

// check finds what cannot be recorded.
func (f *Floor) check() error {
	var errs []error
	wrong := func(what string, n int, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s %d: %w", filepath.Join(f.dir, floorFile), what, n, err))
		}
	}
	for n := range f.Factories {
		v := f.Factories[n].Factory("T")
		wrong("factory", n+1, v.Check())
	}
	for n := range f.Products {
		p := &f.Products[n]
		s := p.Series(visit.Factory{})
		s.Normalize()
		wrong("product", p.Number, s.Check())
	}
	for n := range f.Inspections {
		i := &f.Inspections[n]
		wrong("inspection", i.Number, i.Lot.Check())
		if i.Product != 0 && !slices.ContainsFunc(f.Products, func(p Product) bool { return p.Number == i.Product }) {
			wrong("inspection", i.Number, fmt.Errorf("there is no product %d in the file", i.Product))
		}
	}
	for n := range f.Findings {
		e := &f.Findings[n]
		v := e.Finding("T")
		v.Normalize()
		wrong("finding", e.Number, v.Check())
		if a := e.Followed("T", e.Number, nil, nil); a != nil {
			wrong("finding", e.Number, a.Check())
		}
		if e.Source == "" || e.By == "" || e.At.IsZero() {
			wrong("finding", e.Number, errors.New("source, by or at is missing"))
		}
		if len(v.Photos) != len(e.Photos) {
			wrong("finding", e.Number, fmt.Errorf("it has more than %d photos, or one of them twice", visit.MaxPhotos))
		}
		for _, p := range e.Photos {
			if p.State == visit.PhotoKept {
				_, err := f.Copy(p)
				wrong("finding", e.Number, err)
			}
		}
	}
	return errors.Join(errs[:min(len(errs), 20)]...)
}

// Copy reads the copy of a photo. What is not the file that was exported is refused: a photo
// from elsewhere may tell where it was taken.
func (f *Floor) Copy(p Photo) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(p.File)) || !strings.HasPrefix(p.File, floorPhotos+"/") {
		return nil, fmt.Errorf("%q is no file in the folder %s", p.File, floorPhotos)
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	defer root.Close()
	b, err := textfile.Read(root.FS(), p.File, maxPhoto)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.File, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != cmp.Or(p.SHA256, "none") || !bytes.HasPrefix(b, []byte("\xff\xd8\xff")) {
		return nil, fmt.Errorf("%s is not the photo that was exported", p.File)
	}
	return b, nil
}
