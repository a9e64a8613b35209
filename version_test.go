package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionLine(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}}
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"a release says its tag", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.1.0"}, Settings: commit}, "visitprep v0.1.0 go1.26.8"},
		{"a working copy says what comes next, and its commit", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}, Settings: commit}, "visitprep " + nextVersion + " 0123456789ab go1.26.8"},
		{"without a commit it says no commit", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}, "visitprep " + nextVersion + " go1.26.8"},
		{"nothing is known", debug.BuildInfo{}, "visitprep " + nextVersion},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := versionLine(&c.info); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
