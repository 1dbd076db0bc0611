package java

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// kind is what an archive is, as far as starting it goes.
type kind string

const (
	library  kind = "library"                // it has no main class
	runnable kind = "runnable jar"           // java -jar starts it
	boot     kind = "Spring Boot jar"        // its dependencies are archives inside it
	quarkus  kind = "Quarkus app"            // its folder is the app
	warMain  kind = "war that starts itself" // java -jar starts it
	war      kind = "war"                    // for a servlet container
)

// archive is a Java archive in the app's folder.
type archive struct {
	Path     string // below the app's folder
	Kind     kind
	Manifest manifest
}

// maxArchive bounds an archive, in bytes.
const maxArchive = 4 << 30

const manifestFile = "META-INF/MANIFEST.MF"

// An archive may have many entries of one content, or of nothing but zeros: a file of megabytes would be terabytes of work, and as
// much on the disk. What all entries of an archive have may be maxUnpacked bytes, and unpackedTimes those of the archive.
const (
	maxUnpacked   = 1 << 30
	unpackedTimes = 20
)

// checkUnpacked refuses an archive whose entries have more than that. What an entry says of its size is true: reading it ends there.
func checkUnpacked(entries []*zip.File, size int64) error {
	left := uint64(maxUnpacked + unpackedTimes*size)
	for _, f := range entries {
		if f.UncompressedSize64 > left {
			return fmt.Errorf("it unpacks to more than %d MB", (maxUnpacked+unpackedTimes*size)>>20)
		}
		left -= f.UncompressedSize64
	}
	return nil
}

// zipFile is an open archive.
type zipFile struct {
	*zip.Reader
	io.Closer
	named map[string]*zip.File
}

// openZipFile opens an archive by its path.
func openZipFile(file string) (*zipFile, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return openZip(root, filepath.Base(file))
}

// openZip opens an archive below a root: a regular file, and no link that leads out.
func openZip(root *os.Root, name string) (*zipFile, error) {
	f, info, err := openRegular(root, name)
	if err != nil {
		return nil, fmt.Errorf("cannot read archive %s: %w", name, err)
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read archive %s: %w", name, err), f.Close())
	}
	if err := checkUnpacked(z.File, info.Size()); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read archive %s: %w", name, err), f.Close())
	}
	return &zipFile{Reader: z, Closer: f}, nil
}

// entry returns the first file of the archive that has a name, or nil.
func (z *zipFile) entry(name string) *zip.File {
	if z.named == nil {
		z.named = make(map[string]*zip.File, len(z.File))
		for _, f := range slices.Backward(z.File) {
			z.named[f.Name] = f
		}
	}
	return z.named[name]
}

// has tells whether anything lies below a folder of the archive.
func (z *zipFile) has(folder string) bool {
	for _, f := range z.File {
		if strings.HasPrefix(f.Name, folder+"/") {
			return true
		}
	}
	return false
}

// ordered are the archive's entries in an order that does not depend on the folder that a build tool read them from, as that of Maven's
// older plugins and of Gradle does: the manifest and what is beside it first, where Java looks for it, then by name. Archives inside it
// come last, among themselves as they were: some launchers make the class path of their order.
func (z *zipFile) ordered() []*zip.File {
	rank := func(f *zip.File) int {
		switch {
		case f.Name == "META-INF/":
			return 0
		case f.Name == manifestFile:
			return 1
		case strings.HasPrefix(f.Name, "META-INF/"):
			return 2
		case path.Ext(f.Name) == ".jar":
			return 4
		}
		return 3
	}
	all := slices.Clone(z.File)
	slices.SortStableFunc(all, func(a, b *zip.File) int {
		if r := cmp.Compare(rank(a), rank(b)); r != 0 || rank(a) == 4 {
			return r
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// manifest reads the archive's manifest; without one it is empty.
func (z *zipFile) manifest() (manifest, error) {
	f := z.entry(manifestFile)
	if f == nil {
		return manifest{}, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	m, err := readManifest(r)
	return m, errors.Join(err, r.Close())
}

// readArchive tells what an archive is.
func readArchive(root *os.Root, name string) (archive, error) {
	z, err := openZip(root, name)
	if err != nil {
		return archive{}, err
	}
	defer z.Close()
	a := archive{Path: name, Kind: library}
	if a.Manifest, err = z.manifest(); err != nil {
		return a, fmt.Errorf("cannot read the manifest of %s: %w", name, err)
	}
	main, isWar := a.Manifest["main-class"], strings.HasSuffix(name, ".war")
	switch {
	case isWar && main != "":
		a.Kind = warMain
	case isWar && z.has("WEB-INF"):
		a.Kind = war
	case path.Base(name) == quarkusRun && main != "":
		a.Kind = quarkus
	case isBootJar(a.Manifest) && z.has("BOOT-INF/classes"):
		a.Kind = boot
	case main != "":
		a.Kind = runnable
	}
	return a, nil
}

// quarkusRun is the file that starts a Quarkus app in its fast-jar form.
const quarkusRun = "quarkus-run.jar"

// isBootJar tells whether Spring Boot's launcher for jars starts the archive with what it holds, and nothing else:
// PropertiesLauncher reads its class path from elsewhere, so that such a jar stays as it is.
func isBootJar(m manifest) bool {
	main := m["main-class"]
	return strings.HasPrefix(main, "org.springframework.boot.loader.") && strings.HasSuffix(main, ".JarLauncher") && m["start-class"] != ""
}

// isByProduct tells whether an archive is made beside the one that runs: sources, what was there before a plugin
// repackaged it, …
func isByProduct(name string) bool {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	for _, end := range []string{"-sources", "-javadoc", "-tests", "-test-sources", "-plain", "-test-fixtures", "-stubs"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return strings.HasPrefix(base, "original-") || base == "gradle-wrapper" || base == "maven-wrapper"
}
