package maintscript

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPAMStacks fills a template as pam-auth-update does: the numbers in brackets are how many lines are passed over, the first
// profile has its own lines, and one that conflicts with a better one is left out.
func TestPAMStacks(t *testing.T) {
	const template = `# head
# here are the per-package modules (the "Primary" block)
$auth_primary
# here's the fallback if no module succeeds
auth	requisite			pam_deny.so
# and here are more per-package modules (the "Additional" block)
$auth_additional
# end of pam-auth-update config
`
	profiles := withoutConflicts([]pamProfile{
		readPAMProfile("old", "Name: Old\nDefault: yes\nPriority: 100\nConflicts: unix\nAuth-Type: Primary\nAuth:\n\trequired pam_old.so\n"),
		readPAMProfile("krb5", "Name: Kerberos\nDefault: yes\nPriority: 704\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_krb5.so try_first_pass\nAuth-Initial:\n\t[success=end default=ignore]\tpam_krb5.so minimum_uid=1000\n"),
		readPAMProfile("unix", "Name: Unix\nDefault: yes\nPriority: 256\nAuth-Type: Primary\nAuth-Final:\n\t[success=end default=ignore]\tpam_unix.so nullok\nSession-Type: Additional\nSession:\n\trequired\tpam_unix.so\n"),
		readPAMProfile("cap", "Name: Capabilities\nDefault: yes\nPriority: 0\nAuth-Type: Additional\nAuth:\n\toptional\tpam_cap.so\n"),
	})
	want := `# head
# here are the per-package modules (the "Primary" block)
auth	[success=2 default=ignore]	pam_krb5.so minimum_uid=1000
auth	[success=1 default=ignore]	pam_unix.so nullok
# here's the fallback if no module succeeds
auth	requisite			pam_deny.so
# and here are more per-package modules (the "Additional" block)
auth	optional	pam_cap.so
# end of pam-auth-update config
`
	if diff := cmp.Diff(want, pamStack("auth", template, profiles)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := pamModules("session-noninteractive", "Primary", profiles); got != "session\t[default=1]\t\t\tpam_permit.so\n" {
		t.Errorf("a stack without modules: got %q", got)
	}
	if got := pamModules("session-noninteractive", "Additional", profiles); got != "session\trequired\tpam_unix.so\n" {
		t.Errorf("a stack without a terminal: got %q", got)
	}
}

// TestReadDrivers reads the sections of a template of ODBC drivers.
func TestReadDrivers(t *testing.T) {
	got := map[string][]string{}
	if !readDrivers([]byte("; a\n[One Driver]\nDescription = x\nDriver=libone.so\n\n[Two]\n# no\nDriver\t=\ttwo.so\n"), got) {
		t.Error("no driver was found")
	}
	want := map[string][]string{"One Driver": {"Description=x", "Driver=libone.so"}, "Two": {"Driver=two.so"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if readDrivers([]byte("Driver=none.so\n"), got) {
		t.Error("a driver was found in no section")
	}
}
