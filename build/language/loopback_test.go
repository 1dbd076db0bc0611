package language

import (
	"bytes"
	"regexp"
	"testing"
	"testing/fstest"
)

// TestLoopbackIsToldOnce has three files that listen on the loopback address, one of them a test and one of somebody else.
func TestLoopbackIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	s := Site{Log: NewLog(&log, noon), Files: fstest.MapFS{
		"a_test.go": {Data: []byte("listen localhost")}, "node_modules/x/x.go": {Data: []byte("listen localhost")},
		"b.go": {Data: []byte("// listen localhost\n\nlisten localhost\nlisten localhost\n")}, "c.go": {Data: []byte("listen localhost")}, "d.txt": {Data: []byte("listen localhost")},
	}}
	s.WarnLoopback([]string{".go"}, regexp.MustCompile(`^listen localhost`))
	if got, want := log.String(), "  ! b.go line 3: it names the loopback address: "+Unreached+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
