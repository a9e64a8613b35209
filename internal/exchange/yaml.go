package exchange

import (
	"errors"
	"io"

	"gopkg.in/yaml.v3"

	"visitprep/internal/yamlfile"
)

func readYAML(file string, data []byte) ([]row, error) {
	var entries []entry
	if err := yamlfile.Decode(file, data, &entries); err != nil {
		return nil, err
	}
	lines := yamlfile.Lines(data)
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = row{e, func(column string) int { return lines.Of(i, column) }}
	}
	return rows, nil
}

func writeYAML(w io.Writer, entries []entry) error {
	if len(entries) == 0 {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(entries), enc.Close())
}
