package yamlfile

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// fieldLine is compiled when a file has a mistake, not at every start.
var fieldLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:[ \t]|-[ \t]+)*)(?:("[^"]*"|'[^']*'|[\pL_][\pL\pN_./-]*)[ \t]*:(?:[ \t]+|$))?(.*)$`)
})

// split takes a line apart: the blanks and dashes that it starts with, the
// field's name or "", and the rest.
func split(line string) (start, name, value string) {
	m := fieldLine().FindStringSubmatch(line)
	return m[1], m[2], strings.TrimRight(m[3], " \t")
}

// colonInside is how yaml.v3 complains of "a: b: c".
const colonInside = "mapping values are not allowed"

// explainValue says why YAML cannot read the value on a line, and how to write
// it. Both are empty if it is not the value that is wrong.
func explainValue(line string) (what, how string) {
	start, name, value := split(line)
	_, err := parseOnce([]byte("x: " + value))
	if err == nil {
		return "", ""
	}
	if name == "" && !strings.Contains(start, "-") && strings.Contains(err.Error(), colonInside) {
		return "", "" // more of a value that begins above: quotes around this line would not fix it
	}
	what, how, text := wrongValue(value, err)
	if text != "" {
		how += ": " + assign(name, quoted(text), false)
	}
	return cmp.Or(name, "this line") + " " + what, how
}

// wrongValue returns what is wrong with a value, how to fix it, and the text that
// belongs in quotes if that is the way.
func wrongValue(value string, err error) (what, how, text string) {
	mark := value[0]
	if strings.HasPrefix(value, "%YAML ") {
		return "names a version of YAML that is not known here", "remove it", ""
	}
	if strings.Contains(err.Error(), "unknown escape character") {
		return `has a \ in double quotes that YAML does not know`, `write \\ for a backslash, or use single quotes`, ""
	}
	switch {
	case mark == '"' || mark == '\'':
		return wrongQuotes(value)
	case mark == '[' || mark == '{':
		return wrongBrackets(value)
	case strings.IndexByte("*&!|>@`%,]}-?:", mark) >= 0:
		return fmt.Sprintf("starts with %c, which has a meaning of its own in YAML", mark), "put it in quotes", value
	}
	if strings.Contains(err.Error(), colonInside) {
		return `contains ": ", which YAML reads as another field`, "put it in quotes", value
	}
	return "has a value that YAML cannot read", "put it in quotes", value
}

// wrongQuotes is wrongValue for a value that starts with a quote.
func wrongQuotes(value string) (what, how, text string) {
	mark := value[:1]
	inside := value[1:]
	if !strings.Contains(inside, mark) {
		return fmt.Sprintf("starts with %s, and there is no %s at the end", mark, mark), "close the quotes", inside
	}
	text, enclosed := strings.CutSuffix(inside, mark)
	if !enclosed {
		text = value // the quotes are part of the text
	}
	return "goes on after the closing " + mark, "put all of it in other quotes", text
}

// cutItem finds the item of a list in brackets that a comment cuts off. Behind a comma or a
// bracket a comment does no harm.
var cutItem = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\[{,][ \t]*([^\s\[\]{},"'#][^\[\]{},"']*[ \t]#[^\],}]*)`)
})

// wrongBrackets is wrongValue for a value that starts with [ or {.
func wrongBrackets(value string) (what, how, text string) {
	opening, closing := value[:1], "]"
	if opening == "{" {
		closing = "}"
	}
	if found := cutItem().FindStringSubmatch(value); found != nil {
		name, item, isField := strings.Cut(found[1], ": ")
		if !isField {
			name, item = "", found[1]
		}
		return `has " #" in an item, which begins a comment in YAML`, "put the item in quotes: " + assign(name, quoted(strings.TrimSpace(item)), false), ""
	}
	switch {
	case strings.HasSuffix(value, closing):
		return fmt.Sprintf("has something between %s and %s that YAML cannot read", opening, closing),
			`put what is not a plain word, such as "@team" or "when?", in quotes`, ""
	case strings.Contains(value, closing):
		return "goes on after the closing " + closing, "put it in quotes", value
	}
	return fmt.Sprintf("starts with %s, and YAML cannot find its end", opening),
		fmt.Sprintf("close it with %s, and put items that are not plain words in quotes, or all of it if it is text", closing), ""
}

// cutOff reports whether a comment cuts off the value without quotes that the last of the
// lines is part of: at its end, or on lines of its own below it.
func cutOff(lines []string) bool {
	at := len(lines) - 1
	for at > 0 && strings.HasPrefix(strings.TrimSpace(lines[at]), "#") {
		at--
	}
	if at < 0 {
		return false
	}
	_, _, value := split(lines[at])
	plain := value != "" && !strings.ContainsRune("#\"'|>[{&*!", rune(value[0]))
	return plain && (at < len(lines)-1 || strings.Contains(strings.ReplaceAll(value, "\t", " "), " #"))
}

// unknownAnchor is how yaml.v3 complains of an alias of nothing.
var unknownAnchor = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`unknown anchor '(.*)' referenced`)
})

// explainAlias says what a merge key on a line would take over, if that is not there. Elsewhere
// a * is more often meant as bold than as an alias, and belongs in quotes. The err is what
// yaml.v3 says about the whole file.
func explainAlias(line string, err error) (what, how string) {
	m := unknownAnchor().FindStringSubmatch(err.Error())
	if m == nil || !strings.Contains(line, "<<") || !strings.Contains(line, "*"+m[1]) {
		return "", ""
	}
	return "<< takes over *" + m[1] + ", and there is no &" + m[1] + " above it",
		"write &" + m[1] + " at the beginning of the entry that is meant, or the fields themselves"
}

// afterEnd reports whether the last of the lines is the first behind the end of a document.
func afterEnd(lines []string) bool {
	for at := len(lines) - 2; at >= 0; at-- {
		if text := strings.TrimSpace(lines[at]); text != "" && !strings.HasPrefix(text, "#") {
			return text == "..." || strings.HasPrefix(lines[at], "... ")
		}
	}
	return false
}

// explainPlace says why YAML cannot read the last of the lines where it stands,
// and how to write it. The err is what yaml.v3 says about the whole file.
func explainPlace(lines []string, err error) (what, how string) {
	start, name, value := split(lines[len(lines)-1])
	if strings.Contains(start, "\t") {
		return "there is a tab in the indentation", "use spaces, two for each level"
	}
	if name == "" && !strings.Contains(start, "-") && cutOff(lines[:len(lines)-1]) {
		return `the value above ends at its " #", which begins a comment in YAML`,
			"put all of it in quotes, or write >- after the name and indent all of its lines below it"
	}
	// Why the file cannot end here says more than what comes after.
	if _, here := parseOnce(joined(lines)); here != nil {
		err = here
	}
	says := func(text string) bool { return strings.Contains(err.Error(), text) }
	switch {
	case says("expected <document start>") && afterEnd(lines):
		return "the document ends above, at its ...", "remove the line with the ..., or write --- below it where another document begins"
	case says(colonInside):
		return "this line is indented so far that YAML reads it as part of the value above",
			"indent it like the fields beside it; or, if it is text, write >- after the name above, and indent all the text below it"
	case says("expected '-' indicator"), says("expected key"), says("not allowed in this context"), says("invalid leading"):
		return "the indentation does not fit the lines above", "indent it by as many spaces as the fields or items beside it"
	case says("expected ':'"):
		if name, rest, colon := strings.Cut(value, ":"); colon && !strings.Contains(name, " ") {
			return fmt.Sprintf("there is no space after %q", name+":"), "write " + name + ": " + rest
		}
		return "there is no field name on this line", `write "name: value", or indent it below the field that it belongs to`
	case says("exceeded max depth"):
		return "the file is nested too deeply", "write it with fewer levels"
	}
	return "YAML cannot read this line (" + strings.TrimPrefix(err.Error(), "yaml: ") + ")", "put the value in quotes"
}

// quoted puts a text in the quotes that need the least care, and shortens one
// that would fill the screen.
func quoted(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most-3]) + "..."
	}
	if strings.ContainsAny(text, `"\`) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return `"` + text + `"`
}
