//go:build integration

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// onlyRust checks what an image for Rust must not have.
func onlyRust(t *testing.T, image string) {
	t.Helper()
	g := NewWithT(t)
	onlyRuntime(t, image)
	for path := range files(t, image) {
		base := filepath.Base(path)
		g.Expect(base).NotTo(Or(Equal("cargo"), Equal("rustc"), Equal("Cargo.toml"), Equal("Cargo.lock"), Equal("target"), Equal("registry")), path)
		g.Expect(path).NotTo(Or(HaveSuffix(".rs"), HaveSuffix(".rlib"), HaveSuffix(".crate")), path)
	}
}

// TestRust builds the sample for a run image without a C library: it is a static program, which its crates are recorded in.
func TestRust(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.CopyFS(dir, os.DirFS("../samples/rust-web"))).To(Succeed())
	p := pack{name: "it-rust", dir: dir, run: runStatic, fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("static: the run image has no C library"), ContainSubstring("compiled 6 crates")))
	g.Expect(get(g, serve(t, p.name, "--user", "12345:0"), "/")).To(Equal("Hello from Rust.\n"))

	t.Run("only what runs", func(t *testing.T) {
		g := NewWithT(t)
		onlyRust(t, p.name)
		all := files(t, p.name)
		g.Expect(all).To(And(HaveKey(layers+"rust/bin/rust-web"), HaveKey("/workspace/static/page.txt"), Not(HaveKey("/workspace/src"))))
		program, base := all[layers+"rust/bin/rust-web"], size(t, runStatic)
		g.Expect(size(t, p.name)-all["/cnb/lifecycle/launcher"]-program-base).To(BeNumerically("<", 100_000), "the image is the run image, the program and its records")
		g.Expect(program).To(BeNumerically("<", 2_500_000), "a stripped program")
	})
	t.Run("crates", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
		g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "httpdate")).To(And(ContainSubstring("Cargo.lock:18"), ContainSubstring("tiny_http")))
		out := t.TempDir()
		command(t, "pack", "sbom", "download", p.name, "-o", out)
		sbom, err := os.ReadFile(filepath.Join(out, "layers/sbom/launch/whittle_whittle/rust/sbom.cdx.json"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(sbom)).To(And(ContainSubstring("pkg:cargo/tiny_http@0.12.0"), ContainSubstring("pkg:generic/rust-std@")))
		id := strings.TrimSpace(command(t, "docker", "create", p.name))
		defer exec.Command("docker", "rm", id).Run()
		program := filepath.Join(t.TempDir(), "rust-web")
		command(t, "docker", "cp", id+":"+layers+"rust/bin/rust-web", program)
		g.Expect(command(t, "readelf", "--sections", "--wide", program)).To(ContainSubstring(".dep-v0"))
	})
	t.Run("built again", func(t *testing.T) {
		g := NewWithT(t)
		before := layerDigests(t, p.name)
		again := p
		again.fresh, again.offline = false, true
		log := command(t, "pack", again.args(t)...)
		g.Expect(log).To(ContainSubstring("nothing changed: the programs of the build before are used"))
		g.Expect(layerDigests(t, p.name)).To(Equal(before))
		for _, cache := range []string{"cargo", "cargo-target"} {
			g.Expect(log).To(ContainSubstring("Reusing cache layer 'whittle/whittle:" + cache + "'"))
		}
		source := filepath.Join(dir, "src/main.rs")
		text, err := os.ReadFile(source)
		g.Expect(err).NotTo(HaveOccurred())
		write(t, source, strings.Replace(string(text), "Response::from_string(page)", `Response::from_string(page + "Changed.\n")`, 1))
		log = command(t, "pack", again.args(t)...)
		g.Expect(log).To(MatchRegexp(`compiled 1 crate\n`), "crates that did not change are compiled again")
		g.Expect(get(g, serve(t, p.name), "/")).To(Equal("Hello from Rust.\nChanged.\n"))
	})
}

// TestRustNative links to SQLite of Debian, whose headers come by the name of the crate, and to ring, which compiles C and assembler of its own;
// without a C library in the run image that is told before anything is compiled.
func TestRustNative(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-rust-sqlite", dir: "testdata/rust-sqlite", fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("libsqlite3-sys in Cargo.lock"))
	g.Expect(get(g, serve(t, p.name), "/")).To(And(HavePrefix("SQLite 3."), HaveSuffix(", SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")))
	onlyRust(t, p.name)
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "libsqlite3.so.0")).To(ContainSubstring("ledger"))
	p.run, p.fresh = runStatic, false
	g.Expect(p.fail(t)).To(ContainSubstring("a Rust program with libsqlite3-sys is a dynamic program"))
}

// TestRustWorkspace builds the members of a workspace that a pattern names: each program is a process, and found by name.
func TestRustWorkspace(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-rust-workspace", dir: "testdata/rust-workspace", fresh: true, offline: true}
	log := p.build(t)
	g.Expect(log).To(MatchRegexp(`web: \S+/rust/bin/web \(package web, default\)`))
	address := serve(t, p.name)
	g.Expect(get(g, address, "/")).To(Equal("Hello from the workspace\n"))
	for _, entrypoint := range []string{"worker", "/cnb/process/worker"} {
		g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", entrypoint, p.name)).To(Equal("worker: Hello from the workspace\n"))
	}
	onlyRust(t, p.name)
}

// TestRustBuildScript has a build script that asks the compiler for its version, as many crates' do, and compiles C; the program
// reads a file of the app's folder.
func TestRustBuildScript(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-rust-script", fresh: true, offline: true, dir: app(t, map[string]string{
		"Cargo.toml": "[package]\nname = \"scripted\"\nversion = \"1.0.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n",
		"Cargo.lock": "version = 3\n\n[[package]]\nname = \"scripted\"\nversion = \"1.0.0\"\n",
		"build.rs": `use std::{env, fs, path::Path, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let version = Command::new(env::var("RUSTC").unwrap_or("rustc".into())).arg("--version").output().unwrap().stdout;
    fs::write(Path::new(&out).join("version.txt"), version).unwrap();
    let object = Path::new(&out).join("twice.o");
    assert!(Command::new("cc").args(["-c", "-fPIC", "twice.c", "-o"]).arg(&object).status().unwrap().success());
    println!("cargo:rustc-link-arg={}", object.display());
    println!("cargo:rerun-if-changed=twice.c");
}
`,
		"twice.c": "int twice(int n) { return 2 * n; }\n",
		"src/main.rs": `use std::{env, fs, io::{Read, Write}, net::TcpListener};

extern "C" { fn twice(n: i32) -> i32; }

fn main() {
    let listener = TcpListener::bind(format!("0.0.0.0:{}", env::var("PORT").unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let body = format!("{} {} {}", unsafe { twice(21) }, fs::read_to_string("price.txt").unwrap().trim(), include_str!(concat!(env!("OUT_DIR"), "/version.txt")));
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.len(), body);
    }
}
`,
		"price.txt": "7\n",
	})}
	p.build(t)
	g.Expect(get(g, serve(t, p.name), "/")).To(HavePrefix("42 7 rustc 1."))
	onlyRust(t, p.name)
	g.Expect(files(t, p.name)).NotTo(HaveKey("/workspace/twice.c"))
}
