package photo

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/bep/imagemeta"
)

// About is what a photo says of itself, as far as anything here asks.
type about struct {
	orientation int // as EXIF counts: 1 is upright
	takenAt     time.Time
}

// read reads that. What is damaged or missing is as if it were not there: the picture counts.
func read(sent []byte, format string, zone *time.Location) about {
	found := make(map[string]any)
	kind := imagemeta.JPEG
	if format == "png" {
		kind = imagemeta.PNG
	}
	wanted := []string{"Orientation", "DateTimeOriginal", "OffsetTimeOriginal"}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(sent), ImageFormat: kind, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return strings.HasPrefix(tag.Namespace, "IFD0") && slices.Contains(wanted, tag.Tag)
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if _, twice := found[tag.Tag]; !twice {
				found[tag.Tag] = tag.Value
			}
			return nil
		},
	})
	a := about{orientation: 1}
	if o, ok := found["Orientation"].(uint16); ok && o >= 1 && o <= 8 {
		a.orientation = int(o)
	}
	day, _ := found["DateTimeOriginal"].(string)
	offset, _ := found["OffsetTimeOriginal"].(string)
	t, err := time.Parse("2006:01:02 15:04:05Z07:00", day+offset)
	if err != nil {
		t, err = time.ParseInLocation("2006:01:02 15:04:05", day, zone)
	}
	// A camera whose clock was never set says a year long before its photos.
	if err == nil && t.Year() >= 2000 {
		a.takenAt = t
	}
	return a
}
