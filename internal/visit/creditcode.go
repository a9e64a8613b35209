package visit

import (
	"strings"
	"unicode/utf8"

	"visitprep/internal/lang"
)

// creditSigns are the characters of a unified social credit code, by their values. I, O, S, V
// and Z are none: they look like others.
const creditSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditLength is how many characters a code has; the last one checks the others.
const creditLength = 18

// CheckCreditCode says in a sentence what is wrong with a unified social credit code, or nothing
// where its check digit is right (GB 32100-2015). It is a warning: a code may have been typed
// wrong, or not be one, and only the register says whose it is. An empty one is not wrong.
func CheckCreditCode(p *lang.Printer, code string) string {
	switch {
	case code == "":
		return ""
	case utf8.RuneCountInString(code) != creditLength:
		return p.T("The code has %d characters; a unified social credit code has 18.", utf8.RuneCountInString(code))
	}
	if n := strings.IndexFunc(code, func(r rune) bool { return !strings.ContainsRune(creditSigns, r) }); n >= 0 {
		return p.T("The code has the character %q, which never occurs in one.", []rune(code[n:])[0])
	}
	if creditDigit(code) != code[creditLength-1] {
		return p.T("The code's last character does not fit the others, so one of them is wrong. Compare it with the business licence.")
	}
	return ""
}

// creditDigit is the check digit of a code: what makes the sum, each character times a power of
// 3, a multiple of 31.
func creditDigit(code string) byte {
	const mod = len(creditSigns)
	sum, weight := 0, 1
	for n := range creditLength - 1 {
		sum += strings.IndexByte(creditSigns, code[n]) * weight
		weight = weight * 3 % mod
	}
	return creditSigns[(mod-sum%mod)%mod]
}
