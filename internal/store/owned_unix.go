//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// giveTo gives a file to the owner of another one: whoever restores may be root, and
// whoever serves is not.
func giveTo(file string, like fs.FileInfo) error {
	owner, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	// The folder belongs to the account that serves: what it has put there under the name, such as a
	// link to a file of root's, is not given to it.
	is, err := os.Lstat(file)
	if err != nil {
		return err
	}
	if st, ok := is.Sys().(*syscall.Stat_t); !is.Mode().IsRegular() || !ok || st.Nlink != 1 {
		return fmt.Errorf("%s is no plain file: remove it", file)
	}
	return os.Lchown(file, int(owner.Uid), int(owner.Gid))
}

// giveOver gives what root has made beside a database to the owner of the database, or of its folder where
// there is none. A file system that gives nothing away, such as NFS, is not a fault.
func giveOver(database, file string) error {
	like, err := os.Stat(database)
	if err != nil || file == database {
		like, err = os.Stat(filepath.Dir(database))
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(file); err != nil || uidOf(info) == uidOf(like) {
		return err
	}
	if err := giveTo(file, like); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func uidOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

// keptOut says which files of a database, or its folder, keep an account from it, and what to do; it is empty
// where they do not.
func keptOut(database string, account int) string {
	folder, err := os.Stat(filepath.Dir(database))
	if err != nil || account == 0 {
		return ""
	}
	ours := uidOf(folder) == account
	owner := uidOf(folder)
	var others []string
	for _, ending := range slices.Concat(endings[:], locks[:]) {
		info, err := os.Stat(database + ending)
		switch {
		case err != nil:
		case uidOf(info) == account:
			ours = ours || ending == ""
		case info.Mode()&0o006 != 0o006 && info.Mode()&0o060 != 0o060:
			owner = uidOf(info)
			others = append(others, database+ending)
		}
	}
	switch {
	case len(others) > 0 && ours:
		are := "belongs"
		if len(others) > 1 {
			are = "belong"
		}
		return fmt.Sprintf("%s %s to %s, not to %s: run sudo chown %[4]s %s", strings.Join(others, " and "), are, accountName(owner), accountName(account), strings.Join(others, " "))
	case len(others) > 0:
		return fmt.Sprintf("%s belongs to %s, and this runs as %s: run it with sudo, or as %[2]s", others[0], accountName(owner), accountName(account))
	case !ours && folder.Mode()&0o002 == 0 && folder.Mode()&0o020 == 0:
		return fmt.Sprintf("the folder %s belongs to %s, and this runs as %s: run it with sudo, or as %[2]s", filepath.Dir(database), accountName(owner), accountName(account))
	}
	return ""
}

func accountName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
