package java

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"
)

// classes are the JDK's classes, by their names as a program writes them ("java.sql.Driver"), and the module of each. They
// are read from the JDK's own jmods.
func (k jdk) classes() (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(k.Home, "jmods", "*.jmod"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("cannot find the modules of %s", k.Home), err)
	}
	all := map[string]string{}
	for _, file := range files {
		module := strings.TrimSuffix(filepath.Base(file), ".jmod")
		z, err := zip.OpenReader(file)
		if err != nil {
			return nil, fmt.Errorf("cannot read module %s: %w", module, err)
		}
		for _, f := range z.File {
			name, ok := strings.CutPrefix(strings.TrimSuffix(f.Name, ".class"), "classes/")
			if ok && strings.HasSuffix(f.Name, ".class") && !strings.Contains(name, "-info") {
				all[strings.ReplaceAll(name, "/", ".")] = module
			}
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("cannot read module %s: %w", module, err)
		}
	}
	return all, nil
}

// moduleNames are all modules of the JDK, sorted.
func (k jdk) moduleNames() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(k.Home, "jmods"))
	if err != nil {
		return nil, fmt.Errorf("cannot list the JDK's modules: %w", err)
	}
	var all []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".jmod"); ok {
			all = append(all, name)
		}
	}
	return all, nil
}

// jdeps adds the modules that classes refer to. All are handed over in one archive without descriptions of modules: given
// as modules, jdeps would want every module that they require, whether anybody uses it or not.
func (a *app) jdeps(ctx context.Context, list []string, s *scan) error {
	if len(list) == 0 {
		return nil
	}
	merged := filepath.Join(a.Temp, "classes-"+strconv.Itoa(len(list))+".jar")
	if err := mergeClasses(list, merged, a.jdk.Major); err != nil {
		return err
	}
	defer os.Remove(merged)
	out, err := language.Output(ctx, a.Run, language.Command{
		// It ends before the second compiler of the virtual machine would pay: a third less of processor time.
		Args: []string{a.jdk.tool("jdeps"), "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "--ignore-missing-deps", "--print-module-deps", "--multi-release", strconv.Itoa(a.jdk.Major), merged},
		What: "jdeps", Dir: a.Temp, Env: a.env,
	})
	if err != nil {
		return fmt.Errorf("cannot tell which modules the app refers to: %w", err)
	}
	lines := strings.Split(out, "\n")
	for name := range strings.SplitSeq(lines[len(lines)-1], ",") {
		if name = strings.TrimSpace(name); name != "" {
			s.Modules[name] = "jdeps"
		}
	}
	return nil
}

// mergeClasses writes the classes of archives and folders into one archive; of those of a name the first.
func mergeClasses(list []string, to string, newest int) error {
	f, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("cannot gather the app's classes: %w", err)
	}
	m := merger{w: zip.NewWriter(f), seen: map[string]bool{}, newest: newest}
	err = m.write(manifestFile, strings.NewReader("Manifest-Version: 1.0\nMulti-Release: true\n\n"))
	for _, file := range list {
		if err == nil {
			err = m.add(file)
		}
	}
	if err := errors.Join(err, m.w.Close(), f.Close()); err != nil {
		return fmt.Errorf("cannot gather the app's classes: %w", err)
	}
	return nil
}

type merger struct {
	w      *zip.Writer
	seen   map[string]bool
	newest int // version of Java: what is for newer ones is left out
}

// add adds the classes of an archive or a folder, those of an app inside of it as if they lay at its top.
func (m *merger) add(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return m.addFolder(file)
	}
	z, err := openZipFile(file)
	if err != nil {
		return nil // Java does not read it either
	}
	defer z.Close()
	for _, e := range z.File {
		name := strings.TrimPrefix(strings.TrimPrefix(e.Name, "WEB-INF/classes/"), "BOOT-INF/classes/")
		if !m.takes(name) {
			continue
		}
		data, err := readEntry(e, maxText)
		if err != nil {
			return err
		}
		if err := m.write(name, bytes.NewReader(data)); err != nil {
			return err
		}
	}
	return nil
}

// addFolder is add for a folder.
func (m *merger) addFolder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return eachFile(root, func(name string) error {
		inside := strings.TrimPrefix(strings.TrimPrefix(name, "WEB-INF/classes/"), "BOOT-INF/classes/")
		if !m.takes(inside) {
			return nil
		}
		data, err := readRegular(root, name)
		if err != nil {
			return err
		}
		return m.write(inside, bytes.NewReader(data))
	})
}

// takes tells whether a class counts: descriptions of modules do not, nor does what newer versions of Java would load.
func (m *merger) takes(name string) bool {
	if path.Ext(name) != ".class" || path.Base(name) == "module-info.class" || m.seen[name] {
		return false
	}
	if rest, ok := strings.CutPrefix(name, "META-INF/versions/"); ok {
		version, _, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(version)
		return err == nil && n <= m.newest
	}
	return !strings.HasPrefix(name, "META-INF/")
}

func (m *merger) write(name string, r io.Reader) error {
	m.seen[name] = true
	w, err := m.w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}

// wanted are the modules of the runtime: those of the evidence, as the setting changes them.
func (a *app) wanted(e evidence) ([]string, error) {
	known, err := a.jdk.moduleNames()
	if err != nil {
		return nil, err
	}
	names := append(e.sortedModules(), "java.base")
	setting := a.Setting("BP_JVM_MODULES")
	only, exact := strings.CutPrefix(strings.TrimSpace(setting), "=")
	if exact {
		names = []string{"java.base"}
	}
	for _, name := range language.SplitList(only) {
		if name == "all" {
			names = append(names, known...)
			continue
		}
		if !slices.Contains(known, name) {
			return nil, &language.Problem{
				What:     fmt.Sprintf("BP_JVM_MODULES names %s, and JDK %d has no such module", language.Clip(name), a.jdk.Major),
				Evidence: []string{"modules: " + language.List(known)},
				Next:     "Name modules of this list, or all.",
			}
		}
		names = append(names, name)
	}
	if len(e.Locales) > 0 && !exact {
		names = append(names, "jdk.localedata")
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool { return !slices.Contains(known, n) }), nil
}
