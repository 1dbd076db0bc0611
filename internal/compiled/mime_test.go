package compiled

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestMIMEIsThatOfTheTool compares with what update-mime-database 2.4 made of the same files.
func TestMIMEIsThatOfTheTool(t *testing.T) {
	got, ignored := MIME(readFiles(t, "testdata/mime/packages/*.xml"))
	compareMIME(t, "testdata/mime/want", got)
	var said []string
	for _, i := range ignored {
		said = append(said, i.Name+": "+i.Err.Error())
	}
	if diff := cmp.Diff([]string{
		`freedesktop.org.xml: type application/x-broken, element magic: offset "x" is no number`,
		`other.xml: cannot read other.xml: it is no shared-mime-info document`,
	}, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMIMENodesAreThoseOfPackageXML compares elements with those that package xml makes by reflection.
func TestMIMENodesAreThoseOfPackageXML(t *testing.T) {
	type reflected struct {
		XMLName xml.Name
		Attrs   []xml.Attr  `xml:",any,attr"`
		Text    string      `xml:",chardata"`
		Nodes   []reflected `xml:",any"`
	}
	var plain func(r reflected) mimeNode
	plain = func(r reflected) mimeNode {
		n := mimeNode{XMLName: r.XMLName, Attrs: r.Attrs, Text: r.Text}
		for _, child := range r.Nodes {
			n.Nodes = append(n.Nodes, plain(child))
		}
		return n
	}
	files := append(readFiles(t, "testdata/mime/packages/*.xml"),
		File{"mixed.xml", []byte(`<a xmlns="u:1" xmlns:b="u:2" c="1" b:c="2" xml:lang="de">x<!-- no --><b:d/>y<![CDATA[<z>]]>&amp;<?pi?><e><f>g</f></e> </a>`)},
		File{"cut.xml", []byte(`<a><b>`)}, File{"crossed.xml", []byte(`<a><b></a></b>`)}, File{"none.xml", nil})
	for _, f := range files {
		var want reflected
		var got mimeNode
		wantErr, err := decodeXML(f, &want), decodeXML(f, &got)
		if fmt.Sprint(wantErr) != fmt.Sprint(err) {
			t.Errorf("%s: error %v, want %v", f.Name, err, wantErr)
		}
		if diff := cmp.Diff(plain(want), got, cmpopts.EquateEmpty()); err == nil && diff != "" {
			t.Errorf("%s: -want +got:\n%s", f.Name, diff)
		}
	}
}

// TestDeepMIMEIsRefused gives elements in elements, which take room of the stack.
func TestDeepMIMEIsRefused(t *testing.T) {
	deep := File{"deep.xml", []byte(strings.Repeat("<a>", 1_000_000))}
	made, ignored := MIME([]File{deep})
	if made != nil || len(ignored) != 1 || !strings.Contains(ignored[0].Err.Error(), "more than 100 deep") {
		t.Errorf("made %d files, ignored %v", len(made), ignored)
	}
}

// compareMIME compares a database with one of the tool: byte by byte, but for translations, for what the tool orders by
// chance, and for the strings of the cache, which are compared by what refers to them.
func compareMIME(t *testing.T, dir string, got map[string][]byte) {
	t.Helper()
	want := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		at, _ := filepath.Rel(dir, path)
		want[at] = comparable(t, at, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for at, data := range got {
		have[at] = comparable(t, at, data)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-tool +got:\n%s", diff)
	}
}

var translated = regexp.MustCompile(`(?m)^  <[a-z-]+ xml:lang=.*\n`)

func comparable(t *testing.T, at string, data []byte) string {
	switch {
	case at == "mime.cache":
		return cacheText(t, data)
	case strings.HasSuffix(at, ".xml"):
		return translated.ReplaceAllString(string(data), "")
	case slices.Contains([]string{"globs", "globs2", "subclasses", "icons", "generic-icons"}, at):
		all := strings.SplitAfter(string(data), "\n")
		slices.Sort(all)
		return strings.Join(all, "")
	}
	return string(data)
}

// cacheText reads mime.cache, as programs do, into text.
func cacheText(t *testing.T, data []byte) string {
	t.Helper()
	var b strings.Builder
	u32 := func(at uint32) uint32 { return binary.BigEndian.Uint32(data[at:]) }
	text := func(at uint32) string {
		s, _, _ := strings.Cut(string(data[u32(at):]), "\x00")
		return s
	}
	rows := func(at uint32, columns uint32, row func(at uint32)) {
		for i := range u32(at) {
			row(at + 4 + 4*columns*i)
		}
	}
	fmt.Fprintf(&b, "version %d.%d\n", binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:]))
	rows(u32(4), 2, func(at uint32) { fmt.Fprintf(&b, "alias %s %s\n", text(at), text(at+4)) })
	rows(u32(8), 2, func(at uint32) {
		rows(u32(at+4), 1, func(parent uint32) { fmt.Fprintf(&b, "parent %s %s\n", text(at), text(parent)) })
	})
	for _, section := range []uint32{12, 20} {
		rows(u32(section), 3, func(at uint32) { fmt.Fprintf(&b, "glob %s %s %x\n", text(at), text(at+4), u32(at+8)) })
	}
	var suffixes func(n, at uint32, so string)
	suffixes = func(n, at uint32, so string) {
		for ; n > 0; n, at = n-1, at+12 {
			if u32(at) == 0 {
				fmt.Fprintf(&b, "suffix %s %s %x\n", so, text(at+4), u32(at+8))
			} else {
				suffixes(u32(at+4), u32(at+8), string(rune(u32(at)))+so)
			}
		}
	}
	suffixes(u32(u32(16)), u32(u32(16)+4), "")
	magic := u32(24)
	fmt.Fprintf(&b, "extent %d\n", u32(magic+4))
	var matches func(n, at uint32, indent string)
	matches = func(n, at uint32, indent string) {
		for ; n > 0; n, at = n-1, at+32 {
			size := u32(at + 12)
			fmt.Fprintf(&b, "%s%d+%d~%d %q", indent, u32(at), u32(at+4), u32(at+8), data[u32(at+16):u32(at+16)+size])
			if mask := u32(at + 20); mask != 0 {
				fmt.Fprintf(&b, " & %x", data[mask:mask+size])
			}
			b.WriteString("\n")
			matches(u32(at+24), u32(at+28), indent+"  ")
		}
	}
	for i := range u32(magic) {
		at := u32(magic+8) + 16*i
		fmt.Fprintf(&b, "magic %d %s\n", u32(at), text(at+4))
		matches(u32(at+8), u32(at+12), "  ")
	}
	rows(u32(28), 3, func(at uint32) { fmt.Fprintf(&b, "namespace %s %s %s\n", text(at), text(at+4), text(at+8)) })
	for _, section := range []uint32{32, 36} {
		rows(u32(section), 2, func(at uint32) { fmt.Fprintf(&b, "icon %s %s\n", text(at), text(at+4)) })
	}
	fmt.Fprintf(&b, "%d types\n", u32(u32(40))) // their offsets are all 0 in the tool's cache, and nobody reads them
	return b.String()
}

func FuzzMIME(f *testing.F) {
	for _, name := range []string{"freedesktop.org", "Override"} {
		data, err := os.ReadFile("testdata/mime/packages/" + name + ".xml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _ := MIME([]File{{"a.xml", data}})
		if got != nil {
			cacheText(t, got["mime.cache"])
		}
		for at := range got {
			if !fs.ValidPath(at) {
				t.Errorf("path %q", at)
			}
		}
	})
}
