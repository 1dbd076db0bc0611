package rust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
)

// TestToolchain: what the project asks for, what is taken, and what cannot be had.
func TestToolchain(t *testing.T) {
	for _, row := range []struct {
		name, file, text, setting string
		err                       string
		newer                     bool // Debian's newer Rust is fetched
	}{
		{name: "nothing"},
		{name: "stable", file: "rust-toolchain.toml", text: "[toolchain]\nchannel = \"stable\"\ncomponents = [\"rustfmt\"]\n"},
		{name: "stable of a machine", file: "rust-toolchain", text: "stable-x86_64-unknown-linux-gnu\n"},
		{name: "the line at hand", file: "rust-toolchain.toml", text: "[toolchain]\nchannel = \"1.85\"\n"},
		{name: "an older one", file: "rust-toolchain", text: "1.59.0"},
		{name: "the older form with a table", file: "rust-toolchain", text: "[toolchain]\nchannel = \"1.70\"\n"},
		{name: "a newer one", file: "rust-toolchain.toml", text: "[toolchain]\nchannel = \"1.90.0\"\n", err: "Rust 1.90.0, which rust-toolchain.toml asks for, is not to be had here", newer: true},
		{name: "nightly", file: "rust-toolchain.toml", text: "[toolchain]\nchannel = \"nightly-2024-08-12\"\n", err: "Rust nightly-2024-08-12, which rust-toolchain.toml asks for"},
		{name: "a folder", file: "rust-toolchain.toml", text: "[toolchain]\npath = \"/opt/rust\"\n", err: "Rust /opt/rust"},
		{name: "no TOML", file: "rust-toolchain.toml", text: "[toolchain\n", err: "cannot read rust-toolchain.toml"},
		{name: "mise", file: "mise.toml", text: "[tools]\nrust = \"latest\"\n"},
		{name: "mise with a table", file: ".mise.toml", text: "[tools]\nrust = { version = \"1.91\" }\n", err: "Rust 1.91, which .mise.toml asks for", newer: true},
		{name: "asdf", file: ".tool-versions", text: "nodejs 22\nrust 1.88.0\n", err: "Rust 1.88.0", newer: true},
		{name: "a setting", file: "rust-toolchain", text: "nightly", setting: "1.80"},
		{name: "a setting that is nonsense", setting: "newest", err: "Rust newest, which BP_RUST_VERSION asks for"},
		{name: "a minimum", file: "Cargo.toml", text: "[package]\nrust-version = \"1.56\"\n"},
		{name: "a newer minimum", file: "Cargo.toml", text: "[workspace.package]\nrust-version = \"1.95\"\n[package]\nrust-version.workspace = true\n", newer: true},
	} {
		dir := fstest.MapFS{}
		if row.file != "" {
			dir[row.file] = &fstest.MapFile{Data: []byte(row.text)}
		}
		c := cargo{Site: language.Site{Files: dir, Builder: debian13, Env: map[string]string{"BP_RUST_VERSION": row.setting}, Log: languagetest.Quiet()}, rustc: "1.85.1"}
		t.Run(row.name, func(t *testing.T) {
			languagetest.Has(t, c.checkToolchain(), row.err)
			if got := len(newerPackages(dir, c.Env, c.Builder)) > 0; got != row.newer {
				t.Errorf("newer Rust: %v", got)
			}
		})
	}
}

// TestBuildPackages: the crates of a lock, or those that an app without one names, bring the packages that have what they link
// to.
func TestBuildPackages(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a lock", map[string]string{"Cargo.toml": "[dependencies]\nopenssl = \"0\"\n", "Cargo.lock": "[[package]]\nname = \"openssl-sys\"\n[[package]]\nname = \"pq-sys\"\n[[package]]\nname = \"serde\"\n"}, "libssl-dev (openssl-sys in Cargo.lock), libpq-dev (pq-sys in Cargo.lock)"},
		{"a lock decides", map[string]string{"Cargo.toml": "[dependencies]\nopenssl = \"0\"\n", "Cargo.lock": "version = 4\n"}, ""},
		{"no lock", map[string]string{"Cargo.toml": "[dependencies]\nopenssl = \"0\"\n[build-dependencies]\ntonic-build = \"1\"\n"}, "libssl-dev (openssl in Cargo.toml), protobuf-compiler (tonic-build in Cargo.toml)"},
		{"no lock, and a crate that brings its own", map[string]string{"Cargo.toml": "[dependencies]\nrusqlite = { version = \"1\", features = [\"bundled\"] }\nreqwest = { version = \"1\", default-features = false }\n"}, ""},
		{"a member of a workspace", map[string]string{"Cargo.toml": "[workspace]\nmembers = [\"crates/*\"]\n", "crates/a/Cargo.toml": "[dependencies]\nlibsqlite3-sys = \"0\"\n"}, "libsqlite3-dev (libsqlite3-sys in Cargo.toml)"},
		{"two crates, one package", map[string]string{"Cargo.lock": "[[package]]\nname = \"bindgen\"\n[[package]]\nname = \"clang-sys\"\n"}, "libclang-dev (bindgen in Cargo.lock)"},
		{"linkers", map[string]string{"Cargo.lock": "", ".cargo/config.toml": "[target.x86_64-unknown-linux-gnu]\nlinker = \"/usr/bin/clang\"\nrustflags = [\"-C\", \"link-arg=-fuse-ld=lld\"]\n"}, "clang (.cargo/config.toml), lld (.cargo/config.toml)"},
		{"a linker among flags", map[string]string{"Cargo.lock": "", ".cargo/config": "[target.'cfg(target_os = \"linux\")']\nrustflags = \"-Clinker=clang -Clink-arg=-fuse-ld=/usr/bin/mold\"\n"}, "clang (.cargo/config), mold (.cargo/config)"},
		{"other systems' linkers, and GCC's", map[string]string{"Cargo.lock": "", ".cargo/config.toml": "[build]\nrustflags = [\"-Clinker=gcc\"]\n[target.x86_64-pc-windows-msvc]\nrustflags = [\"-C\", \"link-arg=-fuse-ld=lld\"]\n"}, ""},
		{"cargo's configuration that cannot be read", map[string]string{"Cargo.lock": "", ".cargo/config.toml": "[[["}, ""},
		{"a manifest that cannot be read", map[string]string{"Cargo.toml": "[[["}, ""},
	} {
		dir := languagetest.Files(row.files)
		var got []string
		for _, p := range buildPackages(dir, nil, builders.Builder{}) {
			got = append(got, fmt.Sprintf("%s (%s)", p.Name, p.By))
		}
		if diff := cmp.Diff(row.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestPruneTarget keeps what cargo used, by the hashes that it tells, and of the project's own packages what is newest.
func TestPruneTarget(t *testing.T) {
	begun := time.Now()
	dir := t.TempDir()
	const a, b, c = "0000000000000001", "0000000000000002", "0000000000000003"
	deps := "x86_64-unknown-linux-gnu/release/deps/"
	files := map[string]string{}
	for _, name := range []string{
		deps + "libserde-" + a + ".rlib", deps + "libserde-" + b + ".rlib", deps + "serde-" + a + ".d", "release/build/ring-" + b + "/out/x.a", "release/build/ring-" + a + "/out/x.a",
		deps + "web-" + a, deps + "web-" + b, deps + "lib-" + c, "release/.fingerprint/web-" + a + "/dep", "release/notes.txt",
	} {
		files[name] = "x"
	}
	languagetest.Write(t, dir, files)
	for name := range files {
		at := begun.Add(-time.Hour)
		if name == deps+"web-"+b {
			at = begun.Add(time.Second)
		}
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := pruneTarget(dir, map[string]bool{"web": true, "lib": true}, map[string]bool{a: true}, begun); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"release/.fingerprint/web-" + a + "/dep", "release/build/ring-" + a + "/out/x.a", "release/notes.txt",
		deps + "lib-" + c, deps + "libserde-" + a + ".rlib", deps + "serde-" + a + ".d", deps + "web-" + a, deps + "web-" + b,
	}
	if diff := cmp.Diff(want, languagetest.Names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestReadMessages takes programs and the hashes of units from what cargo tells, and passes over what build scripts write.
func TestReadMessages(t *testing.T) {
	b, err := readMessages(strings.NewReader(`{"reason":"compiler-artifact","package_id":"p","target":{"kind":["bin"],"name":"web"},"filenames":["/t/web"],"executable":"/t/web","fresh":true}
{"reason":"compiler-artifact","package_id":"q","target":{"kind":["lib"],"name":"serde"},"filenames":["/t/deps/libserde-00000000000000aa.rlib"],"executable":null}
{"reason":"compiler-artifact","package_id":"q","target":{"kind":["custom-build"],"name":"build-script-build"},"filenames":["/t/build/serde-00000000000000bb/build-script-build"],"executable":"/t/build/serde-00000000000000bb/build-script-build"}
{"reason":"build-script-executed","package_id":"q","out_dir":"/t/build/serde-00000000000000cc/out"}
hello from a build script
{"reason":"build-finished","success":true}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &built{
		Programs: []executable{{Package: "p", Name: "web", File: "/t/web"}},
		Units:    map[string]bool{"00000000000000aa": true, "00000000000000bb": true, "00000000000000cc": true},
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
}

// TestRemoveSources removes sources, vendored crates and what came along compiled; data stays.
func TestRemoveSources(t *testing.T) {
	s := shop(t, &fake{packages: []string{"shop 0.1.0 bin=shop in=."}}, map[string]string{
		"Cargo.toml": "", "Cargo.lock": lockText, "src/main.rs": "", "src/page.html": "", "build.rs": "", "rust-toolchain.toml": "", "tests/a.rs": "", "target/CACHEDIR.TAG": "", "target/debug/shop": "",
		".cargo/config.toml": "[source.crates-io]\nreplace-with = \"mine\"\n[source.mine]\ndirectory = \"third/crates\"\n", "third/crates/serde/data.txt": "", "third/page.txt": "",
		"native/a.c": "", "native/a.h": "", "static/a.css": "", "Procfile": "", "Dockerfile": "", "migrations/1.sql": "",
	})
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields("Procfile migrations/1.sql src/page.html static/a.css third/page.txt"), languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
}

func TestListensOn(t *testing.T) {
	for line, want := range map[string]string{
		`let l = TcpListener::bind("0.0.0.0:3000").await?;`: "3000", `.bind(("0.0.0.0", 8080))?`: "8080", `.bind(("0.0.0.0", port))?`: "port",
		`let addr = SocketAddr::from(([0, 0, 0, 0], 3000));`: "3000", `warp::serve(routes).run(([0,0,0,0], 3030)).await`: "3030",
		`let acceptor = TcpListener::new("0.0.0.0:8698").bind().await;`: "8698", `let addr = "0.0.0.0:50051".parse()?;`: "50051", `let addr: SocketAddr = "[::]:3000".parse()?;`: "3000",
		`rouille::start_server("0.0.0.0:8000", move |request| {`: "8000", `app.listen("0.0.0.0:8080").await?;`: "8080", `let pool = connect("0.0.0.0:5432");`: "",
		`TcpStream::connect("10.0.0.1:5432")`: "", `.bind(("127.0.0.1", 8080))?`: "",
		`.serve(service, "0.0.0.0:3000")`: "3000", `let mut app = Server::builder("0.0.0.0:3000").unwrap();`: "3000", `.howl("0.0.0.0:8000").await`: "8000",
		`.bind("web", "0.0.0.0:8080", factory)?`: "8080", `Server::new(app, "0.0.0.0:8000".parse().unwrap())`: "8000", `App::start_small(app, "0.0.0.0", 8080);`: "8080",
		`let a = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080));`: "8080", `SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9000)`: "9000", `.bind(format!("0.0.0.0:{port}"))`: "",
		`let a = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(0, 0, 0, 0)), 8080);`: "8080", `let a = SocketAddrV4::new(Ipv4Addr::new(0,0,0,0), port);`: "port",
		`Config::figment().merge(("address", "0.0.0.0")).merge(("port", 7784))`: "7784", `Config::figment().join(("port", 7784))`: "", `rocket::Config { address, port: 8000, ..Config::default() }`: "8000",
		`Config { log_level: LogLevel::Off, ..Config::default() }`: "", `DbConfig { port: 5432 }`: "", `Config { smtp_port: 25 }`: "",
	} {
		got := ""
		if m := listensOn.FindStringSubmatch(line); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestLoopbackIsWarnedOf: a server that nobody reaches in a container is told of with its line.
func TestLoopbackIsWarnedOf(t *testing.T) {
	for text, want := range map[string]bool{
		"let l = TcpListener::bind(\"127.0.0.1:8080\").await;": true, "let a = SocketAddr::from(([127, 0, 0, 1], 3000));": true, "HttpServer::new(f).bind((\"localhost\", 80))": true,
		"let l = TcpListener::bind(\"0.0.0.0:8080\").await;": false, "let url = \"http://127.0.0.1:8080\";": false,
		".bind_openssl(\"127.0.0.1:8443\", builder)?": true, "let addr = \"[::1]:50051\".parse()?;": true, "rouille::start_server(\"localhost:8000\", f)": true, "let acceptor = TcpListener::new(\"127.0.0.1:5800\")": true, "    address: Ipv4Addr::new(127, 0, 0, 1).into(),": true, "config.merge((\"address\", \"127.0.0.1\"))": true, "let redis = connect(\"127.0.0.1:6379\");": false, "// bind(\"127.0.0.1:1\")": false,
		"#[cfg(test)]\nmod t { fn f() { TcpListener::bind(\"127.0.0.1:0\") } }": false,
	} {
		var log strings.Builder
		s := language.Site{Files: fstest.MapFS{"src/main.rs": {Data: []byte(text)}}, Log: language.NewLog(&log, languagetest.Noon)}
		s.Listening(serving)
		s.Log.Late()
		if got := strings.Contains(log.String(), "src/main.rs line 1: it names the loopback address"); got != want {
			t.Errorf("%s: %q", text, log.String())
		}
	}
}
