package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/install"
	"visitprep/internal/store"
)

func manifestCommand() *cobra.Command {
	var socket, many, rotate, organisation bool
	var url, language string
	cmd := &cobra.Command{
		Use: "manifest --socket | --url URL [--many] [--language zh]", Short: "Print the Slack app manifest, ready to paste", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// The two transports need different manifests, and a wrong one is found out only
			// after the app is installed: neither is the default.
			if socket == (url != "") {
				return errors.New("say how Slack reaches the app: manifest --socket, or manifest --url https://your.host/slack/events")
			}
			if url != "" && !strings.HasPrefix(url, "https://") {
				return fmt.Errorf("manifest --url %s: Slack takes https:// addresses only, such as https://your.host/slack/events", url)
			}
			if !many && (rotate || organisation) {
				return errors.New("--rotate and --organisation are for an app that many workspaces install: add --many, or leave them out")
			}
			l := store.Language(language)
			if l != store.English && l != store.Chinese {
				return fmt.Errorf("--language %s: write %s or %s", language, store.English, store.Chinese)
			}
			d := bot.Distribution{Rotation: rotate, Organisation: organisation}
			if many {
				if url == "" {
					return errors.New("--many needs the public address, for people add the app on a page of yours: manifest --many --url https://your.host/slack/events")
				}
				d.Redirect = strings.TrimSuffix(url, slackPath) + install.DonePath
				if !strings.HasSuffix(url, slackPath) {
					return fmt.Errorf("manifest --many --url %s: write the address of your public_url with %s behind it, such as https://your.host%s", url, slackPath, slackPath)
				}
			}
			m, err := bot.Manifest(url, l, d)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", m)
			return err
		},
	}
	cmd.Flags().BoolVar(&socket, "socket", false, "for Socket Mode: no public address needed")
	cmd.Flags().StringVar(&url, "url", "", "for HTTP: the public `URL` of POST /slack/events")
	cmd.Flags().BoolVar(&many, "many", false, "for an app that many workspaces install, at /slack/install of the same address")
	cmd.Flags().BoolVar(&rotate, "rotate", false, "with --many: tokens last for 12 hours and are refreshed; Slack never turns it off again")
	cmd.Flags().BoolVar(&organisation, "organisation", false, "with --many: an Enterprise organisation can install it for its workspaces")
	cmd.Flags().StringVar(&language, "language", string(store.English), "in which everybody reads the menus of commands and shortcuts, en or zh")
	return cmd
}
