package guide

import (
	_ "embed" // the names of places
	"strings"
	"time"
	"unicode"
)

// A place is somewhere with a clock.
type place struct {
	name string // as it is said in an answer
	zone *time.Location
}

// places.txt has what people call a place. zones.txt has the names in the database of zones
// that stand for cities: to try each name there would be too slow for every question, for one
// that it lacks takes a fifth of a millisecond.
var (
	//go:embed places.txt
	placesFile string
	//go:embed zones.txt
	zonesFile string
)

// zones are the zones of places, by name in lower case.
var zones = zonesOf(zonesFile, placesFile)

func zonesOf(cities, places string) map[string]string {
	of := map[string]string{}
	for zone := range strings.FieldsSeq(cities) {
		of[strings.ToLower(strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " "))] = zone
	}
	for line := range strings.Lines(places) {
		zone, names, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for name := range strings.SplitSeq(names, ",") {
			of[strings.TrimSpace(name)] = zone
		}
	}
	return of
}

// placeWords are the words of which the names of places are made.
var placeWords = wordsOf(zones)

func wordsOf(names map[string]string) map[string]bool {
	words := map[string]bool{}
	for name := range names {
		for _, w := range lettersIn(name) {
			words[w] = true
		}
	}
	return words
}

// lettersIn are the runs of letters in a text.
func lettersIn(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' })
}

// placeOf finds a place by its name in lower case.
func placeOf(name string) (place, bool) {
	zone, ok := zones[name]
	if !ok {
		return place{}, false
	}
	loc, err := time.LoadLocation(zone)
	return place{titled(name), loc}, err == nil
}

// cityOf names the place of a zone.
func cityOf(zone *time.Location) place {
	name := zone.String()
	return place{strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " "), zone}
}

// titled writes a name with capital letters, and what is short and stands for more with
// nothing else.
func titled(name string) string {
	switch name {
	case "uk", "uae", "prc", "hk":
		return strings.ToUpper(name)
	}
	if isAbbreviation(strings.ToUpper(name)) {
		return strings.ToUpper(name)
	}
	words := strings.Split(name, " ")
	for i, w := range words {
		if r := []rune(w); len(r) > 0 && w != "de" && w != "of" && !(w == "the" && i > 0) {
			words[i] = strings.ToUpper(string(r[0])) + string(r[1:])
		}
	}
	return strings.Join(words, " ")
}

// isAbbreviation reports whether a name is that of a clock and not of a place.
func isAbbreviation(name string) bool {
	switch name {
	case "UTC", "GMT", "CET", "CEST", "BST", "EST", "EDT", "ET", "MST", "MDT", "PST", "PDT", "PT", "JST", "KST":
		return true
	}
	return false
}
