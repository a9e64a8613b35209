package knowledge

// clearly is how far ahead an entry must be that has the question for its name.
const clearly = 0.7

// decide says how well the first hit answers. Who types the name of an entry whole may mean
// it, even where the words are mostly used elsewhere. Who types a phrase means that phrase.
// What may not be for us needs more than a candidate that fits, so that there are two lines: with one for
// both, a fifth fewer right answers stand at the same part of strays.
func (w *weights) decide(f finding) Match {
	named := f.signals[wholeName] == 1
	switch {
	case f.list[0].verbatim, f.said:
		return Good
	case f.ours < w.leastOurs && !named:
		return None
	case f.ours < w.leastOurs:
		return Weak
	case f.right >= w.leastRight && f.ours >= w.surelyOurs, named && f.signals[ahead] >= clearly:
		return Good
	}
	return Weak
}
