package bot

import (
	"context"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// dailyProposals is of how many factories a daily message proposes a visit.
const dailyProposals = 3

// proposed tells whoever planned the last visit to a factory, in the first message of a week, that
// the next one is due in six weeks. It is a proposal: nothing is planned by it.
func (dl *daily) proposed(_ context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	for n := range d.Proposals[:min(len(d.Proposals), dailyProposals)] {
		if n == 0 {
			heading(m, p.T("Visits to plan"))
		}
		pr := &d.Proposals[n]
		y := visit.ScoreYear{Factory: pr.Factory, Today: d.on}
		y.Risk, y.Cadence = pr.On(d.on, dl.access.festival, dl.access.runs)
		why := p.T("Risk class: %s. %s", y.Risk.Class.Words(p.Printer), riskWords(p, &y.Risk))
		lines := strings.Join(append(cadenceWords(p, &y.Cadence, d.on), why), "\n")
		m.Add(blocks.Section(blocks.Bold(pr.Factory.Name) + "\n" + blocks.Escape(lines)))
		if es := cadenceButtons(p, &y); len(es) > 0 { // Slack takes no row without any
			m.Add(blocks.Actions(es...))
		}
		m.Text.Line(pr.Factory.Name)
		m.Text.Lines(lines)
	}
	return nil
}
