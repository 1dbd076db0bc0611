package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestWeigh reads what the tables say of one package: programs that do not answer on Debian do not count.
func TestWeigh(t *testing.T) {
	got := weigh("web", trialOf{
		before: []row{
			{Package: "web", Place: onDebian, Outcome: installed, Detail: "4 packages of 82, 1025 kB of 200000"},
			{Package: "web", Place: onDebian, Program: "/usr/bin/web", Outcome: answers},
			{Package: "web", Place: onDebian, Program: "/usr/bin/webctl", Outcome: answers},
			{Package: "web", Place: onDebian, Program: "/usr/bin/mute", Outcome: silent},
		},
		after: []row{
			{Package: "web", Version: "1.2", Place: inCut, Outcome: cutDone, Detail: "49 files, 5807 kB"},
			{Package: "web", Version: "1.2", Place: inProof, Outcome: proven},
			{Package: "web", Version: "1.2", Place: inChroot, Program: "/usr/bin/web", Outcome: equal},
			{Package: "web", Version: "1.2", Place: inChroot, Program: "/usr/bin/webctl", Outcome: answers},
			{Package: "web", Version: "1.2", Place: inDoors, Program: "/usr/bin/web", Outcome: silent},
			{Package: "web", Version: "1.2", Place: inDoors, Program: "/usr/bin/webctl", Outcome: equal},
		},
	})
	want := weighedPackage{
		Name: "web", Version: "1.2", CutMB: 5.807, DebianMB: 204.8, Chroot: of{2, 2}, Doors: of{1, 2}, Complete: true, Installed: true, IsCut: true,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if unknown := weigh("web", trialOf{}); unknown.Installed || unknown.IsCut || unknown.Chroot.Short() != "–" {
		t.Errorf("of nothing: got %+v", unknown)
	}
}
