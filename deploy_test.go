package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"gopkg.in/yaml.v3"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// manifests checks what somebody gives to Kubernetes, as strictly as "kubectl apply
// --validate=strict": every document is of a kind that is known, and has the fields of its kind only.
func manifests(t *testing.T, text []byte) (kinds []string, err error) {
	t.Helper()
	data, err := os.ReadFile("testdata/kubernetes/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Kinds map[string]string             `json:"kinds"`
		Defs  map[string]*jsonschema.Schema `json:"$defs"`
	}
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	for documents := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var d map[string]any
		if err := documents.Decode(&d); errors.Is(err, io.EOF) {
			return kinds, nil
		} else if err != nil {
			return kinds, err
		}
		kind := fmt.Sprint(d["apiVersion"], " ", d["kind"])
		kinds = append(kinds, kind)
		if known.Kinds[kind] == "" {
			return kinds, fmt.Errorf("%s is no kind that is known", kind)
		}
		schema, err := (&jsonschema.Schema{Ref: known.Kinds[kind], Defs: known.Defs}).Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(d); err != nil {
			return kinds, fmt.Errorf("%s: %w", kind, err)
		}
	}
}

// The manifests are what Kubernetes takes, and what is misspelt or of another type is found.
func TestManifestsAreWhatKubernetesTakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("deploy/kubernetes/*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatalf("there are %q, %v", files, err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kinds, err := manifests(t, text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		all = append(all, kinds...)
	}
	for _, kind := range []string{"apps/v1 Deployment", "v1 Service", "networking.k8s.io/v1 Ingress", "v1 Secret", "v1 ConfigMap", "policy/v1 PodDisruptionBudget", "networking.k8s.io/v1 NetworkPolicy"} {
		if !strings.Contains("\n"+strings.Join(all, "\n")+"\n", "\n"+kind+"\n") {
			t.Errorf("there is no %s", kind)
		}
	}
	good, err := os.ReadFile("deploy/kubernetes/visitprep.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to string }{
		{"a misspelt field of the deployment", "replicas: 3", "replica: 3"},
		{"a word for a number", "replicas: 3", `replicas: "three"`},
		{"a misspelt field of the pod", "terminationGracePeriodSeconds", "terminationGraceSeconds"},
		{"a probe with a misspelt field", "failureThreshold: 60", "failureTreshold: 60"},
		{"a security context that is a list", "securityContext:\n            allow", "securityContext:\n            - allow"},
		{"a word for yes or no", "readOnlyRootFilesystem: true", `readOnlyRootFilesystem: "true"`},
		{"a port without its number", "containerPort: 8080", "port: 8080"},
		{"a kind of another version", "apiVersion: policy/v1", "apiVersion: policy/v1beta1"},
		{"a deployment without a selector", "  selector:\n    matchLabels: {app.kubernetes.io/name: visitprep}\n  strategy:", "  strategy:"},
		{"a backend that is no service", "backend:\n              service:", "backend:\n              services:"},
		{"a policy of another direction", "  egress:", "  outward:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(string(good), c.from, c.to, 1)
			if bad == string(good) {
				t.Fatalf("the manifest has no %q", c.from)
			}
			if _, err := manifests(t, []byte(bad)); err == nil {
				t.Error("it is taken")
			}
		})
	}
}

// What the manifests, the image and the unit say of the program is so: the settings load, the ports
// are those that are listened on, and the time to stop is longer than it takes.
func TestWhatIsDeployedFitsTheProgram(t *testing.T) {
	t.Parallel()
	type manifest struct {
		Kind string
		Data map[string]string
		Spec struct {
			Template struct {
				Spec struct {
					Grace      int `yaml:"terminationGracePeriodSeconds"`
					Containers []struct {
						Args  []string
						Ports []struct {
							ContainerPort int `yaml:"containerPort"`
						}
					}
				}
			}
		}
	}
	dir := t.TempDir()
	address := regexp.MustCompile(`(?m)^(listen|metrics): 0\.0\.0\.0:(8080|9090)$`)
	load := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(address.FindAllString(text, -1)); n != 2 {
			t.Errorf("%s listens on %d of the two ports that are published", name, n)
		}
	}
	image, err := os.ReadFile("deploy/container/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	load("image.yaml", string(image))
	seen := 0
	for _, file := range []string{"settings", "visitprep"} {
		text, err := os.ReadFile("deploy/kubernetes/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for documents := yaml.NewDecoder(bytes.NewReader(text)); ; {
			var m manifest
			if err := documents.Decode(&m); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			switch m.Kind {
			case "ConfigMap":
				seen++
				load("map.yaml", m.Data["config.yaml"])
			case "Deployment":
				seen++
				pod := m.Spec.Template.Spec
				if pod.Grace <= int(stopsWithin.Seconds()) {
					t.Errorf("a pod has %d s to stop, and may take ten", pod.Grace)
				}
				if c := pod.Containers[0]; c.Args[0] != "serve" || c.Ports[0].ContainerPort != 8080 || c.Ports[1].ContainerPort != 9090 {
					t.Errorf("the container is %+v", c)
				}
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d of the two manifests were looked at", seen)
	}
}

// ends runs a program that must end well, and gives what it printed.
func ends(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, said)
	}
	return string(said)
}

// unit is what a unit of systemd says, in order.
type unit map[string][]string

func readUnit(t *testing.T, file string) unit {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u := unit{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u
}

// analysed has systemd look at a unit of deploy/systemd, whose program is installed below root.
func analysed(t *testing.T, name, root string) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Error("there is no systemd-analyze here")
		}
		return
	}
	text, err := os.ReadFile("deploy/systemd/" + name)
	if err != nil {
		t.Fatal(err)
	}
	look := func(text string) (said string, err error) {
		file := filepath.Join(t.TempDir(), name) // it looks for the program where the unit has it
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "/usr/local/bin/visitprep", root+"/usr/local/bin/visitprep")), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(program, "verify", "--man=no", file).CombinedOutput()
		return string(out), err
	}
	if said, err := look(string(text)); err != nil || strings.Contains(said, name+":") {
		t.Errorf("systemd-analyze verify says %s, %v", said, err)
	}
	if said, _ := look(strings.Replace(string(text), "ProtectSystem=", "ProtectSytem=", 1)); !strings.Contains(said, "ProtectSytem") {
		t.Errorf("systemd-analyze verify takes what is misspelt: %s", said)
	}
	said := ends(t, "", program, "security", "--no-pager", "--offline=yes", "--threshold=20", "deploy/systemd/"+name)
	if !strings.Contains(said, "exposure level for "+name+": 1.") {
		t.Errorf("systemd-analyze security says %s", said)
	}
}

// TestToolsServiceOfSystemd: the unit for tools is held back as the one of serve is, has its account and its
// folder, and what it runs answers tools on this machine alone and stops in time.
func TestToolsServiceOfSystemd(t *testing.T) {
	t.Parallel()
	serves, tools := readUnit(t, "deploy/systemd/visitprep.service"), readUnit(t, "deploy/systemd/visitprep-mcp.service")
	for key, values := range serves {
		if slices.Contains([]string{"Description", "After", "ExecStart", "ExecReload"}, key) {
			continue
		}
		if diff := cmp.Diff(values, tools[key]); diff != "" {
			t.Errorf("%s differs: %s", key, diff)
		}
	}
	// systemd names the account of serve after its unit.
	if diff := cmp.Diff([]string{"visitprep"}, tools["User"]); diff != "" || len(serves["User"]) > 0 {
		t.Errorf("the accounts differ: %s", diff)
	}
	program, err := exec.LookPath("visitprep")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "usr/local/bin"), 0o755), os.Symlink(program, filepath.Join(root, "usr/local/bin/visitprep"))); err != nil {
		t.Fatal(err)
	}
	analysed(t, "visitprep-mcp.service", root)

	w, env := installed(t, nil)
	state := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{URL: filepath.Join(state, "visitprep.db"), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(tools["ExecStart"][0])
	if got := args[len(args)-1]; got != "127.0.0.1:8090" {
		t.Errorf("it listens on %s", got)
	}
	args[len(args)-1] = "127.0.0.1:0" // another test may have the port
	for n, a := range args {
		if a == "/etc/visitprep/config.yaml" {
			args[n] = filepath.Join(root, "config.yaml")
		}
	}
	if err := os.WriteFile(filepath.Join(root, "config.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir = state
	cmd.Env = []string{"SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_SIGNING_SECRET=" + w.SigningSecret(), "SLACK_API_URL=" + env["SLACK_API_URL"], "PATH=" + os.Getenv("PATH")}
	p := runs(t, cmd)
	address := regexp.MustCompile(`tools can read.* address=(\S+)`)
	var found [][]byte
	if !p.until(func() bool { found = address.FindSubmatch(p.output.Bytes()); return found != nil }) {
		t.Fatal("it ended")
	}
	res, err := http.Post("http://"+string(found[1])+"/mcp", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token it answers %d", res.StatusCode)
	}
	if took := p.terminate(t); took > stopsWithin || p.err != nil {
		t.Errorf("it took %s to stop, and ended with %v", took, p.err)
	}
}

// TestServiceOfSystemd installs into a folder, twice, and then starts what the unit says as somebody
// who may do nothing, with the folders that it gives, against a local Slack; then it ends it.
func TestServiceOfSystemd(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("visitprep")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	install := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("deploy/systemd/install.sh", append(args, program)...)
		cmd.Env = append(os.Environ(), "DESTDIR="+root)
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return string(said)
	}
	there := func() (files map[string]string) {
		files = map[string]string{}
		filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				info, _ := d.Info()
				files[strings.TrimPrefix(name, root)] = info.Mode().String()
			}
			return err
		})
		return files
	}
	said := install("--dry-run")
	if n := strings.Count(said, "would write"); n != 5 || len(there()) != 0 {
		t.Errorf("a dry run says %q, and there are %v", said, there())
	}
	install()
	if diff := cmp.Diff(there(), map[string]string{
		"/usr/local/bin/visitprep": "-rwxr-xr-x", "/etc/systemd/system/visitprep.service": "-rw-r--r--", "/etc/systemd/system/visitprep-mcp.service": "-rw-r--r--",
		"/etc/visitprep/config.yaml": "-rw-r--r--", "/etc/visitprep/visitprep.env": "-rw-------",
	}); diff != "" {
		t.Error(diff)
	}

	// What is there is not touched.
	w, env := installed(t, nil)
	tokens := filepath.Join(root, "etc/visitprep/visitprep.env")
	mine := fmt.Sprintf("SLACK_BOT_TOKEN=%s\nSLACK_SIGNING_SECRET=%s\n", w.BotToken(), w.SigningSecret())
	config := filepath.Join(root, "etc/visitprep/config.yaml")
	for file, text := range map[string]string{tokens: mine, config: "listen: 127.0.0.1:0\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := install(); strings.Count(said, "kept ") != 2 || strings.Count(said, "as it was ") != 3 {
		t.Errorf("the second time it says\n%s", said)
	}
	if now, err := os.ReadFile(tokens); err != nil || string(now) != mine {
		t.Errorf("the tokens are now %q, %v", now, err)
	}

	u := readUnit(t, filepath.Join(root, "etc/systemd/system/visitprep.service"))
	analysed(t, "visitprep.service", root)

	// It runs as the unit has it run, but for what only systemd can hold back.
	state := filepath.Join(t.TempDir(), u["StateDirectory"][0])
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(u["ExecStart"][0])
	if args[0] != "/usr/local/bin/visitprep" || u["WorkingDirectory"][0] != "/var/lib/"+u["StateDirectory"][0] {
		t.Errorf("it runs %q in %q", args, u["WorkingDirectory"])
	}
	for i, a := range args[1:] {
		if strings.HasPrefix(a, "/etc/") {
			args[1+i] = root + a
		}
	}
	cmd := exec.Command(root+args[0], args[1:]...)
	cmd.Dir = state
	cmd.Env = append(strings.Fields(mine), "SLACK_API_URL="+env["SLACK_API_URL"], "PATH="+os.Getenv("PATH"))
	if os.Getuid() == 0 { // as the account that systemd makes: of nobody, in no group
		const nobody = 65534
		for _, name := range []string{state, config} {
			if err := os.Chown(name, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		for folder := filepath.Dir(state); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
			os.Chmod(folder, 0o755)
		}
		for folder := root; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
			os.Chmod(folder, 0o755)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	p := runs(t, cmd)
	address := regexp.MustCompile(`visitprep is starting.* address=(\S+)`)
	var found [][]byte
	if !p.until(func() bool { found = address.FindSubmatch(p.output.Bytes()); return found != nil }) {
		t.Fatal("it ended")
	}
	res, err := http.Get("http://" + string(found[1]) + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("/readyz answers %d", res.StatusCode)
	}
	if info, err := os.Stat(filepath.Join(state, "visitprep.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database is %v, %v", info, err)
	}
	if took := p.terminate(t); took > stopsWithin || p.err != nil {
		t.Errorf("it took %s to stop, and ended with %v", took, p.err)
	}
	given, err := time.ParseDuration(u["TimeoutStopSec"][0])
	if err != nil || given <= stopsWithin {
		t.Errorf("systemd gives it %s to stop, %v", given, err)
	}
}

// asARuntime runs an image as a runtime of containers does, with the tools of Linux: its root cannot
// be written to, its folder of data can, and it runs as nobody in particular. It does not close off
// the network.
const asARuntime = `set -eu
root=$1 data=$2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
visitprep() { unshare --root "$root" --wd /data --setgid 65532 --setuid 65532 /usr/local/bin/visitprep "$@"; }
unshare --root "$root" --wd /data --setgid 65532 --setuid 65532 /usr/local/bin/visitprep serve --config /etc/visitprep/config.yaml &
serve=$!
tries=0
until visitprep ready --config /etc/visitprep/config.yaml; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || exit 1
	sleep 0.1
done
visitprep import visits.csv --workspace T0LOCALTEAM
visitprep backup copy.db && echo "the volume can be written to"
visitprep backup /copy.db || echo "nothing else can"
kill -TERM $serve
wait $serve
echo "it ended with $?"
`

// TestContainer builds the image without a network, from the modules that are here, and runs it as
// its settings say.
func TestContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program once more")
	}
	buildah, err := exec.LookPath("buildah")
	if err != nil || os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("the container is not tried: buildah: %v, user %d", err, os.Getuid())
		}
		t.Skip("it takes buildah, and root")
	}
	t.Parallel()
	dir := t.TempDir()
	storage := []string{"--storage-driver", "vfs", "--root", filepath.Join(dir, "storage"), "--runroot", filepath.Join(dir, "run")}
	build := func(args ...string) string {
		t.Helper()
		// Without a network: of its own it has none.
		said, err := exec.Command("unshare", slices.Concat([]string{"--net", buildah}, storage, args)...).Output()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("buildah %q: %v\n%s\n%s", args, err, said, failed.Stderr)
		}
		return strings.TrimSpace(string(said))
	}

	// What it is built from: the tree, and the modules.
	source, scratch := filepath.Join(dir, "source"), filepath.Join(dir, "scratch")
	for name := range strings.Lines(ends(t, "", "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		name = strings.TrimSpace(name)
		if strings.HasPrefix(name, "docs/") || strings.Contains("/"+name, "/testdata/") || strings.HasSuffix(name, "_test.go") {
			continue // as .dockerignore says
		}
		text, err := os.ReadFile(name)
		if err := errors.Join(err, os.MkdirAll(filepath.Join(source, filepath.Dir(name)), 0o755), os.WriteFile(filepath.Join(source, name), text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	ends(t, source, "go", "mod", "vendor")
	// In place of an image with Go, which comes from a network: Go itself, and nothing else.
	base := build("from", "scratch")
	build("config", "--env", "GOROOT=/usr/local/go", "--env", "GOCACHE=/cache", "--env", "GOPROXY=off", base)
	golang := build("commit", "--quiet", base, "localhost/go")
	if err := os.Mkdir(scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	from := func(of string) string { return strings.TrimSpace(ends(t, "", "go", "env", of)) }
	image := build("build", "--quiet", "--isolation", "chroot", "--format", "docker", "--build-arg", "GO_IMAGE="+golang,
		"--volume", from("GOROOT")+":/usr/local/go:ro", "--volume", from("GOCACHE")+":/cache:rw", "--volume", scratch+":/tmp:rw",
		"--file", filepath.Join(source, "deploy/container/Dockerfile"), source)
	var made struct {
		Docker struct {
			Config struct {
				User, WorkingDir, StopSignal string
				Cmd, Entrypoint              []string
				Volumes                      map[string]any
				Healthcheck                  struct{ Test []string }
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(build("inspect", "--type", "image", image)), &made); err != nil {
		t.Fatal(err)
	}
	c := made.Docker.Config
	const settings = "--config /etc/visitprep/config.yaml"
	if _, volume := c.Volumes["/data"]; !volume || c.User != "65532:65532" || c.WorkingDir != "/data" || c.StopSignal != "SIGTERM" {
		t.Errorf("the image is %+v", c)
	}
	if got := strings.Join(slices.Concat(c.Entrypoint, c.Cmd), " "); got != "/usr/local/bin/visitprep serve "+settings {
		t.Errorf("it runs %s", got)
	}
	if got := strings.Join(c.Healthcheck.Test, " "); got != "CMD /usr/local/bin/visitprep ready "+settings {
		t.Errorf("its health is asked by %s", got)
	}

	root := build("mount", build("from", image))
	if said := ends(t, "", "go", "version", "-m", filepath.Join(root, "usr/local/bin/visitprep")); !strings.Contains(said, "CGO_ENABLED=0") || !strings.Contains(said, "golang.org/x/crypto/x509roots/fallback") {
		t.Errorf("the program is linked with the system's libraries, or has no roots of certificates: %s", said)
	}
	// On this network the ports of the image may be taken.
	file := filepath.Join(root, "etc/visitprep/config.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range []string{":8080", ":9090"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(port), []byte(fmt.Sprintf(":%d", l.Addr().(*net.TCPAddr).Port)), 1)
		l.Close()
	}
	w, env := installed(t, nil)
	data := filepath.Join(dir, "data")
	visits := "kind,factory,zone,purpose,first,channel,owner\nvisit,Ningbo Bright Metal,Asia/Urumqi,first_visit,2040-03-15,C0SOURCING1,U0MIACHEN01\n"
	if err := errors.Join(os.WriteFile(file, text, 0o644), os.Mkdir(data, 0o700), os.Chown(data, 65532, 65532), os.WriteFile(filepath.Join(data, "visits.csv"), []byte(visits), 0o644)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", asARuntime, "sh", root, data)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_SIGNING_SECRET=" + w.SigningSecret(), "SLACK_API_URL=" + env["SLACK_API_URL"]}
	began := time.Now()
	out, err := cmd.CombinedOutput()
	said := string(out)
	for _, words := range []string{"\nok\n", "1 added", "the volume can be written to", "the folder / cannot be written", "nothing else can", "it ended with 0"} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if t.Failed() || err != nil {
		t.Errorf("%v after %s:\n%s", err, time.Since(began), said)
	}
}

// TestTheDocsInstallIt runs the commands that docs/operate.md begins with, as they stand there, up to
// "ok": in a folder in place of the machine, with stand-ins for what only root and systemd can do.
func TestTheDocsInstallIt(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "\n## One program and systemd\n")
	_, commands, _ := strings.Cut(section, "\n```sh\n")
	commands, _, ok := strings.Cut(commands, "\n```\n")
	if !ok {
		t.Fatal("docs/operate.md does not begin with commands")
	}
	root := t.TempDir()
	w, env := installed(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	// What a newcomer does by hand, and what the machine does: the editor writes the tokens, systemd
	// starts what the unit says.
	script := fmt.Sprintf(`set -eu
export DESTDIR=%[1]s
export PATH="$DESTDIR/usr/local/bin:$PATH"
go() { cp "$PROGRAM" visitprep; }
sudo() { "$@"; }
sudoedit() {
	printf 'SLACK_BOT_TOKEN=%%s\nSLACK_SIGNING_SECRET=%%s\n' %[2]s %[3]s >"$1"
	sed -i 's/^listen: .*/listen: 127.0.0.1:%[4]d/' "$DESTDIR/etc/visitprep/config.yaml"
}
systemctl() {
	[ "$*" = "enable --now visitprep" ]
	mkdir -p "$DESTDIR/var/lib/visitprep"
	(
		set -a
		. "$DESTDIR/etc/visitprep/visitprep.env"
		cd "$DESTDIR/var/lib/visitprep"
		exec $(sed -n "s|^ExecStart=||p" "$DESTDIR/etc/systemd/system/visitprep.service" | sed "s|/etc/visitprep|$DESTDIR/etc/visitprep|; s|^|$DESTDIR|")
	) &
	serve=$!
	tries=0 # as slowly as somebody types the next line
	until visitprep ready --config "$DESTDIR/etc/visitprep/config.yaml" 2>/dev/null || [ $tries = 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}
trap 'kill -INT $serve; wait' EXIT
set -x
%[5]s
`, root, w.BotToken(), w.SigningSecret(), port, strings.ReplaceAll(commands, " /etc/", " "+root+"/etc/"))
	program, err := exec.LookPath("visitprep")
	if err != nil {
		t.Fatal(err)
	}
	tree := t.TempDir()
	for _, name := range []string{"config.yaml", "deploy/systemd/install.sh", "deploy/systemd/visitprep.service", "deploy/systemd/visitprep-mcp.service", "deploy/systemd/visitprep.env"} {
		text, err := os.ReadFile(name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(filepath.Join(tree, name)), 0o755), os.WriteFile(filepath.Join(tree, name), text, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "PROGRAM="+program, "SLACK_API_URL="+env["SLACK_API_URL"], "SLACK_APP_TOKEN=", "DATABASE_URL=")
	out, err := cmd.CombinedOutput()
	said := string(out)
	if err != nil || !strings.Contains(said, "\nok\n") {
		t.Errorf("%v:\n%s", err, said)
	}
	for _, part := range []string{" go build -o visitprep .", "would write", "wrote ", "+ systemctl enable --now visitprep", "+ visitprep ready"} {
		if !strings.Contains(said, part) {
			t.Errorf("nothing says %q:\n%s", part, said)
		}
	}
}
