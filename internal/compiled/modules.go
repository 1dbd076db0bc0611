package compiled

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// extensionPoints are those of GIO and GTK 4 for which modules exist.
var extensionPoints = []string{
	"gio-debug-controller", "gio-memory-monitor", "gio-native-volume-monitor", "gio-network-monitor", "gio-power-profile-monitor",
	"gio-proxy", "gio-proxy-resolver", "gio-tls-backend", "gio-vfs", "gio-volume-monitor", "gsettings-backend",
	"gtk-im-module", "gtk-media-file", "gtk-print-backend",
}

// GIOModules writes giomodule.cache: a line for each module with the extension points that it implements. They are
// taken from the strings of the module, which must name them to register itself; one that is merely mentioned costs no
// more than loading the module when it is asked for. A module that names none is not listed, and GLib loads it always.
// Without any module nil is returned.
func GIOModules(modules []File) []byte {
	var out bytes.Buffer
	for _, m := range slices.SortedFunc(slices.Values(modules), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		var points []string
		for _, p := range extensionPoints {
			if bytes.Contains(m.Data, []byte("\x00"+p+"\x00")) {
				points = append(points, p)
			}
		}
		if len(points) > 0 {
			fmt.Fprintf(&out, "%s: %s\n", m.Name, strings.Join(points, ","))
		}
	}
	if out.Len() == 0 {
		return nil
	}
	return out.Bytes()
}

// pixbufLoaders are what gdk-pixbuf-query-loaders of Debian 12 and 13 tells of the loaders that Debian has, one block a
// loader, which begins with its file name.
//
//go:embed loaders.txt
var pixbufLoaders string

// PixbufLoaders writes loaders.cache for the loaders in a directory, which ends in a slash. What a loader reads is
// known to its code only, so it comes from a table of Debian's loaders; each must still hold the strings that the table
// has of it. Others are left out. Without any loader nil is returned.
func PixbufLoaders(dir string, loaders []File) ([]byte, []Ignored) {
	known := map[string][]string{} // by file name; a loader may have several descriptions, of several versions
	for _, block := range strings.Split(strings.TrimSpace(pixbufLoaders), "\n\n") {
		name, text, _ := strings.Cut(block, "\n")
		known[name] = append(known[name], text)
	}
	out := bytes.NewBufferString("# GdkPixbuf Image Loader Modules file\n# Made by whittle\n#\n")
	var ignored []Ignored
	any := false
	for _, l := range slices.SortedFunc(slices.Values(loaders), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		i := slices.IndexFunc(known[l.Name], func(text string) bool { return holds(l.Data, text) })
		if i < 0 {
			ignored = append(ignored, Ignored{l.Name, fmt.Errorf("it is no loader that whittle knows")})
			continue
		}
		any = true
		fmt.Fprintf(out, "%q\n%s\n\n", dir+l.Name, known[l.Name][i])
	}
	if !any {
		return nil, ignored
	}
	return out.Bytes(), ignored
}

// holds tells whether a loader has all names of its description: those of its type, its MIME types and its endings.
func holds(data []byte, text string) bool {
	for i, line := range strings.Split(text, "\n") {
		if i == 3 {
			return true // patterns follow, which a compiler may have merged into others
		}
		for j, word := range quotedWords(line) {
			domain := i == 0 && j == 1 // of translations: the tool's own where a loader names none
			if !domain && !bytes.Contains(data, []byte(word)) {
				return false
			}
		}
	}
	return false
}

func quotedWords(line string) []string {
	var words []string
	for line != "" {
		prefix, err := strconv.QuotedPrefix(line)
		if err != nil {
			_, line, _ = strings.Cut(line, " ")
			continue
		}
		if word, err := strconv.Unquote(prefix); err == nil && word != "" {
			words = append(words, word)
		}
		line = strings.TrimPrefix(line[len(prefix):], " ")
	}
	return words
}
