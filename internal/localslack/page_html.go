package localslack

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	c "maragu.dev/gomponents/components"
	h "maragu.dev/gomponents/html"
)

// The page's HTML, region by region, as functions of what page_view.go looked up.
// All HTML of this package is made this way: gomponents escapes every text and
// attribute, and only an icon goes through as it is. html/template would do as
// well, but it calls methods by name, so the linker would have to keep every
// exported method of the whole program.

// draw writes a part out, which cannot fail into a strings.Builder.
func draw(n g.Node) string {
	var b strings.Builder
	_ = n.Render(&b)
	return b.String()
}

// href is a link within the page ("?as=…"), or to an address that safeURL lets
// through; anything else leads nowhere.
func href(to string) g.Node {
	if !strings.HasPrefix(to, "?") && !safeURL(to) {
		to = "#"
	}
	return h.Href(to)
}

// space stands between words that would run together.
var space = g.Text(" ")

// document is the whole page. Its regions are patched later, by their ids.
func document(v *pageView) g.Node {
	return c.HTML5(c.HTML5Props{
		Title: v.Title + " – Local workspace", Language: "en",
		Head: []g.Node{
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Link(h.Rel("icon"), h.Href("assets/icon.svg"), h.Type("image/svg+xml")),
			h.Link(h.Rel("stylesheet"), h.Href("assets/page.css")),
			h.Script(h.Src("assets/idiomorph.min.js"), h.Defer()),
			h.Script(h.Src("assets/page.js"), h.Defer()),
		},
		Body: []g.Node{
			h.Data("me", v.Me.ID), h.Data("here", v.Here), h.Data("thread-ts", v.ThreadTS), c.Classes{"with-thread": v.ThreadTS != ""},
			skip(v),
			h.Nav(h.ID("sidebar"), h.Aria("label", "Workspace"), sidebar(v)),
			h.Div(h.ID("veil"), hidden()),
			h.Main(h.ID("main"),
				h.Header(h.ID("head"), head(v)),
				h.Div(h.ID("clock"), clockBar(v)),
				h.Div(h.ID("notices"), notices(v)),
				middle(v),
			),
			g.If(v.ThreadTS != "", h.Aside(h.ID("thread"), h.Aria("label", "Thread"), threadPane(v))),
			h.Div(h.ID("modal"), modalDialog(v)),
			h.Div(h.ID("refused"), h.Class("drawer"), h.Popover(), h.Role("dialog"), h.Aria("label", "Refused"), refusals(v)),
			h.Div(h.ID("changes"), h.Class("drawer"), h.Popover(), h.Role("dialog"), h.Aria("label", "Change the workspace"), h.Data("in", v.Here), changePanel(v)),
			h.Div(h.ID("toast"), h.Role("alert"), h.Aria("live", "assertive"), g.Attr("popover", "manual"),
				h.Span(), h.Button(h.Type("button"), h.Class("close"), h.Aria("label", "Close"), g.Text("×"))),
			h.Div(h.ID("offline"), h.Role("status"), hidden(), g.Text("The workspace is not responding. Trying again…")),
		},
	})
}

// skip is the first link: to where one writes, or reads.
func skip(v *pageView) g.Node {
	to, words := "#composer-text", "Skip to the message box"
	switch {
	case v.AtHome:
		to, words = "#home", "Skip to the Home tab"
	case v.Composer.Reason != "":
		to, words = "#messages", "Skip to the messages"
	}
	return h.A(h.Class("skip"), h.Href(to), g.Text(words))
}

// middle is the Home tab, or a channel and its message box.
func middle(v *pageView) g.Node {
	scroll := g.Group{h.Class("scroll"), h.TabIndex("0")}
	if v.AtHome {
		return h.Section(h.ID("home"), scroll, h.Aria("label", "Home of the app"), homeTab(v))
	}
	return g.Group{
		h.Section(h.ID("messages"), scroll, liveLog("Messages"), messageStream(v)),
		h.Div(h.Class("pill-place"), h.Button(h.Type("button"), h.ID("newer"), h.Class("pill"), hidden(), g.Text("New messages ↓"))),
		h.Div(h.ID("composer"), h.Class("composer-area"), composebox(v.Composer)),
	}
}

// sidebar has the people to act as, the person's channels, the app's Home and
// global shortcuts, and the way to what was refused.
func sidebar(v *pageView) g.Node {
	return g.Group{
		h.Div(h.Class("brand"), h.Strong(g.Text(v.TeamName)), h.Span(g.Text("Local workspace"))),
		h.Div(h.Class("side-scroll"),
			sideList("acting-as", "Acting as", "people", g.Map(v.People, func(p personView) g.Node {
				return h.Li(h.A(h.ID("as-"+p.ID), href(p.Link), h.Data("as", p.ID), g.If(p.Current, h.Aria("current", "true")),
					avatar(p.Hue, p.Initials), space,
					h.Span(h.Class("who"),
						h.Span(h.Class("name"), g.Text(p.Name), badges(false, p.Outsider), g.If(p.Note != "", h.Span(h.Class("badge other"), g.Text(p.Note)))),
						h.Span(h.Class("role"), g.Text(p.Role))),
				))
			})),
			sideList("channels-title", "Channels", "channels",
				g.Map(v.Channels, func(ch channelView) g.Node {
					sign := g.Text("#")
					if ch.Private {
						sign = lockIcon
					}
					return h.Li(channelLink(ch,
						h.Span(h.Class("hash"), decoration(), sign),
						h.Span(h.Class("label"), g.Text(ch.Name)),
						g.If(ch.Shared, h.Span(h.Class("badge shared"), h.Title("Shared with another company"), g.Text("shared"))),
					))
				}),
				g.If(len(v.Channels) == 0, h.Li(h.Class("none"), g.Text("none"))),
			),
			g.If(len(v.Direct) > 0, sideList("direct-title", "Direct messages", "channels", g.Map(v.Direct, func(ch channelView) g.Node {
				return h.Li(channelLink(ch, avatar("tiny bot", ch.Initials), h.Span(h.Class("label"), g.Text(ch.Name)), appBadge()))
			}))),
			g.If(v.HomeLink != "", sideList("apps-title", "App", "channels",
				h.Li(h.A(h.ID("open-home"), href(v.HomeLink), currentPage(v.AtHome),
					h.Span(h.Class("hash"), decoration(), homeIcon), h.Span(h.Class("label"), g.Text(v.BotName+" Home")))),
			)),
		),
		g.If(v.HomeLink != "", g.Map(v.Shortcuts, func(s Shortcut) g.Node {
			return g.If(!s.OnMessage, h.Button(h.Type("button"), h.Class("drawer-button"), h.Data("shortcut", s.CallbackID), g.Text(s.Name)))
		})),
		h.Button(h.Type("button"), h.ID("open-changes"), h.Class("drawer-button"), h.PopoverTarget("changes"), g.Text("Change the workspace")),
		h.Button(h.Type("button"), h.ID("open-refused"), h.PopoverTarget("refused"), c.Classes{"drawer-button": true, "some": v.Breaches > 0},
			h.Span(g.Text("Refused")),
			h.Span(h.Class("count"), h.Aria("label", strconv.Itoa(v.Breaches)+" refused"), g.Text(strconv.Itoa(v.Breaches)))),
	}
}

// sideList is a list of the sidebar and the title that names it.
func sideList(titleID, title, class string, items ...g.Node) g.Node {
	return g.Group{
		h.H2(h.ID(titleID), g.Text(title)),
		h.Ul(h.Class(class), h.Aria("labelledby", titleID), g.Group(items)),
	}
}

func channelLink(ch channelView, inside ...g.Node) g.Node {
	return h.A(h.ID("ch-"+ch.ID), href(ch.Link), h.Data("channel", ch.ID), h.Data("latest", ch.Latest), currentPage(ch.Current), g.Group(inside))
}

func head(v *pageView) g.Node {
	title := g.Group{h.H1(g.Text(v.Name)), g.If(v.Purpose != "", h.P(h.Title(v.Purpose), g.Text(v.Purpose)))}
	if v.AtHome {
		title = g.Group{h.H1(g.Text(v.BotName)), h.P(g.Text("Home: visible only to " + v.Me.RealName))}
	}
	count := strconv.Itoa(len(v.Members))
	return g.Group{
		h.Button(h.Type("button"), h.ID("open-sidebar"), h.Class("icon-button"), h.Aria("label", "Channels and people"), h.Aria("controls", "sidebar"), menuIcon),
		h.Div(h.Class("head-text"), title),
		g.If(len(v.Members) > 0, h.Details(h.Class("members popup"),
			h.Summary(h.Aria("label", count+" members"), peopleIcon, g.Text(count)),
			h.Div(h.Class("menu"), h.H2(g.Text("Members")), h.Ul(g.Map(v.Members, func(p personView) g.Node {
				return h.Li(avatar("tiny "+p.Hue, p.Initials), h.Span(g.Text(p.Name)), badges(p.Bot, p.Outsider))
			}))),
		)),
	}
}

func notices(v *pageView) g.Node {
	readers := v.Outsiders
	if readers == "" {
		readers = "Its people"
	}
	return g.Group{
		g.If(v.Shared, h.Div(h.Class("banner shared"), h.Role("note"), warningIcon,
			h.Span(h.Strong(g.Text("Shared with another company.")), g.Text(" "+readers+" can read everything here.")))),
		g.If(v.Invite != "", h.Div(h.Class("banner"), h.Span(g.Text(v.BotName+" is not in this channel.")), space,
			h.Button(h.Type("button"), h.Class("button"), h.ID("invite"), h.Data("in", v.Here), g.Text(v.Invite)))),
		g.If(v.Notice != "", h.Div(h.Class("banner quiet"), h.Role("note"), h.Span(g.Text(v.Notice)))),
	}
}

func messageStream(v *pageView) g.Node {
	beginning := g.Group{h.H2(g.Text(v.Stranger))}
	if v.Stranger == "" {
		beginning = g.Group{
			h.H2(g.Text(v.Beginning)),
			g.If(v.Purpose != "", h.P(g.Text(v.Purpose))),
			g.If(len(v.Hints) > 0, h.Div(h.Class("hints"), h.ID("hints"), h.Span(h.Class("quiet"), g.Text("Try")),
				g.Map(v.Hints, func(hint string) g.Node {
					return h.Button(h.Type("button"), h.Class("chip"), h.Data("fill", hint), g.Text(hint))
				}))),
		}
	}
	return h.Div(h.Class("stream"),
		h.Div(h.Class("beginning"), h.ID("beginning"), beginning),
		g.If(v.Omitted > 0, h.P(h.Class("quiet omitted"), g.Text(strconv.Itoa(v.Omitted)+" older messages are not shown."))),
		g.Map(v.Messages, func(m messageView) g.Node {
			return g.Group{g.If(m.Day != "", rule(m.DayID, "day", m.Day)), message(m)}
		}),
	)
}

// message is one message with its way into the thread. The id lets the script
// keep what is open or half typed in it when it is drawn again.
func message(m messageView) g.Node {
	gutter := avatar(m.Hue, m.Initials)
	if m.Grouped {
		gutter = written(m, m.ShortTime)
	}
	return h.Article(h.ID(m.ID), h.Data("ts", m.TS), h.Data("in", m.Channel),
		c.Classes{"message": true, "grouped": m.Grouped, "ephemeral": m.Only, "system": m.System}, h.Aria("label", m.Author+", "+m.Time),
		h.Div(h.Class("gutter"), gutter),
		h.Div(h.Class("body"),
			g.If(m.Only, h.Div(h.Class("only"), eyeIcon, g.Text("Only visible to you"))),
			g.If(m.RootLink != "", h.Div(h.Class("only"), replyIcon, h.Span(g.Text("replied to a thread: "), h.A(href(m.RootLink), g.Text(m.Root))))),
			g.If(m.AlsoInChannel, h.Div(h.Class("only"), replyIcon, g.Text("Also sent to the channel"))),
			g.If(!m.Grouped, h.Div(h.Class("meta"), h.Span(h.Class("name"), g.Text(m.Author)), badges(m.App, m.Outsider), space, written(m, m.Time))),
			h.Div(h.Class("content"), m.Content, g.If(m.Edited, g.Group{space, h.Span(h.Class("edited"), g.Text("(edited)"))})),
			g.Map(m.Files, func(f File) g.Node { return file(f, m.Viewer) }),
			g.If(m.Replies != "", h.A(h.Class("replies"), href(m.ThreadLink), h.Data("thread", m.TS),
				h.Strong(g.Text(m.Replies)), space, h.Span(g.Text(m.LastReply)))),
		),
		messageMenu(m),
	)
}

// file is a file of a message: to be saved, and a picture small before that.
func file(f File, viewer string) g.Node {
	if f.Deleted {
		return h.P(h.Class("file quiet"), g.Text("This file was deleted."))
	}
	about := prettyType(f.Filetype) + ", " + sizeWords(len(f.Content))
	if f.Title != f.Name {
		about = f.Title + " · " + about
	}
	if !f.Ready {
		about += " · Slack is still looking at it"
	}
	return g.Group{
		g.Iff(f.Width > 0, func() g.Node {
			return h.A(h.Class("picture"), h.Href(fileAt(f.ID, viewer, f.largest(1024))), h.Target("_blank"), h.Rel("noopener"),
				h.Title("Open larger, in a new tab"), preview(f, viewer, f.alt()))
		}),
		h.P(h.Class("file"), h.A(h.Href(fileAt(f.ID, viewer, 0)), h.Download(f.Name), g.Text(f.Name)), space,
			h.Span(h.Class("quiet"), g.Text(about))),
	}
}

// fileAt is where the page gets a file, or its thumb of a size, for somebody.
func fileAt(id, viewer string, thumb int) string {
	q := url.Values{"as": {viewer}}
	if thumb > 0 {
		q.Set("thumb", strconv.Itoa(thumb))
	}
	return "files/" + url.PathEscape(id) + "?" + q.Encode()
}

// preview is a picture as a message shows it.
func preview(f File, viewer, alt string) g.Node {
	most := f.largest(480)
	t := f.thumbs[most]
	return h.Img(h.Src(fileAt(f.ID, viewer, most)), h.Alt(alt), h.Width(strconv.Itoa(t.width)), h.Height(strconv.Itoa(t.height)), h.Loading("lazy"))
}

// alt is what is said of a picture: its description, or else that it is one.
func (f *File) alt() string {
	if f.AltText != "" {
		return f.AltText
	}
	return "Picture " + f.Name
}

// largest is the largest thumb that there is up to a size.
func (f *File) largest(most int) int {
	for _, size := range thumbSizes {
		if _, made := f.thumbs[size]; made && size <= most {
			return size
		}
	}
	return firstFitted
}

// sizeWords is a number of bytes as people read it.
func sizeWords(n int) string {
	switch {
	case n < 1000:
		return plural(n, "byte", "bytes")
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// messageMenu is what can be done with a message, shown while it is under the pointer or
// has the focus. What the app adds is one step further, as in Slack.
func messageMenu(m messageView) g.Node {
	reply := m.ThreadLink != "" && m.Replies == ""
	if !reply && len(m.Shortcuts) == 0 && len(m.Own) == 0 {
		return nil
	}
	return h.Div(h.Class("message-menu"),
		g.If(reply, h.A(href(m.ThreadLink), h.Data("thread", m.TS), h.Title("Reply in a thread"), replyIcon, h.Span(g.Text("Reply")))),
		g.If(len(m.Shortcuts)+len(m.Own) > 0, h.Details(h.ID(m.ID+"-more"), h.Class("popup"),
			h.Summary(h.Title("More actions"), h.Aria("label", "More actions"), moreIcon),
			h.Div(h.Class("menu"), g.Map(m.Shortcuts, func(s Shortcut) g.Node {
				return h.Button(h.Type("button"), h.Data("shortcut", s.CallbackID), g.Text(s.Name))
			}), g.Map(m.Own, func(f File) g.Node {
				return h.Button(h.Type("button"), h.Data("delete-file", f.ID), g.Text("Delete "+f.Name))
			})))))
}

// written is when a message was written, in full under the pointer.
func written(m messageView, shown string) g.Node {
	return h.Time(h.DateTime(m.ISO), h.Title(m.FullTime), g.Text(shown))
}

// rule is a line across the stream with words in it.
func rule(id, class, words string) g.Node {
	return h.Div(h.Class(class), h.ID(id), h.Role("separator"), h.Span(g.Text(words)))
}

func composebox(b composerView) g.Node {
	box, text, suggest := b.ID+"-box", b.ID+"-text", b.ID+"-suggest"
	if b.Reason != "" {
		return h.Div(h.Class("composer disabled"), h.ID(box), h.P(g.Text(b.Reason)),
			h.Textarea(h.ID(text), h.Rows("1"), h.Disabled(), h.Aria("label", b.Label)))
	}
	return g.Group{
		h.Form(h.Class("composer"), h.ID(box), h.Data("channel-id", b.Channel), h.Data("thread", b.Thread),
			h.Data("commands", b.Commands), h.Data("people", b.People), h.AutoComplete("off"),
			h.Ul(h.Class("suggest"), h.ID(suggest), h.Role("listbox"), h.Aria("label", "Suggestions"), hidden()),
			h.Ul(h.Class("attached"), h.ID(b.ID+"-attached"), h.Aria("label", "Files to send"), hidden()),
			h.Input(h.Type("file"), h.ID(b.ID+"-file"), h.Multiple(), hidden(), h.Aria("label", "Files")),
			h.Button(h.Type("button"), h.Class("send attach"), h.ID(b.ID+"-attach"), h.Data("attach", b.ID+"-file"), h.Aria("label", "Add files"), h.Title("Add files"), clipIcon),
			h.Textarea(h.ID(text), h.Rows("1"), h.Placeholder(b.Label), h.Aria("label", b.Label),
				h.Aria("autocomplete", "list"), h.Aria("controls", suggest), h.MaxLength("12000")),
			h.Button(h.Type("submit"), h.Class("send"), h.ID(b.SendID), h.Aria("label", "Send"), h.Title("Send"), sendIcon),
		),
		uploadStatus(),
		h.P(h.Class("keys"), decoration(),
			key("Enter"), g.Text(" to send · "), key("Shift"), space, key("Enter"), g.Text(" for a new line"),
			g.If(b.Commands != "", g.Group{g.Text(" · "), key("/"), g.Text(" for commands")})),
	}
}

// uploadStatus says how far the files beside it are; the script fills it.
func uploadStatus() g.Node { return h.P(h.Class("said quiet"), h.Role("status")) }

func threadPane(v *pageView) g.Node {
	var replies, box g.Node = h.P(h.Class("quiet"), g.Text("This thread no longer exists.")), nil
	if len(v.ThreadMessages) > 0 {
		replies = g.Group{
			message(v.ThreadMessages[0]),
			rule("t-rule", "day replies-rule", v.ReplyCount),
			g.Map(v.ThreadMessages[1:], message),
		}
		box = composebox(v.ThreadComposer)
	}
	return g.Group{
		h.Header(h.Class("thread-head"),
			h.A(h.Class("icon-button back"), h.ID("close-thread"), href(v.ChannelLink), h.Aria("label", "Close the thread"), g.Text("×")),
			h.Div(h.Class("head-text"), h.H2(g.Text("Thread")), h.P(g.Text(v.Name)))),
		h.Div(h.Class("scroll"), h.ID("thread-messages"), liveLog("Replies"), h.TabIndex("0"), h.Div(h.Class("stream"), replies)),
		h.Div(h.Class("composer-area"), h.ID("thread-composer"), box),
	}
}

func homeTab(v *pageView) g.Node {
	var inside g.Node = v.Home
	if !v.HomePublished {
		inside = h.Div(h.Class("empty"), h.H2(g.Text("Nothing here yet")), h.P(g.Text("The app has not published a Home tab for "+v.Me.RealName+".")))
	}
	return h.Div(h.Class("home-surface"), h.Data("home", "true"), inside)
}

// clockBar shows the time of the workspace and moves it ahead. All ways to move it are
// behind one button, and those used most stand in the row as well where there is room.
func clockBar(v *pageView) g.Node {
	c := v.Clock
	if c.Now == "" {
		return g.Text("")
	}
	move := func(by, words string) g.Node {
		return h.Button(h.Type("button"), h.Class("button"), h.Data("clock", by), g.Text(words))
	}
	steps := func() g.Node {
		return h.Div(h.Class("steps"), move("1h", "+1 hour"), move("24h", "+1 day"), move("168h", "+1 week"))
	}
	next := func() g.Node {
		return h.Div(h.Class("next"), move("next", "To next reminder"), h.Span(h.Class("quiet"), h.Title(c.Next), g.Text(c.Next)))
	}
	return h.Div(h.Class("clock-bar"), h.Role("group"), h.Aria("label", "Clock"),
		h.Time(h.DateTime(c.ISO), h.Title(c.InFull), g.Text(c.Now), space, h.Span(h.Class("quiet"), g.Text(c.Zone))),
		steps(),
		h.Button(h.Type("button"), h.Class("button"), h.PopoverTarget("clock-ways"), g.Text("Move clock")),
		h.Div(h.ID("clock-ways"), h.Popover(), h.Role("dialog"), h.Aria("label", "Move clock"),
			h.P(h.Class("quiet"), g.Text("What falls due on the way is sent at its own time. The clock never goes back.")),
			steps(),
			h.Form(h.ID("clock-day"), h.Label(h.For("clock-to"), g.Text("To the morning of")),
				h.Input(h.Type("date"), h.ID("clock-to"), h.Min(c.Tomorrow), h.Value(c.Tomorrow), h.Data("initial", c.Tomorrow), h.Required()),
				h.Button(h.Type("submit"), h.Class("button"), g.Text("Go to day"))),
			next()),
		next())
}

// modalDialog is the top modal. The script opens it as a dialog of the browser,
// which keeps the focus inside and closes on Escape.
func modalDialog(v *pageView) g.Node {
	m := v.Modal
	if m == nil {
		return g.Text("")
	}
	closeWord := m.Close
	if closeWord == "" {
		closeWord = "Cancel"
	}
	return h.Dialog(h.ID("modal-"+m.ID), h.Class("modal"), h.Data("view", m.ID), h.Data("refused", strconv.Itoa(m.refused)), h.Aria("labelledby", "modal-title"),
		h.Header(h.H2(h.ID("modal-title"), g.Text(m.Title)),
			h.Button(h.Type("button"), h.Class("icon-button"), h.Data("close-view", m.ID), h.Aria("label", "Close"), g.Text("×"))),
		h.Div(h.Class("modal-body scroll"), h.TabIndex("-1"), v.ModalBody),
		h.Footer(h.Button(h.Type("button"), h.Class("button"), h.Data("close-view", m.ID), g.Text(closeWord)),
			g.If(m.Submit != "", h.Button(h.Type("button"), h.Class("button primary"), h.Data("submit-view", m.ID), g.Text(m.Submit)))),
	)
}

func refusals(v *pageView) g.Node {
	return g.Group{
		h.Header(h.Class("drawer-head"), h.H2(g.Text("Refused")),
			h.Button(h.Type("button"), h.Class("icon-button"), h.PopoverTarget("refused"), h.PopoverTargetAction("hide"), h.Aria("label", "Close"), g.Text("×"))),
		h.P(h.Class("quiet"), g.Text("What the app sent that Slack would not accept.")),
		h.Ol(h.Class("refusals"),
			g.Map(v.Refusals, func(r refusalView) g.Node {
				kind := "refused"
				if r.Notice {
					kind = "notice"
				}
				return h.Li(c.Classes{"notice": r.Notice},
					h.Div(h.Code(g.Text(r.Call)), space, h.Span(h.Class("badge"), g.Text(kind)), space, h.Time(h.DateTime(r.ISO), g.Text(r.Time))),
					h.P(g.Text(r.Reason)),
					g.If(r.Error != "", h.P(h.Class("quiet"), g.Text("Slack’s code: "), h.Code(g.Text(r.Error)))))
			}),
			g.If(len(v.Refusals) == 0, h.Li(h.Class("none"), g.Text("Nothing has been refused."))),
		),
	}
}

// noEntry is shown to anyone who may not see the page.
func noEntry(why string) g.Node {
	return c.HTML5(c.HTML5Props{
		Title: "Local workspace", Language: "en",
		Head: []g.Node{
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Link(h.Rel("stylesheet"), h.Href("/assets/page.css")), // from the root, since any path may be refused
		},
		Body: []g.Node{h.Class("refuse"), h.Main(h.H1(g.Text("You cannot open this page")), h.P(g.Text(why)))},
	})
}

// --- Small parts ---

func hidden() g.Node     { return g.Attr("hidden") }
func decoration() g.Node { return h.Aria("hidden", "true") }

func currentPage(is bool) g.Node { return g.If(is, h.Aria("current", "page")) }

// liveLog makes a screen reader read out what is added to a list.
func liveLog(label string) g.Node {
	return g.Group{h.Role("log"), h.Aria("live", "polite"), h.Aria("label", label)}
}

func avatar(class, initials string) g.Node {
	return h.Span(h.Class("avatar "+class), decoration(), g.Text(initials))
}

func appBadge() g.Node { return h.Span(h.Class("badge app"), g.Text("APP")) }

// badges follow the name of the app, or of somebody of another company.
func badges(app, outsider bool) g.Node {
	return g.Group{
		g.If(app, g.Group{space, appBadge()}),
		g.If(outsider, g.Group{space, h.Span(h.Class("badge other"), g.Text("other company"))}),
	}
}

func key(name string) g.Node { return h.Kbd(g.Text(name)) }

// An icon is markup written in this file. Nothing that comes from elsewhere may be
// made one: it goes to the page unescaped.
type icon string

func (i icon) Render(w io.Writer) error {
	_, err := io.WriteString(w, string(i))
	return err
}

const (
	lockIcon    icon = `<svg width="14" height="14" viewBox="0 0 16 16"><path d="M4 7V5a4 4 0 0 1 8 0v2h1v7H3V7zm1.5 0h5V5a2.5 2.5 0 0 0-5 0z" fill="currentColor"/></svg>`
	homeIcon    icon = `<svg width="15" height="15" viewBox="0 0 16 16"><path d="M8 2 1.5 7.6l1 1.1L3.5 8v6h3.6v-4h1.8v4h3.6V8l1 .7 1-1.1z" fill="currentColor"/></svg>`
	menuIcon    icon = `<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="M2 4h14M2 9h14M2 14h14" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></svg>`
	peopleIcon  icon = `<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M6 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-5 6c0-2.800 2-4.500 5-4.500s5 1.700 5 4.500zM11 8a2.500 2.500 0 1 0-.9-4.800M12 9.600c1.900.4 3 1.900 3 4.400h-2" fill="currentColor"/></svg>`
	warningIcon icon = `<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1 1 14h14zm-.8 5h1.600v4H7.200zm0 5h1.600v1.600H7.200z" fill="currentColor"/></svg>`
	eyeIcon     icon = `<svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3.500C4.500 3.500 2 6 1 8c1 2 3.500 4.500 7 4.500S14 10 15 8c-1-2-3.500-4.500-7-4.500m0 7.300A2.800 2.800 0 1 1 8 5.200a2.800 2.800 0 0 1 0 5.600" fill="currentColor"/></svg>`
	moreIcon    icon = `<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3m0 4.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3M8 11a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3" fill="currentColor"/></svg>`
	replyIcon   icon = `<svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true"><path d="M2 2h12v9H7l-3.500 3v-3H2z" fill="none" stroke="currentColor" stroke-width="1.500" stroke-linejoin="round"/></svg>`
	clipIcon    icon = `<svg width="17" height="17" viewBox="0 0 16 16" aria-hidden="true"><path d="m5 8.500 4.500-4.500a2 2 0 0 1 3 3L6.700 12.800a3.200 3.200 0 0 1-4.500-4.500L7.500 3" fill="none" stroke="currentColor" stroke-width="1.400" stroke-linecap="round"/></svg>`
	sendIcon    icon = `<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M1.500 2 15 8 1.500 14l1.800-5L9 8 3.300 7z" fill="currentColor"/></svg>`
)
