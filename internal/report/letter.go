package report

import (
	"fmt"
	"io"
	"strings"

	"visitprep/internal/lang"
)

// A LetterFile is a letter to a factory as a PDF: its texts as they are, and below them the photos
// that they name by number. It is a whitelist, as a [FactoryReport] is: nothing else stands in it.
type LetterFile struct {
	Title   string
	Company string   // ours; beside the title it is all that the file says about itself
	Texts   []string // one in each language
	Photos  []LetterPhoto
}

// A LetterPhoto is a photo of a letter with what stands below it: "Photo 1".
type LetterPhoto struct {
	Label string
	JPEG  func() ([]byte, error) // see [Photo]
}

// letterSize is the size of a letter's type, in points.
const letterSize = 11.0

// WritePDF writes the letter. It is never without a photo that its text names: where one cannot be
// read it returns an error. What p says is only which characters the file cannot show.
func (l *LetterFile) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, l.Title, l.Company)
	if err != nil {
		return err
	}
	for i, text := range l.Texts {
		if i > 0 {
			a.y += gap
			a.room(4 * letterSize * leading)
			a.stroke(hair)
			a.pdf.SetLineWidth(0.8)
			a.pdf.Line(margin, a.y, margin+wide, a.y)
			a.y += gap
		}
		for paragraph := range strings.Lines(text) {
			a.text(paragraph, letterSize, black)
			a.y += 5
		}
	}
	if err := a.letterPhotos(l.Photos); err != nil {
		return err
	}
	a.nameMissed()
	return a.writePhotos(w)
}

// letterPhotos draws the photos of a letter in rows.
func (a *paper) letterPhotos(photos []LetterPhoto) error {
	var drawn []Photo
	var placed []placedPhoto
	for i, ph := range photos {
		p := Photo{JPEG: ph.JPEG}
		c, err := p.size()
		if err == nil && (c.Width == 0 || c.Height == 0) {
			err = fmt.Errorf("it is empty")
		}
		if err != nil {
			return fmt.Errorf("photo %d of a letter: %w", i+1, err)
		}
		drawn = append(drawn, p)
		placed = append(placed, placedPhoto{true, float64(c.Width), float64(c.Height), ph.Label})
	}
	a.y += gap
	return a.photoRows(margin+2*barWide, wide-2*barWide, drawn, placed, calm)
}
