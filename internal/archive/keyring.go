package archive

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

const (
	trustedFile    = "etc/apt/trusted.gpg"
	trustedParts   = "etc/apt/trusted.gpg.d"
	debianKeyring  = "usr/share/keyrings/debian-archive-keyring.gpg"
	maxKeyringFile = 16 << 20
)

// A keyring is the set of keys that may sign one source's Release files.
type keyring struct {
	keys []lazyKey
	// only limits the signing keys by fingerprint, upper-case hexadecimal:
	// a primary key with its subkeys, or a subkey. Empty means any.
	only []string
	// from tells where the keys were read, for messages.
	from []string
}

// keyring gathers the keys that Signed-By names, or apt's default ones.
func (s Source) keyring(root string) (keyring, error) {
	var k keyring
	if len(s.InlineKeys) > 0 {
		if err := k.add(s.Name, s.InlineKeys); err != nil {
			return k, err
		}
	}
	for _, by := range s.SignedBy {
		if !strings.HasPrefix(by, "/") {
			k.only = append(k.only, strings.ToUpper(by))
			continue
		}
		if err := k.addFile(filepath.Join(root, by)); err != nil {
			return k, fmt.Errorf("cannot use apt source %s: %w", s.Name, err)
		}
	}
	if len(k.keys) == 0 {
		if err := k.addDefaults(root); err != nil {
			return k, fmt.Errorf("cannot use apt source %s: %w", s.Name, err)
		}
	}
	return k, nil
}

func (k *keyring) addFile(name string) error {
	data, err := readBounded(name, maxKeyringFile)
	if err != nil {
		return fmt.Errorf("cannot read keyring: %w", err)
	}
	return k.add(name, data)
}

// addDefaults adds trusted.gpg, which Debian 12's apt still reads, and
// trusted.gpg.d; only if these are empty, Debian's own keyring, which is what a
// machine without any apt configuration should trust.
func (k *keyring) addDefaults(root string) error {
	if i, err := os.Stat(filepath.Join(root, trustedFile)); err == nil && i.Size() > 0 {
		if err := k.addFile(filepath.Join(root, trustedFile)); err != nil {
			return err
		}
	}
	dir := filepath.Join(root, trustedParts)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot list keyrings: %w", err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".gpg" && ext != ".asc" {
			continue
		}
		if err := k.addFile(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	if len(k.keys) > 0 {
		return nil
	}
	err = k.addFile(filepath.Join(root, debianKeyring))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it has no Signed-By, and there is no key in %s nor in %s", dir, filepath.Join(root, debianKeyring))
	}
	return err
}

// add reads a keyring, binary or armored. Several armored blocks may follow
// each other, as in keyrings made with cat.
func (k *keyring) add(name string, data []byte) error {
	k.from = append(k.from, name)
	if !bytes.Contains(data, []byte("-----BEGIN PGP")) {
		return k.addBinary(name, data)
	}
	for rest := data; ; {
		i := bytes.Index(rest, []byte("-----BEGIN PGP"))
		if i < 0 {
			return nil
		}
		rest = rest[i:]
		block, err := armor.Decode(bytes.NewReader(rest))
		if err != nil {
			return fmt.Errorf("cannot read keyring %s: %w", name, err)
		}
		if block.Type != openpgp.PublicKeyType {
			return fmt.Errorf("cannot read keyring %s: it holds a %s", name, strings.ToLower(block.Type))
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(block.Body); err != nil {
			return fmt.Errorf("cannot read keyring %s: %w", name, err)
		}
		if err := k.addBinary(name, body.Bytes()); err != nil {
			return err
		}
		rest = rest[len("-----BEGIN PGP"):]
	}
}

// A lazyKey is a transferable public key (RFC 9580, section 10.1) that is taken
// apart, and its own signatures checked, only when a Release was signed by it:
// checking all of Debian's keys costs more than the rest of a warm start.
type lazyKey struct {
	packets []byte
	primary string   // fingerprint
	ids     []uint64 // of the primary key and its subkeys
}

const (
	tagPublicKey    = 6
	tagPublicSubkey = 14
)

func (k *keyring) addBinary(name string, data []byte) error {
	before := len(k.keys)
	packets := packet.NewOpaqueReader(bytes.NewReader(data))
	for {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("cannot read keyring %s: %w", name, err)
		}
		if p.Tag == tagPublicKey {
			k.keys = append(k.keys, lazyKey{})
		}
		if len(k.keys) == before {
			return fmt.Errorf("cannot read keyring %s: it does not begin with a public key", name)
		}
		k.keys[len(k.keys)-1].add(p)
	}
	if len(k.keys) == before {
		return fmt.Errorf("cannot read keyring %s: there is no key in it", name)
	}
	return nil
}

// add appends a packet. A key of an algorithm that is not known has no ID here,
// and so can sign nothing.
func (l *lazyKey) add(p *packet.OpaquePacket) {
	var raw bytes.Buffer
	if err := p.Serialize(&raw); err != nil {
		return
	}
	l.packets = append(l.packets, raw.Bytes()...)
	if p.Tag != tagPublicKey && p.Tag != tagPublicSubkey {
		return
	}
	parsed, err := p.Parse()
	if key, ok := parsed.(*packet.PublicKey); ok && err == nil {
		l.ids = append(l.ids, key.KeyId)
		if p.Tag == tagPublicKey {
			l.primary = fingerprint(key.Fingerprint)
		}
	}
}

// keysByID returns the keys of an ID, of entities that are well-formed.
func (k keyring) keysByID(id uint64) []openpgp.Key {
	var keys []openpgp.Key
	for _, l := range k.keys {
		if !slices.Contains(l.ids, id) {
			continue
		}
		if entities, err := openpgp.ReadKeyRing(bytes.NewReader(l.packets)); err == nil {
			keys = append(keys, entities.KeysById(id)...)
		}
	}
	return keys
}

// allows tells whether a key of the keyring may sign, given the fingerprints
// of Signed-By. As in apt, a trailing "!" means exactly this key; without it a
// primary key's fingerprint stands for its subkeys as well.
func (k keyring) allows(signing openpgp.Key) bool {
	if len(k.only) == 0 {
		return true
	}
	own := fingerprint(signing.PublicKey.Fingerprint)
	primary := fingerprint(signing.Entity.PrimaryKey.Fingerprint)
	return slices.ContainsFunc(k.only, func(want string) bool {
		return strings.TrimSuffix(want, "!") == own || want == primary
	})
}

// fingerprints lists the primary keys, for messages.
func (k keyring) fingerprints() []string {
	var all []string
	for _, l := range k.keys {
		all = append(all, l.primary)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func fingerprint(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
