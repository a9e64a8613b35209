// Package spelling compares words letter by letter: how far one is from
// another, and which known word a misspelt one stands for.
//
// It compares bytes. Words in letters other than a to z are found too, but a
// wrong letter among those counts for as many letters as it has bytes.
package spelling

import "strings"

// longest is the length in bytes beyond which words are not compared.
const longest = 64

// Nearest returns the known word that somebody most likely meant by word,
// capitals aside, or "" if none is near: at most a third of its letters may be
// wrong. Of two words as near it returns the first.
func Nearest(word string, known []string) string {
	nearest, most := "", len(word)/3
	word = strings.ToLower(word)
	for _, k := range known {
		if d := Distance(word, strings.ToLower(k), most); d <= most {
			nearest, most = k, d-1
		}
	}
	return nearest
}

// Distance counts the letters to add, drop, change or swap with their
// neighbour to turn a into b. It stops counting once they are more than most,
// and returns most+1 then; also for words that differ over more than 64 bytes.
//
// What both words begin and end with is cut off first: most pairs are decided
// by what is left, without a table.
func Distance(a, b string, most int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch longer := max(len(a), len(b)); {
	case len(a) == 0 || len(b) == 0:
		return min(longer, most+1)
	case most < 1 || longer > longest:
		return most + 1
	case most == 1: // what is left must be one letter, or two swapped
		if longer == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0] {
			return 1
		}
		return 2
	}
	return count(a, b, most)
}

// count fills the table of distances between the beginnings of a and b row by
// row. Only three rows are kept: a swap looks back over two.
func count(a, b string, most int) int {
	var rows [3][longest + 1]uint8
	for j := range len(b) + 1 {
		rows[0][j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		row, last, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = uint8(i)
		least := row[0]
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if int(least) > most+1 { // by one more than most: the next row may swap with the one before
			return most + 1
		}
	}
	return min(int(rows[len(a)%3][len(b)]), most+1)
}
