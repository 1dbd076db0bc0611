package slicertest

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// KeyOptions say what kind of OpenPGP key NewKey makes.
type KeyOptions struct {
	RSA     bool          // 2048 bits; else Ed25519
	Created time.Time     // 2020-01-01 if zero
	Life    time.Duration // 0 means for ever
	Revoked time.Time     // zero means never
}

// A Key signs archives. It signs whether or not it may: an expired or revoked
// key too.
type Key struct{ entity *openpgp.Entity }

// NewKey makes a key. Its numbers are random; everything else is what o says.
func NewKey(name string, o KeyOptions) *Key {
	if o.Created.IsZero() {
		o.Created = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	config := &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, RSABits: 2048, DefaultHash: crypto.SHA256,
		Time: at(o.Created), KeyLifetimeSecs: uint32(o.Life / time.Second),
	}
	if o.RSA {
		config.Algorithm = packet.PubKeyAlgoRSA
	}
	entity, err := openpgp.NewEntity(name, "", name+"@example.com", config)
	must(err)
	if !o.Revoked.IsZero() {
		config.Time = at(o.Revoked)
		must(entity.RevokeKey(packet.KeyCompromised, "a test", config))
	}
	return &Key{entity}
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// Public returns the public key as a binary keyring.
func (k *Key) Public() []byte {
	var out bytes.Buffer
	must(k.entity.Serialize(&out))
	return out.Bytes()
}

// Armored returns the public key as text.
func (k *Key) Armored() []byte { return armored(openpgp.PublicKeyType, k.Public()) }

// Fingerprint is that of the primary key, in upper-case hexadecimal.
func (k *Key) Fingerprint() string {
	return strings.ToUpper(hex.EncodeToString(k.entity.PrimaryKey.Fingerprint))
}

func armored(kind string, data []byte) []byte {
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	must(err)
	_, err = w.Write(data)
	must(err)
	must(w.Close())
	out.WriteByte('\n')
	return out.Bytes()
}

// ClearSign returns text with the signatures of all keys, as InRelease has them.
func ClearSign(text []byte, when time.Time, keys ...*Key) []byte {
	var private []*packet.PrivateKey
	for _, k := range keys {
		private = append(private, k.entity.PrivateKey)
	}
	var out bytes.Buffer
	w, err := clearsign.EncodeMulti(&out, private, &packet.Config{DefaultHash: crypto.SHA256, Time: at(when)})
	must(err)
	// As gpg does it, the last line's end is no part of what is signed.
	_, err = w.Write(bytes.TrimSuffix(text, []byte("\n")))
	must(err)
	must(w.Close())
	out.WriteByte('\n')
	return out.Bytes()
}

// DetachedSign returns the armored signatures of all keys, as Release.gpg has
// them, made with the given digest: a weak one too.
func DetachedSign(text []byte, when time.Time, digest crypto.Hash, keys ...*Key) []byte {
	var out bytes.Buffer
	// The salt that the library adds by itself exists for strong digests only.
	salted := false
	for _, k := range keys {
		key := k.entity.PrivateKey
		signature := &packet.Signature{
			Version: key.PublicKey.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PubKeyAlgo,
			Hash: digest, CreationTime: when, IssuerKeyId: &key.KeyId, IssuerFingerprint: key.Fingerprint,
		}
		h := digest.New()
		h.Write(text)
		must(signature.Sign(h, key, &packet.Config{Time: at(when), NonDeterministicSignaturesViaNotation: &salted}))
		must(signature.Serialize(&out))
	}
	return armored(openpgp.SignatureType, out.Bytes())
}
