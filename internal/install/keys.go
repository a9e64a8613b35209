// Package install is how the app comes into many workspaces of Slack: the pages on which somebody
// adds it, the seal of the tokens that Slack then gives, and their refreshing. One workspace whose
// token is in the environment needs none of it.
//
// A token leaves this package in one way: as what [Tokens.Token] returns.
package install

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"visitprep/internal/store"
)

// keySize is the length of a key, in bytes: of AES-256.
const keySize = 32

// A key seals and opens. Its id tells keys apart and says nothing of them.
type key struct {
	id   string
	aead cipher.AEAD
}

// Keys seal tokens with one key and open what that one or the one before has sealed.
type Keys struct{ keys []key }

// NewKey makes a key, as VISITPREP_TOKEN_KEY holds it.
func NewKey() string {
	k := make([]byte, keySize)
	rand.Read(k) // never fails
	return base64.StdEncoding.EncodeToString(k)
}

// ParseKeys reads the key that seals, and the old one, which may be empty. The errors do not repeat
// them.
func ParseKeys(now, old string) (*Keys, error) {
	k := new(Keys)
	for _, v := range []struct{ name, value string }{{"VISITPREP_TOKEN_KEY", now}, {"VISITPREP_TOKEN_KEY_OLD", old}} {
		if v.value == "" && v.name != "VISITPREP_TOKEN_KEY" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(v.value)
		if err != nil || len(raw) != keySize {
			return nil, fmt.Errorf("%s is not a key: it is 32 bytes in base64, 44 characters, as visitprep keys new prints one", v.name)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append([]byte("visitprep key id\n"), raw...))
		k.keys = append(k.keys, key{hex.EncodeToString(sum[:4]), aead})
	}
	if len(k.keys) == 2 && k.keys[0].id == k.keys[1].id {
		k.keys = k.keys[:1]
	}
	return k, nil
}

// ID names the key that seals.
func (k *Keys) ID() string { return k.keys[0].id }

// Knows reports whether one of the keys has this name.
func (k *Keys) Knows(id string) bool {
	return slices.ContainsFunc(k.keys, func(have key) bool { return have.id == id })
}

// What a sealed text is, so that one does not open in the place of the other.
const (
	accessToken  = "token"
	refreshToken = "refresh token"
)

// ErrSealed is returned for what none of the keys opens.
var ErrSealed = errors.New("the sealed token does not open")

// ErrNoKey is the ErrSealed of a token that was sealed with a key that this process was not given.
var ErrNoKey = fmt.Errorf("%w, for this process lacks its key: start it again with it", ErrSealed)

// bound is what a sealed text is bound to: put into the row of another workspace, it does not open.
func bound(workspace, what string) []byte { return []byte(workspace + "\n" + what) }

// seal seals a text of a workspace; an empty one stays empty.
func (k *Keys) seal(workspace, what, text string) []byte {
	if text == "" {
		return nil
	}
	return k.keys[0].aead.Seal(nil, nil, []byte(text), bound(workspace, what))
}

func (k *Keys) open(id, workspace, what string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	for _, have := range k.keys {
		if have.id == id {
			text, err := have.aead.Open(nil, nil, sealed, bound(workspace, what))
			if err != nil {
				return "", fmt.Errorf("%s of %s: %w: its row was changed by something else", what, workspace, ErrSealed)
			}
			return string(text), nil
		}
	}
	return "", fmt.Errorf("%s of %s: %w: it was sealed with the key %s", what, workspace, ErrNoKey, id)
}

// Put seals the tokens of an installation into it.
func (k *Keys) Put(i *store.Installation, token, refresh string) {
	i.Token, i.Refresh, i.Key = k.seal(i.Workspace, accessToken, token), k.seal(i.Workspace, refreshToken, refresh), k.ID()
}

// tokens opens the tokens of an installation.
func (k *Keys) tokens(i *store.Installation) (token, refresh string, err error) {
	if token, err = k.open(i.Key, i.Workspace, accessToken, i.Token); err != nil {
		return "", "", err
	}
	refresh, err = k.open(i.Key, i.Workspace, refreshToken, i.Refresh)
	return token, refresh, err
}

// Reseal seals the tokens of an installation with the key that seals now.
func (k *Keys) Reseal(i *store.Installation) error {
	token, refresh, err := k.tokens(i)
	if err != nil {
		return err
	}
	k.Put(i, token, refresh)
	return nil
}

// Check refuses keys that do not open what is there, before anything is done with it.
func (k *Keys) Check(is []store.Installation) error {
	others := map[string][]string{}
	for _, i := range is {
		if len(i.Token) > 0 && !k.Knows(i.Key) {
			others[i.Key] = append(others[i.Key], i.Workspace)
		}
	}
	var errs []error
	for id, ws := range others {
		slices.Sort(ws)
		of := strings.Join(ws[:min(len(ws), 3)], ", ")
		if len(ws) > 3 {
			of += fmt.Sprintf(" and %d more", len(ws)-3)
		}
		errs = append(errs, fmt.Errorf("the tokens of %s were sealed with another key, %s: set that one as VISITPREP_TOKEN_KEY_OLD, or as VISITPREP_TOKEN_KEY if it was replaced by mistake; nothing was changed", of, id))
	}
	return errors.Join(errs...)
}
