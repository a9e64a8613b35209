package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"visitprep": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
			stop()
			os.Exit(code)
		},
	})
}

// TestScripts runs the real program as the scripts in testdata/script say: they
// are the manual of its commands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// TestSecretsDoNotPrint is why the type secret exists.
func TestSecretsDoNotPrint(t *testing.T) {
	s, err := loadSlackSettings(func(name string) string {
		if name == "SLACK_API_URL" {
			return "http://127.0.0.1:1"
		}
		return "xoxb-very-secret"
	})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	c := new(config)
	c.Log.Level, c.Log.Format = "info", "text"
	c.logger(&log).Info("settings", "token", s.BotToken, "all", s)
	c.Log.Format = "json"
	c.logger(&log).Info("settings", "token", s.BotToken, "all", s)
	if strings.Contains(log.String(), "very-secret") {
		t.Errorf("a secret is in the log:\n%s", log.String())
	}
}
