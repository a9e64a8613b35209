// Visitprep is a Slack app that helps a team prepare visits to its manufacturing
// partner's factory in China. `visitprep try` shows it without Slack; README.md
// has the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() { os.Exit(lent()) }

// errTerminated is why a context ends on SIGTERM, with which a service manager stops us. Whoever
// sends us requests then does not know of it yet; on Ctrl+C it is a person who waits.
var errTerminated = errors.New("terminated")

// goneWithin is how long after the signal the process is gone, whatever it was doing: before a
// service manager kills it after ten seconds.
const goneWithin = 9500 * time.Millisecond

// lent runs the program with the process that it was lent, until it ends or a signal ends it. A
// second signal kills it at once.
func lent() int {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cause := context.Canceled
		if <-signals == syscall.SIGTERM {
			cause = errTerminated
		}
		signal.Stop(signals)
		end(cause)
		time.Sleep(goneWithin)
		fmt.Fprintln(os.Stderr, "visitprep: it took too long to stop; the next start takes up what was under way")
		os.Exit(1)
	}()
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
}

// run is the whole program; main only lends it the process. It returns the exit
// code: 0, or 1 after saying on stderr what was wrong.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	// Whoever answers in Slack's place may repeat what it was sent: neither the log nor an
	// error passes that on.
	stderr = secretsOf(getenv).hiding(stderr)
	cmd := command(getenv)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, "visitprep:", err)
		return 1
	}
	return 0
}

// takes refuses another number of files than a command takes, with an example; cobra's own
// words count arguments and do not say what to type.
func takes(least, most int, what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%s takes %s: visitprep %s", cmd.Name(), what, example)
		}
		return nil
	}
}

// command is the table of subcommands. Each call makes a new one, so that tests run
// several at once, and reads the environment through getenv, so that they need not change
// their own.
func command(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:           "visitprep",
		Short:         "Prepare visits to your manufacturing partner's factory in China, in Slack",
		SilenceErrors: true, // run says them, once
		SilenceUsage:  true, // a page of flags hides the sentence above it
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().String("config", "", "settings `FILE` (default: config.yaml in this folder, if there is one)")
	root.AddCommand(
		serveCommand(getenv),
		tryCommand(),
		askCommand(),
		evalCommand(),
		checkCommand(getenv),
		dueCommand(getenv),
		gapsCommand(getenv),
		importCommand(getenv),
		exportCommand(getenv),
		forgetCommand(getenv),
		statusCommand(getenv),
		keysCommand(getenv),
		backupCommand(getenv),
		restoreCommand(getenv),
		moveCommand(getenv),
		migrateCommand(getenv),
		readyCommand(),
		manifestCommand(),
		mcpCommand(getenv),
		versionCommand(),
	)
	return root
}
