package report

import (
	"bytes"
	_ "embed" // the font
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/rivo/uniseg"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fontFile is a string, because the library writes behind the ends of what it is given.
//
//go:embed font/wqy-microhei-reduced.ttf
var fontFile string

const fontName = "hei"

// Sizes of an A4 page, in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 34.0
	leading    = 1.28 // from line to line, of the size
	ascent     = 0.94 // from the top of a line to its base, of the size
)

// missing stands for a character that the font lacks; the font has it.
const missing = '□'

// A sheet is a page, or one of several, that is being drawn.
type sheet struct {
	pdf *fpdf.Fpdf
	glyphs

	wrapped map[wrapping][]string // text is tried in many sizes, and most of it more than once
}

// glyphs are what the font can draw, and what was asked of it that it cannot.
type glyphs struct {
	face *sfnt.Font
	buf  sfnt.Buffer

	lacks  bool   // something written had to be replaced
	missed []rune // what had to be, each once
}

func readFont() (glyphs, error) {
	face, err := sfnt.Parse([]byte(fontFile))
	if err != nil {
		return glyphs{}, fmt.Errorf("read the font: %w", err)
	}
	return glyphs{face: face}, nil
}

type wrapping struct {
	text        string
	size, width float64
}

// newSheet begins a page. Nothing in the file tells when it was made: the same words are
// the same bytes.
func newSheet(title string) (*sheet, error) {
	font, err := readFont()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetCatalogSort(true)
	long := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	pdf.SetCreationDate(long)
	pdf.SetModificationDate(long)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(fontName, "", []byte(fontFile))
	pdf.AddPage()
	pdf.SetFont(fontName, "", 10)
	s := &sheet{pdf: pdf, glyphs: font, wrapped: map[wrapping][]string{}}
	pdf.SetTitle(s.clean(title), true)
	pdf.SetCreator("Visit Prep", true)
	s.lacks, s.missed = false, nil
	return s, pdf.Error()
}

// bytes ends the page.
func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("write a PDF: %w", err)
	}
	return b.Bytes(), nil
}

// has reports whether the font draws a character. The library panics above U+FFFF.
func (s *glyphs) has(r rune) bool {
	if r > 0xffff {
		return false
	}
	n, err := s.face.GlyphIndex(&s.buf, r)
	return err == nil && n != 0
}

func (s *glyphs) hasNot(r rune) bool { return !s.has(r) }

// clean is text of one line as the font can draw it: what it lacks becomes one box for
// each character that a person sees, and what nobody sees is left out.
func (s *glyphs) clean(text string) string {
	var b strings.Builder
	text = norm.NFC.String(strings.ToValidUTF8(text, string(missing)))
	for rest, state := text, -1; rest != ""; {
		var seen string
		seen, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if like := norm.NFKC.String(seen); strings.ContainsFunc(seen, s.hasNot) && !strings.ContainsFunc(like, s.hasNot) {
			seen = like // ℃ is °C, and Ⅴ is V
		}
		written := b.Len()
		boxed := false
		for _, r := range seen {
			switch {
			case r == '\t' || unicode.Is(unicode.Zs, r) && !s.has(r):
				b.WriteByte(' ')
			case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Zl, unicode.Zp):
			case s.has(r):
				b.WriteRune(r)
			default:
				boxed = true
				if !slices.Contains(s.missed, r) {
					s.missed = append(s.missed, r)
				}
			}
		}
		if boxed {
			s.lacks = true
			if b.Len() == written {
				b.WriteRune(missing)
			}
		}
	}
	return b.String()
}

// width is that of cleaned text, in points.
func (s *sheet) width(text string, size float64) float64 {
	return float64(s.pdf.GetStringSymbolWidth(text)) * size / 1000
}

// wrap breaks text into lines of at most a width, where its script allows (UAX #14). What
// has no such place is broken between two characters.
func (s *sheet) wrap(text string, size, width float64) []string {
	key := wrapping{text, size, width}
	lines, ok := s.wrapped[key]
	if !ok {
		for paragraph := range strings.Lines(text) {
			lines = append(lines, s.wrapLine(s.clean(strings.TrimRight(paragraph, "\r\n")), size, width)...)
		}
		s.wrapped[key] = lines
	}
	return lines
}

func (s *sheet) wrapLine(text string, size, width float64) []string {
	var lines []string
	line, long := "", 0.0
	end := func() {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
		line, long = "", 0
	}
	fits := func(more string) bool { return long+s.width(strings.TrimRight(more, " "), size) <= width }
	add := func(more string) {
		line += more
		long += s.width(more, size)
	}
	for rest, state := text, -1; rest != ""; {
		var part string
		part, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		if !fits(part) {
			end()
		}
		if fits(part) {
			add(part)
			continue
		}
		for within, state := part, -1; within != ""; {
			var c string
			c, within, _, state = uniseg.FirstGraphemeClusterInString(within, state)
			if !fits(c) {
				end()
			}
			add(c)
		}
	}
	end()
	return lines
}

// at draws cleaned lines, the first with its top at y, and returns where the next would be.
func (s *sheet) at(x, y, size float64, lines []string) float64 {
	s.pdf.SetFontSize(size)
	for _, l := range lines {
		s.pdf.Text(x, y+ascent*size, l)
		y += leading * size
	}
	return y
}

// grey sets how dark what follows is, from black at 0 to white at 255.
func (s *sheet) grey(level int) { s.pdf.SetTextColor(level, level, level) }

// height is that of so many lines, in points.
func height(lines int, size float64) float64 { return float64(lines) * leading * size }
