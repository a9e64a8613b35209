package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// drawn is a text of a page, as it stands in the file: where, and how large.
type drawn struct {
	x, y, size float64
	text       string
	page       int
}

// page reads a PDF back: the texts that are drawn, and how many pages there are. It is a
// reader of its own, for what the library writes.
func page(t *testing.T, pdf []byte) (texts []drawn, pages int) {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(pdf), []byte("%%EOF")) {
		t.Fatal("it is no PDF")
	}
	pages = len(regexp.MustCompile(`/Type /Page\n`).FindAll(pdf, -1))
	op := regexp.MustCompile(`(?s)/F[0-9a-f]+ ([0-9.]+) Tf|([0-9.]+) ([0-9.]+) Td \(((?:\\.|[^\\)])*)\) Tj`)
	on := 0
	eachStream(pdf, func(content []byte) {
		on++
		size := 0.0
		number := func(b []byte) float64 {
			n, err := strconv.ParseFloat(string(b), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, m := range op.FindAllSubmatch(content, -1) {
			if m[1] != nil {
				size = number(m[1])
				continue
			}
			texts = append(texts, drawn{number(m[2]), pageHeight - number(m[3]), size, unescaped(m[4]), on})
		}
	})
	return texts, pages
}

// eachStream gives the contents of each page in turn.
func eachStream(pdf []byte, with func([]byte)) {
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return
		}
		raw, next, _ := bytes.Cut(after, []byte("\nendstream"))
		rest = next
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			continue
		}
		if content, err := io.ReadAll(z); err == nil && bytes.Contains(content, []byte(" Tj")) {
			with(content)
		}
	}
}

// unescaped is a string of a PDF whose characters have two bytes.
func unescaped(b []byte) string {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' {
			i++
			if b[i] == 'r' {
				out = append(out, '\r')
				continue
			}
		}
		out = append(out, b[i])
	}
	var u []uint16
	for i := 0; i+1 < len(out); i += 2 {
		u = append(u, uint16(out[i])<<8|uint16(out[i+1]))
	}
	return string(utf16.Decode(u))
}

// all is the text of a page, without the ends of its lines.
func all(texts []drawn) string {
	var b strings.Builder
	for _, d := range texts {
		b.WriteString(d.text)
	}
	return b.String()
}

// usual is a brief as most are.
func usual() *Brief {
	return &Brief{
		Title: "Brief: Ningbo Bright Metal", Under: "Mon 15 to Wed 17 March 2027\nFirst visit",
		Driver: Driver{Head: "For the driver", Ask: "请送我去这个地址", Name: "宁波光明五金有限公司", Address: "浙江省宁波市江北区庄桥街道长兴路158号3号门", Contact: "Ms Xu 徐敏, sales, +86 574 8765 4321"},
		Parts: []Part{
			{Head: "Who", Lines: []string{"Jonas Weber, quality, +1 312 555 0100", "Ms Zhang, interpreter"}},
			{Head: "Agenda", Lines: []string{"Day 1: 09:30 opening meeting", "10:30-12:00 tour of the line", "14:00-16:00 records"}},
			{Head: "Emergency", Lines: []string{"Police 110, fire 119, ambulance 120."}, Whole: true},
			{Head: "Phrases", Lines: []string{"你好 nǐ hǎo – Hello", "谢谢 xièxie – Thank you", "请问 qǐngwèn – May I ask"}, Whole: true},
			{Head: "Still open", Lines: []string{"Bring two reference lamps", "Check each traveller's way of entry"}},
		},
		Foot:  "Made on 4 January 2027. The brief in Slack may be newer.",
		More:  func(n int) string { return fmt.Sprintf("… and %d more lines in Slack.", n) },
		Gone:  func(n int) string { return fmt.Sprintf("%d more parts stand in Slack.", n) },
		Boxes: "□ is a character that this file cannot show.",
	}
}

// made draws b, and checks what holds of every page: there is one, every text stands within
// it, and none stands on another.
func made(t *testing.T, name string, b *Brief) ([]byte, []drawn) {
	t.Helper()
	pdf, err := b.PDF()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("REPORT_KEEP"); dir != "" { // to look at them
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	texts, pages := page(t, pdf)
	if pages != 1 {
		t.Errorf("it has %d pages", pages)
	}
	s, err := newSheet("")
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range texts {
		right := d.x + s.width(d.text, d.size)
		if d.x < margin-0.1 || right > pageWidth-margin+0.1 || d.y-d.size < margin/2 || d.y > pageHeight-margin+1 {
			t.Errorf("outside the page, at %.0f %.0f to %.0f: %q", d.x, d.y, right, d.text)
		}
		for _, o := range texts[:i] {
			if d.y-d.size*0.9 < o.y-0.5 && o.y-o.size*0.9 < d.y-0.5 && d.x < o.x+s.width(o.text, o.size) && o.x < right {
				t.Errorf("%q stands on %q", d.text, o.text)
			}
		}
	}
	return pdf, texts
}

// TestWhatADriverReads: address and name are there whole, character by character, in at
// least 24 points.
func TestWhatADriverReads(t *testing.T) {
	for _, c := range []struct {
		name, address string
		least         float64
	}{
		{"as most are", "浙江省宁波市江北区庄桥街道长兴路158号3号门", 28},
		{"of three lines", "广东省佛山市顺德区北滘镇碧江工业区大道二路顺联工业园三期12栋东侧电梯上4楼，收发室左转", 24},
		{"in Latin letters", "No. 158 Changxing Road, Zhuangqiao Street, Jiangbei District, Ningbo, Zhejiang 315032, P. R. China", 24},
		{"of a hundred characters", strings.Repeat("庄桥街道长兴路东侧二楼门", 8), 24},
		{"of 300 characters", strings.Repeat("庄桥街道长兴路东侧二楼门", 25), 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := usual()
			b.Driver.Address = c.address
			_, texts := made(t, "address "+c.name, b)
			text := all(texts)
			if !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(c.address, " ", "")) || !strings.Contains(text, b.Driver.Ask) {
				t.Errorf("the address is not whole in %q", text)
			}
			for _, d := range texts {
				if d.text == b.Driver.Name || strings.Contains(c.address, d.text) {
					if d.size < c.least {
						t.Errorf("%q has %.0f points", d.text, d.size)
					}
				}
			}
		})
	}
}

// Whatever is typed makes one page; what it cannot show is said there.
func TestAnythingFitsOnOnePage(t *testing.T) {
	full := func(change func(*Brief)) *Brief {
		b := usual()
		change(b)
		return b
	}
	agenda := make([]string, 200)
	for i := range agenda {
		agenda[i] = fmt.Sprintf("%02d:%02d point %d of a very long agenda", 8+i/20, i%20*3, i+1)
	}
	long := strings.Repeat("長い行 a long line without an end ", 60)
	for _, c := range []struct {
		name        string
		b           *Brief
		says, hides []string
	}{
		{"nothing at all", &Brief{More: usual().More, Gone: usual().Gone}, nil, []string{"□"}},
		{"as most are", usual(), []string{"Ms Zhang, interpreter", "徐敏", "qǐngwèn", "Police 110", "Bring two reference lamps"}, []string{"□", "more lines", "more parts"}},
		{"no address", full(func(b *Brief) {
			b.Driver = Driver{Head: "For the driver", Name: "Ningbo Bright Metal", Note: "There is no Chinese address yet."}
		}), []string{"There is no Chinese address yet."}, []string{"□"}},
		{"an agenda of 200 lines", full(func(b *Brief) { b.Parts[1].Lines = agenda }), []string{"point 1 of", "more lines in Slack", "Police 110", "谢谢", "Bring two reference lamps"}, []string{"point 200 of", "□"}},
		{"a word of 2,000 letters", full(func(b *Brief) { b.Parts[1].Lines = []string{strings.Repeat("x", 2000)} }), []string{"xxxx", "Police 110"}, []string{"□"}},
		{"rare Han", full(func(b *Brief) { b.Driver.Contact = "𠮷野 先生 㐂 王喆堃 祎玥" }), []string{"□野 先生 □ 王喆堃 祎玥", "□ is a character"}, nil},
		{"emoji", full(func(b *Brief) { b.Parts[0].Lines = []string{"👨‍👩‍👧‍👦 Team 🇨🇳 👍🏽 ☎️"} }), []string{"□ Team □ □ ☎", "□ is a character"}, []string{"□□"}},
		{"right to left", full(func(b *Brief) { b.Parts[0].Lines = []string{"\u2067محمد\u2069, quality", "\u200fשלום"} }), []string{"□, quality", "□ is a character"}, []string{"م", "\u2067"}},
		{"names of many scripts", full(func(b *Brief) {
			b.Parts[0].Lines = []string{"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü ĀÁǍÀ ǸǺ", "Nguyễn Thị Ánh", "Zoë Müller-Łuczak", "Дмитрий Ёлкин", "Ελένη", "e\u0301clair 40 ℃", "ひらがな カタカナ"}
		}),
			[]string{"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü ĀÁǍÀ ǸǺ", "Nguyễn Thị Ánh", "Zoë Müller-Łuczak", "Дмитрий Ёлкин", "Ελένη", "éclair 40 °C", "ひらがな カタカナ"}, []string{"□"}},
		{"what a PDF could take for its own", full(func(b *Brief) {
			b.Parts[0].Lines = []string{`) Tj ET endstream (\) \\ {nb} %%EOF`, "a\x00b\x1bc\rd\u2028e", "\xff\xfe"}
		}), []string{`) Tj ET endstream (\) \\ {nb} %%EOF`, "abcde", "□"}, []string{"\x00"}},
		{"everything too long", full(func(b *Brief) {
			b.Title, b.Under, b.Foot, b.Boxes = long, long, "foot", "□ box"
			b.Driver = Driver{Head: "For the driver", Ask: "请送我去这个地址", Name: strings.Repeat("名", 120), Address: strings.Repeat("门\n", 300), Contact: strings.Repeat("1\n", 300), Note: long}
			for i := range b.Parts {
				b.Parts[i].Lines = []string{long, long, long + "🙂"}
			}
			b.Parts = append(b.Parts, b.Parts...)
			b.Parts = append(b.Parts, b.Parts...)
		}), []string{"more parts", "门", "foot"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, texts := made(t, c.name, c.b)
			text := all(texts)
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("it does not say %q in %q", s, text)
				}
			}
			for _, s := range c.hides {
				if strings.Contains(text, s) {
					t.Errorf("it says %q in %q", s, text)
				}
			}
			for _, d := range texts {
				if d.size < textLeast {
					t.Errorf("%q has %.1f points", d.text, d.size)
				}
			}
		})
	}
}

// The font as it comes has blank glyphs for some letters, pinyin's third tone among them: what
// it says it has, it draws.
func TestNoLetterIsBlank(t *testing.T) {
	s, err := newSheet("")
	if err != nil {
		t.Fatal(err)
	}
	const pinyin = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹĀÁǍÀŌÓǑÒ"
	for _, r := range pinyin {
		if !s.has(r) {
			t.Errorf("it lacks %c", r)
		}
	}
	var buf sfnt.Buffer
	seen := 0
	for r := rune(0x21); r <= 0xffff; r++ {
		if !s.has(r) || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			continue
		}
		n, err := s.face.GlyphIndex(&buf, r)
		if err != nil {
			t.Fatal(err)
		}
		outline, err := s.face.LoadGlyph(&buf, n, fixed.I(16), nil)
		if err != nil || len(outline) == 0 {
			t.Errorf("%c (%U) is blank: %v", r, r, err)
		}
		seen++
	}
	if seen < 21000 {
		t.Errorf("it has %d characters", seen)
	}
}

// The same words are the same bytes, also where several are drawn at once.
func TestTheSameWordsAreTheSameFile(t *testing.T) {
	first, _ := made(t, "the first", usual())
	sums := make(chan [32]byte)
	for range 4 {
		go func() {
			pdf, _ := usual().PDF()
			sums <- sha256.Sum256(pdf)
		}()
	}
	for range 4 {
		if <-sums != sha256.Sum256(first) {
			t.Error("it is another file")
		}
	}
	if !bytes.Contains(first, []byte("/CreationDate (D:20000101")) {
		t.Error("the file says when it was made")
	}
}

// TestAnotherReader has the page read by poppler, which is not ours.
func TestAnotherReader(t *testing.T) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no pdftotext on this machine, and CI must not skip what another reader says")
		}
		t.Skip("no pdftotext on this machine: install poppler-utils to have the page read by another program")
	}
	b := usual()
	pdf, _ := made(t, "another reader", b)
	name := filepath.Join(t.TempDir(), "brief.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "-enc", "UTF-8", name, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, s := range []string{b.Title, b.Driver.Ask, b.Driver.Name, b.Driver.Contact, "qǐngwèn", "Police 110", "14:00-16:00 records"} {
		if !strings.Contains(string(out), s) {
			t.Errorf("it does not find %q in\n%s", s, out)
		}
	}
	if strings.Contains(string(out), "Error") {
		t.Errorf("it complains:\n%s", out)
	}
}

// FuzzBrief puts any text anywhere: there is a page, and it is one.
func FuzzBrief(f *testing.F) {
	for _, s := range []string{"", "宁波", "a\nb\n\nc", "𠮷", "👨‍👩‍👧‍👦", "\u202eabc", ")\\(", "\xff", "{nb}", strings.Repeat("很长", 400)} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, address, line, head string) {
		b := usual()
		b.Title, b.Under, b.Driver.Address, b.Driver.Contact = head, line, address, line
		b.Parts[1].Lines, b.Parts[2].Head, b.Parts[2].Lines = []string{line, address}, head, []string{head}
		pdf, err := b.PDF()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`/Type /Page\n`).FindAll(pdf, -1)); n != 1 {
			t.Errorf("%d pages", n)
		}
	})
}

func BenchmarkBrief(b *testing.B) {
	for b.Loop() {
		if _, err := usual().PDF(); err != nil {
			b.Fatal(err)
		}
	}
}
