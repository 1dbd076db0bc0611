package build

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

// foreignRun is a run image that somebody else makes.
type foreignRun struct {
	stack    string   // its io.buildpacks.stack.id, which its builders have as CNB_STACK_ID
	images   []string // its repositories without the registry; with a tag where the tags are different images
	distro   distro
	packages []string // of those that it has, the ones with libraries that apps often need
	static   bool     // it has no C library
}

var jammy, noble = distro{"ubuntu", "22.04"}, distro{"ubuntu", "24.04"}

// ubuntu are the packages with libraries in every Ubuntu that has dpkg and apt.
var ubuntu = []string{"libbz2-1.0", "libgcc-s1", "liblzma5", "libstdc++6", "libuuid1", "libzstd1", "zlib1g"}

// foreignRuns are well-known run images, as their makers' own definitions and package lists describe them. None of them
// has io.buildpacks.base.id: with pack the name tells which it is, in kpack the stack's ID, which must be the builder's.
var foreignRuns = []foreignRun{
	{stack: "io.buildpacks.stacks.jammy", images: []string{"paketobuildpacks/run-jammy-base"}, distro: jammy, packages: append(slices.Clone(ubuntu), "libexpat1", "libssl3", "libyaml-0-2")},
	{stack: "io.buildpacks.stacks.jammy.full", images: []string{"paketobuildpacks/run-jammy-full"}, distro: jammy, packages: append(slices.Clone(ubuntu), "libssl3", "libyaml-0-2")},
	{stack: "io.buildpacks.stacks.jammy.tiny", images: []string{"paketobuildpacks/run-jammy-tiny"}, distro: jammy, packages: []string{"libssl3", "zlib1g"}},
	{stack: "io.buildpacks.stacks.jammy.static", images: []string{"paketobuildpacks/run-jammy-static"}, distro: jammy, static: true},
	{stack: "io.buildpacks.stacks.noble", images: []string{"paketobuildpacks/ubuntu-noble-run"}, distro: noble, packages: append(slices.Clone(ubuntu), "libexpat1", "libssl3", "libyaml-0-2")},
	{stack: "io.buildpacks.stacks.noble.tiny", images: []string{"paketobuildpacks/ubuntu-noble-run-tiny", "paketobuildpacks/run-noble-tiny"}, distro: noble, packages: []string{"libssl3", "zlib1g"}},
	{stack: "io.buildpacks.stacks.noble.static", images: []string{"paketobuildpacks/ubuntu-noble-run-static"}, distro: noble, static: true},
	{stack: "heroku-22", images: []string{"heroku/heroku:22"}, distro: jammy, packages: append(slices.Clone(ubuntu), herokus...)},
	{stack: "heroku-24", images: []string{"heroku/heroku:24"}, distro: noble, packages: append(slices.Clone(ubuntu), herokus...)},
	{stack: "google.min.22", distro: jammy, packages: append(slices.Clone(ubuntu), "libssl3")},
	{stack: "google.22", images: []string{"buildpacks/google-22/run"}, distro: jammy, packages: append(slices.Clone(ubuntu), "libexpat1", "libsqlite3-0", "libssl3", "libxml2", "libyaml-0-2")},
}

// herokus are the packages that both of Heroku's run images have beside Ubuntu's own.
var herokus = []string{"libcurl4", "libexpat1", "libffi8", "libgmp10", "libpq5", "libreadline8", "libsqlite3-0", "libssl3", "libxml2", "libyaml-0-2"}

// sonamesOf are the libraries of the packages in foreignRuns, by the package's name, less the t64 that Ubuntu 24.04 adds to some.
var sonamesOf = map[string][]string{
	"libbz2-1.0":   {"libbz2.so.1.0"},
	"libcurl4":     {"libcurl.so.4"},
	"libexpat1":    {"libexpat.so.1"},
	"libffi8":      {"libffi.so.8"},
	"libgcc-s1":    {"libgcc_s.so.1"},
	"libgmp10":     {"libgmp.so.10"},
	"liblzma5":     {"liblzma.so.5"},
	"libpq5":       {"libpq.so.5"},
	"libreadline8": {"libreadline.so.8"},
	"libsqlite3-0": {"libsqlite3.so.0"},
	"libssl3":      {"libcrypto.so.3", "libssl.so.3"},
	"libstdc++6":   {"libstdc++.so.6"},
	"libuuid1":     {"libuuid.so.1"},
	"libxml2":      {"libxml2.so.2"},
	"libyaml-0-2":  {"libyaml-0.so.2"},
	"libzstd1":     {"libzstd.so.1"},
	"zlib1g":       {"libz.so.1"},
}

// knownForeign finds a well-known run image: by what the analyzer was told to take, else, where nobody looked at the run
// image, by the stack, which is the builder's then, too.
func knownForeign(image string, looked bool, stack string) (run foreignRun, by string) {
	for _, r := range foreignRuns {
		for _, name := range r.images {
			if isImage(image, name) {
				return r, "its name " + name
			}
		}
		if !looked && stack == r.stack {
			return r, "CNB_STACK_ID"
		}
	}
	return foreignRun{}, ""
}

// isImage tells whether a reference names a repository, in whatever registry a copy of it lies. With a tag in name, the
// reference's tag is that, or that and a suffix: heroku/heroku:22-cnb is a heroku/heroku:22.
func isImage(ref, name string) bool {
	ref, _, _ = strings.Cut(ref, "@")
	repository, tag := ref, ""
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		repository, tag = ref[:i], ref[i+1:]
	}
	name, want, tagged := strings.Cut(name, ":")
	if tagged && tag != want && !strings.HasPrefix(tag, want+"-") {
		return false
	}
	return repository == name || strings.HasSuffix(repository, "/"+name)
}

// distro is ID and VERSION_ID of an os-release.
type distro struct{ id, version string }

// hostDistro is the distribution of the build image, whose packages the image gets; the zero value where that is not told.
func hostDistro(root fs.FS) distro {
	text, err := fs.ReadFile(root, "etc/os-release")
	if err != nil {
		return distro{}
	}
	id, version := debian.OSRelease(text)
	return distro{id, version}
}

// foreignFloor is what a run image of somebody else is taken to have, and a clause for people that says it: of glibc what
// the distribution's version has, and of other libraries those of a known image, where packages come from the same
// distribution. Another's libraries of the same name are not what those packages were linked to.
func foreignFloor(r foreignRun, arch string, run, host distro) (f *contract.Floor, has string) {
	f = &contract.Floor{Schema: contract.FloorSchema, ID: cmp.Or(r.stack, "unknown"), Arch: arch}
	if r.distro != (distro{}) {
		run = r.distro
	}
	minor, known := debian.Glibc(run.id, run.version)
	if r.static || known && minor == 0 {
		return f, "no glibc"
	}
	has = "glibc"
	var versions []string
	if known {
		has, versions = fmt.Sprintf("glibc 2.%d", minor), debian.GlibcVersions(minor)
	}
	for _, soname := range []string{debian.Loader(arch), "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1"} {
		f.Libraries = append(f.Libraries, foreignLibrary(arch, soname, versions))
	}
	if r.distro == (distro{}) || r.distro != host {
		return f, has + " and nothing else"
	}
	for _, p := range r.packages {
		for _, soname := range sonamesOf[p] {
			f.Libraries = append(f.Libraries, foreignLibrary(arch, soname, nil))
		}
	}
	return f, has + " and the libraries of " + language.List(r.packages)
}

func foreignLibrary(arch, soname string, versions []string) contract.FloorLibrary {
	return contract.FloorLibrary{Soname: soname, Path: "/usr/lib/" + debian.Triplet(arch) + "/" + soname, Versions: versions}
}
