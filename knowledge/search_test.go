package knowledge

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"visitprep/internal/yamlfile"
)

// ownQuestions is testdata/own-questions.yaml.
type ownQuestions struct {
	Tuned         []ownQuestion `yaml:"tuned"`
	Held          []ownQuestion `yaml:"held"`
	Unrelated     []string      `yaml:"unrelated"`
	HeldUnrelated []string      `yaml:"heldUnrelated"`
	Nothing       []string      `yaml:"nothing"`
}

type ownQuestion struct {
	Ask  string   `yaml:"ask"`
	Want []string `yaml:"want"`
}

// rank returns the place, from 1, of the first hit that is wanted, or 0.
func (q ownQuestion) rank(hits []Hit) int {
	for i, h := range hits {
		for _, want := range q.Want {
			if Accepts(want, h.Entry.ID) {
				return i + 1
			}
		}
	}
	return 0
}

// TestOwnQuestions counts how many of our questions are answered. Run it with
// -v to see which are not, after a change to the search or the advice.
func TestOwnQuestions(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	const file = "testdata/own-questions.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var own ownQuestions
	if err := yamlfile.Decode(file, data, &own); err != nil {
		t.Fatal(err)
	}
	for _, set := range []struct {
		name      string
		questions []ownQuestion
		atLeast   float64 // part answered in the first three
	}{{"tuned", own.Tuned, 0.9}, {"held", own.Held, 0.8}} {
		var first, three, good, none int
		for _, q := range set.questions {
			for _, want := range q.Want {
				if _, ok := b.Entry(want); !ok && !strings.HasSuffix(want, "*") {
					t.Errorf("%s: %q wants %s, which is no entry any more", file, q.Ask, want)
				}
			}
			r := b.Search(q.Ask, 5)
			rank := q.rank(r.Hits)
			if rank == 1 {
				first++
			}
			if rank > 0 && rank <= 3 {
				three++
			} else {
				t.Logf("%s: %q is %s, rank %d: %v", set.name, q.Ask, r.Match, rank, ids(r.Hits))
			}
			if r.Match == Good {
				good++
			}
			if r.Match == None {
				none++
			}
		}
		n := len(set.questions)
		t.Logf("%s: of %d questions %d answered first, %d in the first three, %d good", set.name, n, first, three, good)
		if none > n/50 {
			t.Errorf("%s: %d of %d find nothing, want at most one in fifty", set.name, none, n)
		}
		if float64(three) < set.atLeast*float64(n) {
			t.Errorf("%s: %d of %d answered in the first three, want %.0f %%", set.name, three, n, 100*set.atLeast)
		}
	}
	for name, set := range map[string][]string{"unrelated": own.Unrelated, "held unrelated": own.HeldUnrelated} {
		var good, weak int
		for _, q := range set {
			switch r := b.Search(q, 1); r.Match {
			case Good:
				good++
				t.Logf("%s: %q is a good match: %v", name, q, ids(r.Hits))
			case Weak:
				weak++
			}
		}
		t.Logf("%s: of %d questions %d called good, %d weak", name, len(set), good, weak)
		if good > len(set)/4 {
			t.Errorf("%s: %d of %d called good, want at most a quarter", name, good, len(set))
		}
	}
	for _, q := range own.Nothing {
		if r := b.Search(q, 3); r.Match != None || len(r.Hits) > 0 {
			t.Errorf("%q is %s %v, want none", q, r.Match, ids(r.Hits))
		}
	}
}

func ids(hits []Hit) []string {
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.Entry.ID)
	}
	return ids
}

func TestSearchFindsFirst(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	for _, c := range []struct{ name, ask, first, didYouMean string }{
		{"a word of the title", "alcohol", "etiquette-decline-alcohol", ""},
		{"a word in another form", "decline, declining, DECLINED alcohol", "etiquette-decline-alcohol", ""},
		{"a whole alias", "visiting card", "etiquette-card-both-hands", ""},
		{"a question in plain words", "How do I hand over my business card?", "etiquette-card-both-hands", ""},
		{"another word for the same", "what deposit will the vendor want", "agreements-deposit-at-risk", ""},
		{"a missing letter", "buisness card", "etiquette-card-both-hands", "business card"},
		{"a wrong letter in a short word", "toost", "etiquette-give-a-toast", "toast"},
		{"the corrected question keeps what was right", "May I decline alkohol, Mr Wang?", "etiquette-decline-alcohol", "May I decline alcohol, Mr Wang?"},
		{"the beginning of the last word", "pre-shipment inspe", "quality-pre-shipment", ""},
		{"two words as one", "preshipment", "quality-pre-shipment", ""},
		{"one word as two", "we chat", "travel-phone-wechat-setup", ""},
		{"a number with a point", "aql 2.5", "quality-aql-not-permission", ""},
		{"a letter, an ampersand, a letter", "r&d", "trends-ask-development-team", ""},
		{"Chinese characters", "干杯", "phrase-cheers", ""},
		{"Chinese characters in an alias", "定金是什么", "agreements-deposit-word", ""},
		{"one Chinese character", "杯", "phrase-cheers", ""},
		{"pinyin with tones", "Gān bēi", "phrase-cheers", ""},
		{"pinyin without tones", "gan bei", "phrase-cheers", ""},
		{"pinyin as one word", "xiexie", "phrase-thank-you", ""},
		{"pinyin as one word, for two syllables in the file", "ninhao", "phrase-hello-polite", ""},
		{"full-width letters", "ＡＱＬ", "quality-aql-explained", ""},
		{"an apostrophe", "the supplier's deposit", "agreements-deposit-at-risk", ""},
		{"small words that mean something together", "two weeks before", "travel-timeline-2-weeks", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.Search(c.ask, 3)
			if len(r.Hits) == 0 || r.Hits[0].Entry.ID != c.first {
				t.Errorf("%q finds %v, want %s first", c.ask, ids(r.Hits), c.first)
			}
			if r.DidYouMean != c.didYouMean {
				t.Errorf("%q: did you mean %q, want %q", c.ask, r.DidYouMean, c.didYouMean)
			}
		})
	}
}

func TestSearchSaysHowWell(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	for _, c := range []struct {
		name, ask string
		want      Match
	}{
		{"all of it is there", "exchanging business cards", Good},
		{"a name that is the whole question", "golden sample", Good},
		{"nearly all is something else", "a submarine with business class seats under the arctic", None},
		{"no word is known", "xylophone lessons", None},
		{"an ordinary word is not a misspelt one", "most people like toads", None},
		{"only words without meaning", "what is it with the", None},
		{"nothing", "", None},
		{"a number", "42", None},
		{"emoji", "🎉🎉", None},
		{"Arabic", "كيف حالك", None},
		{"Hebrew", "מה שלומך", None},
		{"Chinese that is not there", "恐龙化石", None},
		{"a courtesy", "ok, thank you very much!", None},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.Search(c.ask, 3)
			if r.Match != c.want {
				t.Errorf("%q is %s %v, want %s", c.ask, r.Match, ids(r.Hits), c.want)
			}
			if (r.Match == None) != (len(r.Hits) == 0) {
				t.Errorf("%q is %s with %d hits", c.ask, r.Match, len(r.Hits))
			}
		})
	}
}

// Whoever types a phrase, in characters or in pinyin with or without tones and spaces, means
// that phrase: where it is found first, nobody is asked whether they mean it.
func TestAPhraseByItselfIsCertain(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	asked, first := 0, 0
	for _, e := range b.All() {
		if e.Kind != Phrase {
			continue
		}
		plain := written(tokens(nil, e.Pinyin))
		for _, ask := range []string{e.Chinese, e.Pinyin, plain, strings.ToUpper(plain) + "!"} {
			asked++
			r := b.Search(ask, 3)
			if len(r.Hits) == 0 || r.Hits[0].Entry != e {
				continue
			}
			first++
			if r.Match != Good {
				t.Errorf("%q is %s %v", ask, r.Match, ids(r.Hits))
			}
		}
	}
	if first < asked*3/4 {
		t.Errorf("of %d only %d find their phrase first", asked, first)
	}
}

// A question that stands among the asks of one entry, small words and all, is answered by it,
// even where its other words fit another entry better.
func TestAnAskIsAnsweredByItsEntry(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	owners := map[string]int{}
	key := func(ask string) string { return strings.Join(exactWords(nil, tokens(nil, ask)), " ") }
	for _, e := range b.All() {
		for _, ask := range e.Asks {
			owners[key(ask)]++
		}
	}
	asked := 0
	for i, e := range b.All() {
		if len(e.Asks) == 0 || len(strings.Fields(e.Asks[i%len(e.Asks)])) < minExactWords || owners[key(e.Asks[i%len(e.Asks)])] > 1 {
			continue
		}
		ask := e.Asks[i%len(e.Asks)]
		asked++
		if r := b.Search(ask, 1); r.Match != Good && r.Remark != Courtesy || len(r.Hits) > 0 && r.Hits[0].Entry != e {
			t.Errorf("%q is %s %v, want %s", ask, r.Match, ids(r.Hits), e.ID)
		}
	}
	if asked < 500 {
		t.Errorf("%d asks were asked, want one of nearly every entry", asked)
	}
}

// A question that shares no word with any entry can still be near one in meaning: what is
// found by that alone is a hit.
func TestWhatIsFoundByItsMeaningAloneIsAHit(t *testing.T) {
	t.Parallel()
	b := embedded(t).Weighted(Weights{}) // lets everything through
	x, found := b.index(), 0
	for word := range strings.Lines(vectorWords) {
		word = strings.TrimSpace(word)
		s := x.scratch.take()
		_, ok := x.ask(s, word)
		alone := ok && len(s.touched) == 0
		x.scratch.put(s)
		if !alone {
			continue
		}
		if r := b.Search(word, 3); len(r.Hits) != 1 || r.Match == None {
			t.Errorf("%q is %s with %d hits, want one", word, r.Match, len(r.Hits))
		}
		if found++; found == 20 {
			return
		}
	}
	t.Error("no such word is found")
}

func TestEveryNameOfAFeatureStandsForOne(t *testing.T) {
	t.Parallel()
	if n := len(FeatureNames()); n != 2*featureCount {
		t.Errorf("%d names for %d features by the whole and by a sentence", n, featureCount)
	}
	if n := len(SignalNames()); n != signalCount {
		t.Errorf("%d names for %d signals", n, signalCount)
	}
}

func TestSearchLimitsAndOrdersHits(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	all := b.Search("quality inspection of samples at the factory", 0)
	if len(all.Hits) < 50 {
		t.Fatalf("%d hits without a limit, want many", len(all.Hits))
	}
	if !slices.IsSortedFunc(all.Hits, func(a, b Hit) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	}) {
		t.Error("the hits are not in the order of their scores")
	}
	for _, limit := range []int{1, 3, 10, 49} {
		got := b.Search("quality inspection of samples at the factory", limit)
		if !slices.Equal(got.Hits, all.Hits[:limit]) {
			t.Errorf("the first %d hits are others than with no limit", limit)
		}
	}
}

// longQuestion is ten thousand letters of words that nothing has.
func longQuestion() string {
	r := rand.New(rand.NewPCG(1, 1))
	var q strings.Builder
	for q.Len() < 10_000 {
		for range 4 + r.IntN(8) {
			q.WriteByte(byte('a' + r.IntN(26)))
		}
		q.WriteByte(' ')
	}
	return q.String()
}

// BenchmarkSearchOfAVeryLongQuestion is what somebody can ask at most.
func BenchmarkSearchOfAVeryLongQuestion(b *testing.B) {
	base, q := embedded(b), longQuestion()
	base.BuildIndex()
	for b.Loop() {
		base.Search(q, 5)
	}
}

func TestOfAVeryLongQuestionABoundedPartIsRead(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	q := longQuestion()
	whole, part := b.Search(q+" golden sample", 3), b.Search(q[:maxBytes], 3)
	if whole.Match != part.Match || !slices.Equal(whole.Hits, part.Hits) {
		t.Errorf("ten thousand letters find %v, their beginning %v", ids(whole.Hits), ids(part.Hits))
	}
}

func TestSearchByManyAtOnceGivesTheSame(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	questions := []string{"visa", "gan bei", "factroy audit", "who pays for the re-inspection", "weather in Lisbon", "干杯"}
	want := make([]Result, len(questions))
	for i, q := range questions {
		want[i] = b.Search(q, 5)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 60 {
				i := n % len(questions)
				got := b.Search(questions[i], 5)
				if got.Match != want[i].Match || got.DidYouMean != want[i].DidYouMean || !slices.Equal(got.Hits, want[i].Hits) {
					t.Errorf("%q finds %v, want %v", questions[i], ids(got.Hits), ids(want[i].Hits))
				}
				b.Related(b.All()[n], 3)
			}
		})
	}
	wg.Wait()
}

func TestRelatedIsAboutTheSame(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	for _, e := range b.All() {
		related := b.Related(e, 3)
		if len(related) < 3 {
			t.Errorf("%s has %d related entries, want 3", e.ID, len(related))
		}
		if slices.Contains(related, e) {
			t.Errorf("%s is related to itself", e.ID)
		}
		if !slices.Equal(related, b.Related(e, 3)) {
			t.Errorf("%s has other related entries the second time", e.ID)
		}
	}
}

func FuzzSearch(f *testing.F) {
	b, err := Embedded()
	if err != nil {
		f.Skip(err)
	}
	for _, q := range []string{"visa", "gan bei 干杯", "R&D's 2.5,000", "\xff\xfe", "é́", "a&", "'", "ａ１", strings.Repeat("factroy ", 2000)} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		r := b.Search(q, 3)
		if len(r.Hits) > 3 || (r.Match == None) != (len(r.Hits) == 0) {
			t.Errorf("%q is %s with %d hits", q, r.Match, len(r.Hits))
		}
		for _, h := range r.Hits {
			if !(h.Score > 0) {
				t.Errorf("%q scores %v", q, h.Score)
			}
		}
		if utf8.ValidString(q) && !utf8.ValidString(r.DidYouMean) {
			t.Errorf("%q corrected to %q", q, r.DidYouMean)
		}
	})
}

// synthetic makes entries of made-up words, the frequencies of which fall
// like those of a language, and questions: three of the rarer words of one
// entry, two of them with a wrong letter.
func synthetic(docs, questions int) ([]*Entry, []string) {
	r := rand.New(rand.NewPCG(7, 7))
	syllables := []string{"ba", "co", "der", "fin", "gra", "hol", "im", "ja", "kel", "lo", "mar", "nu", "op", "pre", "qui", "ras", "ste", "tor", "ul", "ven", "wi", "yar", "zen", "chi", "tion", "ment"}
	seen := map[string]bool{}
	var words []string
	for len(words) < 30_000 {
		var w strings.Builder
		for range 2 + r.IntN(3) {
			w.WriteString(syllables[r.IntN(len(syllables))])
		}
		if !seen[w.String()] {
			seen[w.String()] = true
			words = append(words, w.String())
		}
	}
	zipf := rand.NewZipf(r, 1.07, 8, uint64(len(words)-1))
	text := func(n int) (string, []string) {
		ws := make([]string, n)
		for i := range ws {
			ws[i] = words[zipf.Uint64()]
		}
		return strings.Join(ws, " "), ws
	}
	entries := make([]*Entry, docs)
	rare := make([][]string, docs)
	for i := range entries {
		e := &Entry{ID: fmt.Sprintf("a-%d", i), Kind: Guide, Phase: Before}
		var in []string
		e.Title, _ = text(6)
		e.Text, in = text(60)
		e.Why, _ = text(12)
		alias, _ := text(2)
		e.Aliases = []string{alias}
		for _, w := range in {
			if slices.Index(words[:200], w) < 0 {
				rare[i] = append(rare[i], w)
			}
		}
		entries[i] = e
	}
	asks := make([]string, questions)
	for i := range asks {
		in := rare[r.IntN(docs)]
		var q []string
		for k := range 3 {
			w := []byte(in[r.IntN(len(in))])
			if k < 2 {
				w[1+r.IntN(len(w)-1)] = byte('a' + r.IntN(26))
			}
			q = append(q, string(w))
		}
		asks[i] = strings.Join(q, " ")
	}
	return entries, asks
}

// BenchmarkSearchOf10000 reports the median and the 99th percentile of
// questions with typos over 10,000 entries.
func BenchmarkSearchOf10000(b *testing.B) {
	entries, asks := synthetic(10_000, 1000)
	benchmarkSearch(b, newIndex(entries, everydayQuestions, newLexicon()), asks)
}

// BenchmarkSearch does so for questions to the embedded advice, half of them
// misspelt.
func BenchmarkSearch(b *testing.B) {
	base := embedded(b)
	var asks []string
	r := rand.New(rand.NewPCG(3, 3))
	for _, e := range base.All() {
		asks = append(asks, e.Title)
		t := []byte(e.Title)
		for range 2 {
			if i := 1 + r.IntN(len(t)-1); t[i] >= 'a' && t[i] <= 'z' {
				t[i] = byte('a' + r.IntN(26))
			}
		}
		asks = append(asks, string(t))
	}
	benchmarkSearch(b, base.index(), asks)
}

func benchmarkSearch(b *testing.B, x *index, asks []string) {
	times := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		x.search(asks[i%len(asks)], 5)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1000, "p99-µs")
}

// BenchmarkLoad loads the embedded advice, and reports what a loaded base
// keeps of the heap. Run it with -cpu 1.
func BenchmarkLoad(b *testing.B) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // empties sync.Pools too
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var kept *Base
	b.ReportAllocs()
	for b.Loop() {
		kept = embedded(b)
	}
	b.ReportMetric(float64(heap()-before)/1024, "KiB-kept")
	runtime.KeepAlive(kept)
}

// BenchmarkIndex is the part of loading that is not YAML.
func BenchmarkIndex(b *testing.B) {
	base := embedded(b)
	for b.Loop() {
		newIndex(base.All(), everydayQuestions, newLexicon())
	}
}
