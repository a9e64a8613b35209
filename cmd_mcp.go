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
	"github.com/slack-go/slack"
	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"visitprep/bot"
	"visitprep/internal/holiday"
	"visitprep/internal/store"
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
token was last used.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			log := cfg.logger(cmd.ErrOrStderr())
			token := pasted(getenv(tokenVariable))
			if listen == "" && token == "" {
				server, _, err := serverOf(cmd.Context(), cfg, nil)
				if err != nil {
					return err
				}
				return overStdio(cmd.Context(), server, cmd.InOrStdin(), cmd.OutOrStdout())
			}
			return withTeam(cmd.Context(), cfg, getenv, log, token, func(t *teamReader) error {
				server, follow, err := serverOf(cmd.Context(), cfg, t)
				if err != nil {
					return err
				}
				if listen == "" {
					if _, _, err := t.whose(cmd.Context(), token); err != nil {
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
func serverOf(_ context.Context, cfg *config, team *teamReader) (*mcp.Server, func(context.Context), error) {
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
	transport := bot.DeadlineTransport(http.DefaultTransport)
	client := slackHTTP(transport)
	clients := bot.OneClient(s.client(client))
	if s.many() {
		m := &many{settings: s, publicURL: cfg.PublicURL, client: func(token string) *slack.Client { return s.clientOf(token, slackHTTP(transport)) }}
		installed, _, err := m.open(ctx, db, parts{apiURL: s.APIURL, http: client, log: log})
		if err != nil {
			return errors.Join(err, db.Close())
		}
		clients = bot.InstalledClients(tokenOf(installed), m.client)
	}
	rights, err := bot.NewRights(bot.Options{
		Knowledge: base, Slack: clients, APIURL: s.APIURL, HTTP: client, Store: db, Timing: timing,
		GuestsAreColleagues: cfg.Guests == guestsColleagues, Logger: log.With("component", "bot"),
	})
	if err == nil {
		err = work(&teamReader{rights: rights, db: db, token: token, now: time.Now, log: log})
	}
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
	// A person has toolRate requests a second, toolBurst at once; whoever comes with a token that
	// was not good lately shares strangerRate with all of those.
	toolRate, toolBurst         = 10, 60
	strangerRate, strangerBurst = 10, 50
	// maxKnownTools is how many tokens are remembered to have been good.
	maxKnownTools = 1000
)

// forTools answers tools that have the token of a person. A page in a browser, of another origin
// or through a name that was made to lead here, is refused: tools are no browsers.
func forTools(server *mcp.Server, t *teamReader) http.Handler {
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxToolRequest})
	l := newToolLimits()
	verify := func(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		info, err := t.verify(ctx, token)
		if err == nil {
			l.known.ContainsOrAdd(token, rate.NewLimiter(toolRate, toolBurst))
		} else {
			l.known.Remove(token)
		}
		return info, err
	}
	return http.NewCrossOriginProtection().Handler(l.limit(auth.RequireBearerToken(verify, nil)(h)))
}

// toolLimits bound how much anybody asks.
type toolLimits struct {
	known     *lru.Cache[string, *rate.Limiter] // by token
	strangers *rate.Limiter
}

func newToolLimits() *toolLimits {
	known, err := lru.New[string, *rate.Limiter](maxKnownTools)
	if err != nil {
		panic(err) // only of a size below one
	}
	return &toolLimits{known, rate.NewLimiter(strangerRate, strangerBurst)}
}

func (l *toolLimits) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limiter := l.strangers
		if fields := strings.Fields(r.Header.Get("Authorization")); len(fields) == 2 {
			if own, ok := l.known.Get(fields[1]); ok {
				limiter = own
			}
		}
		if !limiter.Allow() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests: wait a second", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}
