package compiled

import (
	"encoding/hex"
	"testing"
)

// TestSubjectHash holds the hash against what "openssl x509 -subject_hash" of OpenSSL 3.0 prints.
func TestSubjectHash(t *testing.T) {
	for name, c := range map[string]struct{ subject, want string }{
		"spaces, letters, two attributes in a set": {
			"304e310b3009060355040613024445311e301c060355040a0c1520204772c3b6c39f652020756e6420204d65687220311f300b060355040b0c04412c2042301006035504030c095465737420524f4f54",
			"098027e4",
		},
		"ISRG Root X1": {
			"304f310b300906035504061302555331293027060355040a1320496e7465726e65742053656375726974792052657365617263682047726f7570311530130603550403130c4953524720526f6f74205831",
			"4042bcee",
		},
	} {
		der, err := hex.DecodeString(c.subject)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := SubjectHash(der); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, c.want)
		}
	}
	for _, broken := range []string{"", "3003", "04020102", "30023000"} {
		der, _ := hex.DecodeString(broken)
		if got, err := SubjectHash(der); err == nil {
			t.Errorf("%q: got %s, and no error", broken, got)
		}
	}
}
