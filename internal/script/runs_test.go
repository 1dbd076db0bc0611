package script

import (
	"strings"
	"testing"
)

// TestRuns reads the programs that files of script languages run, in the ways that they have for it.
func TestRuns(t *testing.T) {
	for text, want := range map[string]string{
		`subprocess.run(["chmod", mode])`:          "chmod",
		`cmd = 'rm -f '`:                           "rm",
		`cmd = ['test', '-e', path]`:               "",
		`self.append(cmd, 'sleep 0')`:              "sleep",
		`os.system("mkdir -p %s" % x)`:             "mkdir",
		`subprocess.check_output(('uname', '-p'))`: "uname",
		`args = ["/bin/sh", "-c"] + args`:          "sh",
		"my $m = `uname -m`;":                      "uname",
		`system("tar", "-xf", $file)`:              "tar",
		`sub.add_parser("rm", help="remove")`:      "",
		`names = ["date", title]`:                  "",
		`names = ["sort", "-u"]`:                   "sort",
		`"sort the list"`:                          "",
		`# cmd = 'rm -f '`:                         "",
		`x = "/usr/bin/python3"`:                   "",
		`print("ls: no such file")`:                "",
		`["gzip", "bzip2", "xz"]`:                  "",
		`'`:                                        "",
		`x = '/bin/echo'`:                          "",
	} {
		if got := strings.Join(Runs(Python, []byte(text)), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := Runs(Shell, []byte(`"rm -f "`)); got != nil {
		t.Errorf("shell: got %v", got)
	}
}
