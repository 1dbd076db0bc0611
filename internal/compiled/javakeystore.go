package compiled

import (
	"cmp"
	"crypto/sha1" // the format wants it; nothing is kept secret by it
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// Certificate is a trusted certificate and its name in a key store.
type Certificate struct {
	Alias string
	DER   []byte
}

// JavaKeyStore writes a key store of trusted certificates in the form JKS, version 2, which every Java reads whatever its
// default form is. Its password is Java's customary one, "changeit"; it protects nothing but the file's own integrity.
// All entries are of the same time, the epoch.
func JavaKeyStore(trusted []Certificate) []byte {
	sorted := slices.SortedFunc(slices.Values(trusted), func(a, b Certificate) int {
		return cmp.Or(strings.Compare(a.Alias, b.Alias), slices.Compare(a.DER, b.DER))
	})
	b := binary.BigEndian.AppendUint32(nil, 0xfeedfeed)
	b = binary.BigEndian.AppendUint32(b, 2)
	b = binary.BigEndian.AppendUint32(b, uint32(len(sorted)))
	for _, c := range sorted {
		b = binary.BigEndian.AppendUint32(b, 2) // a trusted certificate
		b = appendUTF(b, c.Alias)
		b = binary.BigEndian.AppendUint64(b, 0)
		b = appendUTF(b, "X.509")
		b = binary.BigEndian.AppendUint32(b, uint32(len(c.DER)))
		b = append(b, c.DER...)
	}
	h := sha1.New()
	for _, u := range utf16.Encode([]rune("changeit")) {
		h.Write(binary.BigEndian.AppendUint16(nil, u))
	}
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(b)
	return h.Sum(b)
}

// JavaKeyStoreOf writes a key store of the certificates of a bundle in PEM, which are named by their place in it.
func JavaKeyStoreOf(bundle []byte) []byte {
	var all []Certificate
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			all = append(all, Certificate{Alias: fmt.Sprintf("%04d", len(all)), DER: block.Bytes})
		}
	}
	return JavaKeyStore(all)
}

// appendUTF writes a string as java.io.DataOutput does. Characters outside the plane that it writes like UTF-8 are
// replaced.
func appendUTF(b []byte, s string) []byte {
	plain := strings.Map(func(r rune) rune {
		if r == 0 || r > 0xffff {
			return '?'
		}
		return r
	}, s)
	if len(plain) > 0xffff {
		plain = plain[:0xffff]
	}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(plain))), plain...)
}
