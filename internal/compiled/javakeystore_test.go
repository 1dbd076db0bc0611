package compiled

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestJavaKeyStoreDoesNotDependOnOrder(t *testing.T) {
	a, b := Certificate{"debian:a.pem", []byte("A")}, Certificate{"debian:ä.pem", []byte("B")}
	got := hex.EncodeToString(JavaKeyStore([]Certificate{b, a}))
	const want = "feedfeed" + "00000002" + "00000002" +
		"00000002" + "000c" + "64656269616e3a612e70656d" + "0000000000000000" + "0005" + "582e353039" + "00000001" + "41" +
		"00000002" + "000d" + "64656269616e3ac3a42e70656d" + "0000000000000000" + "0005" + "582e353039" + "00000001" + "42"
	if !strings.HasPrefix(got, want) || len(got) != len(want)+40 {
		t.Errorf("got  %s\nwant %s and a digest", got, want)
	}
	if got != hex.EncodeToString(JavaKeyStore([]Certificate{a, b})) {
		t.Error("another order gives other bytes")
	}
}
