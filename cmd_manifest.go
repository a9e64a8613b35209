package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/bot"
)

func manifestCommand() *cobra.Command {
	var socket bool
	var url string
	cmd := &cobra.Command{
		Use: "manifest --socket | --url URL", Short: "Print the Slack app manifest, ready to paste", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// The two transports need different manifests, and a wrong one is found out only
			// after the app is installed: neither is the default.
			if socket == (url != "") {
				return errors.New("say how Slack reaches the app: manifest --socket, or manifest --url https://your.host/slack/events")
			}
			if url != "" && !strings.HasPrefix(url, "https://") {
				return fmt.Errorf("manifest --url %s: Slack takes https:// addresses only, such as https://your.host/slack/events", url)
			}
			m, err := bot.Manifest(url)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", m)
			return err
		},
	}
	cmd.Flags().BoolVar(&socket, "socket", false, "for Socket Mode: no public address needed")
	cmd.Flags().StringVar(&url, "url", "", "for HTTP: the public `URL` of POST /slack/events")
	return cmd
}
