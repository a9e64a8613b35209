// Package phototest draws what an inspector's phone would have taken, for tests and for
// the sample: no photo of a real place, person or product stands in this repository.
//
// A picture has what phones put beside it, an orientation, the time, a place and the name
// of a device, so that a test can see that they are read and that none of them goes on.
package phototest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"time"
)

// What stands beside every picture, for tests that look for it in what was made of one.
const (
	Make      = "Pretend"
	Model     = "Drawn 12"
	Latitude  = 29.868 // of Ningbo, north
	Longitude = 121.544
)

// The colours of the card in the corners of every picture, as it is to be seen: whoever
// turns or mirrors it wrongly has them in other places. Each is a square whose side is a
// twelfth of the picture's shorter side.
var (
	TopLeft     = color.RGBA{30, 60, 200, 255}
	TopRight    = color.RGBA{200, 40, 40, 255}
	BottomLeft  = color.RGBA{30, 150, 60, 255}
	BottomRight = color.RGBA{235, 200, 40, 255}
)

// Sound begins the seeds of cartons with which nothing is wrong.
const Sound = 1 << 32

// Draw is a JPEG of a carton with a label, and of what is wrong with it, another one for
// each seed and always the same for one. It is w × h pixels as it is to be seen; the file
// has it turned so that orientation, 1 to 8 as in EXIF, sets it upright. Orientation 0
// writes no EXIF at all.
func Draw(seed uint64, w, h, orientation int, takenAt time.Time) []byte {
	if orientation < 0 || orientation > 8 {
		panic(fmt.Sprintf("phototest: there is no orientation %d", orientation))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, stored(scene(seed, w, h), orientation), &jpeg.Options{Quality: 90}); err != nil {
		panic(err) // only sizes beyond JPEG's 65,535
	}
	if orientation == 0 {
		return b.Bytes()
	}
	exif := exif(orientation, takenAt)
	out := []byte{0xff, 0xd8, 0xff, 0xe1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(exif)+2))
	out = append(out, exif...)
	return append(out, b.Bytes()[2:]...)
}

// scene is the picture as it is to be seen.
func scene(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	// Everything is placed in thousandths, so that a picture looks the same in each size.
	at := func(x, y int) image.Point { return image.Pt(x*w/1000, y*h/1000) }
	fill := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(img, image.Rectangle{at(x0, y0), at(x1, y1)}, image.NewUniform(c), image.Point{}, draw.Src)
	}
	jitter := func(c color.RGBA, by int) color.RGBA {
		d := uint8(r.IntN(by))
		return color.RGBA{c.R + d, c.G + d, c.B + d, 255}
	}
	for y := 0; y < 1000; y += 20 { // a wall, brighter to the top
		v := uint8(200 - y/12)
		fill(0, y, 1000, y+20, color.RGBA{v, v, v + 4, 255})
	}
	fill(0, 760, 1000, 1000, jitter(color.RGBA{110, 112, 116, 255}, 20)) // the floor
	left, top := 160+r.IntN(80), 200+r.IntN(80)
	right, bottom := 760+r.IntN(80), 820+r.IntN(60)
	board := jitter(color.RGBA{165, 122, 80, 255}, 24)
	fill(left, top, right, bottom, board)
	fill(left, top, right, top+12, color.RGBA{board.R - 40, board.G - 40, board.B - 40, 255})
	fill((left+right)/2-24, top, (left+right)/2+24, bottom, color.RGBA{board.R + 24, board.G + 24, board.B + 20, 255})
	lx, ly := left+40+r.IntN(60), top+120+r.IntN(80)
	fill(lx, ly, lx+230, ly+200, color.RGBA{246, 246, 244, 255})
	for x := lx + 20; x < lx+210; { // bars, not a code that scans
		wide := 3 + r.IntN(7)
		fill(x, ly+90, x+wide, ly+175, color.RGBA{20, 20, 20, 255})
		x += wide + 3 + r.IntN(7)
	}
	for i := range 3 {
		fill(lx+20, ly+20+i*22, lx+90+r.IntN(110), ly+30+i*22, color.RGBA{70, 70, 70, 255})
	}
	if seed < Sound {
		fault(img, r, seed, at, right, bottom)
	}
	side := min(w, h) / 12
	for _, c := range []struct {
		x, y int
		c    color.RGBA
	}{{0, 0, TopLeft}, {w - side, 0, TopRight}, {0, h - side, BottomLeft}, {w - side, h - side, BottomRight}} {
		draw.Draw(img, image.Rect(c.x, c.y, c.x+side, c.y+side), image.NewUniform(c.c), image.Point{}, draw.Src)
	}
	// Light falls unevenly, and no photo is as smooth as a drawing.
	for i := 0; i < len(img.Pix); i += 4 {
		n := uint8(r.Uint32() & 7)
		for c := range 3 {
			if img.Pix[i+c] < 248 {
				img.Pix[i+c] += n
			}
		}
	}
	return img
}

// fault draws scratches, a dent or a wet patch.
func fault(img *image.RGBA, r *rand.Rand, seed uint64, at func(x, y int) image.Point, right, bottom int) {
	dark := color.RGBA{60, 40, 28, 255}
	x, y := right-300+r.IntN(80), bottom-330+r.IntN(80)
	switch seed % 3 {
	case 0: // scratches
		for range 5 {
			x, y, dx, dy := x+r.IntN(120), y+r.IntN(120), 60+r.IntN(60), r.IntN(60)-30
			for i := range 400 {
				p := at(x+dx*i/400, y+dy*i/400)
				q := at(x+dx*i/400+4, y+dy*i/400+4)
				draw.Draw(img, image.Rectangle{p, q}, image.NewUniform(dark), image.Point{}, draw.Src)
			}
		}
	case 1: // a corner pushed in
		for i := range 120 {
			draw.Draw(img, image.Rectangle{at(right-i, bottom-120+i), at(right, bottom-119+i)}, image.NewUniform(dark), image.Point{}, draw.Src)
		}
	default: // a wet patch
		for dy := -70; dy < 70; dy += 2 {
			half := 90 * (4900 - dy*dy) / 4900
			draw.Draw(img, image.Rectangle{at(x+90-half, y+90+dy), at(x+90+half, y+92+dy)}, image.NewUniform(color.RGBA{112, 80, 52, 255}), image.Point{}, draw.Src)
		}
	}
}

// stored is a picture as a camera keeps it that says so of itself.
func stored(img *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for y := range sh {
		for x := range sw {
			var ux, uy int // where this pixel is to be seen
			switch orientation {
			case 2:
				ux, uy = w-1-x, y
			case 3:
				ux, uy = w-1-x, h-1-y
			case 4:
				ux, uy = x, h-1-y
			case 5:
				ux, uy = y, x
			case 6:
				ux, uy = w-1-y, x
			case 7:
				ux, uy = w-1-y, h-1-x
			case 8:
				ux, uy = y, h-1-x
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[img.PixOffset(ux, uy):][:4])
		}
	}
	return out
}

// Kinds of values in TIFF.
const (
	tiffASCII    = 2
	tiffShort    = 3
	tiffLong     = 4
	tiffRational = 5
)

// A tag is an entry of a TIFF directory. What has more than four bytes stands behind it.
type tag struct {
	id, kind uint16
	count    uint32
	value    []byte
}

// exif is the contents of an APP1 segment: who took the picture, when, where and which way
// up.
func exif(orientation int, takenAt time.Time) []byte {
	order := binary.BigEndian
	text := func(id uint16, s string) tag {
		return tag{id, tiffASCII, uint32(len(s) + 1), append([]byte(s), 0)}
	}
	long := func(id uint16, n uint32) tag { return tag{id, tiffLong, 1, order.AppendUint32(nil, n)} }
	degrees := func(id uint16, d float64) tag {
		minutes := (d - float64(int(d))) * 60
		var v []byte
		for _, n := range []uint32{uint32(d), 1, uint32(minutes), 1, uint32((minutes - float64(int(minutes))) * 60 * 100), 100} {
			v = order.AppendUint32(v, n)
		}
		return tag{id, tiffRational, 3, v}
	}
	const dateTime = "2006:01:02 15:04:05"
	place := []tag{text(1, "N"), degrees(2, Latitude), text(3, "E"), degrees(4, Longitude)}
	taken := []tag{text(0x9003, takenAt.Format(dateTime)), text(0x9011, takenAt.Format("-07:00"))}
	first := []tag{
		text(0x010f, Make), text(0x0110, Model),
		{0x0112, tiffShort, 1, order.AppendUint16(nil, uint16(orientation))},
		text(0x0132, takenAt.Format(dateTime)),
		long(0x8769, 0), long(0x8825, 0),
	}
	const head = 8
	takenFrom := head + len(directory(first, head))
	placeFrom := takenFrom + len(directory(taken, takenFrom))
	first[4], first[5] = long(0x8769, uint32(takenFrom)), long(0x8825, uint32(placeFrom))
	out := append([]byte("Exif\x00\x00"), 'M', 'M', 0, 42, 0, 0, 0, head)
	out = append(out, directory(first, head)...)
	out = append(out, directory(taken, takenFrom)...)
	return append(out, directory(place, placeFrom)...)
}

// directory is a TIFF directory that begins so many bytes into the file.
func directory(tags []tag, from int) []byte {
	order := binary.BigEndian
	out := order.AppendUint16(nil, uint16(len(tags)))
	behind := from + 2 + 12*len(tags) + 4
	var values []byte
	for _, t := range tags {
		out = order.AppendUint16(out, t.id)
		out = order.AppendUint16(out, t.kind)
		out = order.AppendUint32(out, t.count)
		if len(t.value) <= 4 {
			out = append(out, append(t.value, make([]byte, 4-len(t.value))...)...)
			continue
		}
		out = order.AppendUint32(out, uint32(behind+len(values)))
		values = append(values, t.value...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	out = order.AppendUint32(out, 0)
	return append(out, values...)
}
