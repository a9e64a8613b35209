//go:build race

package bot

// slower is how much longer everything takes here: under the race detector, what a user
// would wait three seconds for is given thirty.
const slower = 10
