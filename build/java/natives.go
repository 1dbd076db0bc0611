package java

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// native is a native library that was unpacked from an archive.
type native struct {
	File    string   // absolute
	From    string   // the archive, by its base name
	Options []string // by which its library finds it
}

// nativesOfImage is the processor whose native libraries stay in archives, or none where all do.
func (a *app) nativesOfImage() (string, error) {
	all, err := a.Truth("BP_JVM_FOREIGN_NATIVES", false)
	if err != nil || all {
		return "", err
	}
	return a.Arch, nil
}

// nativesDir is where they go, in the layer of the archives.
const nativesDir = "natives"

// unpacker is a Java library that unpacks a native one into the temporary folder when it starts, which fails where programs
// may not be run from there, and the option by which it takes one that lies elsewhere.
type unpacker struct {
	entry  *regexp.Regexp // of the archive; ARCH stands for the processor's names
	option string         // FILE and DIR stand for where it is
}

// libraryPath is the virtual machine's own option: Netty, LZ4, RocksDB and Conscrypt look there first.
const libraryPath = "-Djava.library.path=DIR"

var unpackers = []unpacker{
	{entryOf(`META-INF/native/libnetty_[a-z_]*linux_?[a-z_]*(?:ARCH)\.so`), libraryPath},
	{entryOf(`META-INF/native/libnetty_transport_native_(?:epoll|io_uring\w*)_(?:ARCH)\.so`), libraryPath},
	{entryOf(`META-INF/native/libconscrypt_openjdk_jni-linux-(?:ARCH)\.so`), libraryPath},
	{entryOf(`net/jpountz/util/linux/(?:ARCH)/liblz4-java\.so`), libraryPath},
	{entryOf(`librocksdbjni-linux(?:64|-aarch64)\.so`), libraryPath},
	{entryOf(`org/sqlite/native/Linux/(?:ARCH)/libsqlitejdbc\.so`), "-Dorg.sqlite.lib.path=DIR"},
	{entryOf(`org/xerial/snappy/native/Linux/(?:ARCH)/libsnappyjava\.so`), "-Dorg.xerial.snappy.lib.path=DIR -Dorg.xerial.snappy.lib.name=libsnappyjava.so"},
	{entryOf(`linux/(?:ARCH)/libzstd-jni[\w.-]*\.so`), "-DZstdNativePath=FILE"},
	{entryOf(`com/sun/jna/linux-(?:ARCH)/libjnidispatch\.so`), "-Djna.boot.library.path=DIR"},
	{entryOf(`org/fusesource/jansi/internal/native/Linux/(?:ARCH)/libjansi\.so`), "-Dlibrary.jansi.path=DIR"},
	{entryOf(`lib/linux-(?:ARCH)/libbrotli\.so`), "-Dbrotli4j.library.path=DIR"},
	{entryOf(`jni/(?:ARCH)-Linux/libjffi-[\d.]+\.so`), "-Djffi.boot.library.path=DIR"},
	{entryOf(`ai/onnxruntime/native/linux-(?:ARCH)/libonnxruntime(?:4j_jni)?\.so`), "-Donnxruntime.native.path=DIR"},
}

// processors are the names of a processor in archives.
var processors = map[string]string{"amd64": "x86_64|x86-64|amd64|x64", "arm64": "aarch64|aarch_64|arm64"}

func entryOf(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

// forArch returns the pattern of an unpacker for a processor.
func (u unpacker) forArch(arch string) *regexp.Regexp {
	return entryOf(strings.ReplaceAll(strings.Trim(u.entry.String(), "^$"), "ARCH", processors[arch]))
}

// unpackNatives unpacks the native libraries of well-known Java libraries into the layer of archives. Those of others are
// told: they unpack themselves into the temporary folder.
func (a *app) unpackNatives(st *stage) ([]native, error) {
	var patterns []*regexp.Regexp
	for _, u := range unpackers {
		patterns = append(patterns, u.forArch(a.Arch))
	}
	var all []native
	for _, file := range slices.Concat(st.dependencyJars, st.appClasses) {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		found, err := a.nativesOf(st, file, patterns)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// nativesOf unpacks the native libraries of an archive that unpackers would look for, each with the options of its own.
func (a *app) nativesOf(st *stage, file string, patterns []*regexp.Regexp) ([]native, error) {
	z, err := openZipFile(file)
	if err != nil {
		return nil, nil // no archive
	}
	defer z.Close()
	var all []native
	for _, f := range z.File {
		if path.Ext(f.Name) != ".so" && path.Ext(f.Name) != ".jnilib" {
			continue
		}
		i := slices.IndexFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(f.Name) })
		if i < 0 {
			continue
		}
		name := path.Join(nativesDir, path.Base(f.Name))
		if _, err := unzipEntry(st.jars, f, name, maxNested); err != nil {
			return nil, fmt.Errorf("cannot unpack %s of %s: %w", language.Clip(f.Name), filepath.Base(file), err)
		}
		n := native{File: filepath.Join(st.jarsDir, name), From: filepath.Base(file)}
		option := strings.NewReplacer("FILE", n.File, "DIR", filepath.Dir(n.File)).Replace(unpackers[i].option)
		n.Options = strings.Fields(option)
		a.Log.Line("native library: %s of %s, unpacked", path.Base(name), n.From)
		all = append(all, n)
	}
	return all, nil
}

// options are those of all natives, each once, in the order of their names.
func options(all []native) string {
	var list []string
	for _, n := range all {
		list = append(list, n.Options...)
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}
