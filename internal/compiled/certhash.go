package compiled

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// attribute is an AttributeTypeAndValue of a name (RFC 5280, 4.1.2.4).
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// SubjectHash is OpenSSL's hash of the name that a certificate is issued to, as "openssl x509 -subject_hash" prints it: eight
// hexadecimal digits, by which a directory of certificates is searched. It is the beginning of the SHA-1 of the canonical form of
// the name: texts in UTF-8, in small letters, with one space where there are several. The subject is the DER of the name.
func SubjectHash(subject []byte) (string, error) {
	var name []asn1.RawValue
	if rest, err := asn1.Unmarshal(subject, &name); err != nil || len(rest) > 0 {
		return "", fmt.Errorf("cannot read the subject of a certificate: %w", err)
	}
	var canonical bytes.Buffer
	for _, set := range name {
		var attributes []attribute
		if rest, err := asn1.UnmarshalWithParams(set.FullBytes, &attributes, "set"); err != nil || len(rest) > 0 {
			return "", fmt.Errorf("cannot read the subject of a certificate: %w", err)
		}
		for i := range attributes {
			attributes[i].Value = canonicalValue(attributes[i].Value)
		}
		der, err := asn1.MarshalWithParams(attributes, "set")
		if err != nil {
			return "", fmt.Errorf("cannot write the subject of a certificate: %w", err)
		}
		canonical.Write(der)
	}
	sum := sha1.Sum(canonical.Bytes())
	return fmt.Sprintf("%08x", binary.LittleEndian.Uint32(sum[:])), nil
}

// Tags of texts beyond those that encoding/asn1 names.
const (
	tagVisibleString   = 26
	tagUniversalString = 28
)

// canonicalValue is the value of an attribute in canonical form; what is no text stays.
func canonicalValue(v asn1.RawValue) asn1.RawValue {
	var text string
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, tagVisibleString:
		text = string(v.Bytes)
	case asn1.TagT61String:
		text = latin1(v.Bytes)
	case asn1.TagBMPString:
		units := make([]uint16, len(v.Bytes)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(v.Bytes[2*i:])
		}
		text = string(utf16.Decode(units))
	case tagUniversalString:
		for i := 0; i+4 <= len(v.Bytes); i += 4 {
			text += string(rune(binary.BigEndian.Uint32(v.Bytes[i:])))
		}
	default:
		return v
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r", r) })
	small := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.Join(words, " "))
	return asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagUTF8String, Bytes: []byte(small)}
}

// latin1 is a text of one byte a letter.
func latin1(b []byte) string {
	var text strings.Builder
	for _, c := range b {
		text.WriteRune(rune(c))
	}
	return text.String()
}
