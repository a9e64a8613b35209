package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// corners draws a picture whose corners have colours of their own, on grey.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{128, 128, 128, 255}
			switch left, top := x < w/3, y < h/3; {
			case left && top:
				c = red
			case top && x >= w-w/3:
				c = green
			case left && y >= h-h/3:
				c = blue
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

var (
	red   = color.RGBA{220, 20, 20, 255}
	green = color.RGBA{20, 200, 20, 255}
	blue  = color.RGBA{20, 20, 220, 255}
)

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tags writes EXIF as phones do: the orientation, whose phone it is, when and where.
func tags(orientation int, taken, offset string) []byte {
	type entry struct {
		tag, kind, count int
		value            []byte
	}
	text := func(tag int, s string) entry { return entry{tag, 2, len(s) + 1, append([]byte(s), 0)} }
	short := func(tag, n int) entry { return entry{tag, 3, 1, []byte{byte(n >> 8), byte(n), 0, 0}} }
	long := func(tag, n int) entry { return entry{tag, 4, 1, binary.BigEndian.AppendUint32(nil, uint32(n))} }
	degrees := make([]byte, 0, 24)
	for _, n := range []uint32{29, 1, 52, 1, 3612, 100} {
		degrees = binary.BigEndian.AppendUint32(degrees, n)
	}
	directory := func(at int, entries []entry) []byte {
		head := binary.BigEndian.AppendUint16(nil, uint16(len(entries)))
		var rest []byte
		for _, e := range entries {
			head = binary.BigEndian.AppendUint16(head, uint16(e.tag))
			head = binary.BigEndian.AppendUint16(head, uint16(e.kind))
			head = binary.BigEndian.AppendUint32(head, uint32(e.count))
			if len(e.value) <= 4 {
				head = append(head, append(e.value, 0, 0, 0, 0)[:4]...)
				continue
			}
			head = binary.BigEndian.AppendUint32(head, uint32(at+2+12*len(entries)+4+len(rest)))
			rest = append(rest, e.value...)
		}
		return append(append(head, 0, 0, 0, 0), rest...)
	}
	ifd0 := func(exif, gps int) []byte {
		return directory(8, []entry{text(0x010f, "SECRET-PHONE"), short(0x0112, orientation), text(0x013b, "Secret Wang"), long(0x8769, exif), long(0x8825, gps)})
	}
	first := 8 + len(ifd0(0, 0))
	var when []entry
	if taken != "" {
		when = append(when, text(0x9003, taken))
	}
	if offset != "" {
		when = append(when, text(0x9011, offset))
	}
	exif := directory(first, when)
	gps := directory(first+len(exif), []entry{text(0x0001, "N"), {0x0002, 5, 3, degrees}, text(0x0003, "E"), {0x0004, 5, 3, degrees}})
	tiff := append([]byte("MM\x00*\x00\x00\x00\x08"), ifd0(first, first+len(exif))...)
	return append(append(tiff, exif...), gps...)
}

// withTags puts EXIF, and other things that tell of people, into a JPEG.
func withTags(sent, tiff []byte) []byte {
	segment := func(marker byte, b []byte) []byte {
		return append([]byte{0xff, marker, byte((len(b) + 2) >> 8), byte(len(b) + 2)}, b...)
	}
	out := append([]byte{0xff, 0xd8}, segment(0xe1, append([]byte("Exif\x00\x00"), tiff...))...)
	out = append(out, segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta><creator>SECRET-XMP</creator></x:xmpmeta>"))...)
	out = append(out, segment(0xed, []byte("Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0e\x1c\x02\x50\x00\x09SECRETIPC"))...)
	out = append(out, segment(0xfe, []byte("SECRET-COMMENT"))...)
	return append(append(out, sent[2:]...), "SECRET-TRAILER"...)
}

// near reports whether a colour is what it was, but for what JPEG changes.
func near(t *testing.T, img image.Image, x, y int, want color.RGBA, what string) {
	t.Helper()
	r, g, b, _ := img.At(x, y).RGBA()
	for i, v := range []uint32{r, g, b} {
		w := uint32([]uint8{want.R, want.G, want.B}[i])
		if max(v>>8, w)-min(v>>8, w) > 40 {
			t.Errorf("%s: at %d, %d is %v, not %v", what, x, y, img.At(x, y), want)
			return
		}
	}
}

func copyOf(t *testing.T, sent []byte) (*Copy, image.Image) {
	t.Helper()
	c, err := new(Reader).Copy(sent, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(c.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		t.Errorf("the copy is %d × %d and says %d × %d", b.Dx(), b.Dy(), c.Width, c.Height)
	}
	if len(c.JPEG) > MaxCopy || max(c.Width, c.Height) > MaxEdge {
		t.Errorf("the copy has %d bytes, %d × %d", len(c.JPEG), c.Width, c.Height)
	}
	return c, img
}

// What is red stands at the top left of what the person saw, however the phone was held.
func TestCopyIsUpright(t *testing.T) {
	// Where the picture as it lies in the file must have its red, green and blue corners, for
	// the person to have seen them at the top left, the top right and the bottom left.
	stored := map[int]func(x, y, w, h int) (int, int){ // from upright to stored
		1: func(x, y, w, h int) (int, int) { return x, y },
		2: func(x, y, w, h int) (int, int) { return w - 1 - x, y },
		3: func(x, y, w, h int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y, w, h int) (int, int) { return x, h - 1 - y },
		5: func(x, y, w, h int) (int, int) { return y, x },
		6: func(x, y, w, h int) (int, int) { return y, w - 1 - x },
		7: func(x, y, w, h int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y, w, h int) (int, int) { return h - 1 - y, x },
	}
	const w, h = 240, 160
	seen := corners(w, h)
	for o, at := range stored {
		lies := image.NewRGBA(image.Rect(0, 0, w, h))
		if o >= 5 {
			lies = image.NewRGBA(image.Rect(0, 0, h, w))
		}
		for y := range h {
			for x := range w {
				sx, sy := at(x, y, w, h)
				lies.SetRGBA(sx, sy, seen.RGBAAt(x, y))
			}
		}
		c, img := copyOf(t, withTags(asJPEG(t, lies), tags(o, "", "")))
		what := fmt.Sprintf("orientation %d", o)
		if c.Width != w || c.Height != h {
			t.Errorf("%s: %d × %d", what, c.Width, c.Height)
			continue
		}
		near(t, img, 20, 20, red, what)
		near(t, img, w-20, 20, green, what)
		near(t, img, 20, h-20, blue, what)
	}
	for _, o := range []int{0, 9, 65535} {
		if c, _ := copyOf(t, withTags(asJPEG(t, seen), tags(o, "", ""))); c.Width != w {
			t.Errorf("orientation %d turned the picture", o)
		}
	}
}

// Whatever tells of people, places and devices stays behind: the copy holds what a JPEG
// needs to be shown, and no byte behind its end.
func TestCopyTellsNothing(t *testing.T) {
	sent := withTags(asJPEG(t, corners(300, 200)), tags(6, "2027:03:15 10:20:30", "+08:00"))
	if !bytes.Contains(sent, []byte("SECRET-PHONE")) || !bytes.Contains(sent, []byte("Secret Wang")) {
		t.Fatal("the photo tells nothing, so the test shows nothing")
	}
	c, _ := copyOf(t, sent)
	cut, err := new(Reader).Cut(c.JPEG, image.Rect(0, 0, 100, 300))
	if err != nil {
		t.Fatal(err)
	}
	// A PNG keeps texts too.
	withText := asPNG(t, corners(300, 200))
	chunk := []byte("\x00\x00\x00\x13tEXtAuthor\x00Secret Wang!\x00\x00\x00\x00")
	binary.BigEndian.PutUint32(chunk[len(chunk)-4:], crc(chunk[4:len(chunk)-4]))
	withText = append(withText[:33:33], append(chunk, withText[33:]...)...)
	fromPNG, _ := copyOf(t, withText)
	for what, b := range map[string][]byte{"JPEG": c.JPEG, "PNG": fromPNG.JPEG, "part": cut.JPEG} {
		if bytes.Contains(bytes.ToUpper(b), []byte("SECRET")) || bytes.Contains(b, []byte("Exif")) {
			t.Errorf("%s: the copy tells of the photo", what)
		}
		for at := 2; at < len(b); {
			marker, length := b[at+1], int(b[at+2])<<8|int(b[at+3])
			if marker >= 0xe0 && marker <= 0xef || marker == 0xfe {
				t.Errorf("%s: the copy has a segment %#x", what, marker)
			}
			if marker == 0xda {
				break
			}
			at += 2 + length
		}
		if !bytes.HasSuffix(b, []byte{0xff, 0xd9}) {
			t.Errorf("%s: the copy goes on behind its end", what)
		}
	}
}

func crc(b []byte) uint32 {
	c := ^uint32(0)
	for _, v := range b {
		c ^= uint32(v)
		for range 8 {
			if c&1 == 1 {
				c = c>>1 ^ 0xedb88320
			} else {
				c >>= 1
			}
		}
	}
	return ^c
}

func TestCopyKnowsWhenItWasTaken(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, taken, offset string
		want                time.Time
	}{
		{"in the zone of the factory, if the camera names none", "2027:03:15 10:20:30", "", time.Date(2027, 3, 15, 2, 20, 30, 0, time.UTC)},
		{"in the camera's own zone", "2027:03:15 10:20:30", "+01:00", time.Date(2027, 3, 15, 9, 20, 30, 0, time.UTC)},
		{"in UTC by its letter", "2027:03:15 10:20:30", "Z", time.Date(2027, 3, 15, 10, 20, 30, 0, time.UTC)},
		{"with an offset that is none", "2027:03:15 10:20:30", "CST", time.Date(2027, 3, 15, 2, 20, 30, 0, time.UTC)},
		{"never", "", "", time.Time{}},
		{"with a clock that was never set", "1980:01:01 00:00:00", "", time.Time{}},
		{"with a clock that was never set, in a zone", "1970:01:01 00:00:00", "+08:00", time.Time{}},
		{"with zeros", "0000:00:00 00:00:00", "", time.Time{}},
		{"with words", "yesterday at ten   ", "", time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := new(Reader).Copy(withTags(asJPEG(t, corners(60, 40)), tags(1, c.taken, c.offset)), shanghai)
			if err != nil {
				t.Fatal(err)
			}
			if !got.TakenAt.Equal(c.want) {
				t.Errorf("taken at %v, not %v", got.TakenAt, c.want)
			}
		})
	}
}

func TestCopyIsSmall(t *testing.T) {
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{2560, 1440, 1280, 720},
		{900, 2700, 427, 1280},
		{1281, 3, 1280, 3},
		{9000, 1, 1280, 1},
		{1, 9000, 1, 1280},
		{1280, 960, 1280, 960},
		{40, 30, 40, 30},
		{1, 1, 1, 1},
	} {
		got, _ := copyOf(t, asPNG(t, image.NewGray(image.Rect(0, 0, c.w, c.h))))
		if got.Width != c.wantW || got.Height != c.wantH {
			t.Errorf("%d × %d became %d × %d, not %d × %d", c.w, c.h, got.Width, got.Height, c.wantW, c.wantH)
		}
	}
	// Nothing but noise is the largest that a JPEG can be.
	noise := image.NewRGBA(image.Rect(0, 0, 1280, 1280))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(random.Uint32())
	}
	if got, _ := copyOf(t, asPNG(t, noise)); got.Width == MaxEdge || got.Width < 300 {
		t.Errorf("noise became %d × %d", got.Width, got.Height)
	}
}

// A scratch one pixel wide on a photo of 12 megapixels is still one line on the copy.
func TestCopyKeepsAScratch(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 4000, 300))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for x := range 4000 {
		for y := range 2 {
			img.SetGray(x, 20+y+x/16, color.Gray{}) // it slopes across the rows
		}
	}
	asPhoto := image.NewRGBA(img.Rect)
	draw.Draw(asPhoto, img.Rect, img, image.Point{}, draw.Src)
	for name, sent := range map[string][]byte{"PNG": asPNG(t, img), "JPEG": asJPEG(t, asPhoto)} {
		_, small := copyOf(t, sent)
		for x := 5; x < 1275; x++ {
			darkest := uint32(0xffff)
			for y := range small.Bounds().Dy() {
				v, _, _, _ := small.At(x, y).RGBA()
				darkest = min(darkest, v)
			}
			if darkest > 0xc000 {
				t.Fatalf("%s: the scratch is broken at column %d: its darkest is %#x", name, x, darkest)
			}
		}
	}
}

func TestCopyOfWhatIsTransparentIsWhite(t *testing.T) {
	for name, img := range map[string]image.Image{
		"small": image.NewNRGBA(image.Rect(0, 0, 40, 40)), "large": image.NewNRGBA(image.Rect(0, 0, 3000, 40)),
	} {
		_, got := copyOf(t, asPNG(t, img))
		near(t, got, 5, 5, color.RGBA{255, 255, 255, 255}, name)
	}
}

// claims is the head of a PNG of a size, with nothing behind it.
func claims(w, h uint32, kind string) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, kind...)
	out := append([]byte(pngBegins), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc(head))
}

// frame is the head of a JPEG of a size.
func frame(marker byte, w, h int, factors string) []byte {
	out := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	n := len(factors)
	out = append(out, 0xff, 0xff, marker, 0, byte(8+3*n), 8, byte(h>>8), byte(h), byte(w>>8), byte(w), byte(n))
	for i, f := range []byte(factors) {
		out = append(out, byte(i+1), f, 0)
	}
	return out
}

func TestWhatIsRefused(t *testing.T) {
	whole := asJPEG(t, corners(400, 300))
	for _, c := range []struct {
		name string
		sent []byte
		want Reason
	}{
		{"a page to log in", []byte("<!DOCTYPE html><html><head><title>Sign in | Slack</title>"), Page},
		{"a page after blank lines", []byte("\xef\xbb\xbf\n\n  <HTML lang=en>"), Page},
		{"a page with a comment first", []byte("<!-- served by -->\n<html>"), Page},
		{"HEIC", []byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic"), HEIC},
		{"HEIC with the general brand", []byte("\x00\x00\x00\x24ftypmif1\x00\x00\x00\x00mif1heic"), HEIC},
		{"AVIF", []byte("\x00\x00\x00\x24ftypavif\x00\x00\x00\x00"), Other},
		{"a film of a phone", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isom"), Video},
		{"a film of an iPhone", []byte("\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  "), Video},
		{"a container cut off in its brand", []byte("\x00\x00\x00\x14ftypq"), Video},
		{"WebM", []byte("\x1aE\xdf\xa3\x01\x00\x00\x00"), Video},
		{"AVI", []byte("RIFF\x00\x00\x00\x00AVI LIST"), Video},
		{"PDF", []byte("%PDF-1.7\n"), PDF},
		{"PDF with the name of a photo", []byte("%PDF-1.4 scan.jpg"), PDF},
		{"GIF", []byte("GIF89a\x01\x00\x01\x00"), Other},
		{"WebP", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), Other},
		{"a sheet", []byte("PK\x03\x04"), Other},
		{"words", []byte("six cartons without corners"), Other},
		{"JSON", []byte(`{"ok":false,"error":"not_authed"}`), Other},
		{"nothing", nil, Broken},
		{"blanks", []byte(" \n"), Broken},
		{"a JPEG of three bytes", []byte("\xff\xd8\xff"), Broken},
		{"a JPEG cut off", whole[:len(whole)/2], Broken},
		{"a JPEG cut off in its head", whole[:30], Broken},
		{"a PNG without a picture", claims(40, 30, "\x08\x02\x00\x00\x00"), Broken},
		{"a PNG of no height", claims(40, 0, "\x08\x02\x00\x00\x00"), Broken},
		{"60 megapixels", claims(10_000, 6_000, "\x08\x02\x00\x00\x00"), Pixels},
		{"one pixel row too many", claims(10_000, 5_001, "\x08\x00\x00\x00\x00"), Pixels},
		{"a size that overflows", claims(1<<31-1, 1<<31-1, "\x08\x02\x00\x00\x00"), Broken},
		{"the largest JPEG there can be", frame(0xc0, 65_535, 65_535, "\x11"), Pixels},
		{"40 megapixels of 16 bits", claims(8_000, 5_000, "\x10\x06\x00\x00\x00"), Pixels},
		{"60 megapixels as JPEG", frame(0xc0, 10_000, 6_000, "\x22\x11\x11"), Pixels},
		{"40 megapixels that come in scans", frame(0xc2, 8_000, 5_000, "\x22\x11\x11"), Pixels},
		{"20 megapixels in scans with all their colours", frame(0xc2, 5_000, 4_000, "\x11\x11\x11"), Pixels},
		{"24 megapixels in scans, cut off", frame(0xc2, 6_000, 4_000, "\x22\x11\x11"), Broken},
		{"50 megapixels, cut off", frame(0xc0, 10_000, 5_000, "\x22\x11\x11"), Broken},
		{"a byte more than 10 MB", append(bytes.Clone(whole), make([]byte, MaxBytes+1-len(whole))...), Bytes},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := new(Reader).Copy(c.sent, time.UTC)
			refused, ok := errors.AsType[*Refused](err)
			if !ok || refused.Reason != c.want || got != nil {
				t.Errorf("refused with %v, not %q", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), string(c.want)) {
				t.Errorf("%q does not name the reason", err)
			}
		})
	}
}

// What the decoder passes over before the frame of a JPEG, and what a PNG says behind its head,
// hides nothing of what it costs.
func TestNothingHidesWhatAPictureCosts(t *testing.T) {
	scans := frame(0xc2, 5_000, 4_000, "\x11\x11\x11")
	const begins = 20 // of the frame, behind the first segment
	stray := func(b string) []byte {
		return append(append(bytes.Clone(scans[:begins]), b...), scans[begins:]...)
	}
	for name, sent := range map[string][]byte{
		"a stray byte":              stray("\x00"),
		"several":                   stray("abc"),
		"an escaped byte":           stray("\xff\x00"),
		"a marker without a length": stray("\xff\xd3"),
		"fill bytes":                stray("\xff\xff\xff"),
		"no JFIF, and a stray byte": append([]byte("\xff\xd8\xff\xfe\x00\x02\x00"), append(scans[begins:], "\xff\xda\x00\x02"...)...),
		"16 grey bits":              claims(8_000, 6_000, "\x10\x00\x00\x00\x00"),
		"rows in passes":            claims(8_000, 5_000, "\x08\x02\x00\x00\x01"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := new(Reader).Copy(sent, time.UTC)
			if refused, ok := errors.AsType[*Refused](err); !ok || refused.Reason != Pixels {
				t.Errorf("refused with %v", err)
			}
		})
	}
	// What is like that and small is a photo all the same.
	whole := asJPEG(t, corners(400, 300))
	at := bytes.Index(whole, []byte("\xff\xc0"))
	if c, _ := copyOf(t, append(append(bytes.Clone(whole[:at]), 0), whole[at:]...)); c.Width != 400 {
		t.Errorf("%d pixels wide", c.Width)
	}
	if c, _ := copyOf(t, asPNG(t, image.NewGray16(image.Rect(0, 0, 300, 200)))); c.Width != 300 {
		t.Errorf("%d pixels wide", c.Width)
	}
}

// A part that shows the middle shows nothing of the edge.
func TestCutLeavesTheRestOut(t *testing.T) {
	c, _ := copyOf(t, asJPEG(t, corners(600, 400)))
	for _, p := range []struct {
		name string
		part image.Rectangle
		w, h int
		at   color.RGBA // its top left corner
	}{
		{"all", image.Rect(0, 0, 600, 400), 600, 400, red},
		{"left half", image.Rect(0, 0, 300, 400), 300, 400, red},
		{"right half", image.Rect(300, 0, 600, 400), 300, 400, color.RGBA{128, 128, 128, 255}},
		{"bottom third", image.Rect(0, 268, 600, 400), 600, 132, blue},
		{"more than there is", image.Rect(-20, -20, 900, 900), 600, 400, red},
	} {
		t.Run(p.name, func(t *testing.T) {
			got, err := new(Reader).Cut(c.JPEG, p.part)
			if err != nil {
				t.Fatal(err)
			}
			if got.Width != p.w || got.Height != p.h {
				t.Fatalf("%d × %d, not %d × %d", got.Width, got.Height, p.w, p.h)
			}
			img, err := jpeg.Decode(bytes.NewReader(got.JPEG))
			if err != nil {
				t.Fatal(err)
			}
			near(t, img, 3, 3, p.at, p.name)
		})
	}
	if _, err := new(Reader).Cut(c.JPEG, image.Rect(50, 50, 50, 60)); err == nil {
		t.Error("nothing was cut out of a photo")
	}
}

// FuzzCopy reads any bytes: there is a small copy or a reason, and nothing else.
func FuzzCopy(f *testing.F) {
	small := asJPEG(f, corners(64, 48))
	f.Add(withTags(small, tags(6, "2027:03:15 10:20:30", "+08:00")))
	f.Add(small[:len(small)-40])
	f.Add(asPNG(f, corners(32, 24)))
	f.Add(frame(0xc2, 64, 48, "\x22\x11\x11"))
	f.Add(claims(70_000, 1, "\x08\x02\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x24ftypheic"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		// What takes long to read is let go here, and what is refused is refused the same.
		if size, _, err := image.DecodeConfig(bytes.NewReader(sent)); err == nil && size.Width*size.Height > 1<<20 {
			t.Skip()
		}
		c, err := new(Reader).Copy(sent, time.UTC)
		if err != nil {
			if _, ok := errors.AsType[*Refused](err); !ok {
				t.Fatalf("no reason: %v", err)
			}
			return
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(c.JPEG))
		if err != nil || size.Width != c.Width || size.Height != c.Height || max(c.Width, c.Height) > MaxEdge || len(c.JPEG) > MaxCopy {
			t.Errorf("%d bytes, %d × %d, %v", len(c.JPEG), c.Width, c.Height, err)
		}
	})
}

// megapixels is a photo of 12 of them, about as rough as a factory floor.
func megapixels(b *testing.B) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	random := rand.New(rand.NewPCG(3, 4))
	for y := range 3000 {
		for x := range 4000 {
			rough := uint8(random.Uint32() & 15)
			img.SetRGBA(x, y, color.RGBA{uint8(x/20) + rough, uint8(y/16) + rough, uint8((x+y)/40) + rough, 255})
		}
	}
	var to bytes.Buffer
	if err := jpeg.Encode(&to, img, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	return withTags(to.Bytes(), tags(6, "2027:03:15 10:20:30", "+08:00"))
}

// The copy of a photo of 12 megapixels that lies on its side.
func BenchmarkCopy(b *testing.B) {
	sent := megapixels(b)
	var r Reader
	b.SetBytes(int64(len(sent)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Copy(sent, time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}

// The copy of what Slack made smaller already.
func BenchmarkCopyOfThumb(b *testing.B) {
	var to bytes.Buffer
	if err := jpeg.Encode(&to, corners(1024, 768), &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	var r Reader
	for b.Loop() {
		if _, err := r.Copy(to.Bytes(), time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}

// Ten photos of 12 megapixels at once, and how much memory they take above what was used before.
func BenchmarkTenAtOnce(b *testing.B) {
	sent := megapixels(b)
	var r Reader
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most.Store(max(most.Load(), now.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	for b.Loop() {
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := r.Copy(sent, time.UTC); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
	close(done)
	watch.Wait()
	b.ReportMetric(float64(most.Load()-min(most.Load(), before.HeapInuse))/(1<<20), "MiB-above")
}
