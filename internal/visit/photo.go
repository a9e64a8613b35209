package visit

import "time"

// How many photos there may be. What is more stays in Slack.
const (
	MaxPhotos       = 10 // of one finding
	MaxPhotosOfWork = 60 // of one visit or inspection
)

// A PhotoState says what became of the copy of a photo.
type PhotoState string

// The states of a photo.
const (
	PhotoWaiting PhotoState = "waiting" // to be fetched from Slack
	PhotoKept    PhotoState = "kept"    // a copy is in the database
	PhotoRefused PhotoState = "refused" // it stays in Slack, for a reason
)

// Why there is no copy of a photo. The other reasons are those of who fetches photos.
const (
	PhotoTooMany = "too_many" // it was beyond MaxPhotosOfWork
	PhotoOld     = "old"      // there was one, for as long as photos are kept
)

// A PhotoRef is a photo of a finding without its bytes, which the store alone has.
type PhotoRef struct {
	ID        int    // its own in each workspace; 0 before it is recorded
	FileID    string // in Slack
	Permalink string // to the original in Slack
	Name      string // of the file
	State     PhotoState
	Why       string    // one word: the reason of a refusal
	Tries     int       // to fetch it
	W, H      int       // of the copy, in pixels
	SHA256    string    // of the copy, in hex
	TakenAt   time.Time // as the camera says; the zero Time where it does not
	Cleared   Mark      // who looked at it before it goes to the factory
	LeftOut   bool      // whoever looked says that it does not go there
	Crop      Crop      // how much of it goes there
	// AfterChange: it is a proof of an action, and shows no fault. The store says so once it has
	// been one.
	AfterChange bool
}

// ForFactory reports whether the photo may go to the factory, to show what was found: there is a
// copy, somebody has looked at it, and it was not left out.
func (p PhotoRef) ForFactory() bool {
	return p.State == PhotoKept && p.Cleared.IsSet() && !p.LeftOut && !p.AfterChange
}

// ToLookAt reports whether somebody still has to look at the photo before it may go there.
func (p PhotoRef) ToLookAt() bool {
	return p.State == PhotoKept && !p.Cleared.IsSet() && !p.AfterChange
}

// Look records what somebody says who looked at the photo before it goes to the factory.
func (p *PhotoRef) Look(leftOut bool, c Crop, by string, now time.Time) error {
	if err := c.Check(); err != nil {
		return err
	}
	p.Cleared, p.LeftOut, p.Crop = Mark{by, now}, leftOut, c
	return nil
}

// A Crop is how much of a picture is cut away at each edge, in percent. The zero one leaves it
// whole.
type Crop struct{ Left, Top, Right, Bottom int }

// IsZero reports whether the picture stays whole.
func (c Crop) IsZero() bool { return c == Crop{} }

// Check reports a crop that leaves nothing, or less than nothing.
func (c Crop) Check() error {
	if min(c.Left, c.Top, c.Right, c.Bottom) < 0 || c.Left+c.Right > 90 || c.Top+c.Bottom > 90 {
		return Invalid("crop", "Please leave at least a tenth of the picture.")
	}
	return nil
}

// Of is what the crop leaves of a picture of some size: its left, top, right and bottom edge,
// in pixels.
func (c Crop) Of(w, h int) (x0, y0, x1, y1 int) {
	return w * c.Left / 100, h * c.Top / 100, w - w*c.Right/100, h - h*c.Bottom/100
}
