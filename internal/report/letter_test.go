package report

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"visitprep/internal/lang"
)

func letterOf(t *testing.T, texts ...string) *LetterFile {
	t.Helper()
	l := &LetterFile{Title: "Feedback", Company: "Northlight", Texts: texts}
	for n, label := range []string{"Photo 1", "Photo 2", "Photo 3"} {
		l.Photos = append(l.Photos, LetterPhoto{label, drawnPhoto(uint64(n+1), 400, 300+100*n).JPEG})
	}
	return l
}

// workedTexts are a letter or a host brief of the design basis, in Chinese and in English.
func workedTexts(t *testing.T, name string) (texts []string) {
	t.Helper()
	for _, in := range []string{"zh", "en"} {
		b, err := os.ReadFile("../letter/testdata/" + name + "." + in + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	return texts
}

// TestALetterByAnotherReader has a letter read by a program that is not ours: it says what the text
// says, rune by rune, line breaks aside, and below it the numbers of the photos and nothing else.
func TestALetterByAnotherReader(t *testing.T) {
	program := poppler(t, "pdftotext")
	long := strings.Repeat("包装护角。抽查50箱，其中6箱没有装护角（照片1、2）。 We opened 50 cartons. ", 200)
	for name, texts := range map[string][]string{"both languages": workedTexts(t, "letter"), "one": workedTexts(t, "letter")[1:], "many pages": {long}} {
		var b bytes.Buffer
		if err := letterOf(t, texts...).WritePDF(&b, lang.English()); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "letter.pdf")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), program, "-raw", "-enc", "UTF-8", file, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := without(string(out)), without(strings.Join(texts, "")+"Photo 1Photo 2Photo 3"); got != want {
			t.Errorf("%s: it reads\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A letter whose text names a photo is not made without it.
func TestALetterIsNeverWithoutAPhoto(t *testing.T) {
	gone := errors.New("it is gone")
	for name, jpeg := range map[string]func() ([]byte, error){
		"one that is gone": func() ([]byte, error) { return nil, gone }, "one that is none": func() ([]byte, error) { return []byte("GIF89a"), nil },
	} {
		l := letterOf(t, "a letter (photo 2)")
		l.Photos[1].JPEG = jpeg
		if err := l.WritePDF(new(bytes.Buffer), lang.English()); err == nil || !strings.HasPrefix(err.Error(), "photo 2 of a letter: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the font lacks is named below a letter, and nothing panics.
func TestALetterWithCharactersThatTheFontLacks(t *testing.T) {
	var b bytes.Buffer
	l := letterOf(t, "good 👍 𠮷")
	l.Photos = nil
	if err := l.WritePDF(&b, lang.English()); err != nil {
		t.Fatal(err)
	}
	empty := &LetterFile{}
	if err := empty.WritePDF(&b, lang.English()); err != nil {
		t.Fatal(err)
	}
}
