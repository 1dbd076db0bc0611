package slicer_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/verify"
)

// Of the variants in a jar only those of the image's machine and C library need anything, and a wheel's own libraries
// are found by its RUNPATH.
func TestNeedsOfFilesInArchives(t *testing.T) {
	bsd := slicer.ELFOf("needs=libgcc_s.so.1")
	bsd = bsd[:7] + "\x09" + bsd[8:] // EI_OSABI
	jar := slicer.ZipOf(t,
		"linux-x86_64/libn.so", slicer.ELFOf("needs=libz.so.1"),
		"linux-musl/libn.so", slicer.ELFOf("needs=libc.musl-x86_64.so.1,libmusl.so.1"),
		"android/libn.so", slicer.ELFOf("needs=libc.so,liblog.so"),
		"freebsd/libn.so", bsd,
		"openbsd/libn.so", slicer.ELFOf("needs=libopen.so.1", "system=OpenBSD"), // as jna has it: its header says System V
		"sunos/libn.so", slicer.ELFOf("needs=libm.so.2"),
	)
	arm := slicertest.ELFOf("needs=libarm.so.1")
	arm.Machine = 183
	whl := slicer.ZipOf(t,
		"pkg/_c.so", slicer.ELFOf("needs=libq-1a2b.so.1", "runpath=$ORIGIN/../pkg.libs"),
		"pkg.libs/libq-1a2b.so.1", slicer.ELFOf("soname=libq-1a2b.so.1", "needs=libz.so.1"),
	)
	tree := slicer.TreeOf("app.jar", jar, "arm.jar", slicer.ZipOf(t, "linux-aarch64/libn.so", string(arm.Bytes())), "pkg.whl", whl)
	objects, err := slicer.FindObjects(tree, "/app")
	if err != nil {
		t.Fatal(err)
	}
	_, err = slicer.Select(t.Context(), slicer.Want{Arch: "amd64", Objects: objects})
	var missing *missing.Error
	if !errors.As(err, &missing) {
		t.Fatalf("error %v, want one about libz", err)
	}
	var got []string
	for _, f := range missing.Findings {
		got = append(got, f.Importer+" "+f.Name)
	}
	want := []string{"/app/app.jar!/linux-x86_64/libn.so libz.so.1", "/app/pkg.whl!/pkg.libs/libq-1a2b.so.1 libz.so.1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r, err := verify.Check(t.Context(), verify.Image{Arch: "amd64", Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, o := range r.Omitted {
		got = append(got, o.Name+": "+o.Reason)
	}
	want = []string{
		"/app/app.jar!/android/libn.so: it is built for another C library (libc.so), not for glibc",
		"/app/app.jar!/freebsd/libn.so: it is built for another system (ELFOSABI_FREEBSD)",
		"/app/app.jar!/linux-musl/libn.so: it is built for musl, not for glibc",
		"/app/app.jar!/openbsd/libn.so: it is built for another system (ELFOSABI_OPENBSD)",
		"/app/app.jar!/sunos/libn.so: it is built for another C library (libm.so.2), not for glibc",
		"/app/arm.jar!/linux-aarch64/libn.so: it is built for another machine",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
