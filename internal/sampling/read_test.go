package sampling

import (
	"slices"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"3000":                                  "3000 II 2.5 4.0 normal",
		"3000 II 2.5 4.0":                       "3000 II 2.5 4.0 normal",
		"3000 iii 1 2.5 tightened":              "3000 III 1.0 2.5 tightened",
		"#3000":                                 "3000 II 2.5 4.0 normal",
		"lot # 3000 II":                         "3000 II 2.5 4.0 normal",
		"3,000 pcs":                             "3000 II 2.5 4.0 normal",
		"3'000 pieces, level 1":                 "3000 I 2.5 4.0 normal",
		"10,000,000":                            "10000000 II 2.5 4.0 normal",
		"lot size: 3000, level II, AQL 2.5/4.0": "3000 II 2.5 4.0 normal",
		"3000 AQL 0/2.5/4.0":                    "3000 II 2.5 4.0 normal",
		"3000 0 1.5 4":                          "3000 II 1.5 4.0 normal",
		"3000 0,2.5,4.0":                        "3000 II 2.5 4.0 normal",
		"3000 2,5 4,0":                          "3000 II 2.5 4.0 normal",
		"3000 critical 0 major 1.5 minor 2.5":   "3000 II 1.5 2.5 normal",
		"3000 minor 6.5":                        "3000 II 2.5 6.5 normal",
		"3000 minor 6.5 major 4":                "3000 II 4.0 6.5 normal",
		"AQL 1.5 2.5 lot 800":                   "800 II 1.5 2.5 normal",
		"3000 6.5":                              "3000 II 6.5 6.5 normal",
		"3000 0.1 .25":                          "3000 II 0.10 0.25 normal",
		"3000 S-3":                              "3000 S-3 2.5 4.0 normal",
		"3000 s4 reduced":                       "3000 S-4 2.5 4.0 reduced",
		"3000 GII 2.5":                          "3000 II 2.5 4.0 normal",
		"3000 g-iii":                            "3000 III 2.5 4.0 normal",
		"3000 L2":                               "3000 II 2.5 4.0 normal",
		"3000 2.5% 4%":                          "3000 II 2.5 4.0 normal",
		"３０００　Ⅱ　２．５　４．０":                  "3000 II 2.5 4.0 normal",
		"批量3000，水平II，加严":                  "3000 II 2.5 4.0 tightened",
		"批量三千 一般检验水平Ⅱ AQL 主要1.5 次要4.0 放宽": "3000 II 1.5 4.0 reduced",
		"三千五百件":                       "3500 II 2.5 4.0 normal",
		"三千五":                         "3500 II 2.5 4.0 normal",
		"三千零五":                        "3005 II 2.5 4.0 normal",
		"一万二":                         "12000 II 2.5 4.0 normal",
		"十二":                          "12 II 2.5 4.0 normal",
		"三〇〇〇 水平三 正常":                 "3000 III 2.5 4.0 normal",
		"3千 主要二点五":                    "3000 II 2.5 4.0 normal",
		"1.2万":                        "12000 II 2.5 4.0 normal",
		"3万5千件 特殊水平S-2":               "35000 S-2 2.5 4.0 normal",
		"一千万":                         "10000000 II 2.5 4.0 normal",
		"3000 normal normal":          "3000 II 2.5 4.0 normal",
		"`3000 II 2.5 4.0`":           "3000 II 2.5 4.0 normal",
		"3000 II 2.5 4.0.":            "3000 II 2.5 4.0 normal",
		"3000 pcs in 100 cartons, II": "3000 II 2.5 4.0 normal 100 cartons",
		"3000件100箱 水平II":              "3000 II 2.5 4.0 normal 100 cartons",
		"50 ctns 3000 1.5":            "3000 II 1.5 4.0 normal 50 cartons",
		"90 one letter":               "90 II 2.5 4.0 normal one letter",
		"90 同一字码 20箱":                 "90 II 2.5 4.0 normal 20 cartons one letter",
		"3000 0.065 0.10 tight":       "3000 II 0.065 0.10 tightened",
		"lot of 2 at level iii, tightened, aql 10 ": "2 III 10 10 tightened",
	} {
		t.Run(line, func(t *testing.T) {
			q, trouble := Read(line)
			if trouble != nil || q.String() != want {
				t.Fatalf("read as %q, %v; want %q", q, trouble, want)
			}
			if again, trouble := Read(q.String()); trouble != nil || again != q {
				t.Errorf("its own words are read as %v, %v", again, trouble)
			}
		})
	}
}

func TestReadWhatIsWrong(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		problem Problem
		word    string
		near    []AQL
		asked   string
	}{
		"":                                    {NothingAsked, "", nil, ""},
		"  ":                                  {NothingAsked, "", nil, ""},
		"II 2.5 4.0":                          {LotNotWhole, "2.5", nil, ""},
		"level II":                            {NoLot, "level II", nil, ""},
		"3k":                                  {LotUnclear, "3k", nil, "3000 II 2.5 4.0 normal"},
		"3K III 1.5":                          {LotUnclear, "3k", nil, "3000 III 1.5 4.0 normal"},
		"3 k":                                 {LotUnclear, "3 k", nil, "3000 II 2.5 4.0 normal"},
		"1.5k":                                {LotUnclear, "1.5k", nil, "1500 II 2.5 4.0 normal"},
		"2 thousand pcs":                      {LotUnclear, "2 thousand", nil, "2000 II 2.5 4.0 normal"},
		"2m":                                  {LotUnclear, "2m", nil, "2000000 II 2.5 4.0 normal"},
		"3.000":                               {LotUnclear, "3.000", nil, "3000 II 2.5 4.0 normal"},
		"1.250 II":                            {LotUnclear, "1.250", nil, "1250 II 2.5 4.0 normal"},
		"3 000 II":                            {LotUnclear, "3 000", nil, "3000 II 2.5 4.0 normal"},
		"10^3":                                {LotUnclear, "10^3", nil, "1000 II 2.5 4.0 normal"},
		"0":                                   {LotTooSmall, "0", nil, ""},
		"-5":                                  {LotTooSmall, "-5", nil, ""},
		"−5":                                  {LotTooSmall, "-5", nil, ""},
		"1":                                   {LotOfOne, "1", nil, ""},
		"一件":                                  {LotOfOne, "一", nil, ""},
		"2.5":                                 {LotNotWhole, "2.5", nil, ""},
		"10000001":                            {LotTooLarge, "10000001", nil, ""},
		"10,000,001":                          {LotTooLarge, "10,000,001", nil, ""},
		"10^9":                                {LotTooLarge, "10^9", nil, ""},
		"1e9":                                 {LotTooLarge, "1e9", nil, ""},
		"11m":                                 {LotTooLarge, "11m", nil, ""},
		"99999999999999999999999999999999999": {LotTooLarge, "99999999999999999999999999999999999", nil, ""},
		"3000-5000":                           {LotRange, "3000-5000", nil, ""},
		"3000 – 5000 II":                      {LotRange, "3000 - 5000", nil, ""},
		"3000～5000":                           {LotRange, "3000~5000", nil, ""},
		"3k to 5k":                            {LotRange, "3k to 5", nil, ""},
		"3000至5000件":                          {LotRange, "3000至5000", nil, ""},
		"3000 II 2":                           {NoStep, "2", []AQL{"1.5", "2.5"}, ""},
		"3000 II 3.0":                         {NoStep, "3.0", []AQL{"2.5", "4.0"}, ""},
		"3000 2.5 5000":                       {NoStep, "5000", []AQL{"1000"}, ""},
		"3000 major 0.001":                    {NoStep, "0.001", []AQL{"0.010"}, ""},
		"3000 II 0":                           {ZeroAQL, "0", nil, ""},
		"3000 2.5 0":                          {ZeroAQL, "0", nil, ""},
		"3000 major 0":                        {ZeroAQL, "0", nil, ""},
		"3000 critical 0.65":                  {CriticalAQL, "0.65", nil, ""},
		"3000 S-5":                            {NoLevel, "s-5", nil, ""},
		"3000 IV":                             {NoLevel, "iv", nil, ""},
		"3000 level 4":                        {NoLevel, "4", nil, ""},
		"3000 II III":                         {SaidTwice, "iii", nil, ""},
		"3000 2.5 4.0 6.5":                    {SaidTwice, "6.5", nil, ""},
		"3000 normal reduced":                 {SaidTwice, "reduced", nil, ""},
		"lot 3000 lot 500":                    {SaidTwice, "500", nil, ""},
		"3000 0 cartons":                      {NoCartons, "0", nil, ""},
		"3000 10 cartons 20 cartons":          {NoCartons, "20", nil, ""},
		"100 cartons":                         {NoLot, "100 cartons", nil, ""},
		"3000 dozen":                          {UnknownWord, "dozen", nil, ""},
		"3000 😀":                              {UnknownWord, "😀", nil, ""},
		"sample":                              {UnknownWord, "sample", nil, ""},
	} {
		t.Run(line, func(t *testing.T) {
			q, trouble := Read(line)
			if trouble == nil {
				t.Fatalf("read as %q", q)
			}
			asked := ""
			if trouble.Asked != (Request{}) {
				asked = trouble.Asked.String()
			}
			if trouble.Problem != want.problem || trouble.Word != want.word || !slices.Equal(trouble.Near, want.near) || asked != want.asked {
				t.Errorf("%s at %q, %v, asks %q; want %+v", trouble.Problem, trouble.Word, trouble.Near, asked, want)
			}
		})
	}
}

// FuzzRead: whatever is typed, it ends with a request that can be looked up and typed again,
// or with what is wrong.
func FuzzRead(f *testing.F) {
	for _, line := range []string{"3000 II 2.5 4.0 tightened", "3k", "批量三千 水平Ⅱ 主要2.5", "1.2万", "AQL 0/2.5/4.0 lot 50", "10^9", "3.000", "3 000 000", ".5", "s-", "l", "g9"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		q, trouble := Read(line)
		if trouble != nil {
			if trouble.Problem == "" || trouble.Error() == "" {
				t.Errorf("%q: %+v", line, trouble)
			}
			if trouble.Problem != LotUnclear {
				return
			}
			q = trouble.Asked
		}
		for _, a := range []AQL{q.Major, q.Minor} {
			if p, err := LookUp(q.Lot, q.Level, q.Severity, a); err != nil || p.Pieces() < 1 {
				t.Errorf("%q: %v: %+v, %v", line, q, p, err)
			}
		}
		if again, trouble := Read(q.String()); trouble != nil || again != q {
			t.Errorf("%q was read as %q, and that as %q, %v", line, q, again, trouble)
		}
	})
}
