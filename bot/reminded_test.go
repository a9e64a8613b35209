package bot

import (
	"context"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What the scheduler does on the stage of a test: it hands the bot what is due.

func occurrenceFilter() store.OccurrenceFilter { return store.OccurrenceFilter{} }

// remindOf records a reminder that is due.
func (s *stage) remindOf(subject visit.Subject, kind visit.Kind, milestone visit.Milestone) visit.Occurrence {
	s.t.Helper()
	j, err := s.bot.anyJob(context.Background(), s.TeamID(), subject)
	if err != nil {
		s.t.Fatal(err)
	}
	o := visit.Occurrence{
		Workspace: s.TeamID(), Key: "k/" + string(subject) + "/" + string(kind), Kind: kind, Subject: subject, Schedule: 1, Milestone: milestone,
		To: j.place().Channel, Zone: "Europe/Berlin", Day: dayAhead(60), Due: s.bot.o.Now(),
	}
	if kind == visit.Escalation {
		o.To = mia
	}
	if err := s.bot.o.Store.AddOccurrence(context.Background(), o); err != nil {
		s.t.Fatal(err)
	}
	return o
}

// digestOf is a person's own items on a day.
func (s *stage) digestOf(person string, ahead int) visit.Occurrence {
	return visit.Occurrence{Workspace: s.TeamID(), Key: "k/" + person, Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, person), To: person, Zone: "Europe/Berlin", Day: dayAhead(ahead), Due: time.Now()}
}

// posted sends an occurrence.
func (s *stage) posted(o visit.Occurrence) visit.Delivery {
	d := s.bot.Post(context.Background(), o)
	s.bot.Wait()
	return d
}

// reminded sends an occurrence and returns its message.
func (s *stage) reminded(o visit.Occurrence, channel string) localslack.Message {
	s.t.Helper()
	d := s.posted(o)
	for _, m := range s.Messages("", channel) {
		if d.Outcome == visit.Delivered && m.TS == d.TS {
			return m
		}
	}
	s.t.Fatalf("not sent: %+v", d)
	return localslack.Message{}
}
