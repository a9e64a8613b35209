package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/store"
	"visitprep/internal/textfile"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
	"visitprep/knowledge"
)

// maxImport is the largest file that is imported, in bytes: a hundred thousand visits.
const maxImport = 10 << 20

func importCommand(getenv func(string) string) *cobra.Command {
	var workspace string
	var dryRun bool
	cmd := &cobra.Command{
		Use: "import FILE|FOLDER", Args: takes(1, 1, "one file", "import visits.xlsx"),
		Short: "Record visits, inspection plans, agreements, market notes and deliveries from an .xlsx, .csv or .yaml file, and change those it numbers; or findings from the folder of an export",
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
				return importFloor(cmd, getenv, workspace, args[0], dryRun)
			}
			if strings.HasSuffix(args[0], peopleEnding) {
				return importPeople(cmd, getenv, workspace, args[0], dryRun)
			}
			data, err := textfile.ReadFile(args[0], maxImport)
			if err != nil {
				return fmt.Errorf("read the file: %w", err)
			}
			if noDatabase(databaseURL(getenv)) { // opening it makes one: not for a dry run, nor for a file with mistakes
				cfg, err := settings(cmd)
				if err != nil {
					return err
				}
				if workspace == "" {
					return errors.New(nameWorkspace)
				}
				if err := isWorkspace(workspace); err != nil {
					return err
				}
				im, err := compared(cfg, args[0], data, workspace, exchange.Recorded{}, new(lookUps))
				if err != nil {
					return err
				}
				if dryRun {
					return tellOf(cmd, args[0], im)
				}
			}
			return withDatabase(cmd, getenv, madeIfMissing, func(ctx context.Context, db database) error {
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				recorded, err := recordedIn(ctx, db.Store, team)
				if err != nil {
					return err
				}
				// The whole file is checked before anything is recorded: after a mistake, the file is
				// mended and imported again.
				asked, end, err := lookUpsIn(ctx, db, getenv, team)
				if err != nil {
					return err
				}
				im, err := compared(db.cfg, args[0], data, team, recorded, asked)
				end()
				if err = errors.Join(asked.err, err); err != nil {
					return err
				}
				if dryRun {
					return tellOf(cmd, args[0], im)
				}
				doubt(cmd, im)
				done, err := record(ctx, db.Store, team, im, time.Now())
				if err != nil {
					return fmt.Errorf("the import stopped: %w\nwhat is recorded so far stays (%s); import the same file again, and it goes on from there", err, done)
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), done.sentence())
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be added and changed, and write nothing")
	return cmd
}

// noDatabase reports whether a SQLite file is not there yet. Opening it would make it.
func noDatabase(url string) bool {
	file, err := store.Address(url)
	if err != nil || store.CheckPlace(url) != nil || strings.Contains(file, "://") { // opening it says what is wrong
		return false
	}
	_, err = os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}

// recordedIn is what a workspace has, with which a file is compared.
func recordedIn(ctx context.Context, db *store.Store, team string) (r exchange.Recorded, err error) {
	everything := store.Filter{Cancelled: true}
	visits, err := db.Visits(ctx, team, everything)
	if err != nil {
		return r, err
	}
	for _, v := range visits {
		r.Visits = append(r.Visits, v.Visit)
	}
	if r.Plans, err = db.Plans(ctx, team, everything); err != nil {
		return r, err
	}
	if r.Agreements, err = db.Agreements(ctx, team, everything, time.Now()); err != nil {
		return r, err
	}
	if r.Market, err = db.MarketNotes(ctx, team, store.MarketFilter{}); err != nil {
		return r, err
	}
	if r.Deliveries, err = db.Deliveries(ctx, team, 0, nil, 0); err != nil {
		return r, err
	}
	if r.Factories, err = db.Factories(ctx, team); err != nil {
		return r, err
	}
	r.Hidden, err = db.HiddenFactories(ctx, team)
	return r, err
}

// compared reads a file and compares it with what is recorded.
func compared(cfg *config, file string, data []byte, team string, recorded exchange.Recorded, asked *lookUps) (exchange.Import, error) {
	templates, err := loadTemplates(cfg)
	if err != nil {
		return exchange.Import{}, err
	}
	kinds := exchange.Kinds{
		Purposes: ids(templates.For(knowledge.ForVisit)), Types: ids(templates.For(knowledge.ForInspection)),
		Checklist: ofVisits(templates), Refuses: asked.refuses(), OthersRead: asked.othersRead, Today: civil.Of(time.Now()),
	}
	im, err := exchange.Read(file, data, team, kinds, recorded)
	var ms yamlfile.Mistakes
	if errors.As(err, &ms) && len(ms) > mostTold {
		err = errors.New(ms[:mostTold].Error() + english().Sprintf("\nand %d more", len(ms)-mostTold))
	}
	if err != nil {
		return im, fmt.Errorf("nothing was imported:\n%w", err)
	}
	return im, nil
}

// lookUpsIn ask Slack about what a file puts into a workspace: with the token of the environment, or
// where many are served with that of the workspace. Where there is no token to ask with nobody is looked
// up. Whoever calls it calls end before the database is closed.
func lookUpsIn(ctx context.Context, db database, getenv func(string) string, team string) (asked *lookUps, end func(), err error) {
	s, _ := loadSlackSettings(getenv) // what is missing for serve is not needed here
	asked, end = &lookUps{ctx: ctx, store: db.Store, team: team}, func() {}
	var clients *bot.Clients
	switch {
	case s.BotToken != "":
		clients = bot.OneClient(s.client(slackHTTP(bot.DeadlineTransport(http.DefaultTransport))))
		asked.without = "SLACK_BOT_TOKEN"
		asked.refused = func(err error) *refusal { return refused("SLACK_BOT_TOKEN", whereBotToken, s, err) }
	case s.many():
		asked.without = "SLACK_CLIENT_ID"
		m := manyBeside(db.cfg, s)
		asked.refused = func(err error) *refusal { return m.refused("the token of "+team, err) }
		installed, err := m.tokens(ctx, db.Store, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, nil, fmt.Errorf("nothing was imported, because Slack cannot be asked about people: %w\nwithout %s nobody is looked up", err, asked.without)
		}
		end, clients = installed.Wait, bot.InstalledClients(tokenOf(installed), m.client)
		if _, err := clients.For(ctx, team); errors.Is(err, bot.ErrNotInstalled) {
			end()
			return nil, nil, fmt.Errorf("nothing was imported, because Slack shows the app nothing of %s: %s\nwithout %s nobody is looked up", team, m.notInstalled(ctx, db, team), asked.without)
		}
	default:
		return asked, end, nil
	}
	asked.known = bot.NewColleagues(clients, db.Store, team, db.cfg.Guests == guestsColleagues, slog.New(slog.DiscardHandler))
	return asked, end, nil
}

// lookUps ask about each person in a file once, and about a channel of an unannounced visit. After the
// first that Slack does not answer nobody is asked any more, and err says so.
type lookUps struct {
	ctx     context.Context
	known   *bot.Colleagues          // nil asks Slack nothing
	without string                   // the variable without which nobody is looked up
	refused func(err error) *refusal // says what Slack's error means
	store   *store.Store             // nil before there is one
	team    string
	err     error
}

// unanswered is that Slack did not say something of somebody or something, and what to do.
func (l *lookUps) unanswered(what, of string, err error, nobody string) error {
	r := l.refused(err)
	again := ""
	if r.passing {
		again = "try again later; "
	}
	return fmt.Errorf("nothing was imported, because Slack did not say %s %s: %w\n%swithout %s %s is looked up", what, of, r, again, l.without, nobody)
}

// othersRead reports whether another company reads in a channel, as was noted or as Slack says.
func (l *lookUps) othersRead(channel string) bool {
	if l.store == nil || l.err != nil {
		return false
	}
	noted, err := l.store.ChannelFacts(l.ctx, l.team, channel)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		l.err = err
		return false
	}
	if noted.ForAll() || l.known == nil {
		return noted.ForAll()
	}
	others, err := l.known.OthersRead(l.ctx, channel)
	if err != nil {
		l.err = l.unanswered("who reads", channel, err, "no channel")
	}
	return others
}

func (l *lookUps) refuses() func(id string) string {
	if l.known == nil {
		return nil
	}
	return func(id string) string {
		if l.err != nil {
			return ""
		}
		why, err := l.known.Refuses(l.ctx, id)
		if err != nil {
			l.err = l.unanswered("who", id+" is", err, "nobody")
		}
		return why
	}
}

// doubt tells of what is probably not meant.
func doubt(cmd *cobra.Command, im exchange.Import) {
	if len(im.Doubts) == 0 {
		return
	}
	w := cmd.ErrOrStderr()
	fmt.Fprintf(w, "Please check:\n%v\n", im.Doubts[:min(len(im.Doubts), mostTold)])
	andMore(w, len(im.Doubts))
}

// andMore says how many were not told of.
func andMore(w io.Writer, all int) {
	if all > mostTold {
		english().Fprintf(w, "and %d more\n", all-mostTold)
	}
}

// mostTold is of how many rows, doubts and mistakes somebody reads.
const mostTold = 20

// tellOf prints what an import would do.
func tellOf(cmd *cobra.Command, file string, im exchange.Import) error {
	doubt(cmd, im)
	w := cmd.OutOrStdout()
	would := counted(im)
	for _, c := range im.Changes[:min(len(im.Changes), mostTold)] {
		if c.Number == 0 {
			fmt.Fprintf(w, "%s:%d: a new %s: %s\n", file, c.Line, c.Kind, c.Title)
		}
		for _, cell := range c.Cells {
			fmt.Fprintf(w, "%s:%d: %s (%s): %s\n", file, c.Line, c.Of(), c.Title, cell)
		}
	}
	andMore(w, len(im.Changes))
	_, err := fmt.Fprintf(w, "This would be: %s Nothing was written.\n", would.sentence())
	return err
}

// imported counts what an import has done.
type imported struct{ added, changed, same, factories int }

// counted is what an import will have done in the end.
func counted(im exchange.Import) (n imported) {
	n.same = im.Same
	for _, c := range im.Changes {
		switch {
		case c.Number == 0:
			n.added++
		case c.Kind == "factory":
			n.factories++
		default:
			n.changed++
		}
	}
	return n
}

func (n imported) String() string {
	s := english().Sprintf("%d added, %d changed", n.added, n.changed)
	switch n.factories {
	case 0:
	case 1:
		s += ", 1 factory corrected"
	default:
		s += english().Sprintf(", %d factories corrected", n.factories)
	}
	return s
}

func (n imported) sentence() string { return english().Sprintf("%s, %d as they were.", n, n.same) }

func english() *message.Printer { return message.NewPrinter(language.English) }

// record does what a file asks for, and counts it. Factories come first: rows that follow find
// them as the file has them.
func record(ctx context.Context, db *store.Store, team string, im exchange.Import, now time.Time) (done imported, err error) {
	done.same = im.Same
	began := time.Now()
	for _, factories := range []bool{true, false} {
		for i := range im.Changes {
			c := &im.Changes[i]
			if c.Number == 0 || (c.Kind == "factory") != factories {
				continue
			}
			if time.Since(began) > store.Portion {
				if err := db.LetOthersWrite(ctx); err != nil {
					return done, err
				}
				began = time.Now()
			}
			if err := change(ctx, db, team, c, now); err != nil {
				return done, fmt.Errorf("change %s: %w", c.Of(), err)
			}
			if factories {
				done.factories++
			} else {
				done.changed++
			}
		}
	}
	if done.added, err = db.Import(ctx, im.Visits, im.Plans, now); err != nil {
		return done, err
	}
	noted := 0
	agreed, err := db.ImportAgreements(ctx, im.Agreements, now)
	done.added += agreed
	if err == nil {
		noted, err = db.ImportMarketNotes(ctx, im.Market, now)
		done.added += noted
	}
	shipped := 0
	if err == nil {
		shipped, err = db.ImportDeliveries(ctx, im.Deliveries, now)
		done.added += shipped
	}
	if err == nil {
		done.same += len(im.Visits) + len(im.Plans) + len(im.Agreements) + len(im.Market) + len(im.Deliveries) - done.added // somebody was quicker
	}
	return done, err
}

// change makes one change, as somebody who edits the same in Slack.
func change(ctx context.Context, db *store.Store, team string, c *exchange.Change, now time.Time) (err error) {
	switch c.Kind {
	case "factory":
		_, err = db.ChangeFactory(ctx, team, c.Number, now, c.Factory)
		return err
	case "agreement":
		_, err = db.ChangeAgreement(ctx, team, c.Number, now, c.Agreement)
		return err
	case "market_note":
		_, err = db.ChangeMarketNote(ctx, team, c.Number, c.MarketNote)
		return err
	case "delivery":
		_, err = db.ChangeDelivery(ctx, team, c.Number, now, func(d *visit.OrderDelivery, _ civil.Date) error {
			return c.Delivery(d, visit.Mark{By: visit.ByImport, At: now})
		})
		return err
	case "plan":
		_, _, err = db.ChangePlan(ctx, team, c.Number, c.Owner(), now, c.Plan, c.OnPlan)
		return err
	}
	if f := c.NewFactory(); f != nil {
		if *f, err = db.AddFactory(ctx, *f, now); err != nil {
			return err
		}
	}
	_, err = db.By(visit.ByImport).ChangeVisit(ctx, team, c.Number, now, c.Visit)
	return err
}

func ids(templates knowledge.Templates) []string {
	var ids []string
	for _, t := range templates {
		ids = append(ids, t.ID)
	}
	return ids
}
