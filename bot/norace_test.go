//go:build !race

package bot

// slower is how much longer everything takes here.
const slower = 1
