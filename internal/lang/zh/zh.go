// Package zh is the Chinese, in simplified characters, of all that people read in Slack, and on
// the pages that add the app to it. What it lacks stays English: the advice itself, and what
// operators read.
//
// Its words are those of Chinese quality inspection (GB/T 2828.1 and trade usage), for people
// who know the work: 致命 CR, 严重 MAJ, 轻微 MIN, 抽检, 让步接收.
package zh

import (
	"fmt"

	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"

	"visitprep/internal/lang"
)

// Printer words texts in Chinese.
func Printer() *lang.Printer {
	c := catalog.NewBuilder(catalog.Fallback(language.English))
	for _, part := range parts() {
		for key, words := range part {
			if err := c.SetString(language.SimplifiedChinese, key, words); err != nil {
				panic(fmt.Sprintf("zh: %q: %v", key, err)) // the words are in the program
			}
		}
	}
	return lang.New(language.SimplifiedChinese, c)
}

// parts are the words by where they are read. A key stands in one part only.
func parts() []map[string]string {
	return []map[string]string{common(), finding(), look(), sampling(), measure(), report(), factory(), host(), agreement(), letter(), action(), score(), year(), market(), people(), relationship(), home(), advice(), planning(), workspace(), visiting(), reminding(), rhythms(), installing()}
}
