package visit

import "testing"

func TestAScheduleMovesWithItsReader(t *testing.T) {
	for _, c := range []struct{ name, from, next, now, to, want string }{
		{"ahead of the clock", "America/Chicago", "2027-03-12 09:00", "2027-03-12 08:00", "Asia/Shanghai", "2027-03-12 09:00"},
		{"behind it", "Asia/Shanghai", "2027-03-12 09:00", "2027-03-11 10:00", "America/Chicago", "2027-03-12 09:00"},
		{"over the night in which clocks go ahead", "Asia/Shanghai", "2027-03-15 09:00", "2027-03-12 10:00", "America/Chicago", "2027-03-15 09:00"},
		{"due, and its hour is over there too", "America/Chicago", "2027-03-12 09:00", "2027-03-12 09:01", "Asia/Shanghai", "2027-03-12 09:00"},
		{"due, and its hour is still to come there", "Asia/Shanghai", "2027-03-12 09:00", "2027-03-12 09:01", "America/Chicago", "2027-03-11 19:00"},
		{"to an hour that the clock skips", "Asia/Shanghai", "2027-03-14 02:30", "2027-03-12 10:00", "America/Chicago", "2027-03-14 03:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sc := Schedule{Zone: c.from, Next: at(t, c.next, c.from)}.InZone(c.to, at(t, c.now, c.from))
			if got := sc.Next.In(mustZone(c.to)).Format("2006-01-02 15:04"); got != c.want || sc.Zone != c.to {
				t.Errorf("it comes at %s in %s, want %s in %s", got, sc.Zone, c.want, c.to)
			}
		})
	}
	due := at(t, "2027-03-12 09:00", "UTC")
	if sc := (Schedule{Zone: "UTC"}).InZone("Asia/Shanghai", due); !sc.Next.IsZero() {
		t.Errorf("what has ended comes at %s", sc.Next)
	}
}

func TestQuietInTwoPlaces(t *testing.T) {
	night, most := Quiet{TimeOfDay{20, 0}, TimeOfDay{8, 0}}, Quiet{TimeOfDay{17, 0}, TimeOfDay{9, 0}}
	for _, c := range []struct {
		name          string
		q             Quiet
		now           string // in the first zone, as the rest
		first, second string
		want          string
	}{
		{"day in both", night, "2027-03-10 10:00", "Europe/Berlin", "Asia/Shanghai", "2027-03-10 10:00"},
		{"night in the second", night, "2027-03-17 09:00", "America/Chicago", "Asia/Shanghai", "2027-03-17 19:00"},
		{"in winter time an hour sooner", night, "2027-03-05 09:00", "America/Chicago", "Asia/Shanghai", "2027-03-05 18:00"},
		{"night in the first", night, "2027-03-17 21:30", "America/Chicago", "Asia/Shanghai", "2027-03-18 19:00"},
		{"one after the other", night, "2027-03-10 15:00", "Europe/Berlin", "Asia/Shanghai", "2027-03-11 08:00"},
		{"no hour is day in both", most, "2027-03-10 10:00", "America/Chicago", "Asia/Shanghai", "2027-03-10 10:00"},
		{"then the first place counts", most, "2027-03-10 18:00", "America/Chicago", "Asia/Shanghai", "2027-03-11 09:00"},
		{"no quiet hours", Quiet{}, "2027-03-10 03:00", "America/Chicago", "Asia/Shanghai", "2027-03-10 03:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := mustZone(c.first), mustZone(c.second)
			now := at(t, c.now, c.first)
			got := c.q.OverBoth(now, first, second)
			if s := got.In(first).Format("2006-01-02 15:04"); s != c.want {
				t.Errorf("quiet until %s, want %s", s, c.want)
			}
		})
	}
}
