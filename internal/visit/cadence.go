package visit

import "visitprep/internal/civil"

// A Cadence is when the next visit to a factory is proposed. It is a proposal: no plan follows
// from it by itself.
type Cadence struct {
	Class  RiskClass
	Months int        // the interval
	Last   civil.Date // last day of the last visit; zero where there was none
	Next   civil.Date // by when the next one is; zero where there is nothing to count from
	// FollowUp: the last visit had a major finding, so there is one more two to three months
	// after it; From is then its first day and Next its last.
	FollowUp bool
	From     civil.Date
	Propose  civil.Date   // from when on it is proposed: six weeks before
	Dates    []civil.Date // three first days off China's holidays
	Planned  int          // number of the visit that is planned already; 0 for none
	Paused   civil.Date   // not proposed before that day: somebody said "Not now"
}
