package bot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/chars"
	"visitprep/internal/store"
	"visitprep/knowledge"
)

// struck stands for what was taken out of a question.
const struck = "…"

// A striker takes out of a question what could tell of whom or of what it was asked: people,
// companies, channels, addresses, numbers. It would rather take too much.
type striker struct {
	base     *knowledge.Base
	phrases  [][]string      // names of several words, folded
	words    map[string]bool // words of names, folded, that no entry has
	capitals map[string]bool // words of names, folded, that an entry has: names where they begin with a capital
	han      []string        // names in Chinese
}

// companyWords stand in the names of companies and people, and name none.
var companyWords = chars.WordSet(`co ltd limited inc gmbh corp corporation company group factory plant manufacturing manufacturer
	industrial industries industry international trading trade technology technologies tech products product enterprise
	enterprises and of the mr mrs ms miss dr`)

func newStriker(base *knowledge.Base, names store.Names, people []string) *striker {
	s := &striker{base: base, words: map[string]bool{}, capitals: map[string]bool{}}
	add := func(w string) {
		if utf8.RuneCountInString(w) < 2 || companyWords[w] {
			return
		}
		if utf8.RuneCountInString(w) > 2 && !base.Knows(w) {
			s.words[w] = true
		} else {
			s.capitals[w] = true
		}
	}
	for _, name := range slices.Concat(names.Factories, names.Channels, names.People, people) {
		s.han = append(s.han, hanRuns.FindAllString(name, -1)...)
		words := slices.DeleteFunc(foldedWords(name), func(w string) bool { return hanRuns.MatchString(w) })
		for _, w := range words {
			add(w)
		}
		if words = slices.DeleteFunc(words, func(w string) bool { return companyWords[w] }); len(words) > 1 {
			s.phrases = append(s.phrases, words)
		}
	}
	for _, text := range names.Contacts { // free text: only what is written as a name is one
		s.han = append(s.han, hanRuns.FindAllString(text, -1)...)
		for _, w := range wordPattern.FindAllString(text, -1) {
			if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
				add(strings.ToLower(w))
			}
		}
	}
	s.han = slices.DeleteFunc(s.han, func(h string) bool { return utf8.RuneCountInString(h) < 2 })
	return s
}

func foldedWords(s string) []string {
	return wordPattern.FindAllString(strings.ToLower(s), -1)
}

var (
	wordPattern = regexp.MustCompile(`[\p{L}\p{M}\p{Nd}_]+`)
	hanRuns     = regexp.MustCompile(`\p{Han}+`)

	// addresses are what leads to somebody, in any form.
	addresses = []*regexp.Regexp{
		regexp.MustCompile(`<[^<>]*>`), // of Slack
		regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://\S+`),
		regexp.MustCompile(`(?i)[\p{L}\p{N}._%+-]+\s?(?:@|\(at\)|\[at\])\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`),
		regexp.MustCompile(`(?i)(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|co|de|uk|eu|fr|it|es|us|hk|tw|jp|kr|info|biz|app|dev|shop|store|me|top|xyz|vip|cc|online|site)\b(?:[/?#:]\S*)?`),
		regexp.MustCompile(`(?:^|[\s(（,，:：])([@＠#＃][\p{L}\p{N}_.-]+)`),
		// Where they write to each other: the name stands behind it.
		regexp.MustCompile(`(?i)\b(?:wechat|weixin|skype|whatsapp|telegram|qq|微信)\s*(?:id|account|number|no|name|号)?\s*(?::|：|=|\bis\b)\s*\S+`),
	}

	// digits are a number, or several that belong together as those of a telephone do.
	digits = regexp.MustCompile(`[+＋]?[\p{L}_]*\p{Nd}[\p{Nd}\p{L}_]*(?:[ \x{a0}]?[-–./()（）,' \x{a0}][ \x{a0}]?\p{Nd}[\p{Nd}\p{L}_]*)*`)
	// number is one of them.
	number = regexp.MustCompile(`[\p{L}_]*\p{Nd}[\p{Nd}\p{L}_]*(?:[.,]\p{Nd}+)*`)
	// hanDigits is a number in Chinese.
	hanDigits = regexp.MustCompile(`[零〇一二三四五六七八九两幺]{5,}`)

	year     = regexp.MustCompile(`^(?:19|20)\p{Nd}\p{Nd}s?$`)
	fraction = regexp.MustCompile(`^0[.,]\p{Nd}{1,3}$`) // AQL goes down to 0.010
	standard = regexp.MustCompile(`(?i)^(?:iso|iec|sa|iatf|ohsas|ansi|astm|din|en|gb|bs|jis|ul)?\p{Nd}+$`)
	ofNorm   = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:iso|iec|sa|iatf|ohsas|ansi|astm|din|en|gb|gb/t|bs|jis|ul|z|d)[ -]?$`)

	// Whoever has a title has a name behind it, or before it in Chinese.
	titled    = regexp.MustCompile(`(?i:\b(?:mr|mrs|ms|miss|mister|madam|madame|mme|herr|frau|signor|signora|monsieur|señor|señora|sr|sra)\b)\.?\s+([\p{L}\p{M}'’-]+(?:\s+\p{Lu}[\p{L}\p{M}'’-]*){0,2})`)
	ranked    = regexp.MustCompile(`(?i)\b(?:manager|director|boss|engineer|president|chairman|chairwoman|ceo|gm|owner|teacher|doctor|dr|professor|prof|uncle|auntie|brother|sister|inspector|interpreter|colleague|friend|named|called)\b\.?\s+([\p{L}\p{M}'’-]+)`)
	hanTitled = regexp.MustCompile(`[` + hanSurnames + `]\p{Han}{0,2}?(?:总监|总|经理|老板|先生|女士|小姐|太太|主任|厂长|师傅|老师|董事长|董|工程师|工|部长|科长|秘书|局长|书记|姐|哥|叔|阿姨)`)
	hanCalled = regexp.MustCompile(`[小老阿][` + hanSurnames + `]`)
	hanFirms  = regexp.MustCompile(`\p{Han}{2,}?(?:有限公司|公司|集团|工厂|厂)`)
)

const hanSurnames = `王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常欧阳`

// surnames are family names as they are written in pinyin, but for those that are English
// words in small letters too.
var surnames = chars.WordSet(`wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song
	tang han feng deng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu lv ding ren yao shen zhong cui tan
	fan liao shi jin jia xia fu fang zou xiong bai meng qin qiu hou yin xue yan duan lei long tao he mao hao gu gong shao wan wen
	qian dai mo kong chang wong chan lee ng cheung chow kwok leung tsang tse yip zhuang ouyang zhuo jian bo qi`)

var inEnglish = chars.WordSet(`he long sun tan fan ma su yin can wan chang song tang ding bo fu hao lei mo meng tao han fang hu jin`)

// calendarWords have a capital and name nobody.
var calendarWords = chars.WordSet(`i monday tuesday wednesday thursday friday saturday sunday january february march april may june
	july august september october november december chinese china english mandarin cantonese`)

// speaks are words before which a name stands at the beginning of a sentence.
var speaks = chars.WordSet(`says said say wants wanted asks asked tells told refuses refused claims claimed thinks insists promised
	promises sent sends offered offers wrote writes called calls agreed has had is was will s wont from keeps`)

// A span is a part of a text, in bytes.
type span struct{ from, to int }

// strike returns the question without what the striker takes out.
func (s *striker) strike(question string) string {
	var out []span
	all := func(p *regexp.Regexp, group int) {
		for _, m := range p.FindAllStringSubmatchIndex(question, -1) {
			out = append(out, span{m[2*group], m[2*group+1]})
		}
	}
	for _, p := range addresses {
		all(p, p.NumSubexp())
	}
	all(titled, 1)
	for _, p := range []*regexp.Regexp{hanTitled, hanCalled, hanFirms, hanDigits} {
		all(p, 0)
	}
	for _, m := range ranked.FindAllStringSubmatchIndex(question, -1) {
		w := question[m[2]:m[3]]
		r, _ := utf8.DecodeRuneInString(w)
		if low := strings.ToLower(w); unicode.IsUpper(r) && (surnames[low] || !s.base.Knows(low)) || surnames[low] && !inEnglish[low] {
			out = append(out, span{m[2], m[3]})
		}
	}
	out = append(out, strikeNumbers(question, s.base)...)
	out = append(out, s.strikeHan(question)...)
	out = append(out, s.strikeWords(question)...)
	return without(question, out)
}

// strikeNumbers finds numbers of three or more digits, and several that are dialled
// together. Years, small counts, the figures of AQL and the numbers of standards stay.
func strikeNumbers(question string, base *knowledge.Base) (out []span) {
	for _, run := range digits.FindAllStringIndex(question, -1) {
		text := question[run[0]:run[1]]
		var parts []span
		dialled, years, wrong := 0, 0, false
		ns := number.FindAllStringIndex(text, -1)
		for _, n := range ns {
			word := text[n[0]:n[1]]
			count := digitsIn(word)
			before := question[:run[0]+n[0]]
			switch {
			case count == 0, fraction.MatchString(word):
			case year.MatchString(word):
				dialled += count
				years++
			case standard.MatchString(word) && base.Knows(word) && (!unicode.IsDigit(firstRune(word)) || ofNorm.MatchString(before)):
			case count >= 3:
				parts, wrong = append(parts, span{run[0] + n[0], run[0] + n[1]}), true
				dialled += count
			default:
				dialled += count
			}
		}
		if wrong && dialled >= 7 || dialled >= 8 && years < len(ns) || strings.ContainsAny(text[:1], "+") {
			out = append(out, span{run[0], run[1]})
			continue
		}
		out = append(out, parts...)
	}
	return out
}

func digitsIn(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// strikeHan finds names that are known, and short words that begin as a name does and that no
// entry has.
func (s *striker) strikeHan(question string) (out []span) {
	for _, name := range s.han {
		for at := 0; ; {
			i := strings.Index(question[at:], name)
			if i < 0 {
				break
			}
			out = append(out, span{at + i, at + i + len(name)})
			at += i + len(name)
		}
	}
	for _, run := range hanRuns.FindAllStringIndex(question, -1) {
		w := question[run[0]:run[1]]
		if n := utf8.RuneCountInString(w); n >= 2 && n <= 4 && strings.ContainsRune(hanSurnames, firstRune(w)) && !s.base.Knows(w) {
			out = append(out, span{run[0], run[1]})
		}
	}
	return out
}

// strikeWords finds the words of names: those that the workspace has recorded, and those with
// a capital that no entry has.
func (s *striker) strikeWords(question string) (out []span) {
	found := wordPattern.FindAllStringIndex(question, -1)
	folded := make([]string, len(found))
	for i, f := range found {
		folded[i] = strings.ToLower(question[f[0]:f[1]])
	}
	names := make([]bool, len(found))
	for _, name := range s.phrases {
		markRuns(folded, name, names)
	}
	for i, f := range found {
		next := ""
		if i+1 < len(found) {
			next = folded[i+1]
		}
		if s.words[folded[i]] {
			names[i] = true
		}
		names[i] = names[i] || strings.Contains(folded[i], "_") || s.isName(question[f[0]:f[1]], next, beginsSentence(question[:f[0]]))
	}
	for i := range found[:max(len(found)-1, 0)] {
		if names[i+1] && adjoin(question, found[i], found[i+1]) && s.beforeName(question[found[i][0]:found[i][1]]) {
			names[i] = true
		}
	}
	for i, f := range found {
		if names[i] {
			out = append(out, span{f[0], f[1]})
		}
	}
	return out
}

// isName reports whether a word is written as a name is: with a capital. next is the word
// behind it, and begins says that it begins a sentence, where any word has one.
func (s *striker) isName(word, next string, begins bool) bool {
	folded := strings.ToLower(word)
	if word == folded || calendarWords[folded] {
		return false
	}
	known := s.base.Knows(folded)
	if word == strings.ToUpper(word) { // short ones are abbreviations, such as DDP
		n := utf8.RuneCountInString(word)
		return !known && (n > 4 || n > 1 && s.capitals[folded])
	}
	if !begins {
		return !known || s.capitals[folded] || surnames[folded]
	}
	acts := speaks[next]
	if surnames[folded] {
		return !known || acts && !inEnglish[folded]
	}
	return !known && (acts || !s.base.IsEnglish(folded))
}

// beforeName reports whether a word that stands before a name is a part of it: an initial, or
// one with a capital that no entry has.
func (s *striker) beforeName(word string) bool {
	folded := strings.ToLower(word)
	if !unicode.IsUpper(firstRune(word)) || calendarWords[folded] {
		return false
	}
	return utf8.RuneCountInString(word) == 1 || !s.base.Knows(folded)
}

// adjoin reports whether nothing stands between two words but a space, a point or a hyphen.
func adjoin(question string, a, b []int) bool {
	between := question[a[1]:b[0]]
	return len(between) <= 2 && strings.Trim(between, " .-&") == ""
}

// markRuns marks where two or more words of a name follow each other as they do in it.
func markRuns(words, name []string, marked []bool) {
	for i := range words {
		for j := range name {
			n := 0
			for i+n < len(words) && j+n < len(name) && words[i+n] == name[j+n] {
				n++
			}
			if n < 2 {
				continue
			}
			for k := range n {
				marked[i+k] = true
			}
		}
	}
}

// beginsSentence reports whether a sentence begins behind a text.
func beginsSentence(before string) bool {
	before = strings.TrimRight(before, " \t\u00a0\"'“”‘’«»()[]（）「」-–—*")
	if before == "" {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(before)
	return strings.ContainsRune(".!?:;。！？：；\n…", r)
}

// without returns a text with the mark for what was struck in the place of each span; what
// adjoins becomes one.
func without(text string, out []span) string {
	slices.SortFunc(out, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b strings.Builder
	at := 0
	for _, s := range out {
		if s.to <= at {
			continue
		}
		if s.from > at {
			b.WriteString(text[at:s.from])
		}
		b.WriteString(struck)
		at = s.to
	}
	b.WriteString(text[at:])
	return strings.TrimSpace(several.ReplaceAllString(b.String(), " "+struck+" "))
}

// several are marks for what was struck with nothing said between them.
var several = regexp.MustCompile(`\s*…(?:[\s.,;:/&'’()-]*…)+\s*|\s+…\s+`)
