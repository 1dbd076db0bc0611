package language

import "testing"

// TestPackageURLsHaveNoCredentials has them in the address of a repository, as Cargo.lock and Gemfile.lock may.
func TestPackageURLsHaveNoCredentials(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{PURL("cargo", "", "a", "1.0.0+x", "vcs_url", "git+https://bob:S3cr3t@git.example/a@0123"), "pkg:cargo/a@1.0.0%2Bx?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%400123"},
		{PURL("cargo", "", "a", "1", "repository_url", "https://S3cr3t@index.example/"), "pkg:cargo/a@1?repository_url=https:%2F%2Findex.example%2F"},
		{PURL("golang", "example.com/x", "y", "v1.2.3"), "pkg:golang/example.com/x/y@v1.2.3"},
		{PURL("maven", "org.x", "a", ""), "pkg:maven/org.x/a"},
	} {
		if row.got != row.want {
			t.Errorf("got %s, want %s", row.got, row.want)
		}
	}
}
