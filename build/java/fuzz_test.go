package java

import "testing"

// FuzzReadClass reads classes, which jars of others bring.
func FuzzReadClass(f *testing.F) {
	f.Add([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x41\x00\x05\x01\x00\x01A\x07\x00\x01\x08\x00\x01\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\xca\xfe\xba\xbe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readClass(data)
		if err != nil {
			return
		}
		size := len(c.Name)
		for _, list := range [][]string{c.Classes, c.Strings, c.Names} {
			for i, text := range list {
				size += len(text)
				if i > 0 && list[i-1] >= text {
					t.Errorf("%q stands after %q", text, list[i-1])
				}
			}
		}
		if size > 4*len(data) {
			t.Errorf("%d bytes make %d", len(data), size)
		}
	})
}

// FuzzReadProperties reads properties of wrappers and jars.
func FuzzReadProperties(f *testing.F) {
	f.Add("distributionUrl=https\\://host/x.zip\n# x\n=\n:\n")
	f.Fuzz(func(t *testing.T, text string) { readProperties(text) })
}
