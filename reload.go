package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"visitprep/bot"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// whileRunning are the settings that a running serve takes over on SIGHUP. Every other one takes a
// restart: addresses are listened on, reminders are planned by the rules that were there, and what is
// known of who reads a channel was found out under "guests".
var whileRunning = []string{
	"contacts.sub_tier", "entries_missed", "gifts.approver", "gifts.currency", "gifts.limit", "knowledge.dir", "log.level", "market.notes", "welcome",
}

// forBot are those of the settings that a bot takes over while it runs.
func (c *config) forBot() bot.Settings {
	return bot.Settings{
		Welcome: c.Welcome, KeepMissed: c.EntriesMissed, MarketNotes: c.Market.Notes, SubTier: c.Contacts.SubTier,
		Gifts: visit.GiftLimit{Money: visit.Money{Hundredths: c.Gifts.Limit * 100, Currency: c.Gifts.Currency}, Approver: c.Gifts.Approver},
	}
}

// A reloading reads the settings again.
type reloading struct {
	name    string // of the file; "" is config.yaml of the current folder, if there is one
	started config // as the file had them when the program started
	now     config // as it has gone by them since
}

// on reads the settings again at each signal, until ctx ends.
func (r *reloading) on(ctx context.Context, signals <-chan os.Signal, a *app) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			r.reload(ctx, a)
		}
	}
}

// reload reads the settings again. With a mistake in them, or in the knowledge that they name, all stays
// as it is.
func (r *reloading) reload(ctx context.Context, a *app) {
	next, err := loadConfig(r.name)
	if err == nil && r.now.read && !next.read {
		err = errors.New("config.yaml is gone: put it back, or start again to go by the settings that are built in")
	}
	var there *folder
	if err == nil && next.Knowledge.Dir != r.now.Knowledge.Dir {
		there, err = folderOf(next)
	}
	if err != nil {
		a.log.Error("the settings have mistakes; the last good ones stay", "err", err)
		return
	}
	for _, doubt := range next.doubts {
		a.log.Warn(doubt.Error())
	}
	var changed []string
	for _, name := range differing(&r.now, next) {
		if slices.Contains(whileRunning, name) {
			changed = append(changed, name)
		}
	}
	later := slices.DeleteFunc(differing(&r.started, next), func(name string) bool { return slices.Contains(whileRunning, name) })
	r.started.level.Set(next.logLevel())
	a.bot.Set(next.forBot())
	if there != nil {
		select {
		case a.elsewhere <- *there:
			<-there.taken
		case <-ctx.Done():
			return
		}
	}
	r.now = *next
	if len(changed) > 0 {
		a.log.Info("the settings are read again", "changed", strings.Join(changed, " "))
	} else {
		a.log.Info("the settings are read again, and none has changed that can while it runs")
	}
	if len(later) > 0 {
		a.log.Warn("these settings take a restart", "settings", strings.Join(later, " "))
	}
}

// differing are the settings, as their paths in the file, in which two files differ.
func differing(a, b *config) (names []string) {
	in := func(c *config) map[string]string {
		var tree map[string]any
		text, err := yaml.Marshal(c)
		if err == nil {
			err = yaml.Unmarshal(text, &tree)
		}
		if err != nil {
			panic(err) // not reached: it is how they were read
		}
		flat := map[string]string{}
		flatten(flat, "", tree)
		return flat
	}
	before, after := in(a), in(b)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	return names
}

func flatten(into map[string]string, prefix string, tree map[string]any) {
	for key, value := range tree {
		if below, ok := value.(map[string]any); ok {
			flatten(into, prefix+key+".", below)
			continue
		}
		into[prefix+key] = fmt.Sprint(value)
	}
}

// A folder of a team's own advice, as it was when it was read.
type folder struct {
	dir   string
	state knowledge.State
	base  *knowledge.Base
	taken chan struct{} // closed once its advice answers
}

// folderOf reads the advice that the settings name. The state of the files is taken before they are
// read: a change made in between is then noticed.
func folderOf(c *config) (*folder, error) {
	f := &folder{dir: c.Knowledge.Dir, state: knowledge.StateOf(c.Knowledge.Dir), taken: make(chan struct{})}
	var err error
	f.base, err = loadKnowledge(c)
	return f, err
}

// follow follows the team's own advice as its files change, and to another folder, until ctx ends.
func (a *app) follow(ctx context.Context, f folder) {
	for {
		watching, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if f.dir != "" {
				knowledge.Watch(watching, f.dir, f.state, a.bot.Reload)
			}
		}()
		select {
		case <-ctx.Done():
			stop()
			<-ended
			return
		case f = <-a.elsewhere:
			stop()
			<-ended
			a.bot.Reload(f.base, nil)
			close(f.taken)
		}
	}
}
