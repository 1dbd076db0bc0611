package failure

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestRead(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/outputs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // kind, names
		"pip-untrusted":         "untrusted certificate:",
		"pip-unreachable":       "unreachable index:",
		"pip-rust-newpython":    "version for another runtime: pydantic-core <=3.12",
		"pip-rust-oldrust":      "crate for another Rust: shop-core newdep@0.2.0 1.99 or newer",
		"pip-rust-none":         "program: cargo",
		"pip-rust-nocompiler":   "program: rustc",
		"pip-rust-library":      "pkg-config file: openssl",
		"pip-git":               "unreachable index: git.example",
		"pip-unknownhost":       "insecure index: index.example",
		"pip-noname":            "unknown package: nosuchpackage-whittle-xyz",
		"pip-noversion":         "unknown version: flask==99.9",
		"pip-otherpython":       "version for another runtime: numpy==1.26.0 <3.13,>=3.9",
		"pip-nopython":          ":",
		"pip-badmetadata":       "metadata that cannot be read: celery 5.2.0",
		"pip-2to3":              "package that cannot be built: anyjson",
		"pip-gdal":              "version for another library: GDAL libgdal 3.13.3 3.10.3",
		"pip-apxs":              "program: apxs",
		"pip-psycopg2":          "program: pg_config",
		"pip-mysqlclient":       "pkg-config file: mysqlclient mariadb libmariadb perconaserverclient",
		"pip-pycurl":            "program: curl-config",
		"pip-lxml":              "pkg-config file: libxslt libxml-2.0",
		"pip-ldap":              "header: lber.h",
		"pip-pillow":            "header: jpeglib.h",
		"pip-gmpy2":             "header: mpfr.h",
		"pip-conflict":          "conflicting requirements:",
		"pip-conflictwhy":       "conflicting requirements:",
		"pip-oldversions":       "package that cannot be built: grpcio-tools",
		"pip-develop":           ":",
		"pip-hash":              "wrong digest:",
		"pip-oldsource":         "package that cannot be built: greenlet",
		"pip-oldheader":         "package that cannot be built: aiohttp",
		"pip-oldbackend":        "package that cannot be built: numpy",
		"pip-oldmodule":         "package that cannot be built: matplotlib",
		"pip-oldflag":           "package that cannot be built: bjoern",
		"pip-syntax":            ":",
		"composer-unreachable":  "unreachable index: packages.example",
		"composer-fallback":     "unreachable index: api.index.example",
		"composer-noname":       "unknown package: acme/none",
		"composer-noversion":    "unknown version: acme/hello ^9",
		"composer-tampered":     "wrong digest:",
		"composer-unauthorized": "missing credentials:",
		"composer-platform":     "conflicting requirements:",
		"composer-untrusted":    "untrusted certificate:",
		"npm-noname":            "unknown package: nosuchpackage-whittle-xyz",
		"npm-noversion":         "unknown version: express@99.9.9",
		"npm-unreachable":       "unreachable index: index.example:9",
		"npm-unknownhost":       "unreachable index: index.example",
		"deno-unreachable":      "unreachable index: jsr.example",
		"bun-unknownhost":       "unreachable index:",
		"npm-untrusted":         "untrusted certificate:",
		"npm-unauthorized":      "missing credentials:",
		"npm-conflict":          "conflicting requirements:",
		"npm-stale":             "stale lock:",
		"yarn-noname":           "unknown package: nosuchpackage-whittle-xyz",
		"yarn-noversion":        "unknown version: lodash",
		"yarn4-noname":          "unknown package: nosuchpackage-whittle-xyz",
		"yarn4-noversion":       "unknown version: lodash@npm:^99.0.0",
		"pnpm-noname":           "unknown package: nosuchpackage-whittle-xyz",
		"pnpm-noversion":        "unknown version: lodash@^99.0.0",
		"yarn-oldlock":          "stale lock:",
		"npm-unpublished":       "unknown version: flatmap-stream-0.1.1",
		"npm-olddigest":         "digest that OpenSSL 3 refuses:",
		"npm-ssh":               "repository by ssh:",
		"pip-ssh":               "repository by ssh:",
		"maven-heap":            "limit of the heap: Java",
		"npm-gyp":               "header: cairo.h",
		"npm-otherruntime":      "version for another runtime: old-ipc@9.2.2 8 || 10 || 12",
		"yarn-oldpackage":       "package that cannot be built: node-sass",
		"yarn-otherruntime":     "version for another runtime: old-ipc@9.2.2 8 || 10 || 12",
		"npm-tsconfig":          "compiler error:",
		"pnpm-otherruntime":     "version for another runtime: /workspace/old >=99",
		"npm-oldnode":           "version for another runtime: Vite 20.19+ or 22.12+",
		"npm-oldnode-syntax":    "version for another runtime: vite newer ones",
		"npm-oldnode-manager":   "version for another runtime: npm newer ones",
		"npm-oldnode-refused":   "version for another runtime: npm 4.7.0 or newer",
		"npm-oldnode-module":    "version for another runtime: npm newer ones",
		"npm-oldnode-other":     ":",
		"pnpm-oldnode":          "version for another runtime: pnpm 18.12 or newer",
		"cargo-otherruntime":    "version for another runtime: newdep@0.2.0 1.99 or newer",
		"bundle-otherruntime":   "version for another runtime: newgem-2.0.0 >= 3.4",
		"cargo-openssl":         "pkg-config file: openssl",
		"cargo-noname":          "unknown package: nosuchcrate-whittle-xyz",
		"cargo-noversion":       `unknown version: serde = "^99"`,
		"cargo-untrusted":       "untrusted certificate:",
		"cargo-lib":             "library: foobar",
		"cargo-source":          "compiler error:",
		"go-header":             "header: sqlite3.h",
		"go-pc":                 "pkg-config file: vips",
		"go-lib":                "library: foobar sqlite3",
		"go-source":             "compiler error:",
		"go-nosum":              "stale lock:",
		"go-unreachable":        "unreachable index: index.example:9",
		"go-gone":               "unknown package: example.org/old/mux",
		"go-goneget":            "unknown version: example.org/old/thing@e9e19444ccf5362bba846441c4700a49a94b8118",
		"go-gonezip":            "unknown version: example.org/mux/examples@v0.0.0-20240118175532-987df1309236",
		"go-gonerevision":       "unknown version: example.org/mux@0123abcd",
		"go-untrusted":          "untrusted certificate:",
		"go-noversion":          "unknown version: v9.9.9",
		"go-toolchain":          "unknown version: go1.99.0",
		"go-nonsense":           ":",
		"go-unauthorized":       "missing credentials: https://example.org",
		"cmake-download":        "unreachable index:",
		"cmake-config":          "CMake package: fmt",
		"cmake-submodule":       "file of the app: /workspace/extern/fmt",
		"cmake-folder":          "file of the app: extern/fmt",
		"cmake-source":          "file of the app: none.c",
		"cmake-include":         "file of the app: cmake/Missing.cmake",
		"cmake-toolchain":       "file of the app: /opt/vcpkg/scripts/buildsystems/vcpkg.cmake",
		"cmake-old":             "old build tool: CMake 4.2",
		"cmake-git":             "unreachable index: git.example",
		"cmake-module":          "CMake package: CURL",
		"meson-old":             "old build tool: Meson >=1.99",
		"meson-subproject":      "file of the app: fmt.wrap",
		"meson-fallback":        "pkg-config file: libcurl",
		"make-file":             "file of the app: a.o",
		"make-include":          "file of the app: config.mk",
		"configure-lib":         "library: ev",
		"cmake-pc":              "pkg-config file: libwebsockets",
		"meson-pc":              "pkg-config file: libcurl",
		"meson-lib":             "library: ev",
		"configure-pc":          "pkg-config file: libevent",
		"make-source":           "compiler error:",
		"ninja-header":          "header: ev.h",
		"gcc-header":            "header: jpeglib.h",
		"gcc-lib":               "library: xyzzy",
		"gcc-undefined":         "compiler error:",
		"cmake-cpm":             "unreachable index:",
		"gcc-pointer":           "compiler error:",
		"mvn-untrusted":         "untrusted certificate:",
		"mvn-unreachable":       "unreachable index: repo.example",
		"mvn-plugin":            ":",
		"gradle-unreachable":    "unreachable index: repo.example",
		"disk":                  "full disk:",
		"memory":                "limit of the heap: Node.js",
		"unknown":               ":",
		"silent":                ":",
		"bundle-noname":         "unknown package: nosuchgem",
		"bundle-noversion":      "unknown version: rack (~> 9.0)",
		"bundle-unreachable":    "unreachable index: index.example:1",
		"bundle-unknownhost":    "unreachable index: index.example",
		"bundle-git":            "unreachable index: index.example",
		"bundle-unauthorized":   "missing credentials:",
		"bundle-untrusted":      "untrusted certificate:",
		"bundle-header":         "header: magic_thing.h",
		"bundle-pg":             "header: libpq-fe.h",
		"bundle-mysql2":         "header: mysql.h",
	}
	for _, f := range archive.Files {
		name, _, _ := strings.Cut(f.Name, ":")
		c := Read(string(f.Data))
		got := string(c.Kind) + ":"
		for _, n := range c.Names {
			got += " " + n
		}
		if w, ok := want[name]; !ok || got != w {
			t.Errorf("%s: got %q, want %q\n%s", name, got, w, strings.Join(c.Lines, "\n"))
		}
		delete(want, name)
		if len(c.Lines) > maxLines || len(c.Lines) == 0 && name != "silent" {
			t.Errorf("%s: %d lines", name, len(c.Lines))
		}
	}
	for name := range want {
		t.Errorf("there is no output %s", name)
	}
}

// TestReadIsNotFooledByForeignBytes: what a program writes may be anything, and reaches a terminal.
func TestReadIsNotFooledByForeignBytes(t *testing.T) {
	c := Read("\x1b[31merror\x1b[0m\xff\xfe " + strings.Repeat("x", 1<<16) + "\n")
	if len(c.Lines) != 1 || strings.Contains(c.Lines[0], "\x1b") || len(c.Lines[0]) > 500 {
		t.Errorf("got %.80q", c.Lines)
	}
}
