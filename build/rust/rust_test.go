package rust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/contract"
)

const lockText = "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\n"

// TestCompile builds workspaces as they are found: which programs are made, which one the image runs, and how cargo is
// called.
func TestCompile(t *testing.T) {
	app := map[string]string{"Cargo.toml": "[package]\n", "Cargo.lock": lockText, "src/main.rs": "fn main() {}\n", "templates/a.html": "a"}
	for _, row := range []struct {
		name     string
		packages []string
		env      map[string]string
		files    map[string]string
		procfile bool
		want     string // programs, "*" after the default one
		ran      string // a part of the call of cargo build
		err      string
	}{
		{name: "one program", packages: []string{"shop 0.1.0 bin=shop in=."}, want: "web*"},
		{name: "default-run", packages: []string{"shop 0.1.0 bin=a,b,shop run=b in=."}, want: "a,b*,shop"},
		{name: "one that is called web", packages: []string{"shop 0.1.0 bin=a,web in=."}, want: "a,web*"},
		{name: "one with the package's name", packages: []string{"shop 0.1.0 bin=a,shop in=."}, want: "a,shop*"},
		{name: "one of src/main.rs", packages: []string{"shop 0.1.0 in=. bin=a main=front bin=server"}, want: "a,front*,server"},
		{name: "two of src/main.rs", packages: []string{"shop 0.1.0 in=. main=back main=front bin=server"}, want: "back,front,server*"},
		{name: "a workspace with a server", packages: []string{"worker 0.1.0 bin=worker", "back 0.1.0 bin=server", "lib 0.1.0 kind=lib"}, want: "server*,worker"},
		{name: "examples and xtask are none", packages: []string{"xtask 0.1.0 bin=xtask", "hello 0.1.0 bin=hello in=examples/hello", "app 0.1.0 bin=shop"}, want: "web*"},
		{name: "an example alone is the app", packages: []string{"hello 0.1.0 bin=hello in=examples/hello"}, want: "web*"},
		{name: "several, and nothing decides", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y"}, err: "Next: Set default-run in Cargo.toml, or write a Procfile: web: x"},
		{name: "several, and the user decides", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y"}, procfile: true, want: "x,y"},
		{name: "a feature decides", packages: []string{"shop 0.1.0 bin=x bin=y needs=db in=."}, want: "web*"},
		{name: "a feature is missing", packages: []string{"shop 0.1.0 bin=x needs=db in=."}, err: "cargo makes no program: all of them require features that are not asked for"},
		{name: "two of a name", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=x"}, err: "two programs are called x"},
		{name: "no program", packages: []string{"a 0.1.0 kind=lib"}, err: "there is no program"},
		{name: "members by setting", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y"}, env: map[string]string{"BP_CARGO_WORKSPACE_MEMBERS": "b"}, want: "web*"},
		{name: "a member that is none", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_CARGO_WORKSPACE_MEMBERS": "c"}, err: `the workspace has no package "c"`},
		{name: "a member by folder, a program by name, features", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y,z"}, env: map[string]string{"BP_CARGO_INSTALL_ARGS": `--path=./b --bin z --features "one two" --locked --root /x`}, want: "web*", ran: "--features one two --package"},
		{name: "a profile", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_CARGO_INSTALL_ARGS": "--profile dist"}, want: "web*", ran: "--profile dist"},
		{name: "a target", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_CARGO_INSTALL_ARGS": "--target=x86_64-unknown-linux-musl"}, err: "--target is the build's to choose"},
		{name: "a package of the registry", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_CARGO_INSTALL_ARGS": "ripgrep"}, err: "The app is what is built"},
		{name: "static that is neither", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_RUST_STATIC": "perhaps"}, err: "neither true nor false"},
		{name: "static by setting", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"BP_RUST_STATIC": "true"}, want: "web*", ran: `"-Ctarget-feature=+crt-static"]`},
		{name: "static, and a library of Debian", packages: []string{"a 0.1.0 bin=x dep=openssl-sys", "openssl-sys 0.9.0 kind=lib from=registry"}, env: map[string]string{"BP_RUST_STATIC": "true"}, err: "by openssl-sys"},
		{name: "static, and a library that a crate brings", packages: []string{"a 0.1.0 bin=x dep=openssl-sys", "openssl-sys 0.9.0 kind=lib from=registry feature=vendored"}, env: map[string]string{"BP_RUST_STATIC": "true"}, want: "web*"},
		{name: "the user's flags stay", packages: []string{"a 0.1.0 bin=x"}, env: map[string]string{"RUSTFLAGS": "-Ctarget-cpu=x86-64-v3"}, want: "web*", ran: "x86_64-unknown-linux-gnu --package"},
		{name: "the project's flags stay", packages: []string{"a 0.1.0 bin=x"}, files: map[string]string{".cargo/config.toml": "[build]\nrustflags = \"--cfg tokio_unstable\"\n"}, want: "web*", ran: `"--cfg","tokio_unstable"]`},
		{name: "a configuration that is none", files: map[string]string{".cargo/config.toml": "[build\n"}, err: "cannot read .cargo/config.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &fake{packages: row.packages}
			s := shop(t, f, app)
			languagetest.Write(t, s.Dir, row.files)
			for k, v := range row.env {
				s.Env[k] = v
			}
			if row.procfile {
				s.Processes = []language.Process{{Type: "web", Line: "y"}}
			}
			a, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			if row.err != "" {
				if slices.ContainsFunc(f.ran, func(line string) bool { return strings.HasPrefix(line, "cargo build") }) {
					t.Errorf("it was compiled before: %q", f.ran)
				}
				return
			}
			for _, p := range a.Processes {
				if !language.Exists(p.Command[0]) {
					t.Errorf("there is no %s", p.Command[0])
				}
			}
			if got := languagetest.Types(a.Processes); got != row.want {
				t.Errorf("programs are %s", got)
			}
			if !slices.ContainsFunc(f.ran, func(line string) bool {
				return strings.HasPrefix(line, "cargo build") && strings.Contains(line, row.ran)
			}) {
				t.Errorf("cargo was called by %q", f.ran)
			}
			if diff := cmp.Diff([]string{"templates/a.html"}, languagetest.Names(t, s.Dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUserFlagsAreJoined: cargo reads one source of flags, and so the build's own go into it.
func TestUserFlagsAreJoined(t *testing.T) {
	for _, row := range []struct {
		env        map[string]string
		config     config
		args, vars string
	}{
		{args: `target."cfg(all())".rustflags=["-a"]`},
		{config: config{Rustflags: []string{"-p"}}, args: `target."cfg(all())".rustflags=["-a","-p"]`},
		{config: config{Rustflags: []string{"-p"}, ByTarget: true}, args: `target."cfg(all())".rustflags=["-a"]`},
		{env: map[string]string{"RUSTFLAGS": "-u -v"}, config: config{Rustflags: []string{"-p"}}, vars: "-u\x1f-v\x1f-a"},
		{env: map[string]string{"CARGO_ENCODED_RUSTFLAGS": "-u x"}, vars: "-u x\x1f-a"},
	} {
		c := cargo{Site: language.Site{Env: row.env}, config: row.config}
		args, vars := c.rustflags([]string{"-a"})
		if got := strings.TrimPrefix(strings.Join(args, " "), "--config "); got != row.args || vars["CARGO_ENCODED_RUSTFLAGS"] != row.vars {
			t.Errorf("%v: %q, %q", row, got, vars)
		}
	}
}

// TestLock: a lock that fits is taken as it is, whatever else is stale in it; one that does not is an error that names the
// difference.
func TestLock(t *testing.T) {
	packages := []string{"shop 0.2.0 bin=shop in=. dep=serde", "serde 1.0.0 kind=lib from=registry"}
	for _, row := range []struct {
		name, lock, stale, setting string
		ran                        string // a call that must have been
		not                        string // one that must not
		err                        string
	}{
		{name: "it fits", lock: lockText, not: "cargo update"},
		{name: "there is none", ran: "cargo generate-lockfile", not: "cargo update"},
		{name: "a crate is missing", lock: lockText, stale: "    Updating crates.io index\n      Adding rand v0.9.0 (available: v0.10.0)\n    Updating serde v1.0.0 -> v2.0.0\n", err: "adding rand v0.9.0 (available: v0.10.0)\n  updating serde v1.0.0 -> v2.0.0\nNext: Run cargo update --workspace"},
		{name: "the app's own version", lock: lockText, stale: "    Updating shop v0.1.0 (DIR) -> v0.2.0\n", ran: "cargo update --workspace"},
		{name: "a crate too much", lock: lockText, stale: "    Removing rand v0.9.0\n", ran: "cargo update --workspace"},
		{name: "it is renewed", lock: lockText, stale: "      Adding rand v0.9.0\n", setting: "update", ran: "cargo update --workspace", not: "--dry-run"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &fake{packages: packages}
			s := shop(t, f, map[string]string{"Cargo.toml": "[package]\n", "src/main.rs": "fn main() {}\n"})
			if row.lock != "" {
				languagetest.Write(t, s.Dir, map[string]string{"Cargo.lock": row.lock})
			}
			f.stale = strings.ReplaceAll(row.stale, "DIR", s.Dir)
			s.Env["BP_LOCK"] = row.setting
			_, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			has := func(part string) bool {
				return slices.ContainsFunc(f.ran, func(line string) bool { return strings.HasPrefix(line, part) || strings.HasSuffix(line, part) })
			}
			if row.ran != "" && !has(row.ran) || row.not != "" && has(row.not) {
				t.Errorf("ran %q", f.ran)
			}
		})
	}
}

// TestNothingIsCompiledTwice: where nothing changed, cargo is not run, and all is told as before.
func TestNothingIsCompiledTwice(t *testing.T) {
	files := map[string]string{"Cargo.toml": "[package]\n", "Cargo.lock": lockText, "src/main.rs": "fn main() {}\n"}
	f := &fake{packages: []string{"shop 0.1.0 bin=shop in=. dep=serde", "serde 1.0.0 kind=lib from=registry"}}
	s := shop(t, f, files)
	first, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, s.Dir, files)
	f.ran = nil
	again, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rustc --version"}, f.ran); diff != "" {
		t.Error(diff)
	}
	files["src/main.rs"] = "fn main() { }\n"
	languagetest.Write(t, s.Dir, files)
	if _, err := compile(t.Context(), s); err != nil || !slices.ContainsFunc(f.ran, func(line string) bool { return strings.HasPrefix(line, "cargo build") }) {
		t.Errorf("after a change: %v, ran %q", err, f.ran)
	}
}

// TestStaticRunImage: without a C library in the run image, programs hold their own, unless they link to libraries of Debian.
func TestStaticRunImage(t *testing.T) {
	none := errors.New("no libc")
	for _, row := range []struct {
		packages []string
		err      string
	}{
		{packages: []string{"shop 0.1.0 bin=shop in=. builddep=openssl-sys", "openssl-sys 0.9.0 kind=lib from=registry"}},
		{packages: []string{"shop 0.1.0 bin=shop in=. dep=native-tls", "native-tls 0.2.0 kind=lib from=registry dep=openssl-sys", "openssl-sys 0.9.0 kind=lib from=registry"}, err: "no libc: a Rust program with openssl-sys"},
	} {
		f := &fake{packages: row.packages}
		s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
		s.Floor = &contract.Floor{Schema: contract.FloorSchema, ID: "static", Arch: "amd64"}
		s.Libc = func(program string) error { return fmt.Errorf("%w: %s", none, program) }
		a, err := compile(t.Context(), s)
		languagetest.Has(t, err, row.err)
		if row.err == "" && !a.Static {
			t.Errorf("it is not static: %q", f.ran)
		}
	}
}

// TestComponents tells what the programs are made of: crates that are linked, not those that the compiler or a build script
// runs.
func TestComponents(t *testing.T) {
	f := &fake{packages: []string{
		"shop 0.1.0 bin=shop,tool in=. run=shop dep=lib,serde,macro builddep=cc", "lib 0.1.0 kind=lib dep=inner", "serde 1.0.0 kind=lib from=registry dep=inner",
		"inner 2.0.0 kind=lib from=git", "macro 1.0.0 kind=proc-macro from=registry dep=syn", "syn 1.0.0 kind=lib from=registry", "cc 1.0.0 kind=lib from=registry",
	}}
	s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
	a, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	bin := []string{a.Programs["shop"], a.Programs["tool"]}
	want := []language.Component{
		{Name: "inner", Version: "2.0.0", PURL: "pkg:cargo/inner@2.0.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Flib%400123abc", License: "MIT OR Apache-2.0", Paths: bin},
		{Name: "serde", Version: "1.0.0", PURL: "pkg:cargo/serde@1.0.0", License: "MIT OR Apache-2.0", From: "Cargo.lock:4", Paths: bin},
		{Name: "rust-std", Version: "1.85.1", PURL: "pkg:generic/rust-std@1.85.1", License: "MIT OR Apache-2.0", Paths: bin},
	}
	if diff := cmp.Diff(want, a.Components); diff != "" {
		t.Error(diff)
	}
}

// TestFrameworks: servers that listen on the loopback address by default are told otherwise, and on the port of PORT.
func TestFrameworks(t *testing.T) {
	for _, row := range []struct {
		crate, line, source string
		vars                map[string]string
	}{
		{crate: "rocket", line: "ROCKET_PORT=${ROCKET_PORT:-${PORT:-8080}} PROGRAM", vars: map[string]string{"ROCKET_ADDRESS": "0.0.0.0", "ROCKET_PORT": "8080"}},
		{crate: "loco-rs", line: "LOCO_ENV=${LOCO_ENV:-production} PROGRAM start --binding 0.0.0.0 --port ${PORT:-8080}", vars: map[string]string{}},
		{crate: "axum", vars: map[string]string{}},
		{crate: "axum", source: "let port = env::var(\"PORT\");\n", vars: map[string]string{"PORT": "8080"}},
		{crate: "axum", source: "// \"PORT\"\n#[cfg(test)]\nmod tests { \"PORT\" }\n", vars: map[string]string{}},
	} {
		f := &fake{packages: []string{"shop 0.1.0 bin=shop in=. dep=" + row.crate, row.crate + " 1.0.0 kind=lib from=registry"}}
		s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText, "src/main.rs": row.source})
		var vars map[string]string
		keep := s.Keep
		s.Keep = func(l language.Layer, key string) {
			if l.Name == layerRust {
				vars = l.Env
			}
			keep(l, key)
		}
		a, err := compile(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(a.Processes[0].Line, a.Programs["shop"], "PROGRAM"); got != row.line {
			t.Errorf("%s: the line is %q", row.crate, got)
		}
		if diff := cmp.Diff(row.vars, vars); diff != "" {
			t.Errorf("%s: %s", row.crate, diff)
		}
	}
}

// TestCredentialsStayOutsideLayers: cargo reads them from the binding, and the cache has nothing of them afterwards.
func TestCredentialsStayOutsideLayers(t *testing.T) {
	binding := t.TempDir()
	languagetest.Write(t, binding, map[string]string{"credentials.toml": "[registry]\ntoken = \"secret\"\n", "config.toml": "[registries.mine]\nindex = \"sparse+https://example.org/\"\n"})
	f := &fake{packages: []string{"shop 0.1.0 bin=shop in=."}}
	s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
	s.Bindings = func(kind string) []language.Binding {
		if kind != "cargo" {
			return nil
		}
		return []language.Binding{{Name: "mine", Type: kind, Dir: binding, Files: []string{"config.toml", "credentials.toml"}}}
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(f.ran, func(line string) bool {
		return strings.HasPrefix(line, "cargo --config "+filepath.Join(binding, "config.toml")+" build")
	}) {
		t.Errorf("ran %q", f.ran)
	}
	layer, err := s.Layer(layerCargo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(layer.Path, "credentials.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is left: %v", err)
	}
}

func TestClaims(t *testing.T) {
	for _, row := range []struct {
		files map[string]string
		want  bool
	}{
		{map[string]string{"Cargo.toml": "[package]"}, true},
		{map[string]string{"main.rs": ""}, false},
		{map[string]string{"Cargo.toml": "", "pyproject.toml": "[build-system]\nbuild-backend = \"maturin\"\n"}, false},
		{map[string]string{"Cargo.toml": "", "pyproject.toml": "[tool.ruff]\n"}, true},
		{map[string]string{"Cargo.toml": "[dependencies]\nnapi = \"3\"\n", "package.json": "{}"}, false},
		{map[string]string{"Cargo.toml": "[dependencies]\naxum = \"1\"\n", "package.json": "{}"}, true},
	} {
		dir := languagetest.Files(row.files)
		if got := claims(dir); (len(got) > 0) != row.want {
			t.Errorf("%v: %v", row.files, got)
		}
	}
}
