package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/trace"
)

// TestLibrariesLookedForAreOnce has a library that was looked for along a path, one that was found there, data of one name, and what
// no package has.
func TestLibrariesLookedForAreOnce(t *testing.T) {
	seen := &trace.Result{
		Opened: []trace.Access{{Path: "/usr/lib/libfound.so.1"}},
		Missing: []trace.Access{
			{Path: "/lib/libfound.so.1"},
			{Path: "/opt/long/libm.so.6"},
			{Path: "/lib/libm.so.6"},
			{Path: "/usr/lib/libm.so.6"},
			{Path: "/etc/a/conf"},
			{Path: "/etc/conf"},
			{Path: "/tmp/x"},
		},
	}
	want := []trace.Access{{Path: "/lib/libm.so.6"}, {Path: "/etc/a/conf"}, {Path: "/etc/conf"}}
	if diff := cmp.Diff(want, missed(seen)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFilesLookedForAreNoWorkBySquare has a program that looked for very many files, each of another name.
func TestFilesLookedForAreNoWorkBySquare(t *testing.T) {
	seen := &trace.Result{}
	for i := range 300_000 {
		seen.Missing = append(seen.Missing, trace.Access{Path: fmt.Sprintf("/etc/%d", i)})
	}
	begun := time.Now()
	if n := len(missed(seen)); n != len(seen.Missing) {
		t.Errorf("%d are left of %d", n, len(seen.Missing))
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
