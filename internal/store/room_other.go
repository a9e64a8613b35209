//go:build !linux && !darwin && !freebsd

package store

// room is not known here.
func room(string) (bytes uint64, known bool) { return 0, false }
