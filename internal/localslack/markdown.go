package localslack

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// markdown draws the text of a markdown block. Raw HTML has no parser here, so
// it is text like any other, and every address passes safeURL.
func markdown(text string) safeHTML {
	var b strings.Builder
	if err := commonMark().Convert([]byte(clean(text)), &b); err != nil {
		return plainHTML(text, false)
	}
	return safeHTML(b.String())
}

// commonMark is made for the first markdown block: serve draws none.
var commonMark = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewEmphasisParser(), 500),
			),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(
			// Alignment by attribute: the page's policy allows no inline style.
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough, extension.TaskList, extension.Linkify,
		),
		goldmark.WithRendererOptions(
			html.WithHardWraps(),
			renderer.WithNodeRenderers(util.Prioritized(markdownNodes{}, 1)),
		),
	)
})

// markdownNodes replaces the nodes that carry an address, and text for emoji.
type markdownNodes struct{}

func (m markdownNodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, m.link)
	reg.Register(ast.KindImage, m.image)
	reg.Register(ast.KindAutoLink, m.autoLink)
	reg.Register(ast.KindText, m.text)
}

func (m markdownNodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	return m.anchor(w, string(node.(*ast.Link).Destination), entering)
}

// image is a link to the picture, as in Slack.
func (m markdownNodes) image(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	return m.anchor(w, string(node.(*ast.Image).Destination), entering)
}

func (m markdownNodes) anchor(w util.BufWriter, dest string, entering bool) (ast.WalkStatus, error) {
	ok := safeURL(dest)
	switch {
	case ok && entering:
		_, _ = w.WriteString(`<a href="` + esc(dest) + `" target="_blank" rel="noopener noreferrer">`)
	case ok:
		_, _ = w.WriteString(`</a>`)
	case !entering:
		// No link, but nothing that was written is hidden.
		_, _ = w.WriteString(` (` + esc(dest) + `)`)
	}
	return ast.WalkContinue, nil
}

func (m markdownNodes) autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.AutoLink)
	dest, label := string(n.URL(source)), string(n.Label(source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(dest), "mailto:") {
		dest = "mailto:" + dest
	}
	if safeURL(dest) {
		_, _ = w.WriteString(linkHTML(dest, esc(label)))
	} else {
		_, _ = w.WriteString(esc(label))
	}
	return ast.WalkContinue, nil
}

func (m markdownNodes) text(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.Text)
	value := string(n.Segment.Value(source))
	if n.IsRaw() {
		_, _ = w.WriteString(esc(value))
		return ast.WalkContinue, nil
	}
	from := 0
	for i := 0; i < len(value); i++ {
		if value[i] != ':' {
			continue
		}
		if glyph, size := shortcode(value[i:]); size > 0 {
			html.DefaultWriter.Write(w, []byte(value[from:i]))
			_, _ = w.WriteString(emojiHTML(glyph, value[i:i+size]))
			from = i + size
			i = from - 1
		}
	}
	html.DefaultWriter.Write(w, []byte(value[from:]))
	if n.SoftLineBreak() || n.HardLineBreak() {
		_, _ = w.WriteString("<br>")
	}
	return ast.WalkContinue, nil
}
