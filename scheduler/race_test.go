//go:build race

package scheduler_test

// underRace is true where the race detector makes all processes ten times slower: the long
// simulations are then shorter.
const underRace = true
