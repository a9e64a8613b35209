package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// readyWithin is how long a running serve may take to say whether it is ready.
const readyWithin = 3 * time.Second

func readyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ready", Short: "Ask the serve that runs on this machine whether it is ready", Args: cobra.NoArgs,
		Long: `Ask the serve that runs on this machine whether it is ready, at the address that metrics or
listen in the settings names. It ends with 0 where it is, for the health check of a container.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			address := here(cmp.Or(cfg.Metrics, cfg.Listen))
			res, err := (&http.Client{Timeout: readyWithin}).Get("http://" + address + "/readyz")
			if err != nil {
				return fmt.Errorf("nothing answers on %s (%s): start visitprep serve, or look at metrics and listen in config.yaml; in Socket Mode only metrics has an address", address, reason(err))
			}
			defer res.Body.Close()
			said, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
			if err != nil {
				return fmt.Errorf("read what serve answers: %w", err)
			}
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("it is not ready: %s", strings.TrimSpace(string(said)))
			}
			_, err = cmd.OutOrStdout().Write(said)
			return err
		},
	}
}

// here is how an address is reached from this machine: one that is listened on everywhere has no
// host of its own.
func here(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
