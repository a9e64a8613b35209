package install

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A state ties what Slack sends a browser back with to the browser that began: the browser keeps a
// random cookie, and the state that goes to Slack is a signature over it with the time at which it
// ends. Neither can be made from the other, nor without the client secret.

// stateFor is how long somebody may take on Slack's page.
const stateFor = 10 * time.Minute

// cookieName is of the cookie behind https; without, a browser takes no such name.
const cookieName = "__Host-visitprep-install"

// What can be wrong with a state.
var (
	errNoState   = errors.New("the state is not this browser's")
	errLateState = errors.New("the state has ended")
)

// begin makes a cookie and its state.
func (p *Pages) begin(now time.Time) (*http.Cookie, string) {
	nonce := make([]byte, 24)
	rand.Read(nonce) // never fails
	cookie := base64.RawURLEncoding.EncodeToString(nonce)
	return p.cookie(cookie, int(stateFor/time.Second)), p.state(cookie, now.Add(stateFor).Unix())
}

func (p *Pages) cookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: p.cookieName, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode}
}

// state is what goes to Slack: the time at which it ends, in Unix seconds, and the signature.
func (p *Pages) state(cookie string, ends int64) string {
	at := strconv.FormatInt(ends, 10)
	mac := hmac.New(sha256.New, []byte(p.o.ClientSecret))
	mac.Write([]byte("visitprep install\n" + at + "\n" + cookie))
	return at + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// check says what is wrong with a state that came back.
func (p *Pages) check(r *http.Request, state string, now time.Time) error {
	cookie, err := r.Cookie(p.cookieName)
	if err != nil {
		return errNoState
	}
	at, _, _ := strings.Cut(state, ".")
	ends, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !hmac.Equal([]byte(state), []byte(p.state(cookie.Value, ends))) {
		return errNoState
	}
	if !now.Before(time.Unix(ends, 0)) {
		return errLateState
	}
	return nil
}
