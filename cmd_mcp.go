package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"visitprep/bot"
	"visitprep/internal/holiday"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// tokenVariable holds the token of a person for mcp over stdio.
const tokenVariable = "VISITPREP_MCP_TOKEN"

func mcpCommand(getenv func(string) string) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "mcp", Short: "Let other tools read, over the Model Context Protocol: on stdin and stdout, or over HTTP", Args: cobra.NoArgs,
		Long: `Let other tools read, over the Model Context Protocol (docs/mcp.md). On stdin and stdout they read the advice; with
a token of a person in ` + tokenVariable + ` also the visits, findings and actions that this person may see in Slack.
With --listen they connect over HTTP, each with the token of a person. Nothing is written but the day on which a
token was last used, and the tokens of whoever has left the workspace are deleted.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			log := cfg.logger(cmd.ErrOrStderr())
			token := pasted(getenv(tokenVariable))
			if listen == "" && token == "" {
				server, _, err := serverOf(cfg, nil)
				if err != nil {
					return err
				}
				return overStdio(cmd.Context(), server, cmd.InOrStdin(), cmd.OutOrStdout())
			}
			return withTeam(cmd.Context(), cfg, getenv, log, token, func(t *teamReader) error {
				server, follow, err := serverOf(cfg, t)
				if err != nil {
					return err
				}
				if listen == "" {
					if _, err := t.whose(cmd.Context(), token); err != nil {
						return fmt.Errorf("%s: %w", tokenVariable, err)
					}
					return overStdio(cmd.Context(), server, cmd.InOrStdin(), cmd.OutOrStdout())
				}
				go follow(cmd.Context())
				return overHTTP(cmd.Context(), server, t, listen, log)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "answer over HTTP on this `ADDR`, such as 127.0.0.1:8090, at /mcp")
	return cmd
}

// serverOf makes the server, and what follows the team's own advice as its files change.
func serverOf(cfg *config, team *teamReader) (*mcp.Server, func(context.Context), error) {
	dir := cfg.Knowledge.Dir
	state := knowledge.StateOf(dir)
	base, err := loadKnowledge(cfg)
	if err != nil {
		return nil, nil, err
	}
	china, err := holiday.China()
	if err != nil {
		return nil, nil, err
	}
	var now atomic.Pointer[knowledge.Base]
	now.Store(base)
	follow := func(ctx context.Context) {
		if dir == "" {
			return
		}
		knowledge.Watch(ctx, dir, state, func(changed *knowledge.Base, err error) {
			if err != nil {
				team.log.Error("the knowledge has mistakes; the last good version goes on answering", "err", err)
				return
			}
			now.Store(changed)
		})
	}
	return newMCP(&now, china, team, builtVersion()), follow, nil
}

// withTeam opens what a team has, beside the process that serves it.
func withTeam(ctx context.Context, cfg *config, getenv func(string) string, log *slog.Logger, token string, work func(*teamReader) error) error {
	s, err := loadSlackSettings(getenv)
	if s.BotToken == "" && err != nil || len(s.Wrong) > 0 { // how Slack reaches serve is no matter here
		return err
	}
	base, err := loadKnowledge(cfg)
	if err != nil {
		return err
	}
	timing, _, err := cfg.timing()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: string(s.DatabaseURL), Existing: existing, Reading: true, Timing: timing, Logger: log.With("component", "store")})
	if err != nil {
		return err
	}
	client := slackHTTP(bot.DeadlineTransport(http.DefaultTransport))
	clients := bot.OneClient(s.client(client))
	wait := func() {}
	if s.many() {
		m := manyBeside(cfg, s)
		installed, err := m.tokens(ctx, db, log)
		if err != nil {
			return errors.Join(err, db.Close())
		}
		wait = installed.Wait
		clients = bot.InstalledClients(tokenOf(installed), m.client)
	}
	rights, err := bot.NewRights(bot.Options{
		Knowledge: base, Slack: clients, APIURL: s.APIURL, HTTP: client, Store: db, Timing: timing,
		GuestsAreColleagues: cfg.Guests == guestsColleagues, Logger: log.With("component", "bot"),
	})
	if err == nil {
		err = work(&teamReader{rights: rights, db: db, token: token, now: time.Now, log: log})
	}
	wait() // a token that was refreshed and is not kept is lost
	return errors.Join(err, db.Close())
}

// overStdio answers on stdin and stdout until the client has gone.
func overStdio(ctx context.Context, server *mcp.Server, in io.Reader, out io.Writer) error {
	err := server.Run(ctx, answeringAll{&mcp.IOTransport{Reader: io.NopCloser(in), Writer: unclosed{out}, MaxLineLength: maxToolRequest}})
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what a tool asks on stdin: %w; have a tool start this command (docs/mcp.md)", err)
	}
	return nil
}

type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// answeringAll is a transport that ends once everything that was asked is answered: the library ends
// with its input, and the answers of a client that closes stdin after its last question were lost.
type answeringAll struct{ mcp.Transport }

func (t answeringAll) Connect(ctx context.Context) (mcp.Connection, error) {
	c, err := t.Transport.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &whole{Connection: c, open: map[jsonrpc.ID]bool{}, answered: make(chan struct{})}, nil
}

// A whole connection is answered whole.
type whole struct {
	mcp.Connection

	mu       sync.Mutex
	open     map[jsonrpc.ID]bool // questions without an answer
	over     bool                // no more will come
	answered chan struct{}       // closed once it is over and nothing is open
}

// note takes what came or went.
func (c *whole) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.over && len(c.open) == 0
	if change(); !was && c.over && len(c.open) == 0 {
		close(c.answered)
	}
}

func (c *whole) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
		c.note(func() { c.open[r.ID] = true })
	}
	if err != nil {
		c.note(func() { c.over = true })
		select {
		case <-c.answered:
		case <-ctx.Done():
		case <-time.After(answerWithin):
		}
	}
	return m, err
}

func (c *whole) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if r, ok := m.(*jsonrpc.Response); ok {
		c.note(func() { delete(c.open, r.ID) })
	}
	return err
}

// overHTTP answers at /mcp until ctx ends.
func overHTTP(ctx context.Context, server *mcp.Server, t *teamReader, address string, log *slog.Logger) error {
	l, err := listenOn(address, "tools", "--listen")
	if err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(l.Addr().String()); err != nil || !net.ParseIP(host).IsLoopback() {
		log.Warn("tokens come to this address in the clear: let only a proxy that speaks HTTPS reach it", "address", l.Addr().String())
	}
	log.Info("tools can read", "address", l.Addr().String(), "path", "POST /mcp")
	mux := http.NewServeMux()
	mux.Handle("/mcp", forTools(server, t))
	guardedServer, limited := guarded(l, mux)
	return serveHTTP(ctx, limited, guardedServer)
}

// Bounds of what tools may ask for.
const (
	maxToolRequest = 256 << 10 // of a request, in bytes
	// A person has toolRate requests a second, toolBurst at once, with all their tokens together. Tokens
	// that are not good share strangerRate, whoever sends them.
	toolRate, toolBurst         = 10, 60
	strangerRate, strangerBurst = 10, 50
	// maxKnownTools is how many tokens, and how many people, are remembered.
	maxKnownTools = 1000
)

// forTools answers tools that have the token of a person. A page in a browser, of another origin
// or through a name that was made to lead here, is refused: tools are no browsers.
func forTools(server *mcp.Server, t *teamReader) http.Handler {
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxToolRequest, DisableLocalhostProtection: true, // the gate has it, in words of ours
	})
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, errBrowser) }))
	return origin.Handler(newToolGate(t, h))
}

// A toolGate lets tools in that have the token of a person, and bounds how much anybody asks: each
// person, whichever of their tokens they use, and all tokens together that are not good. That Slack or
// the database cannot be asked counts for nobody as a token that is not good.
type toolGate struct {
	team *teamReader
	next http.Handler

	owners    *lru.Cache[string, reader] // by token, of those that were good when they last came
	limits    *lru.Cache[reader, *rate.Limiter]
	strangers *rate.Limiter
}

func newToolGate(t *teamReader, next http.Handler) *toolGate {
	owners, err := lru.New[string, reader](maxKnownTools)
	limits, err2 := lru.New[reader, *rate.Limiter](maxKnownTools)
	if err := errors.Join(err, err2); err != nil {
		panic(err) // only of a size below one
	}
	return &toolGate{team: t, next: next, owners: owners, limits: limits, strangers: rate.NewLimiter(strangerRate, strangerBurst)}
}

func (g *toolGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k, err := g.enter(r)
	if err != nil {
		refuse(w, err)
		return
	}
	info := &auth.TokenInfo{UserID: k.Workspace + "/" + k.Person, Expiration: k.LastDay().AddDays(2).Start(time.UTC)}
	verified := func(context.Context, string, *http.Request) (*auth.TokenInfo, error) { return info, nil }
	auth.RequireBearerToken(verified, nil)(g.next).ServeHTTP(w, r)
}

// isThisMachine reports whether an address, with or without a port, is one of this machine alone.
func isThisMachine(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return isLoopback(host)
}

// enter is the token of a request. The error is one of those that refuse has a code for.
func (g *toolGate) enter(r *http.Request) (k visit.ToolToken, err error) {
	// A page in a browser can reach an address of this machine by a name of its own.
	if here, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && isThisMachine(here.String()) && !isThisMachine(r.Host) {
		return k, errHost
	}
	fields := strings.Fields(r.Header.Get("Authorization"))
	if len(fields) != 2 || !strings.EqualFold(fields[0], "Bearer") {
		return k, errNoToken
	}
	token, now := fields[1], g.team.now()
	who, known := g.owners.Get(token)
	if known && !g.limitOf(who).AllowN(now, 1) {
		return k, errTooMany // before the database is asked
	}
	if !known { // as a token that is not good, until it is known to be
		place := g.strangers.ReserveN(now, 1)
		if place.DelayFrom(now) > 0 {
			place.CancelAt(now)
			return k, errTooMany
		}
		defer func() {
			if !errors.Is(err, errToken) {
				place.CancelAt(now)
			}
		}()
	}
	if k, err = g.team.find(r.Context(), token); err == nil && !known {
		who = reader{k.Workspace, k.Person}
		g.owners.Add(token, who)
		if !g.limitOf(who).AllowN(now, 1) {
			return k, errTooMany
		}
	}
	if err == nil {
		err = g.team.check(r.Context(), k)
	}
	if errors.Is(err, errToken) {
		g.owners.Remove(token)
		if known && !g.strangers.AllowN(now, 1) {
			err = errTooMany
		}
	}
	return k, err
}

// limitOf is the one limit of a person.
func (g *toolGate) limitOf(who reader) *rate.Limiter {
	if l, ok := g.limits.Get(who); ok {
		return l
	}
	made := rate.NewLimiter(toolRate, toolBurst)
	if l, ok, _ := g.limits.PeekOrAdd(who, made); ok {
		return l // somebody was faster
	}
	return made
}

// refuse says why a tool is not let in.
func refuse(w http.ResponseWriter, err error) {
	code := http.StatusUnauthorized
	switch {
	case errors.Is(err, errTooMany):
		code = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "1")
	case errors.Is(err, errHeld), errors.Is(err, errBrowser), errors.Is(err, errHost):
		code = http.StatusForbidden
	case errors.Is(err, errUntold):
		code = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "60")
	}
	http.Error(w, err.Error(), code)
}
