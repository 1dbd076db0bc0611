package java

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"
)

// jdk is a Java Development Kit of the build.
type jdk struct {
	Home    string
	Version string // "21.0.13"
	Major   int
	Arch    string // as the release file has it: "x86_64"
}

// findJDKs lists the kits beside the programs of PATH: /usr/lib/jvm of the build image, and the same folder of what was
// unpacked for this build. The lowest version comes first: a newer one than the image's own is there because it was
// asked for.
func findJDKs(env map[string]string) ([]jdk, error) {
	var all []jdk
	for _, bin := range filepath.SplitList(env["PATH"]) {
		if filepath.Base(bin) != "bin" {
			continue
		}
		found, err := filepath.Glob(filepath.Join(filepath.Dir(bin), "lib", "jvm", "*", "release"))
		if err != nil {
			return nil, fmt.Errorf("cannot look for the build image's JDK: %w", err)
		}
		for _, file := range found {
			home := filepath.Dir(file)
			if info, err := os.Lstat(home); err != nil || !info.IsDir() || !language.Exists(filepath.Join(home, "jmods")) {
				continue // a link to one that is listed itself, or a runtime without what jlink needs
			}
			k, err := readJDK(home)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(all, func(o jdk) bool { return o.Major == k.Major }) {
				all = append(all, k)
			}
		}
	}
	slices.SortFunc(all, func(a, b jdk) int { return a.Major - b.Major })
	return all, nil
}

// readJDK reads a kit's release file: NAME="value" lines.
func readJDK(home string) (jdk, error) {
	f, err := language.OpenFile(filepath.Join(home, "release"))
	if err != nil {
		return jdk{}, fmt.Errorf("cannot read the build image's JDK: %w", err)
	}
	defer f.Close()
	k := jdk{Home: home}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(value, `"`)
		switch name {
		case "JAVA_VERSION":
			k.Version = value
		case "OS_ARCH":
			k.Arch = value
		}
	}
	major, _, _ := strings.Cut(k.Version, ".")
	if k.Major, err = strconv.Atoi(major); err != nil {
		return k, fmt.Errorf("cannot tell the version of the JDK in %s: its release file says %q", home, k.Version)
	}
	return k, lines.Err()
}

// tool is the path of a program of the kit.
func (k jdk) tool(name string) string { return filepath.Join(k.Home, "bin", name) }
