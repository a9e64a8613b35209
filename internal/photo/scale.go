package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"

	"golang.org/x/image/draw"
)

// scaled makes a picture small enough that its longer edge has at most so many pixels. What
// is transparent becomes white, as it looks on paper.
//
// To look at four pixels for each of the copy passes over most of a large photo, and a fine
// scratch breaks into dots. So it is made smaller by a whole number first, where every pixel
// counts: on the planes of a photo as they are in a JPEG, which is by far the quickest.
func scaled(img image.Image, edge int) *image.RGBA {
	w, h := fit(img.Bounds().Dx(), img.Bounds().Dy(), edge)
	if times := max(img.Bounds().Dx()/w, img.Bounds().Dy()/h); times > 1 {
		if planes, ok := img.(*image.YCbCr); ok {
			img = divided(planes, times)
		} else {
			img = drawn(img, 2*w, 2*h) // of which the next four are all
		}
	}
	return drawn(img, w, h)
}

// fit keeps the proportions; no edge becomes nothing.
func fit(w, h, edge int) (int, int) {
	f := min(1, float64(edge)/float64(max(w, h)))
	return max(1, int(math.Round(f*float64(w)))), max(1, int(math.Round(f*float64(h))))
}

func drawn(img image.Image, w, h int) *image.RGBA {
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(to, to.Rect, img, img.Bounds(), draw.Over, nil)
	return to
}

// divided makes the mean of so many by so many samples one.
func divided(img *image.YCbCr, times int) *image.YCbCr {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	to := image.NewYCbCr(image.Rect(0, 0, max(1, w/times), max(1, h/times)), img.SubsampleRatio)
	means(to.Y, img.Y, to.YStride, img.YStride, times)
	means(to.Cb, img.Cb, to.CStride, img.CStride, times)
	means(to.Cr, img.Cr, to.CStride, img.CStride, times)
	return to
}

// means fills a plane from one whose rows are longer. A decoder's rows are filled up to whole
// blocks with what stands at the edge, so a mean may reach beyond it.
func means(to, from []uint8, toStride, fromStride, times int) {
	sums := make([]uint32, toStride)
	for y := range len(to) / toStride {
		clear(sums)
		rows := uint32(0)
		for n := y * times; n < (y+1)*times && (n+1)*fromStride <= len(from); n++ {
			row := from[n*fromStride : (n+1)*fromStride]
			for x := range sums {
				first := min(x*times, len(row)-1)
				for _, v := range row[first:min(first+times, len(row))] {
					sums[x] += uint32(v)
				}
			}
			rows++
		}
		for x, sum := range sums {
			first := min(x*times, fromStride-1)
			n := rows * uint32(min(first+times, fromStride)-first)
			to[y*toStride+x] = uint8((sum + n/2) / max(n, 1))
		}
	}
}

// upright turns and mirrors a picture as EXIF's orientation asks.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	tw, th := w, h
	if orientation >= 5 {
		tw, th = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(to.Pix[to.PixOffset(tx, ty):][:4], img.Pix[img.PixOffset(x, y):])
		}
	}
	return to
}

// encoded writes a picture as a JPEG of at most MaxCopy bytes. Nearly all are below it at
// once; of what is not (gravel, a fabric), first the quality gives way and then the size.
func encoded(img *image.RGBA) *Copy {
	var to bytes.Buffer
	for {
		for _, quality := range []int{80, 65, 50} {
			to.Reset()
			// It fails for no picture of these sizes, and a buffer takes what it is given.
			_ = jpeg.Encode(&to, img, &jpeg.Options{Quality: quality})
			if to.Len() <= MaxCopy {
				return &Copy{JPEG: to.Bytes(), Width: img.Rect.Dx(), Height: img.Rect.Dy()}
			}
		}
		img = scaled(img, max(img.Rect.Dx(), img.Rect.Dy())*3/4)
	}
}
