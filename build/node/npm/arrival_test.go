package npm

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// TestArrivalIsReadWhileItComes reads a part before the next one is there, and its end when that is told.
func TestArrivalIsReadWhileItComes(t *testing.T) {
	for _, end := range []error{nil, errors.New("the line is cut")} {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		a := newArrival(file)
		r, parts := a.reader(), make(chan string)
		go func() {
			buf := make([]byte, 64)
			for _, part := range []string{"one", "two"} {
				if _, err := a.Write([]byte(part)); err != nil {
					t.Error(err)
				}
				n, err := io.ReadFull(r, buf[:len(part)])
				if err != nil {
					t.Error(err)
				}
				parts <- string(buf[:n])
			}
			a.end(end)
		}()
		for _, want := range []string{"one", "two"} {
			select {
			case got := <-parts:
				if got != want {
					t.Errorf("read %q, want %q", got, want)
				}
			case <-time.After(time.Minute):
				t.Fatal("what has come is not read")
			}
		}
		want := end
		if want == nil {
			want = io.EOF
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, want) {
			t.Errorf("at the end: %d bytes, %v, want %v", n, err, want)
		}
		if err := a.wait(); !errors.Is(err, end) {
			t.Errorf("ended with %v, want %v", err, end)
		}
	}
}
