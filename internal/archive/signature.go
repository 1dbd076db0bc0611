package archive

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// ErrUnsigned means that no signature of a trusted key covers the text.
var ErrUnsigned = errors.New("no valid signature by a trusted key")

const (
	beginMessage   = "-----BEGIN PGP SIGNED MESSAGE-----"
	beginSignature = "-----BEGIN PGP SIGNATURE-----"
	endSignature   = "-----END PGP SIGNATURE-----"

	// maxSignatures is far above the three that Debian has, and bounds the
	// work a hostile file can ask for.
	maxSignatures = 32
	minRSABits    = 2048
)

// openClearsigned checks an InRelease file (RFC 9580, section 7) and returns
// the signed text, and nothing but it: bytes around the message are an error
// rather than being passed over, because a reader that is laxer than its
// verifier is the classic way to smuggle unsigned fields in.
func (k keyring) openClearsigned(data []byte, now time.Time) ([]byte, error) {
	if err := checkClearsigned(data); err != nil {
		return nil, err
	}
	block, rest := clearsign.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%w: the signed message is malformed", ErrUnsigned)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: there is text after the signature", ErrUnsigned)
	}
	signature, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: the signature's armor is malformed: %v", ErrUnsigned, err)
	}
	if err := k.verify(block.Bytes, signature, now); err != nil {
		return nil, err
	}
	return append(block.Plaintext, '\n'), nil
}

// checkClearsigned refuses what clearsign.Decode tolerates: text before the
// message, lines that ought to be dash-escaped, and control characters.
func checkClearsigned(data []byte) error {
	if !bytes.HasPrefix(data, []byte(beginMessage)) {
		return fmt.Errorf("%w: it does not begin with %q but with %q", ErrUnsigned, beginMessage, firstLine(data))
	}
	signed, n := true, 0
	for line := range bytes.Lines(data) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case bytes.IndexByte(line, 0) >= 0 || bytes.IndexByte(line, '\r') >= 0:
			return fmt.Errorf("%w: line %d has a control character", ErrUnsigned, n)
		case n == 1 && string(line) != beginMessage:
			return fmt.Errorf("%w: line 1 is malformed", ErrUnsigned)
		case n == 1:
		case string(line) == beginSignature && signed:
			signed = false
		case string(line) == endSignature && !signed:
		case bytes.HasPrefix(line, []byte("-")) && !(signed && bytes.HasPrefix(line, []byte("- "))):
			return fmt.Errorf("%w: line %d begins with a dash: %q", ErrUnsigned, n, firstLine(line))
		}
	}
	if signed {
		return fmt.Errorf("%w: the signature is missing (the file may be truncated)", ErrUnsigned)
	}
	return nil
}

// openDetached checks a Release file by its Release.gpg, armored or binary.
func (k keyring) openDetached(text, signature []byte, now time.Time) ([]byte, error) {
	if bytes.HasPrefix(bytes.TrimSpace(signature), []byte("-----BEGIN PGP")) {
		block, err := armor.Decode(bytes.NewReader(signature))
		if err != nil || block.Type != openpgp.SignatureType {
			return nil, fmt.Errorf("%w: Release.gpg is no armored signature", ErrUnsigned)
		}
		if signature, err = io.ReadAll(block.Body); err != nil {
			return nil, fmt.Errorf("%w: Release.gpg is malformed: %v", ErrUnsigned, err)
		}
	}
	return text, k.verify(text, signature, now)
}

// verify succeeds if one of the signatures is good now, or, if now is zero, was
// good when it was made. Each is tried by itself:
// the library's own loop stops at the first one whose key is known, so that an
// expired key would hide a good signature behind it.
func (k keyring) verify(text, signatures []byte, now time.Time) error {
	var found []string
	packets := packet.NewOpaqueReader(bytes.NewReader(signatures))
	for range maxSignatures {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			found = append(found, "a malformed packet")
			break
		}
		problem := k.verifyOne(text, p, now)
		if problem == "" {
			return nil
		}
		found = append(found, problem)
	}
	if len(found) == 0 {
		found = []string{"none"}
	}
	return fmt.Errorf("%w; signatures: %s; trusted: %s from %s", ErrUnsigned, strings.Join(found, ", "),
		strings.Join(k.trusted(), " "), strings.Join(k.from, " "))
}

// trusted names the keys that count, for messages.
func (k keyring) trusted() []string {
	if len(k.only) > 0 {
		return k.only
	}
	return k.fingerprints()
}

// verifyOne returns "" for a good signature, else what is wrong with it.
func (k keyring) verifyOne(text []byte, p *packet.OpaquePacket, now time.Time) string {
	parsed, err := p.Parse()
	sig, ok := parsed.(*packet.Signature)
	if err != nil || !ok || sig.IssuerKeyId == nil {
		return "one of an unknown kind"
	}
	problem := k.verifySignature(text, p, sig, now)
	if problem == "" {
		return ""
	}
	return fmt.Sprintf("%016X (%s)", *sig.IssuerKeyId, problem)
}

// verifySignature returns "" for a good signature by a key that may sign, else what is wrong with it.
func (k keyring) verifySignature(text []byte, p *packet.OpaquePacket, sig *packet.Signature, now time.Time) string {
	usable, problem := k.usable(sig)
	if problem != "" {
		return problem
	}
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		return "malformed"
	}
	if now.IsZero() {
		now = sig.CreationTime
	}
	// The library calls a signature from the future expired.
	if sig.CreationTime.After(now.Add(clockSkew)) {
		return "from the future: made " + stamp(sig.CreationTime) + ", and now it is " + stamp(now) + "; the clock may be wrong"
	}
	if sig.CreationTime.After(now) {
		now = sig.CreationTime
	}
	config := &packet.Config{Time: func() time.Time { return now }}
	_, _, err := openpgp.VerifyDetachedSignature(usable, bytes.NewReader(text), &raw, config)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return "the key has expired"
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return "the key is revoked"
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return "the signature has expired"
	}
	return fmt.Sprintf("bad signature: %v", err)
}

// usable are the keys by which a signature may be good. There are none where something is wrong with it before it is calculated: the
// key is unknown, not named or weak, or the digest is.
func (k keyring) usable(sig *packet.Signature) (usable openpgp.EntityList, problem string) {
	keys := k.keysByID(*sig.IssuerKeyId)
	for _, key := range keys {
		if k.allows(key) {
			usable = append(usable, key.Entity)
		}
	}
	switch {
	case len(keys) == 0:
		return nil, "not in the keyring"
	case len(usable) == 0:
		return nil, "in the keyring, but not named by Signed-By"
	case !strongHash(sig.Hash):
		return nil, fmt.Sprintf("weak digest %v", sig.Hash)
	}
	for _, key := range keys {
		if !strongKey(key.PublicKey) {
			return nil, "weak key"
		}
	}
	return usable, ""
}

func strongHash(h crypto.Hash) bool {
	switch h {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
		return true
	}
	return false
}

func strongKey(key *packet.PublicKey) bool {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoDSA, packet.PubKeyAlgoElGamal:
		return false
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		bits, err := key.BitLength()
		return err == nil && bits >= minRSABits
	}
	return true
}

// firstLine shortens hostile text for a message.
func firstLine(data []byte) string {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	if len(line) > 60 {
		line = append(line[:60:60], "…"...)
	}
	return strings.ToValidUTF8(string(line), "?")
}
