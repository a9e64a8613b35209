//go:build linux || darwin || freebsd

package store

import "syscall"

// room is how many bytes the disk on which a file lies has for us.
func room(file string) (bytes uint64, known bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(file, &st); err != nil {
		return 0, false
	}
	return uint64(max(int64(st.Bavail), 0)) * uint64(st.Bsize), true
}
