package phototest_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"time"

	"visitprep/internal/photo/phototest"
)

var taken = time.Date(2027, 3, 15, 10, 42, 7, 0, time.FixedZone("", 8*60*60))

// TestTurned: what is set upright by its orientation has the card's colours where they
// belong. The way of turning is written here as the standard has it, by the place of the
// first row and column.
func TestTurned(t *testing.T) {
	const w, h = 240, 160
	for orientation, where := range map[int][4]color.RGBA{ // the corners of the file: top left, top right, bottom left, bottom right
		1: {phototest.TopLeft, phototest.TopRight, phototest.BottomLeft, phototest.BottomRight},
		2: {phototest.TopRight, phototest.TopLeft, phototest.BottomRight, phototest.BottomLeft},
		3: {phototest.BottomRight, phototest.BottomLeft, phototest.TopRight, phototest.TopLeft},
		4: {phototest.BottomLeft, phototest.BottomRight, phototest.TopLeft, phototest.TopRight},
		5: {phototest.TopLeft, phototest.BottomLeft, phototest.TopRight, phototest.BottomRight},
		6: {phototest.TopRight, phototest.BottomRight, phototest.TopLeft, phototest.BottomLeft},
		7: {phototest.BottomRight, phototest.TopRight, phototest.BottomLeft, phototest.TopLeft},
		8: {phototest.BottomLeft, phototest.TopLeft, phototest.BottomRight, phototest.TopRight},
	} {
		t.Run(fmt.Sprint(orientation), func(t *testing.T) {
			img, err := jpeg.Decode(bytes.NewReader(phototest.Draw(1, w, h, orientation, taken)))
			if err != nil {
				t.Fatal(err)
			}
			size := image.Pt(w, h)
			if orientation >= 5 {
				size = image.Pt(h, w)
			}
			if img.Bounds().Size() != size {
				t.Fatalf("the file has %v pixels, not %v", img.Bounds().Size(), size)
			}
			for i, p := range []image.Point{{4, 4}, {size.X - 5, 4}, {4, size.Y - 5}, {size.X - 5, size.Y - 5}} {
				if !near(img.At(p.X, p.Y), where[i]) {
					t.Errorf("at %v stands %v, not %v", p, img.At(p.X, p.Y), where[i])
				}
			}
		})
	}
}

func near(c color.Color, want color.RGBA) bool {
	r, g, b, _ := c.RGBA()
	d := func(a uint32, b uint8) bool { return max(int(a>>8), int(b))-min(int(a>>8), int(b)) < 40 }
	return d(r, want.R) && d(g, want.G) && d(b, want.B)
}

// TestBeside: the file says when, where and with what, unless it is to say nothing.
func TestBeside(t *testing.T) {
	with, without := phototest.Draw(2, 64, 48, 6, taken), phototest.Draw(2, 64, 48, 0, taken)
	for _, s := range []string{"Exif\x00\x00", phototest.Make, phototest.Model, "2027:03:15 10:42:07", "+08:00", "N\x00"} {
		if !bytes.Contains(with, []byte(s)) {
			t.Errorf("it lacks %q", s)
		}
		if bytes.Contains(without, []byte(s)) && s != "N\x00" {
			t.Errorf("without EXIF it has %q", s)
		}
	}
}

func TestTheSameSeedIsTheSamePicture(t *testing.T) {
	one := phototest.Draw(3, 64, 48, 1, taken)
	if !bytes.Equal(one, phototest.Draw(3, 64, 48, 1, taken)) {
		t.Error("it is another picture")
	}
	if bytes.Equal(one, phototest.Draw(4, 64, 48, 1, taken)) {
		t.Error("another seed draws the same")
	}
}
