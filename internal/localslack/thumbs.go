package localslack

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif" // the formats that Slack makes thumbs of
	"image/jpeg"
	"image/png"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	xdraw "golang.org/x/image/draw"
)

// A thumb is a small upright copy of a picture, without what a camera wrote into it.
type thumb struct {
	content       []byte
	kind          string // "image/jpeg" or "image/png"
	width, height int
}

// Slack's thumbs, by the most that a side has: squares cut from the middle, and from
// firstFitted on the whole picture. One that is larger than the picture is not made,
// but for the first.
var thumbSizes = []int{1024, 960, 720, 480, 360, 160, 80, 64}

const firstFitted = 360

// thumbPixels is the largest picture that is looked at; Slack has a limit too and does
// not say which.
const thumbPixels = 50_000_000

// thumbsOf makes the thumbs of a picture and says how large it is, upright. What is not
// a picture, is too large or is broken has none.
func thumbsOf(content []byte) (width, height int, thumbs map[int]thumb) {
	head, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || head.Width < 1 || head.Height < 1 || head.Width > thumbPixels/head.Height {
		return 0, 0, nil
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return 0, 0, nil
	}
	turn := 1
	if format == "jpeg" {
		turn = orientation(content)
	}
	width, height = head.Width, head.Height
	if turn > 4 {
		width, height = height, width
	}
	thumbs = map[int]thumb{}
	for _, most := range thumbSizes {
		if most > firstFitted && most > max(width, height) {
			continue
		}
		if most >= firstFitted {
			picture = fit(picture, most)
			if turn > 1 { // once it is small
				picture, turn = upright(picture, turn), 1
			}
			thumbs[most] = encoded(picture, format)
			continue
		}
		thumbs[most] = encoded(square(picture, most), format)
	}
	return width, height, thumbs
}

// fit scales a picture down until no side is longer than most.
func fit(p image.Image, most int) image.Image {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	long := max(w, h)
	if long <= most {
		return p
	}
	small := image.NewRGBA(image.Rect(0, 0, max(1, (w*most+long/2)/long), max(1, (h*most+long/2)/long)))
	xdraw.BiLinear.Scale(small, small.Bounds(), p, p.Bounds(), xdraw.Src, nil)
	return small
}

// square is the middle of a picture.
func square(p image.Image, side int) image.Image {
	b := p.Bounds()
	short := min(b.Dx(), b.Dy())
	from := image.Rect(0, 0, short, short).Add(b.Min).Add(image.Pt((b.Dx()-short)/2, (b.Dy()-short)/2))
	small := image.NewRGBA(image.Rect(0, 0, side, side))
	xdraw.BiLinear.Scale(small, small.Bounds(), p, from, xdraw.Src, nil)
	return small
}

func encoded(p image.Image, format string) thumb {
	var b bytes.Buffer
	t := thumb{kind: "image/png", width: p.Bounds().Dx(), height: p.Bounds().Dy()}
	// Neither can fail into a buffer, of a picture of this size.
	if format == "jpeg" {
		t.kind = "image/jpeg"
		_ = jpeg.Encode(&b, p, &jpeg.Options{Quality: 80})
	} else {
		_ = png.Encode(&b, p)
	}
	t.content = b.Bytes()
	return t
}

// thumbName is the last part of a thumb's address.
func thumbName(f *File, most int) string {
	ending := ".png"
	if f.thumbs[most].kind == "image/jpeg" {
		ending = ".jpg"
	}
	return strings.TrimSuffix(slug(f.Name), path.Ext(f.Name)) + "_" + strconv.Itoa(most) + ending
}

// upright turns a picture as EXIF's orientation says, 2 to 8.
func upright(p image.Image, turn int) image.Image {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if turn > 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			at := [...]image.Point{
				2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x},
			}[turn]
			out.Set(at.X, at.Y, p.At(p.Bounds().Min.X+x, p.Bounds().Min.Y+y))
		}
	}
	return out
}

// orientation is what the EXIF of a JPEG says on how to turn it, 1 to 8; 1 if it says
// nothing that can be read.
func orientation(content []byte) int {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		kind, size := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		end := at + 2 + size
		if kind == 0xda || size < 2 || end > len(content) { // the picture itself begins
			return 1
		}
		if tiff, is := bytes.CutPrefix(content[at+4:end], []byte("Exif\x00\x00")); kind == 0xe1 && is {
			return tiffOrientation(tiff)
		}
		at = end
	}
	return 1
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := order.Uint16(tiff[at:])
	for i := range uint64(entries) {
		entry := at + 2 + i*12
		if entry+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if turn := int(order.Uint16(tiff[entry+8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
	}
	return 1
}

// kindOf is what Slack calls a file: by its content, and by its name where that says
// nothing.
func kindOf(name string, content []byte) (mimetype, filetype string) {
	if len(content) > 12 && string(content[4:8]) == "ftyp" && slices.Contains([]string{"heic", "heix", "mif1", "msf1", "hevc"}, string(content[8:12])) {
		return "image/heic", "heic"
	}
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	sniffed, _, _ := strings.Cut(http.DetectContentType(content), ";")
	for _, t := range fileTypes {
		if t.mimetype == sniffed && t.tells {
			return t.mimetype, t.filetype
		}
	}
	for _, t := range fileTypes {
		if slices.Contains(t.endings, ending) {
			return t.mimetype, t.filetype
		}
	}
	if sniffed == "text/plain" {
		return "text/plain", "text"
	}
	return "application/octet-stream", "binary"
}

type fileType struct {
	filetype, pretty, mimetype string
	endings                    []string
	tells                      bool // the content is enough to know it
}

var fileTypes = []fileType{
	{"jpg", "JPEG", "image/jpeg", []string{"jpg", "jpeg"}, true},
	{"png", "PNG", "image/png", []string{"png"}, true},
	{"gif", "GIF", "image/gif", []string{"gif"}, true},
	{"webp", "WEBP", "image/webp", []string{"webp"}, true},
	{"heic", "HEIC", "image/heic", []string{"heic", "heif"}, false},
	{"pdf", "PDF", "application/pdf", []string{"pdf"}, true},
	{"mp4", "MPEG 4 Video", "video/mp4", []string{"mp4"}, true},
	{"mov", "QuickTime Movie", "video/quicktime", []string{"mov"}, false},
	{"xlsx", "Excel Spreadsheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{"xlsx"}, false},
	{"docx", "Word Document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{"docx"}, false},
	{"zip", "Zip", "application/zip", []string{"zip"}, false},
	{"csv", "CSV", "text/csv", []string{"csv"}, false},
	{"ics", "iCalendar", "text/calendar", []string{"ics"}, false},
	{"text", "Plain Text", "text/plain", []string{"txt"}, false},
}

func prettyType(filetype string) string {
	for _, t := range fileTypes {
		if t.filetype == filetype {
			return t.pretty
		}
	}
	return "Binary"
}
