package deb_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

func open(data []byte) (*deb.File, error) {
	return deb.Open(bytes.NewReader(data), int64(len(data)), deb.DefaultLimits())
}

// walk lists the members of a package, "name kind mode [content or target]" each,
// up to the error if there is one.
func walk(data []byte, limits deb.Limits) ([]string, error) {
	f, err := deb.Open(bytes.NewReader(data), int64(len(data)), limits)
	if err != nil {
		return nil, err
	}
	var got []string
	err = f.Walk(func(h *tar.Header, r io.Reader) error {
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if int64(len(content)) != h.Size {
			return fmt.Errorf("%s has %d bytes, its header says %d", h.Name, len(content), h.Size)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %c %04o %s%s", h.Name, h.Typeflag, h.Mode, content, h.Linkname)))
		return nil
	})
	return got, err
}

// wantError fails the test unless err is clear, says what is wanted, and begins
// as all errors do.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "cannot ") {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

func TestOpenAcceptsHarmlessOddities(t *testing.T) {
	members := slicertest.Deb{Files: []slicertest.DebFile{{Path: "a"}}}.Members()
	version, control, data := members[0], members[1], members[2]
	signature := slicertest.ArMember{Name: "_gpgorigin", Body: []byte("sig")}
	for name, given := range map[string][]slicertest.ArMember{
		"names as GNU ar writes them": {{Name: "debian-binary/", Body: version.Body}, {Name: "control.tar/", Body: control.Body}, {Name: "data.tar/", Body: data.Body}},
		"a later minor format":        {{Name: "debian-binary", Body: []byte("2.1\nmore\n")}, control, data},
		"members to be passed over":   {version, signature, control, signature, data, signature},
		"more behind data.tar":        {version, control, data, {Name: "future", Body: []byte("x")}},
	} {
		got, err := walk(slicertest.Ar(given...), deb.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]string{"a 0 0644"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpenAcceptsMissingPaddingAtTheEnd(t *testing.T) {
	members := slicertest.Deb{}.Members()
	members = append(members, slicertest.ArMember{Name: "_odd", Body: []byte("x")})
	data := slicertest.Ar(members...)
	if _, err := open(data[:len(data)-1]); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesWhatIsNoPackage(t *testing.T) {
	members := slicertest.Deb{}.Members()
	version, control, data := members[0], members[1], members[2]
	format := func(s string) slicertest.ArMember {
		return slicertest.ArMember{Name: "debian-binary", Body: []byte(s)}
	}
	for name, c := range map[string]struct {
		given []slicertest.ArMember
		want  string
	}{
		"no members":              {nil, "first member is not debian-binary"},
		"another order":           {[]slicertest.ArMember{control, version, data}, "first member is not debian-binary"},
		"format 3":                {[]slicertest.ArMember{format("3.0\n"), control, data}, `its format is "3.0", not 2.x`},
		"format 20":               {[]slicertest.ArMember{format("20\n"), control, data}, `its format is "20", not 2.x`},
		"format without a line":   {[]slicertest.ArMember{format("2.0"), control, data}, "not 2.x"},
		"no control":              {[]slicertest.ArMember{version}, "it has no control.tar"},
		"no data":                 {[]slicertest.ArMember{version, control}, "it has no data.tar"},
		"data before control":     {[]slicertest.ArMember{version, data, control}, `member "data.tar" is out of place`},
		"two controls":            {[]slicertest.ArMember{version, control, control, data}, `member "control.tar" is out of place`},
		"control behind data":     {[]slicertest.ArMember{version, control, data, control}, `member "control.tar" is out of place`},
		"two data archives":       {[]slicertest.ArMember{version, control, data, {Name: "data.tar.xz"}}, `member "data.tar.xz" is out of place`},
		"an unknown member":       {[]slicertest.ArMember{version, {Name: "what"}, control, data}, `member "what" is not known`},
		"bzip2":                   {[]slicertest.ArMember{version, control, {Name: "data.tar.bz2"}}, "compression of data.tar.bz2 is not supported"},
		"lzma":                    {[]slicertest.ArMember{version, {Name: "control.tar.lzma"}, data}, "compression of control.tar.lzma is not supported"},
		"very many members":       {append([]slicertest.ArMember{version, control, data}, make([]slicertest.ArMember, 40)...), "it has more than 32 members"},
		"a size beyond the end":   {[]slicertest.ArMember{version, control, {Name: "data.tar", Body: data.Body, Size: "99999999"}}, `"data.tar" claims 99999999 bytes, but `},
		"a negative size":         {[]slicertest.ArMember{version, {Name: "control.tar", Size: "-60"}, data}, "is no number"},
		"a size that is no digit": {[]slicertest.ArMember{version, {Name: "control.tar", Size: "0x10"}, data}, "is no number"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(slicertest.Ar(c.given...))
			wantError(t, err, c.want)
		})
	}
}

func TestOpenRefusesArSizeThatLies(t *testing.T) {
	members := slicertest.Deb{Files: []slicertest.DebFile{{Path: "a"}}}.Members()
	members[2].Size = fmt.Sprint(len(members[2].Body) - 512)
	_, err := open(slicertest.Ar(members...))
	wantError(t, err, "no header there")
}

func TestOpenRefusesGarbageBehindTheLastMember(t *testing.T) {
	data := slicertest.Deb{}.Bytes()
	_, err := open(append(data, strings.Repeat("x", 100)...))
	wantError(t, err, "no header there")
	_, err = open(append(data, '\n'))
	wantError(t, err, "header is cut off after 1 bytes")
}

func TestOpenRefusesGarbageAsPadding(t *testing.T) {
	data := slicertest.Ar(append(slicertest.Deb{}.Members(), slicertest.ArMember{Name: "_x", Body: []byte("1")})...)
	data[len(data)-1] = 'x'
	_, err := open(data)
	wantError(t, err, "padding is 'x'")
}

func TestOpenRefusesEveryTruncation(t *testing.T) {
	data := slicertest.Deb{Files: []slicertest.DebFile{{Path: "a", Body: []byte("hello")}}, Compression: "gz"}.Bytes()
	padding := len(data) % 2
	for n := range len(data) - 1 - padding {
		if _, err := open(data[:n]); err == nil {
			t.Fatalf("a package cut off after %d of %d bytes opens", n, len(data))
		}
	}
}
