package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg" // also for sizes
	"io"
	"regexp"
	"slices"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// The library holds every picture of a file and a second copy while it writes, and puts
// those of one width in an order of chance. So it draws stand-ins, each of a width of its
// own, and a photo takes the place of its stand-in on the way out: one photo is held at a
// time, and the same report is the same bytes.

// errTold is a photo that says where or by whom it was taken.
var errTold = errors.New("it has more than a picture in it")

// size is how large a photo is. One that holds more than the picture is refused: nothing
// else would keep a place or a name from whoever gets the report.
func (p *Photo) size() (image.Config, error) {
	data, err := p.bytes()
	if err != nil {
		return image.Config{}, err
	}
	return jpeg.DecodeConfig(bytes.NewReader(data))
}

func (p *Photo) bytes() ([]byte, error) {
	if p.JPEG == nil {
		return nil, errors.New("there is none")
	}
	data, err := p.JPEG()
	if err != nil {
		return nil, err
	}
	return data, bare(data)
}

// bare reports whether a JPEG holds a picture and nothing else but JFIF's and Adobe's
// notes on its colours, before the picture and behind it.
func bare(data []byte) error {
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		return errors.New("it is no JPEG")
	}
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			return errors.New("it is a broken JPEG")
		}
		marker := data[i+1]
		switch {
		case marker == 0xff: // filling
			i++
			continue
		case marker == 0xda: // the picture, to the end of the file
			if end := bytes.Index(data[i:], []byte{0xff, 0xd9}); i+end != len(data)-2 {
				return errTold
			}
			return nil
		case marker == 0xe0 || marker == 0xee:
		case marker > 0xe0 && marker <= 0xef, marker == 0xfe:
			return errTold
		}
		i += 2 + int(binary.BigEndian.Uint16(data[i+2:]))
	}
	return errors.New("it is a broken JPEG")
}

// standIn draws where a photo is to stand.
func (a *paper) standIn(p Photo, x, y, w, h float64) error {
	a.photos = append(a.photos, p)
	n := len(a.photos)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, n, 1)), nil); err != nil {
		return fmt.Errorf("draw a stand-in: %w", err)
	}
	name, options := strconv.Itoa(n), fpdf.ImageOptions{ImageType: "jpg"}
	a.pdf.RegisterImageOptionsReader(name, options, &b)
	a.pdf.ImageOptions(name, x, y, w, h, false, options, 0, "")
	return a.pdf.Error()
}

var (
	standInObject = regexp.MustCompile(`^\d+ 0 obj\n<</Type /XObject\n/Subtype /Image\n/Width (\d+)\n`)
	lastXref      = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`)
)

// errForm is a PDF as the library did not write them when this was made.
var errForm = errors.New("put photos into a PDF: the library writes it in another form")

// objects reads where each object of a PDF begins, by its number less one, and where
// their table does.
func objects(pdf []byte) (from []int, table int, err error) {
	m := lastXref.FindSubmatch(pdf)
	if m == nil {
		return nil, 0, errForm
	}
	table, err = strconv.Atoi(string(m[1]))
	if err != nil || table >= len(pdf) {
		return nil, 0, errForm
	}
	for i, line := range bytes.Split(pdf[table:], []byte("\n")) {
		var at, generation int
		var kind string
		n, _ := fmt.Sscanf(string(line), "%d %d %s", &at, &generation, &kind)
		switch {
		case i < 3: // "xref", how many there are, and the one that is none
		case n == 3 && kind == "n" && at < table:
			from = append(from, at)
		default:
			return from, table, nil
		}
	}
	return nil, 0, errForm
}

// withPhotos writes a PDF of the library with each photo in the place of its stand-in.
func withPhotos(w io.Writer, pdf []byte, photos []Photo) error {
	from, table, err := objects(pdf)
	if err != nil {
		return err
	}
	// They do not stand in the order of their numbers.
	inPlace := make([]int, len(from))
	for i := range inPlace {
		inPlace[i] = i
	}
	slices.SortFunc(inPlace, func(a, b int) int { return cmp.Compare(from[a], from[b]) })
	out, put := &counted{w: w}, 0
	moved := make([]int, len(from))
	for k, i := range inPlace {
		end := table
		if k+1 < len(inPlace) {
			end = from[inPlace[k+1]]
		}
		if k == 0 {
			out.write(pdf[:from[i]])
		}
		moved[i] = out.n
		object := pdf[from[i]:end]
		m := standInObject.FindSubmatch(object)
		if m == nil {
			out.write(object)
			continue
		}
		n, err := strconv.Atoi(string(m[1]))
		if err != nil || n < 1 || n > len(photos) {
			return errForm
		}
		if err := photos[n-1].writeObject(out, i+1); err != nil {
			return fmt.Errorf("photo %d of a PDF: %w", n, err)
		}
		put++
	}
	if put != len(photos) {
		return errForm
	}
	begins := out.n
	out.print("xref\n0 %d\n0000000000 65535 f \n", len(from)+1)
	for _, at := range moved {
		out.print("%010d 00000 n \n", at)
	}
	_, trailer, _ := bytes.Cut(pdf[table:], []byte("trailer\n"))
	out.print("trailer\n%s", lastXref.ReplaceAllLiteral(trailer, fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", begins)))
	return out.err
}

// writeObject writes the photo as an object of a PDF.
func (p *Photo) writeObject(out *counted, number int) error {
	data, err := p.bytes()
	if err != nil {
		return err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return err
	}
	space := "/DeviceRGB"
	switch c.ColorModel {
	case color.GrayModel:
		space = "/DeviceGray"
	case color.CMYKModel:
		space = "/DeviceCMYK\n/Decode [1 0 1 0 1 0 1 0]"
	}
	out.print("%d 0 obj\n<</Type /XObject\n/Subtype /Image\n/Width %d\n/Height %d\n/ColorSpace %s\n/BitsPerComponent 8\n/Filter /DCTDecode\n/Length %d>>\nstream\n",
		number, c.Width, c.Height, space, len(data))
	out.write(data)
	out.write([]byte("\nendstream\nendobj\n"))
	return out.err
}

// counted writes until it cannot, and knows how much it wrote.
type counted struct {
	w   io.Writer
	n   int
	err error
}

func (c *counted) print(form string, args ...any) { c.write(fmt.Appendf(nil, form, args...)) }

func (c *counted) write(b []byte) {
	if c.err != nil {
		return
	}
	var n int
	n, c.err = c.w.Write(b)
	c.n += n
}
