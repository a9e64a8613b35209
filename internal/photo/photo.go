package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"sync"
	"time"
)

// What is read, and what is made of it.
const (
	MaxBytes  = 10_000_000 // of a photo as it was sent
	MaxPixels = 50_000_000 // of it, width times height
	MaxEdge   = 1280       // pixels of a copy's longer edge
	MaxCopy   = 400_000    // bytes of a copy
)

// maxMemory is how many bytes a picture may take while it is read. A photo that ends the
// process would be fetched again at each start.
const maxMemory = 256 << 20

// A Copy is what is kept of a photo.
type Copy struct {
	JPEG          []byte // without any metadata
	Width, Height int    // pixels, upright
	TakenAt       time.Time
}

// A Reader makes copies, one at a time whoever asks: a photo of 12 megapixels takes 40 MB
// while it is read. The zero value is ready.
type Reader struct{ one sync.Mutex }

// Copy makes the copy of a photo. What cannot be copied is a *Refused. TakenAt is zero if
// the photo does not say when it was taken; a camera that does not say in which zone either
// is taken to stand in the given one.
func (r *Reader) Copy(sent []byte, zone *time.Location) (*Copy, error) {
	r.one.Lock()
	defer r.one.Unlock()
	img, format, err := decode(sent)
	if err != nil {
		return nil, err
	}
	about := read(sent, format, zone)
	c := encoded(upright(scaled(img, MaxEdge), about.orientation))
	c.TakenAt = about.takenAt
	return c, nil
}

// decode reads the picture, after it has looked at what it would cost.
func decode(sent []byte) (img image.Image, format string, err error) {
	if len(sent) > MaxBytes {
		return nil, "", &Refused{Reason: Bytes}
	}
	var config func([]byte) (image.Config, error)
	var whole func([]byte) (image.Image, error)
	switch {
	case bytes.HasPrefix(sent, []byte(jpegBegins)):
		format = "jpeg"
		config = func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) }
		whole = func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }
	case bytes.HasPrefix(sent, []byte(pngBegins)):
		format = "png"
		config = func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) }
		whole = func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }
	default:
		return nil, "", &Refused{Reason: foreign(sent)}
	}
	size, err := config(sent)
	if err != nil {
		return nil, "", &Refused{Reason: Broken, Err: err}
	}
	if int64(size.Width)*int64(size.Height) > MaxPixels || memory(size, sent) > maxMemory {
		return nil, "", &Refused{Reason: Pixels}
	}
	if img, err = whole(sent); err == nil && img.Bounds().Empty() {
		err = errors.New("no pixels")
	}
	if err != nil {
		return nil, "", &Refused{Reason: Broken, Err: err}
	}
	return img, format, nil
}

// memory is how many bytes a picture takes at most while it is read.
func memory(size image.Config, sent []byte) int64 {
	pixels := int64(size.Width) * int64(size.Height)
	if bytes.HasPrefix(sent, []byte(pngBegins)) {
		return pngMemory(size, sent, pixels)
	}
	switch size.ColorModel {
	case color.YCbCrModel, color.GrayModel:
		return jpegMemory(sent, pixels)
	}
	return jpegMemory(sent, pixels) + 4*pixels // it becomes a second picture, without the separate colours
}

// pngMemory counts a PNG without its colours as one with them: a colour that is to be see-through
// may stand anywhere before its pixels. One that comes in several passes is in memory as each of
// them, and as a whole.
func pngMemory(size image.Config, sent []byte, pixels int64) int64 {
	const inPasses = 28 // where its head says so
	var n int64
	switch size.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		n = 8 * pixels
	case color.RGBAModel, color.NRGBAModel, color.GrayModel:
		n = 4 * pixels
	default: // a palette
		n = pixels
	}
	if len(sent) > inPasses && sent[inPasses] != 0 {
		n *= 2
	}
	return n
}

// A sample of a JPEG that comes in several scans is four bytes until the last, and then one.
const inScans = 5

// jpegMemory counts the samples of a JPEG, which has fewer of its colours than of its
// brightness. The decoder passes over stray bytes before the frame that says how many there
// are; nothing here guesses which frame it comes upon then, so such a JPEG costs the most.
func jpegMemory(sent []byte, pixels int64) int64 {
	for at := 2; at+9 < len(sent) && sent[at] == 0xff; {
		marker, length := sent[at+1], int(sent[at+2])<<8|int(sent[at+3])
		switch {
		case marker == 0xff: // a byte between two segments
			at++
			continue
		case marker < 0xc0, marker >= 0xd0 && marker <= 0xd9: // it has no length, or is none
			return 4 * inScans * pixels
		case marker > 0xc2:
			at += 2 + length
			continue
		}
		var sum, most int64
		for n := range int(sent[at+9]) {
			if at+11+3*n >= len(sent) {
				break
			}
			factor := sent[at+11+3*n]
			blocks := int64(factor>>4) * int64(factor&15)
			sum, most = sum+blocks, max(most, blocks)
		}
		samples := pixels * sum / max(most, 1)
		if marker == 0xc2 {
			return inScans * samples
		}
		return samples
	}
	return 4 * inScans * pixels
}

// Cut makes a picture of a part of a copy, in pixels. What was outside is not in it.
func (r *Reader) Cut(kept []byte, part image.Rectangle) (*Copy, error) {
	r.one.Lock()
	defer r.one.Unlock()
	img, _, err := decode(kept)
	if err != nil {
		return nil, err
	}
	in := part.Add(img.Bounds().Min).Intersect(img.Bounds())
	if in.Empty() {
		return nil, fmt.Errorf("cut %v out of a photo of %v: nothing is left", part, img.Bounds().Size())
	}
	to := image.NewRGBA(image.Rectangle{Max: in.Size()})
	draw.Draw(to, to.Rect, img, in.Min, draw.Src)
	return encoded(to), nil
}
