package compact_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/compact"
)

type inner struct {
	Kind byte
	Size int64
	Mode int
}

type outer struct {
	Name  string
	Names []string
	One   *inner
	None  *inner
	All   []inner
	Yes   bool
	No    bool
	Count uint64
	Bytes []byte
	Last  []byte // nothing follows
}

var whole = outer{
	Name: "zwölf\x00\xff", Names: []string{"", "a"}, One: &inner{Kind: 255, Size: -1 << 62, Mode: -1}, All: []inner{{}, {1, 2, 3}},
	Yes: true, Count: 1<<64 - 1, Bytes: []byte{0, 1, 255}, Last: []byte("end"),
}

// TestValuesComeBack holds that nothing is lost, not even the difference between no list and an empty one, which JSON shows.
func TestValuesComeBack(t *testing.T) {
	for name, want := range map[string]outer{"whole": whole, "zero": {}, "empty": {Names: []string{}, All: []inner{}, Bytes: []byte{}}} {
		var got outer
		if err := compact.Unmarshal(compact.Marshal(want), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestDamageIsSeen changes, cuts and lengthens a record at every place.
func TestDamageIsSeen(t *testing.T) {
	good := compact.Marshal(whole)
	bad := [][]byte{nil, {}, append(append([]byte{}, good...), 0)}
	for i := range good {
		changed := append([]byte{}, good...)
		changed[i] ^= 0x40
		bad = append(bad, changed, good[:i])
	}
	for _, data := range bad {
		var got outer
		if err := compact.Unmarshal(data, &got); !errors.Is(err, compact.ErrDamaged) {
			t.Fatalf("%x: got error %v", data, err)
		}
	}
}

// TestOtherTypesAreMistakes holds that nothing is left out in silence.
func TestOtherTypesAreMistakes(t *testing.T) {
	for name, v := range map[string]any{"map": map[string]string{}, "func": func() {}, "unexported": struct{ a int }{}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was encoded")
				}
			}()
			compact.Marshal(v)
		})
	}
}

// FuzzUnmarshal holds that hostile bytes with a good checksum are an error or a value, and take no memory that they do not
// have bytes for.
func FuzzUnmarshal(f *testing.F) {
	good := compact.Marshal(whole)
	f.Add(good[:len(good)-4])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, body []byte) {
		var got outer
		err := compact.Unmarshal(compact.Seal(body), &got)
		if err != nil && !errors.Is(err, compact.ErrDamaged) {
			t.Errorf("got error %v", err)
		}
	})
}
