//go:build unix

package store

import (
	"os"
	"syscall"
)

// namesOf is how many names a file has: hard links count.
func namesOf(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Nlink)
	}
	return 1
}
