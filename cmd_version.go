package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// nextVersion is the version of a program that was built from a working copy, which
// Go cannot know. A release is built from its tag, and Go stamps that.
const nextVersion = "v0.2.0-dev"

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), versionLine(buildInfo()))
			return err
		},
	}
}

// versionLine is the version, the commit that it was built from where that is known,
// and the version of Go.
func versionLine(info *debug.BuildInfo) string {
	words := []string{"visitprep", info.Main.Version}
	if v := info.Main.Version; v == "" || v == "(devel)" {
		words[1] = nextVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				words = append(words, s.Value[:min(12, len(s.Value))])
			}
		}
	}
	if info.GoVersion != "" {
		words = append(words, info.GoVersion)
	}
	return strings.Join(words, " ")
}

func buildInfo() *debug.BuildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return new(debug.BuildInfo)
	}
	return info
}

// builtVersion is the version alone.
func builtVersion() string {
	_, rest, _ := strings.Cut(versionLine(buildInfo()), " ")
	version, _, _ := strings.Cut(rest, " ")
	return version
}
