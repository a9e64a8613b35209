package knowledge

import (
	_ "embed"
	"encoding/csv"
	"strings"
)

// articleCSV is our summary of the article's advice, one row each; SOURCES.md
// says where it comes from.
//
//go:embed article-advice.csv
var articleCSV string

// An ArticleRow is one piece of advice that the article gives, in our words.
type ArticleRow struct {
	ID      string // such as QC4
	Section string // the article's heading
	Advice  string
}

// articleRows reads the table, which is part of the program: a test reads it too,
// so it cannot be wrong here.
func articleRows() []ArticleRow {
	records, err := csv.NewReader(strings.NewReader(articleCSV)).ReadAll()
	if err != nil {
		panic("knowledge: article-advice.csv: " + err.Error())
	}
	rows := make([]ArticleRow, 0, len(records)-1)
	for _, r := range records[1:] {
		rows = append(rows, ArticleRow{r[0], r[1], r[2]})
	}
	return rows
}

// Rows returns the advice of the article, row by row.
func (b *Base) Rows() []ArticleRow { return articleRows() }

// Uncovered returns the ids of the rows of the article that no entry is based on.
func (b *Base) Uncovered() []string {
	covered := map[string]bool{}
	for _, e := range b.all {
		for _, id := range e.Article {
			covered[id] = true
		}
	}
	var ids []string
	for _, r := range articleRows() {
		if !covered[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
