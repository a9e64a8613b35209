package blocks_test

import (
	"testing"

	"visitprep/internal/blocks"
)

func TestTextOfSeveralLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, markup, plain string }{
		{"a paragraph", "Ask first. Then look.", "Ask first. Then look.", "Ask first. Then look."},
		{"items", "Bring:\n- a torch\n- a gauge\nand time.", "Bring:\n• a torch\n• a gauge\nand time.", "Bring:\n• a torch\n• a gauge\nand time."},
		{"a table", "Sizes:\nLot | Sample\n1,201–3,200 | 125\n更多 | 200\nCount cartons, too.",
			"Sizes:\n```\nLot          Sample\n1,201–3,200  125\n更多         200\n```\nCount cartons, too.",
			"Sizes:\nLot          Sample\n1,201–3,200  125\n更多         200\nCount cartons, too."},
		{"what Slack would read as its own", "- <!channel> & | co", "• &lt;!channel&gt; &amp; | co", "• <!channel> & | co"},
		{"a table of it", "<@U1> | b\nc | d", "```\n&lt;@U1&gt;  b\nc      d\n```", "<@U1>  b\nc      d"},
		{"one line with a bar", "Write 3 | 5.\nThen sign.", "Write 3 | 5.\nThen sign.", "Write 3 | 5.\nThen sign."},
		{"empty cells and more cells", "a |  | c\ndd | e\nf", "```\na      c\ndd  e\n```\nf", "a      c\ndd  e\nf"},
		{"empty lines at the ends", "\n\nOne.\n\nTwo.\n", "One.\n\nTwo.", "One.\n\nTwo."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := string(blocks.Body(c.text)); got != c.markup {
				t.Errorf("in Slack it reads\n%s\nwant\n%s", got, c.markup)
			}
			if got := blocks.PlainBody(c.text); got != c.plain {
				t.Errorf("plainly it reads\n%s\nwant\n%s", got, c.plain)
			}
		})
	}
}
