package java

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// unpackBoot takes a Spring Boot jar apart, as Spring's own tools do (jarmode=tools extract): the dependencies go beside
// the app in lib/, and the app's own classes and resources stay in an archive of the old name, whose manifest names them.
func (s *stage) unpackBoot(a archive) error {
	z, err := openZip(s.from, a.Path)
	if err != nil {
		return err
	}
	defer z.Close()
	lib := path.Join(path.Dir(a.Path), "lib")
	names, err := bootClassPath(z)
	if err != nil {
		return fmt.Errorf("cannot take %s apart: %w", a.Path, err)
	}
	var classPath []string
	for _, name := range names {
		f := z.entry(name)
		if f == nil || strings.HasPrefix(path.Base(name), "spring-boot-jarmode-") {
			continue
		}
		if err := s.bootDependency(f, path.Join(lib, path.Base(name))); err != nil {
			return fmt.Errorf("cannot take %s apart: %w", a.Path, err)
		}
		classPath = append(classPath, "lib/"+path.Base(name))
	}
	return s.writeZip(a.Path, func(w *zip.Writer) error { return bootClasses(w, z, a.Manifest, classPath) })
}

// bootClassPath is the order of the dependencies: that of the index, or of the archive.
func bootClassPath(z *zipFile) ([]string, error) {
	var names []string
	if index := z.entry("BOOT-INF/classpath.idx"); index != nil {
		text, err := readEntry(index, maxText)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) { // - "BOOT-INF/lib/spring-core-6.2.jar"
			name := strings.Trim(strings.TrimPrefix(strings.TrimSpace(line), "- "), `"`)
			if strings.HasPrefix(name, "BOOT-INF/lib/") && fs.ValidPath(name) {
				names = append(names, name)
			}
		}
	}
	for _, f := range z.File {
		if strings.HasPrefix(f.Name, "BOOT-INF/lib/") && strings.HasSuffix(f.Name, ".jar") && fs.ValidPath(f.Name) {
			names = append(names, f.Name)
		}
	}
	return language.Unique(names), nil
}

// bootDependency unpacks an archive inside of Spring Boot's: into the app where it is one of the project's own.
func (s *stage) bootDependency(f *zip.File, to string) error {
	root := s.jars
	if s.own[path.Base(to)] {
		root = s.app
		s.appClasses = append(s.appClasses, filepath.Join(s.app.Name(), to))
	}
	if _, err := unzipEntry(root, f, to, maxArchive); err != nil {
		return fmt.Errorf("%s: %w", language.Clip(f.Name), err)
	}
	if root == s.jars {
		return s.link(to)
	}
	return nil
}

// bootClasses writes the app's own part of a Spring Boot jar.
func bootClasses(w *zip.Writer, z *zipFile, m manifest, classPath []string) error {
	all := []attribute{{"Manifest-Version", "1.0"}, {"Main-Class", m["start-class"]}}
	for _, name := range []string{"Implementation-Title", "Implementation-Version", "Implementation-Vendor", "Build-Jdk-Spec", "Multi-Release"} {
		if v := m[strings.ToLower(name)]; v != "" {
			all = append(all, attribute{name, v})
		}
	}
	if len(classPath) > 0 {
		all = append(all, attribute{"Class-Path", strings.Join(classPath, " ")})
	}
	h := &zip.FileHeader{Name: manifestFile, Method: zip.Deflate, Modified: zipTime}
	if err := addEntry(w, h, writeManifest(all)); err != nil {
		return err
	}
	// Spring looks for classes and templates in folders, and Java knows those alone that the archive lists.
	seen := map[string]bool{manifestFile: true}
	for _, own := range []bool{true, false} {
		for _, f := range z.ordered() {
			name, isOwn := strings.CutPrefix(f.Name, "BOOT-INF/classes/")
			meta := strings.HasPrefix(f.Name, "META-INF/") && !strings.HasPrefix(f.Name, "META-INF/services/")
			if isOwn != own || !own && !meta || name == "" || seen[name] {
				continue
			}
			err := addFolders(w, name, seen)
			if !strings.HasSuffix(name, "/") {
				seen[name], err = true, errors.Join(err, copyEntry(w, f, name))
			}
			if err != nil {
				return fmt.Errorf("%s: %w", language.Clip(f.Name), err)
			}
		}
	}
	return nil
}

// addFolders lists the folders above a name in an archive, unless it lists them already, the upper ones first.
func addFolders(w *zip.Writer, name string, listed map[string]bool) error {
	for i := range len(name) {
		folder := name[:i+1]
		if name[i] != '/' || listed[folder] {
			continue
		}
		listed[folder] = true
		h := &zip.FileHeader{Name: folder, Modified: zipTime}
		h.SetMode(fs.ModeDir | 0o755)
		if _, err := w.CreateHeader(h); err != nil {
			return err
		}
	}
	return nil
}
