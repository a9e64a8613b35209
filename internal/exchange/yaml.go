package exchange

import (
	"errors"
	"io"

	"gopkg.in/yaml.v3"

	"visitprep/internal/yamlfile"
)

func readYAML(file string, data []byte) ([]row, yamlfile.Mistakes, error) {
	var entries []entry
	lines, err := yamlfile.DecodeAll(file, data, &entries)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = row{entry: e, given: func(column string) bool { return lines.Has(i, column) }, line: func(column string) int { return lines.Of(i, column) }}
	}
	return rows, yamlfile.CutOff(file, data, prose...), nil
}

// prose are the columns in which a # may be meant as such. Behind an id, a day or a word of
// ours it is a comment: people write whose id it is.
var prose = []string{"factory", "factory_chinese", "city", "address", "contacts", "agenda", "outcome_why", "title", "notice_how", "link", "authority", "payment", "penalty", "law"}

func writeYAML(w io.Writer, entries []entry) error {
	if len(entries) == 0 {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(entries), enc.Close())
}
