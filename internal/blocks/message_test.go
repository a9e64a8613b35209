package blocks

import (
	"encoding/json"
	"runtime"
	"testing"
	"weak"

	"github.com/slack-go/slack"
)

// TestWhatIsRenderedIsKeptOnce: the guide keeps every entry rendered, so what it was encoded
// from must not stay beside its JSON.
func TestWhatIsRenderedIsKeptOnce(t *testing.T) {
	button := slack.NewButtonBlockElement("show", "entry", Plain("Gifts"))
	section := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*Gifts*", false, false), nil, nil, slack.SectionBlockOptionBlockID("gifts"))
	wantButton, wantSection := string(MustJSON(button)), string(MustJSON(section))
	fromButton, fromSection := weak.Make(button), weak.Make(section)

	b, s := RenderElement(button), Render([]slack.Block{section})[0]
	button, section = nil, nil
	runtime.GC()
	if fromButton.Value() != nil {
		t.Error("a rendered button keeps what it was encoded from")
	}
	if fromSection.Value() != nil {
		t.Error("a rendered block keeps what it was encoded from")
	}

	if got, _ := json.Marshal(b); string(got) != wantButton || b.ElementType() != slack.METButton {
		t.Errorf("the button became %s %s, want %s", b.ElementType(), got, wantButton)
	}
	if got, _ := json.Marshal(s); string(got) != wantSection || s.BlockType() != slack.MBTSection || s.ID() != "gifts" {
		t.Errorf("the block became %s %q %s, want %s", s.BlockType(), s.ID(), got, wantSection)
	}
}
