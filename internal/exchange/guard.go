package exchange

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// A spreadsheet that opens a table takes what looks like a formula for one and runs it,
// and makes numbers, days and times of what looks like them: 007 becomes 7, 3-4 the third
// of April, 1E5 100000. An apostrophe before the text keeps it text. It is put there
// on writing and taken away on reading, and only from what it would have been put
// before: 's-Hertogenbosch keeps its own.

// guarded puts an apostrophe before text that a spreadsheet would change, and before
// text that reading would take for guarded.
func guarded(s string) string {
	if needsGuard(s) {
		return "'" + s
	}
	return s
}

// unguarded is the way back.
func unguarded(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && needsGuard(rest) {
		return rest
	}
	return s
}

func needsGuard(s string) bool {
	return wouldChange(strings.TrimLeft(s, "'"))
}

var (
	// What stays as it is when it becomes a number: up to 15 digits, as a spreadsheet keeps.
	plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})$`)
	// A day of a Japanese era.
	era = regexp.MustCompile(`^[mtshr]\d+[./-]\d+[./-]\d+$`)
)

// wouldChange reports whether a spreadsheet of any country makes something else of s. It
// may say yes of more than any of them does.
func wouldChange(s string) bool {
	folded := strings.ToLower(width.Fold.String(strings.TrimSpace(s)))
	switch {
	case folded == "" || plainNumber.MatchString(s):
		return false
	case strings.ContainsRune("=+-−@", []rune(folded)[0]), slices.Contains(constants, folded), era.MatchString(folded), spoilt.MatchString(s):
		return true
	}
	digits := false
	words := strings.FieldsFunc(folded, func(c rune) bool {
		digits = digits || unicode.IsNumber(c)
		return unicode.IsNumber(c) || unicode.IsSpace(c) || unicode.Is(unicode.Sc, c) || strings.ContainsRune(".,:/-–—−‐‑'’()%‰+\\", c)
	})
	return digits && !slices.ContainsFunc(words, func(w string) bool {
		return !slices.Contains(units, w) && !isMonth(w) && strings.Trim(w, "一二三四五六七八九十年月日") != ""
	})
}

// constants are words that are no text to a spreadsheet.
var constants = strings.Fields(`true false wahr falsch vrai faux verdadero falso vero waar onwaar verdadeiro prawda fałsz
	pravda nepravda igaz hamis sant falskt sann usann sand falsk tosi epätosi истина ложь doğru yanliş yanlış 真 假 参 参假
	#n/a #nv #div/0! #ref! #bezug! #name? #null! #num! #zahl! #value! #wert!`)

// units are the words that may stand in a number, a time, an amount or a day.
var units = strings.Fields(`i ii iii iv v vi vii viii ix x xi xii e a p am pm a.m p.m h t z min s uhr utc gmt de of st nd rd th
	eur usd cny rmb gbp chf jpy krw inr rub pln sek nok dkk czk huf us hk nt r rs kr zł kč ft lei fr sfr dm tl руб р
	年 月 日 号 號 时 時 点 點 分 秒 上午 下午 午前 午後 元 圆 圓 円 년 월 일 시 분 초 오전 오후 원
	年月 月日 星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 周一 周二 周三 周四 周五 周六 周日
	mo di mi do fr sa so su tu we th lu ma me je ve`)

// isMonth reports whether a word may be a month, or a day of the week, in a language of
// Europe: what they begin with.
func isMonth(word string) bool {
	runes := []rune(word)
	return len(runes) >= 3 && len(runes) <= 12 && slices.Contains(beginnings, string(runes[:3]))
}

var beginnings = strings.Fields(`jan feb mar apr may jun jul aug sep oct nov dec
	jän mär mae mrz mai okt dez fév fev avr jui aoû aou déc ene abr ago dic gen mag giu lug set ott mrt maa mei out maj des
	sty lut kwi cze lip sie wrz paź lis gru led úno bře dub kvě čer srp zář říj pro
	oca şub nis haz tem ağu eyl eki kas ara már ápr máj jún júl sze tam hel huh tou kes hei elo syy lok jou
	янв фев мар апр мая май июн июл авг сен окт ноя дек січ лют бер кві тра чер лип сер вер жов лис гру
	mon tue wed thu fri sat sun die mit don fre sam son lun mer jeu ven dim mié jue vie sáb dom gio sab man tir ons tor lör lør søn sön`)
