package visit

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

// onFloor is when these tests happen.
var onFloor = time.Date(2027, 3, 15, 2, 0, 0, 0, time.UTC)

// wrongFields are the inputs that an error is about.
func wrongFields(err error) (fields []string) {
	var es InputErrors
	es.Collect(err)
	for _, e := range es {
		fields = append(fields, e.Field)
	}
	return fields
}

func TestWhatAFindingCannotSay(t *testing.T) {
	photos := func(n int) (ps []PhotoRef) {
		for range n {
			ps = append(ps, PhotoRef{})
		}
		return ps
	}
	for name, c := range map[string]struct {
		f    Finding
		want string
	}{
		"words":                      {Finding{Text: "dents"}, ""},
		"a photo without words":      {Finding{Photos: photos(1)}, ""},
		"neither":                    {Finding{}, "text"},
		"blanks":                     {Finding{Text: " \u200b\n"}, "text"},
		"3,000 characters":           {Finding{Text: strings.Repeat("角", 3000)}, ""},
		"one more":                   {Finding{Text: strings.Repeat("角", 3001)}, "text"},
		"none bad":                   {Finding{Text: "a", Checked: 50}, ""},
		"all bad":                    {Finding{Text: "a", Bad: 50, Checked: 50}, ""},
		"more bad than checked":      {Finding{Text: "a", Bad: 7, Checked: 5}, "count"},
		"bad of none":                {Finding{Text: "a", Bad: 3}, "count"},
		"less than none":             {Finding{Text: "a", Bad: -1, Checked: 50}, "count"},
		"a million":                  {Finding{Text: "a", Checked: 1_000_000}, ""},
		"more":                       {Finding{Text: "a", Checked: 1_000_001}, "count"},
		"ten photos":                 {Finding{Photos: photos(10)}, ""},
		"eleven":                     {Finding{Photos: photos(11)}, "photos"},
		"another severity":           {Finding{Text: "a", Severity: "bad"}, "severity"},
		"another kind":               {Finding{Text: "a", Kind: "x"}, "kind"},
		"a place that goes on":       {Finding{Text: "a", Place: strings.Repeat("x", 81)}, "place"},
		"a requirement that goes on": {Finding{Text: "a", Requirement: strings.Repeat("x", 201)}, "requirement"},
		"a request that goes on":     {Finding{Text: "a", Request: strings.Repeat("x", 201)}, "request"},
		"a crop that leaves nothing": {Finding{Photos: []PhotoRef{{Crop: Crop{Left: 50, Right: 50}}}}, "crop"},
	} {
		c.f.Normalize()
		if got := strings.Join(wrongFields(c.f.Check()), " "); got != c.want {
			t.Errorf("%s: wrong is %q, want %q", name, got, c.want)
		}
	}
}

func TestARedFlagNeverGoesToTheFactory(t *testing.T) {
	f := Finding{Text: "the licence is another firm's", Kind: RedFlag, Severity: Critical, ForFactory: true}
	f.Normalize()
	if f.ForFactory || f.Severity != "" || !f.Sorted() {
		t.Errorf("the red flag is %+v", f)
	}
	g := Finding{Text: "a", Kind: OfProduct, Severity: Major, ForFactory: true}
	if !g.Sort(RedFlag, "") || g.ForFactory {
		t.Errorf("sorted as a red flag it is %+v", g)
	}
	i := Finding{Text: "a barcode would help", Kind: Idea, Severity: Minor}
	if i.Normalize(); i.Severity != "" || !i.Sorted() {
		t.Errorf("the idea is %+v", i)
	}
}

func TestWhoUndoesAFinding(t *testing.T) {
	f := Finding{Number: 31, By: "U1", Text: "a"}
	if did, err := f.Withdraw("U2", "U3", onFloor); did || err == nil {
		t.Errorf("somebody else's is withdrawn: %v, %v", did, err)
	}
	if did, err := f.Withdraw("", "", onFloor); did || err == nil {
		t.Errorf("nobody withdraws it: %v, %v", did, err)
	}
	if did, err := f.Withdraw("U1", "U3", onFloor); !did || err != nil || f.Withdrawn != (Mark{"U1", onFloor}) {
		t.Errorf("who logged it cannot withdraw it: %v, %v", did, err)
	}
	if did, err := f.Withdraw("U3", "U3", onFloor.Add(time.Hour)); did || err != nil || f.Withdrawn.By != "U1" {
		t.Errorf("it is withdrawn twice: %v, %v", did, err)
	}
	if did, err := f.Restore("U3", "U3"); !did || err != nil || f.Withdrawn.IsSet() {
		t.Errorf("who planned the visit cannot bring it back: %v, %v", did, err)
	}
	f.Final = true
	if did, err := f.Withdraw("U1", "U3", onFloor); did || err == nil {
		t.Errorf("what stands in a final report is withdrawn: %v, %v", did, err)
	}
	v := Visit{Work: Work{Number: 4}}
	if err := f.BelongTo(&v); err == nil || f.Subject != "" {
		t.Errorf("what stands in a final report moves: %v", err)
	}
}

func TestAFindingBelongsToAnInspection(t *testing.T) {
	f := Finding{Number: 1, Item: 3, Subject: "visit/2", Channel: "C2"}
	i := Inspection{Work: Work{Number: 7, Factory: Factory{Name: "Bright"}, Place: Place{Channel: "C1"}}}
	if err := f.BelongTo(&i); err != nil || f.Subject != "inspection/7" || f.Channel != "C1" || f.Factory != "Bright" || f.Item != 0 {
		t.Errorf("the finding is %+v, %v", f, err)
	}
	f.Item = 5
	if err := f.BelongTo(&i); err != nil || f.Item != 5 {
		t.Errorf("it loses its line where it stays: %+v, %v", f, err)
	}
}

func TestTheSamePhotoTwiceIsOne(t *testing.T) {
	var f Finding
	if !f.AddPhoto(PhotoRef{FileID: "F1", ID: 9, State: PhotoKept}) || f.AddPhoto(PhotoRef{FileID: "F1"}) {
		t.Error("the same file is added twice, or not at all")
	}
	if p := f.Photos[0]; p.ID != 0 || p.State != PhotoWaiting {
		t.Errorf("a new photo is %+v", p)
	}
	for n := range 12 {
		f.AddPhoto(PhotoRef{FileID: string(rune('a' + n))})
	}
	if len(f.Photos) != MaxPhotos {
		t.Errorf("it has %d photos", len(f.Photos))
	}
}

func TestAPhotoGoesToTheFactoryOnceSomebodyLooked(t *testing.T) {
	p := PhotoRef{State: PhotoKept}
	if p.ForFactory() {
		t.Error("it goes before anybody looked")
	}
	if err := p.Look(false, Crop{Top: 95}, "U1", onFloor); err == nil || p.Cleared.IsSet() {
		t.Errorf("a crop that leaves nothing is taken: %v", err)
	}
	if err := p.Look(true, Crop{}, "U1", onFloor); err != nil || p.ForFactory() {
		t.Errorf("what is left out goes: %+v, %v", p, err)
	}
	if err := p.Look(false, Crop{Top: 50}, "U1", onFloor); err != nil || !p.ForFactory() {
		t.Errorf("it does not go: %+v, %v", p, err)
	}
	if x0, y0, x1, y1 := p.Crop.Of(1280, 961); x0 != 0 || y0 != 480 || x1 != 1280 || y1 != 961 {
		t.Errorf("the crop is %d %d %d %d", x0, y0, x1, y1)
	}
	p.State = PhotoRefused
	if p.ForFactory() {
		t.Error("a photo without a copy goes")
	}
}

func TestFindingsBySeverity(t *testing.T) {
	fs := []Finding{{Number: 1, Kind: Idea}, {Number: 2, Kind: OfProduct, Severity: Minor}, {Number: 3, Kind: OfProduct}, {Number: 4, Kind: OfSystem, Severity: Major},
		{Number: 5, Kind: RedFlag}, {Number: 6, Kind: OfProduct, Severity: Critical}, {Number: 7, Kind: OfProduct, Severity: Major}}
	slices.SortFunc(fs, CompareFindings)
	var got []int
	for _, f := range fs {
		got = append(got, f.Number)
	}
	if want := []int{6, 5, 4, 7, 3, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func TestCountsFromFindings(t *testing.T) {
	fs := []Finding{
		{Kind: OfProduct, Severity: Major, Bad: 6, Checked: 50}, {Kind: OfProduct, Severity: Major, Bad: 0, Checked: 20}, {Kind: OfProduct, Severity: Major},
		{Kind: OfProduct, Severity: Minor, Bad: 2, Checked: 13}, {Kind: OfProduct}, {Kind: OfSystem, Severity: Major}, {Kind: RedFlag},
		{Kind: OfProduct, Severity: Critical, Withdrawn: Mark{By: "U1"}},
	}
	if got, want := BadPieces(fs), (map[Severity]int{Major: 7, Minor: 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("the counts are %v, want %v", got, want)
	}
	if n := Unsorted(append(fs, Finding{Kind: OfProduct, Withdrawn: Mark{By: "U1"}})); n != 1 {
		t.Errorf("%d findings are not sorted, want the 1 that stands", n)
	}
	if AnyCritical(fs) {
		t.Error("a critical finding that was withdrawn stands")
	}
}

// drawn is an inspection with a sample of 125: 7 majors are accepted, no critical, and defects
// of a third class are counted by the hundred.
func drawn(t *testing.T) Inspection {
	t.Helper()
	i := Inspection{Work: Work{Number: 7, Owner: "U1", Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Asia/Shanghai"}},
		Type: "x", Due: civil.On(2027, 3, 15), Planned: civil.On(2027, 3, 15)}
	err := i.Draw(Lot{Size: 3000, Cartons: 50, Classes: []LotClass{{Class: Critical, N: 125, Re: 1},
		{Class: Major, AQL: "2.5", N: 125, Ac: 7, Re: 8, Strictness: Normal, TighterAc: 5}, {Class: Minor, AQL: "15", N: 125, Ac: 21, Re: 22}}}, "U1", onFloor)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestCountsProposeAResult(t *testing.T) {
	for name, c := range map[string]struct {
		bad    map[Severity]int
		opened int
		want   Result
		wrong  string
	}{
		"none":                         {nil, 8, Passed, ""},
		"as many as are accepted":      {map[Severity]int{Major: 7}, 8, Passed, ""},
		"one more":                     {map[Severity]int{Major: 8}, 8, Failed, ""},
		"a critical one":               {map[Severity]int{Critical: 1}, 8, Failed, ""},
		"more defects than pieces":     {map[Severity]int{Minor: 126}, 8, Failed, ""},
		"more bad pieces than pieces":  {map[Severity]int{Major: 126}, 8, "", "bad_major"},
		"less than none":               {map[Severity]int{Critical: -1}, 8, "", "bad_critical"},
		"more cartons than there were": {nil, 51, "", "opened"},
	} {
		i := drawn(t)
		did, err := i.Count(c.bad, c.opened, "U1", onFloor)
		if got := strings.Join(wrongFields(err), " "); got != c.wrong || did != (c.wrong == "") || i.Lot.Proposal() != c.want {
			t.Errorf("%s: %v, wrong is %q, the proposal %q", name, did, got, i.Lot.Proposal())
		}
		if c.wrong != "" && i.Lot.Counted.IsSet() {
			t.Errorf("%s: it is counted", name)
		}
	}
}

func TestTheFirstCountsStand(t *testing.T) {
	i := drawn(t)
	if _, err := i.Count(map[Severity]int{Major: 5}, 8, "U1", onFloor); err != nil {
		t.Fatal(err)
	}
	if did, err := i.Count(map[Severity]int{Major: 9}, 8, "U2", onFloor); did || err != nil || i.Lot.Classes[1].Bad != 5 || i.Lot.Counted.By != "U1" {
		t.Errorf("the second counts stand: %+v, %v, %v", i.Lot, did, err)
	}
	if err := i.Draw(Lot{Size: 1200}, "U2", onFloor); err == nil || i.Lot.Size != 3000 {
		t.Errorf("a lot that is counted is drawn again: %v", err)
	}
	c := i.Clone()
	if !c.Uncount() || c.Lot.Classes[1].Bad != 0 || i.Lot.Classes[1].Bad != 5 {
		t.Errorf("taken back in a copy, the counts are %+v, and the first ones %+v", c.Lot, i.Lot)
	}
	if did, err := i.Report(Passed, "", "U1", onFloor); !did || err != nil {
		t.Fatal(did, err)
	}
	if did, err := i.Count(nil, 8, "U1", onFloor); did || err != nil || i.Uncount() {
		t.Errorf("counts change after the result: %v, %v", did, err)
	}
	if !i.Reopen() || !i.Uncount() {
		t.Error("the counts cannot be taken back with the result")
	}
	j := drawn(t)
	j.Lot = Lot{}
	if _, err := j.Count(nil, 0, "U1", onFloor); err == nil {
		t.Error("counts without a sample are taken")
	}
	if did, err := j.Report(Passed, "", "U1", onFloor); !did || err != nil {
		t.Fatal(did, err)
	}
	if err := j.Draw(Lot{Size: 1200}, "U1", onFloor); err == nil {
		t.Error("a sample is drawn after the result")
	}
}

func TestLotsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		l    Lot
		want string
	}{
		"one piece":                {Lot{Size: 1}, ""},
		"ten million":              {Lot{Size: 10_000_000}, ""},
		"one more":                 {Lot{Size: 10_000_001}, "lot"},
		"nothing":                  {Lot{}, "lot"},
		"less than none":           {Lot{Size: -1}, "lot"},
		"a sample of nothing":      {Lot{Classes: []LotClass{{Class: Major, N: 5}}}, "lot"},
		"less than no cartons":     {Lot{Size: 10, Cartons: -1}, "cartons"},
		"its own inspection again": {Lot{Size: 10, Reinspects: 7}, "reinspects"},
	} {
		i := Inspection{Work: Work{Number: 7}}
		if got := strings.Join(wrongFields(i.Draw(c.l, "U1", onFloor)), " "); got != c.want || i.Lot.Drawn.IsSet() != (c.want == "") {
			t.Errorf("%s: wrong is %q, want %q; the lot is %+v", name, got, c.want, i.Lot)
		}
	}
}

func TestAPendingResultIsDecidedLater(t *testing.T) {
	timing := DefaultTiming()
	i := drawn(t)
	if i.Asks(&timing)[0].Kind != AskUnreported {
		t.Fatal("nobody is asked for a result")
	}
	if did, err := i.Report(Undecided, "laboratory", "U2", onFloor); !did || err != nil || i.Open() || !i.Result.TookPlace() || i.Result.Off() {
		t.Fatalf("it is %+v, %v, %v", i, did, err)
	}
	as := i.Asks(&timing)
	if len(as) != 1 || as[0].Kind != AskUndecided || as[0].Person != "U1" || as[0].Day != civil.On(2027, 3, 16) {
		t.Errorf("asked is %+v", as)
	}
	if f := FactsOf(&i); f.Off || f.Result != Undecided {
		t.Errorf("the facts are %+v", f)
	}
	for _, r := range []Result{Undecided, Skipped, CouldNot} {
		if did, err := i.Report(r, "why", "U1", onFloor); did || err != nil || i.Reported.By != "U2" {
			t.Errorf("%s takes the place of a pending result: %v, %v", r, did, err)
		}
	}
	if did, err := i.Report(Failed, "", "U1", onFloor); !did || err != nil || i.Result != Failed || len(i.Asks(&timing)) != 0 {
		t.Errorf("it is %s, %v, %v", i.Result, did, err)
	}
	if did, _ := i.Report(Passed, "", "U3", onFloor); did {
		t.Error("a result is reported twice")
	}
}

func TestWhatCouldNotBeDoneIsOver(t *testing.T) {
	timing := DefaultTiming()
	i := drawn(t)
	if did, err := i.Report(CouldNot, " ", "U1", onFloor); did || err == nil {
		t.Errorf("it has no reason: %v, %v", did, err)
	}
	if did, err := i.Report(CouldNot, "the goods were not ready", "U1", onFloor); !did || err != nil || i.Open() || i.Result.TookPlace() || !i.Result.Off() {
		t.Errorf("it is %+v, %v, %v", i, did, err)
	}
	if len(i.Asks(&timing)) != 0 || i.Reminded() || !FactsOf(&i).Off {
		t.Error("something is still to come of it")
	}
}

func TestWhatBecomesOfALot(t *testing.T) {
	reported := func(r Result, bad map[Severity]int) Inspection {
		i := drawn(t)
		if _, err := i.Count(bad, 0, "U1", onFloor); err != nil {
			t.Fatal(err)
		}
		if r != "" {
			if did, err := i.Report(r, "why", "U1", onFloor); !did || err != nil {
				t.Fatal(did, err)
			}
		}
		return i
	}
	for name, c := range map[string]struct {
		i        Inspection
		d        LotDecision
		why      string
		critical bool
		want     string
	}{
		"without a result":                {reported("", nil), Release, "", false, "decision"},
		"one that passed":                 {reported(Passed, nil), Release, "", false, ""},
		"one that failed":                 {reported(Failed, nil), Release, "", false, "decision"},
		"one that is pending":             {reported(Undecided, nil), Release, "", false, "decision"},
		"pending, held":                   {reported(Undecided, nil), Hold, "", false, ""},
		"skipped":                         {reported(Skipped, nil), Hold, "", false, "decision"},
		"failed, reworked":                {reported(Failed, nil), Rework, "", false, ""},
		"as it is":                        {reported(Failed, map[Severity]int{Major: 9}), AcceptAsIs, "the order waits", false, ""},
		"as it is, and nobody says why":   {reported(Failed, map[Severity]int{Major: 9}), AcceptAsIs, " ", false, "why"},
		"as it is with a critical piece":  {reported(Failed, map[Severity]int{Critical: 1}), AcceptAsIs, "the order waits", false, "decision"},
		"as it is, a critical finding":    {reported(Failed, nil), AcceptAsIs, "the order waits", true, "decision"},
		"released, a critical finding":    {reported(Passed, nil), Release, " ", true, "why"},
		"released, and somebody says why": {reported(Passed, nil), Release, "the wire is ours", true, ""},
		"released with a critical piece":  {reported(Passed, map[Severity]int{Critical: 1}), Release, "", false, "why"},
		"held, a critical finding":        {reported(Passed, nil), Hold, "", true, ""},
		"something else":                  {reported(Passed, nil), "burn", "", false, "decision"},
	} {
		did, err := c.i.Decide(c.d, c.why, c.critical, "U1", onFloor)
		if got := strings.Join(wrongFields(err), " "); got != c.want || did != (c.want == "") || c.i.Decision.IsSet() != did {
			t.Errorf("%s: %v, wrong is %q, want %q", name, did, got, c.want)
		}
	}
	i := reported(Failed, nil)
	for _, step := range []struct {
		d   LotDecision
		did bool
	}{{Hold, true}, {Hold, false}, {Rework, true}, {AcceptAsIs, false}} {
		if did, err := i.Decide(step.d, "why", false, "U1", onFloor); did != step.did || err != nil {
			t.Errorf("%s: %v, %v", step.d, did, err)
		}
	}
	if i.Decision.Decision != Rework || !i.Reopen() || i.Decision.IsSet() || i.TakeBackDecision() {
		t.Errorf("the decision stands after its result went: %+v", i.Decision)
	}
}

func TestTheOrderOfLots(t *testing.T) {
	of := func(day, no, number int) Inspection {
		return Inspection{Work: Work{Number: number}, Due: civil.On(2027, 3, day), Lot: Lot{No: no}}
	}
	is := []Inspection{of(16, 1, 3), of(15, 2, 1), of(15, 1, 9), of(15, 2, 2)}
	slices.SortFunc(is, CompareLots)
	var got []int
	for _, i := range is {
		got = append(got, i.Number)
	}
	if want := []int{9, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func TestOnlyAnOriginalLotCounts(t *testing.T) {
	for name, c := range map[string]struct {
		lot  Lot
		r    Result
		want bool
	}{
		"passed":       {Lot{Series: 1, Counted: Mark{By: "U1"}}, Passed, true},
		"failed":       {Lot{Series: 1, Counted: Mark{By: "U1"}}, Failed, true},
		"again":        {Lot{Series: 1, Counted: Mark{By: "U1"}, Reinspects: 3}, Passed, false},
		"pending":      {Lot{Series: 1, Counted: Mark{By: "U1"}}, Undecided, false},
		"could not":    {Lot{Series: 1, Counted: Mark{By: "U1"}}, CouldNot, false},
		"not counted":  {Lot{Series: 1}, Passed, false},
		"of no series": {Lot{Counted: Mark{By: "U1"}}, Passed, false},
	} {
		i := Inspection{Lot: c.lot, Result: c.r}
		if got := i.CountsForSeries(); got != c.want {
			t.Errorf("%s counts: %v", name, got)
		}
	}
}

func TestWhetherAValueIsWithinItsLimit(t *testing.T) {
	for _, c := range []struct {
		l           Limit
		value       string
		pass, known bool
	}{
		{Limit{Lower: "9.5", Upper: "10.0"}, "9.50", true, true},
		{Limit{Lower: "9.5", Upper: "10.0"}, "10", true, true},
		{Limit{Lower: "9.5", Upper: "10.0"}, "10.000000000000000001", false, true},
		{Limit{Lower: "9.5", Upper: "10.0"}, "9,7", true, true},
		{Limit{Lower: "9.5", Upper: "10.0"}, "９．７", true, true},
		{Limit{Upper: "0.1"}, "-3", true, true},
		{Limit{Lower: "0"}, "-0.01", false, true},
		{Limit{Lower: "9.5"}, "about 9", false, false},
		{Limit{Lower: "9.5"}, "", false, false},
		{Limit{Lower: "9.5"}, "1e999999999", false, false},
		{Limit{Lower: "9.5"}, "1/2", false, false},
		{Limit{Words: "no crack"}, "9", false, false},
	} {
		if pass, known := c.l.Allows(c.value); pass != c.pass || known != c.known {
			t.Errorf("%+v allows %q: %v, %v", c.l, c.value, pass, known)
		}
	}
}

func TestWhatATestGave(t *testing.T) {
	var i Inspection
	width := Test{ID: 1, Name: "width", Limit: Limit{Lower: "9,5", Upper: "10", Unit: "mm"}}
	for _, c := range []struct {
		m    Measured
		want TestOutcome
	}{
		{Measured{Test: width, Value: "9.7"}, TestPassed},
		{Measured{Test: width, Value: "10.1"}, TestFailed},
		{Measured{Test: width, Value: "10.1", Result: TestPassed}, TestPassed}, // a person says so
		{Measured{Test: width}, ""},
		{Measured{Test: width, Result: TestNotDone}, TestNotDone},
	} {
		if err := i.Measure(c.m); err != nil || len(i.Measured) != 1 || i.Measured[0].Result != c.want {
			t.Errorf("measured is %+v, %v, want %q", i.Measured, err, c.want)
		}
	}
	for _, m := range []Measured{{Test: Test{ID: 2}}, {Test: width, N: 5, Bad: 6}, {Test: width, Result: "maybe"}, {Test: Test{ID: 2, Name: "a", Limit: Limit{Lower: "x"}}},
		{Test: Test{ID: 2, Name: "a", Limit: Limit{Lower: "2", Upper: "1"}}}, {Test: width, Value: strings.Repeat("9", 41)}} {
		if err := i.Measure(m); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}

func TestATestKeepsItsNumber(t *testing.T) {
	var s Series
	if a, b := s.AddTest(Test{Name: "a"}), s.AddTest(Test{Name: "b"}); a.ID != 1 || b.ID != 2 {
		t.Errorf("the ids are %d and %d", a.ID, b.ID)
	}
	s.Tests = s.Tests[1:]
	if c := s.AddTest(Test{Name: "c"}); c.ID != 3 {
		t.Errorf("the next id is %d", c.ID)
	}
}

func TestASealedSampleExpires(t *testing.T) {
	s := SealedSample{Version: "3", Until: civil.On(2027, 3, 15)}
	if s.Expired(civil.On(2027, 3, 15)) || !s.Expired(civil.On(2027, 3, 16)) || (SealedSample{}).Expired(civil.On(2199, 1, 1)) {
		t.Error("the last day is wrong")
	}
}

func TestWhatASeriesCannotBe(t *testing.T) {
	ok := Series{Product: "Desk lamp", Level: "II"}
	for name, change := range map[string]func(*Series){
		"product": func(s *Series) { s.Product = " " },
		"level":   func(s *Series) { s.Level = "" },
		"why":     func(s *Series) { s.Say(SeriesEvent{Kind: Resumed}) },
		"test":    func(s *Series) { s.AddTest(Test{}) },
		"note":    func(s *Series) { s.Note = strings.Repeat("x", MaxNote+1) },
	} {
		s := ok.Clone()
		if change(&s); strings.Join(wrongFields(s.Check()), " ") != name {
			t.Errorf("%s: wrong is %v", name, s.Check())
		}
	}
	if err := ok.Check(); err != nil {
		t.Error(err)
	}
	a, b := Series{Product: "Desk  Lamp"}, Series{Product: "desk lamp"}
	if a.Normalize(); a.FoldedProduct() != b.FoldedProduct() {
		t.Errorf("%q and %q are two products", a.Product, b.Product)
	}
}

func TestWhoAllowsReducedInspection(t *testing.T) {
	var s Series
	for _, step := range []struct {
		e            SeriesEvent
		major, minor bool
	}{
		{SeriesEvent{Kind: ReducedAllowed, Class: Major}, true, false},
		{SeriesEvent{Kind: ReducedAllowed}, true, true},
		{SeriesEvent{Kind: Irregular, Class: Minor}, true, false},
		{SeriesEvent{Kind: Resumed, Class: Major, Why: "a"}, true, false},
		{SeriesEvent{Kind: ReducedForbidden}, false, false},
	} {
		if s.Say(step.e); s.ReducedAllowed(Major) != step.major || s.ReducedAllowed(Minor) != step.minor {
			t.Errorf("after %+v: %v, %v", step.e, s.ReducedAllowed(Major), s.ReducedAllowed(Minor))
		}
	}
}

func TestAFirmHasAName(t *testing.T) {
	i := Inspection{Work: Work{Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Asia/Shanghai"}}, Type: "x", Due: civil.On(2027, 3, 15)}
	if err := i.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Inspection){
		"firm":         func(i *Inspection) { i.Firm.Booking = "4711" },
		"firm_verdict": func(i *Inspection) { i.Firm = Firm{Name: "QI", Verdict: Skipped} },
		"ordered":      func(i *Inspection) { i.Ordered.Ordered = -1 },
		"packed":       func(i *Inspection) { i.Ordered.Packed = MaxQuantity + 1 },
		"unchecked":    func(i *Inspection) { i.Unchecked = strings.Repeat("x", MaxNote+1) },
	} {
		j := i.Clone()
		if change(&j); strings.Join(wrongFields(j.Check()), " ") != name {
			t.Errorf("%s: wrong is %v", name, j.Check())
		}
	}
}

func TestAReportThatNobodyFinishes(t *testing.T) {
	r := Report{State: ReportMaking, Made: Mark{"U1", onFloor}}
	if r.Settled() || r.Stale(onFloor.Add(24*time.Hour)) || !r.Stale(onFloor.Add(24*time.Hour+time.Second)) {
		t.Error("it is looked for too long or too short")
	}
	r.State = ReportLost
	if !r.Settled() || r.IsFinal() {
		t.Errorf("it is %+v", r)
	}
}

func TestWhatASeverityWordMayMean(t *testing.T) {
	for s, ok := range map[Severity]bool{"": true, Critical: true, Major: true, Minor: false, "x": false} {
		err := SeverityWords{Yanzhong: s}.Check()
		if input := (*InputError)(nil); (err == nil) != ok || err != nil && !errors.As(err, &input) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestWhatAFinalReportLacksMayBeAdded: what nobody had sorted, counted or said.
func TestWhatAFinalReportLacksMayBeAdded(t *testing.T) {
	was := Finding{Number: 3, Kind: OfProduct, Text: "scratch", Photos: []PhotoRef{{ID: 1}}, Final: true}
	now := was.Clone()
	now.Sort(Idea, "")
	now.Bad, now.Checked, now.Place, now.TextZH, now.Defect = 1, 5, "packing", "划痕", "scratch"
	now.Photos = append(now.Photos, PhotoRef{FileID: "F2"})
	if err := now.KeepFinal(&was); err != nil {
		t.Errorf("what was missing is not added: %v", err)
	}
	now.Sort(RedFlag, "")
	if err := now.KeepFinal(&was); err != nil {
		t.Errorf("what nobody had sorted is not sorted: %v", err)
	}
}

// TestAResultAgainstTheCountsNeedsAReason, at once and where it was pending.
func TestAResultAgainstTheCountsNeedsAReason(t *testing.T) {
	for _, c := range []struct {
		bad           int
		wrong, agrees Result
	}{{9, Passed, Failed}, {3, Failed, Passed}} {
		for _, pending := range []bool{false, true} {
			i := drawn(t)
			if did, err := i.Count(map[Severity]int{Major: c.bad}, 0, "U1", onFloor); !did || err != nil {
				t.Fatal(did, err)
			}
			if did, err := i.Report(Undecided, "", "U1", onFloor); pending && (!did || err != nil) {
				t.Fatal(did, err)
			} else if !pending {
				i.Reopen()
			}
			was := i.Result
			if did, err := i.Report(c.wrong, " ", "U1", onFloor); did || err == nil || i.Result != was {
				t.Errorf("%d bad, pending %t: %s without a reason: %v", c.bad, pending, i.Result, err)
			}
			with, without := i.Clone(), i.Clone()
			if did, err := with.Report(c.wrong, "a test piece of ours", "U1", onFloor); !did || err != nil {
				t.Errorf("%d bad, pending %t, with a reason: %v, %v", c.bad, pending, did, err)
			}
			if did, err := without.Report(c.agrees, "", "U1", onFloor); !did || err != nil {
				t.Errorf("%d bad, pending %t, as the counts say: %v, %v", c.bad, pending, did, err)
			}
		}
	}
}

func TestCountsBelowTheFindingsNeedAReason(t *testing.T) {
	of := func(s Severity, bad int) Finding {
		return Finding{Kind: OfProduct, Severity: s, Bad: bad, Checked: 125}
	}
	for name, c := range map[string]struct {
		bad   map[Severity]int
		fs    []Finding
		r     Result
		note  string
		short []Shortfall
		wrong string
	}{
		"as many as were found":            {map[Severity]int{Major: 7}, []Finding{of(Major, 7)}, Passed, "", nil, ""},
		"more than were found":             {map[Severity]int{Major: 7}, []Finding{of(Major, 5)}, Passed, "", nil, ""},
		"fewer":                            {map[Severity]int{Major: 6}, []Finding{of(Major, 5), of(Major, 2)}, Passed, " ", []Shortfall{{Major, 7, 6}}, "note"},
		"fewer of two classes":             {nil, []Finding{of(Minor, 1), of(Critical, 4)}, Passed, "", []Shortfall{{Critical, 4, 0}, {Minor, 1, 0}}, "note"},
		"fewer, and somebody says why":     {nil, []Finding{of(Critical, 4)}, Passed, "test pieces of ours", []Shortfall{{Critical, 4, 0}}, ""},
		"fewer, and it failed":             {map[Severity]int{Critical: 1}, []Finding{of(Critical, 4)}, Failed, "", []Shortfall{{Critical, 4, 1}}, "note"},
		"fewer, and it is not decided yet": {nil, []Finding{of(Critical, 4)}, Undecided, "", []Shortfall{{Critical, 4, 0}}, ""},
		"what was withdrawn":               {nil, []Finding{{Kind: OfProduct, Severity: Critical, Withdrawn: Mark{By: "U1"}}}, Passed, "", nil, ""},
		"what nobody has sorted":           {nil, []Finding{of("", 7)}, Passed, "", nil, ""},
	} {
		for _, pending := range []bool{false, true} {
			i := drawn(t)
			if got := i.Lot.Shortfalls(c.fs); len(got) > 0 {
				t.Errorf("%s: before the pieces are counted they fall short: %v", name, got)
			}
			if _, err := i.Count(c.bad, 0, "U1", onFloor); err != nil {
				t.Fatal(err)
			}
			if pending {
				i.Result = Undecided
			}
			if got := i.Lot.Shortfalls(c.fs); !slices.Equal(got, c.short) {
				t.Errorf("%s, pending %t: short are %v, want %v", name, pending, got, c.short)
			}
			if got := strings.Join(wrongFields(i.Doubt(c.r, c.note, c.fs)), " "); got != c.wrong {
				t.Errorf("%s, pending %t: wrong is %q, want %q", name, pending, got, c.wrong)
			}
			if i.Result = Passed; i.Doubt(c.r, c.note, c.fs) != nil {
				t.Errorf("%s: a result that stands is doubted", name)
			}
		}
	}
}

// TestTheClassesOfALot are those that there are, each once.
func TestTheClassesOfALot(t *testing.T) {
	for what, classes := range map[string][]LotClass{
		"one twice":      {{Class: Major, AQL: "2.5", N: 125}, {Class: Major, AQL: "4.0", N: 125}},
		"an unknown":     {{Class: "fatal", N: 125}},
		"without a name": {{N: 125}},
	} {
		l := Lot{Size: 3000, Classes: classes}
		if l.Check() == nil {
			t.Errorf("a lot with %s class passes", what)
		}
	}
	l := Lot{Size: 3000, Classes: []LotClass{{Class: Minor, AQL: "4.0", N: 125}, {Class: Major, AQL: "2.5", N: 125}}}
	if err := l.Check(); err != nil {
		t.Errorf("two classes that there are: %v", err)
	}
}

// TestAMeasurementAgainstItsLimit is one whose outcome a person chose although the limit says
// another; where the limit says nothing, it is none.
func TestAMeasurementAgainstItsLimit(t *testing.T) {
	limit := Limit{Lower: "12.0", Upper: "12.5", Unit: "mm"}
	for _, c := range []struct {
		name string
		m    Measured
		want bool
	}{
		{"passed outside it", Measured{Test: Test{Limit: limit}, Value: "13.9", Result: TestPassed}, true},
		{"passed within it", Measured{Test: Test{Limit: limit}, Value: "12.3", Result: TestPassed}, false},
		{"failed outside it", Measured{Test: Test{Limit: limit}, Value: "13.9", Result: TestFailed}, false},
		{"failed within it", Measured{Test: Test{Limit: limit}, Value: "12.3", Result: TestFailed}, true},
		{"failed because other pieces are bad", Measured{Test: Test{Limit: limit}, Value: "12.3", Bad: 2, N: 8, Result: TestFailed}, false},
		{"not done", Measured{Test: Test{Limit: limit}, Value: "13.9", Result: TestNotDone}, false},
		{"passed by a limit in words", Measured{Test: Test{Limit: Limit{Words: "no crack"}}, Value: "13.9", Result: TestPassed}, false},
		{"passed without a value", Measured{Test: Test{Limit: limit}, Result: TestPassed}, false},
	} {
		if got := c.m.Against(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
