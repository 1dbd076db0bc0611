//go:build integration

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// TestModulesOfLanguagesLoadInAChroot cuts packages with extension modules: the cut proves complete, and the module works in
// a chroot of only the cut, with an empty environment. numpy's BLAS and LAPACK are names that update-alternatives would
// make; libmagic is opened by ctypes, and has its database in another package; a part of h5py is in another package; PHP
// loads the modules that a script would have switched on.
func TestModulesOfLanguagesLoadInAChroot(t *testing.T) {
	sources := debianSources(t)
	for _, c := range []struct {
		packages, program, want string
	}{
		{"python3-numpy", `/usr/bin/python3|-c|import numpy; print(numpy.linalg.inv(numpy.array([[2., 0.], [0., 4.]])).tolist())`, "[[0.5, 0.0], [0.0, 0.25]]"},
		{"python3-magic", `/usr/bin/python3|-c|import magic; print(magic.from_buffer(b"#!/bin/sh\n", mime=True))`, "text/x-shellscript"},
		{"ruby-nokogiri", `/usr/bin/ruby|-e|require "nokogiri"; puts Nokogiri::XML("<a><b/></a>").root.name`, "a"},
		{"libdbd-sqlite3-perl", `/usr/bin/perl|-MDBI|-e|print DBI->connect("dbi:SQLite:dbname=:memory:")->selectrow_array("select 6*7")`, "42"},
		{"python3-h5py", `/usr/bin/python3|-c|import h5py; f = h5py.File("x", "w", driver="core", backing_store=False); f["n"] = 7; print(f["n"][()])`, "7"},
		{"php-cli php-xml", `/usr/bin/php|-r|echo (new SimpleXMLElement("<a><b>7</b></a>"))->b;`, "7"},
	} {
		t.Run(c.packages, func(t *testing.T) {
			g := NewWithT(t)
			root := filepath.Join(t.TempDir(), "root")
			command(t, "whittle", append([]string{"cut", "--sources", sources, "--root", root}, strings.Fields(c.packages)...)...)
			command(t, "whittle", "verify", root)
			g.Expect(os.MkdirAll(filepath.Join(root, "dev"), 0o755)).To(Succeed())
			g.Expect(syscall.Mknod(filepath.Join(root, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3)).To(Succeed())
			args := strings.Split(c.program, "|")
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env, cmd.Dir = []string{}, "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
			out, err := cmd.CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred(), string(out))
			g.Expect(strings.TrimSpace(string(out))).To(Equal(c.want))
			g.Expect(os.RemoveAll(root)).To(Succeed())
		})
	}
}
