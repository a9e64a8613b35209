//go:build unix

package store

import (
	"os"
	"path/filepath"
	"testing"
)

// Root gives away what it has made, and nothing that a link in the folder of another account leads to.
func TestRootGivesNothingAwayThatALinkLeadsTo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const service = 12345
	database, secret, plain := filepath.Join(dir, "visitprep.db"), filepath.Join(t.TempDir(), "secret"), filepath.Join(dir, "visitprep.db.import")
	for _, file := range []string{database, secret, plain} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(database, service, service); err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]func(string, string) error{"a link": os.Symlink, "another name of the same file": os.Link} {
		file := filepath.Join(dir, "visitprep.db.migrate")
		os.Remove(file)
		if err := link(secret, file); err != nil {
			t.Fatal(err)
		}
		if err := giveOver(database, file); err == nil {
			t.Errorf("%s is given over", name)
		}
		if info, err := os.Stat(secret); err != nil || uidOf(info) != 0 {
			t.Errorf("by %s a file of root's is the service's now, %v", name, err)
		}
	}
	if err := giveOver(database, plain); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(plain); err != nil || uidOf(info) != service {
		t.Errorf("what root has made is not the service's, %v", err)
	}
}
