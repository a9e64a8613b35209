// Package photo makes of a picture that somebody sent the copy that is kept: upright, at
// most 1,280 pixels long, a JPEG of at most 400 kB, and with nothing in it but the picture.
// Where it was taken, with which device and by whom stays behind.
//
// It looks at bytes alone. A name or a content type promises nothing: Slack answers with a
// page to log in, and status 200, where the app may not read a file. What cannot be kept is
// refused with a reason to be worded by the caller, and before it costs memory: the size
// stands in a picture's first bytes.
package photo
