// Command mutants shows that the tests hold what the README promises. Each file in
// patches/ takes one rule out of the program, by a change as small as a line, and
// names the tests that must fail then. The command makes every such change by itself,
// in a copy that only the compiler sees, and runs only the tests that are named:
//
//	go run ./internal/mutants            all of them, two at a time
//	go run ./internal/mutants -run shared -v
//	go run ./internal/mutants -part 2/3  every third, from the second on
//
// It exits with 1 unless each was killed by a failing test; a program that does not
// compile does not count. First it runs the named tests as the tree stands: one that
// fails then would kill everything.
//
// The tests of this package hold the patches themselves: each still applies, and
// every place in package bot that asks whether somebody may see something has one.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("run", "", "try only the patches whose name matches `regexp`")
	part := flags.String("part", "1/1", "try only every M-th of them, from the N-th on: `N/M`")
	verbose := flags.Bool("v", false, "print each rule, and what the tests said where a patch was not killed")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(stderr, "-run:", err)
		return 2
	}
	first, every, err := parsePart(*part)
	if err != nil {
		fmt.Fprintln(stderr, "-part:", err)
		return 2
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	patches, err := load(os.DirFS(filepath.Join(root, patchesDir)))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	patches = slices.DeleteFunc(patches, func(p *patch) bool { return !chosen.MatchString(p.name) })
	patches = everyOf(patches, first, every)
	began, killed := time.Now(), 0
	if err := standing(ctx, root, patches); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	for v := range tryAll(ctx, root, patches) {
		if v.state == dead {
			killed++
		}
		v.print(stdout, *verbose)
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "interrupted")
		return 1
	}
	fmt.Fprintf(stdout, "%d of %d killed in %s\n", killed, len(patches), time.Since(began).Round(time.Second))
	if killed < len(patches) || len(patches) == 0 {
		return 1
	}
	return 0
}

// parsePart reads "2/3": every third, from the second on.
func parsePart(s string) (first, every int, err error) {
	if n, err := fmt.Sscanf(s, "%d/%d", &first, &every); n != 2 || err != nil || first < 1 || first > every {
		return 0, 0, fmt.Errorf("%q is not a part; write it as 1/3", s)
	}
	return first, every, nil
}

// everyOf are every so many patches, from the first-th on.
func everyOf(patches []*patch, first, every int) (part []*patch) {
	for n := first - 1; n < len(patches); n += every {
		part = append(part, patches[n])
	}
	return part
}

// standing reports tests that the patches name and that fail without any of them.
func standing(ctx context.Context, root string, patches []*patch) error {
	tests := map[string][]string{} // by package
	for _, p := range patches {
		for _, in := range p.packages {
			if !slices.Contains(tests[in], p.run) {
				tests[in] = append(tests[in], p.run)
			}
		}
	}
	for _, in := range slices.Sorted(maps.Keys(tests)) {
		cmd := exec.CommandContext(ctx, "go", "test", noInlining, "-vet=off", "-run", strings.Join(tests[in], "|"), in)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("the tests do not pass as the tree stands: %s: %w\n%s", in, err, out)
		}
	}
	return nil
}

// atOnce is how many patches are tried at a time; the compiler itself uses all cores.
const atOnce = 2

// tryAll tries patches until ctx ends, and gives what became of each as it is known.
func tryAll(ctx context.Context, root string, patches []*patch) <-chan verdict {
	verdicts := make(chan verdict)
	todo := make(chan *patch)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for p := range todo {
				verdicts <- try(ctx, root, p)
			}
		})
	}
	go func() {
		for _, p := range patches {
			if ctx.Err() != nil {
				break
			}
			todo <- p
		}
		close(todo)
		workers.Wait()
		close(verdicts)
	}()
	return verdicts
}

// moduleRoot is the folder of the module that the working directory is in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// A state is what became of a patch.
type state string

const (
	dead        state = "killed"
	lives       state = "LIVES"
	broken      state = "DOES NOT BUILD"
	elsewhere   state = "NOT FOUND" // the text that it changes
	unreachable state = "NO TEST RAN"
)

// A verdict is what became of a patch, and how that is known.
type verdict struct {
	*patch
	state  state
	by     string // the first test that failed
	why    error  // what kept it from being tried
	took   time.Duration
	output string // of the compiler and of the tests
}

func (v *verdict) print(w io.Writer, verbose bool) {
	detail := ""
	switch {
	case v.why != nil:
		detail = ": " + v.why.Error()
	case v.by != "":
		detail = fmt.Sprintf(" by %s (%.1fs)", v.by, v.took.Seconds())
	}
	fmt.Fprintf(w, "%-14s %s%s\n", v.state, v.name, detail)
	if verbose || v.state != dead {
		fmt.Fprintf(w, "%15s%s\n", "", v.rule)
	}
	if verbose && v.state != dead {
		fmt.Fprintln(w, v.output)
	}
}

// testTimeout bounds one patch: a change may make a test wait for ever.
const testTimeout = "2m"

// noInlining spares a fifth of the time of a run: most of it is the compiler's.
const noInlining = "-gcflags=-l"

// try applies one patch and runs its tests.
func try(ctx context.Context, root string, p *patch) (v verdict) {
	began := time.Now()
	v.patch = p
	original := filepath.Join(root, filepath.FromSlash(p.file))
	src, err := os.ReadFile(original)
	if err == nil {
		src, err = p.apply(src)
	}
	if err != nil {
		v.state, v.why = elsewhere, err
		return v
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		v.state, v.why = broken, err
		return v
	}
	defer os.RemoveAll(dir)
	overlay, err := writeOverlay(dir, original, src)
	if err != nil {
		v.state, v.why = broken, err
		return v
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-overlay", overlay, noInlining, "-vet=off", "-count=1", "-timeout", testTimeout, "-run", p.run}, p.packages...)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	v.output = words(out)
	v.state, v.by = judge(out)
	v.took = time.Since(began)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		v.state, v.why = broken, err
	}
	return v
}

// writeOverlay writes a changed file, and the file that has the go command read it
// in the place of the original.
func writeOverlay(dir, original string, changed []byte) (overlay string, err error) {
	file := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]map[string]string{"Replace": {original: file}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, body, 0o600)
}

// judge reads what go test -json has to say, and which test failed first.
func judge(out []byte) (s state, by string) {
	s = unreachable
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			continue // the go command itself speaks
		}
		switch {
		case e.Action == "build-fail":
			s = broken
		case s == broken || s == dead:
		case strings.HasSuffix(e.Output, "[no tests to run]\n"):
			s = unreachable
		case e.Action == "fail" && e.Test != "":
			s, by = dead, e.Test
		case e.Action == "run":
			s = lives
		}
	}
	return s, by
}

// words are what go test -json says in plain lines.
func words(out []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(out) {
		var e struct{ Output string }
		if json.Unmarshal(line, &e) != nil {
			b.Write(line)
		}
		b.WriteString(e.Output)
	}
	return b.String()
}
