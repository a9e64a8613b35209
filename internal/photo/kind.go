package photo

import (
	"bytes"
	"fmt"
)

// A Reason says why there is no copy of a photo. It is kept with the photo: the values stay.
type Reason string

// Why there is no copy.
const (
	Page   Reason = "page"   // a web page came instead of the file
	HEIC   Reason = "heic"   // a phone's own format, which nothing here reads
	Video  Reason = "video"  // it moves
	PDF    Reason = "pdf"    // a document
	Other  Reason = "other"  // neither JPEG nor PNG, whatever it is
	Bytes  Reason = "bytes"  // more than MaxBytes
	Pixels Reason = "pixels" // more than MaxPixels, or than can be read in memory
	Broken Reason = "broken" // begins like a picture, and cannot be read
)

// Refused is the error of a photo that there will be no copy of, however often it is tried.
type Refused struct {
	Reason Reason
	Err    error // what the decoder said, if it was asked
}

// Error says the reason, for a log.
func (r *Refused) Error() string {
	if r.Err == nil {
		return "no copy of the photo: " + string(r.Reason)
	}
	return fmt.Sprintf("no copy of the photo: %s: %v", r.Reason, r.Err)
}

// Unwrap returns what the decoder said.
func (r *Refused) Unwrap() error { return r.Err }

const (
	jpegBegins = "\xff\xd8\xff"
	pngBegins  = "\x89PNG\r\n\x1a\n"
)

// foreign tells what bytes are that are neither JPEG nor PNG.
func foreign(b []byte) Reason {
	begins := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	at := func(n int, s string) bool { return len(b) > n && bytes.HasPrefix(b[n:], []byte(s)) }
	switch {
	case at(4, "ftyp"):
		return container(b)
	case begins("%PDF-"):
		return PDF
	case begins("\x1aE\xdf\xa3"), at(8, "AVI "), begins("\x00\x00\x01\xba"), begins("\x00\x00\x01\xb3"), at(4, "moov"), at(4, "mdat"):
		return Video
	case IsPage(b):
		return Page
	case len(bytes.TrimSpace(b)) == 0:
		return Broken
	}
	return Other
}

// container tells apart what shares the container of MP4: photos of iPhones, and films.
func container(b []byte) Reason {
	brand := string(b[8:min(12, len(b))])
	switch brand {
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
		return HEIC
	case "avif", "avis":
		return Other
	}
	return Video
}

// IsPage reports whether bytes are a web page: what Slack sends in place of a file that the
// app's scopes do not reach.
func IsPage(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	b = bytes.ToLower(bytes.TrimSpace(b[:min(512, len(b))]))
	for _, s := range []string{"<!doctype", "<html", "<head", "<body", "<script", "<!--"} {
		if bytes.HasPrefix(b, []byte(s)) {
			return true
		}
	}
	return false
}
