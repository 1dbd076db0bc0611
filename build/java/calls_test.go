package java

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestProgramsThatMavenCalls are found in the plugins' configuration, in modules too, unless a setting says otherwise.
func TestProgramsThatMavenCalls(t *testing.T) {
	module := "<project><build><plugins><plugin><configuration><executable>yarn</executable></configuration></plugin><plugin><exec executable=\"npm.cmd\"/><executable> /usr/bin/node </executable></plugin></plugins></build></project>"
	files := fstest.MapFS{
		"pom.xml":     {Data: []byte("<project><modules><module>web</module></modules><executable>java</executable></project>")},
		"web/pom.xml": {Data: []byte(module)},
	}
	for _, row := range []struct{ setting, want string }{{"", "yarn npm node"}, {"true", "node npm yarn"}, {"1", "node npm yarn"}, {"FALSE", ""}, {"0", ""}} {
		if got := strings.Join(calls(files, map[string]string{"BP_JAVA_INSTALL_NODE": row.setting}), " "); got != row.want {
			t.Errorf("with BP_JAVA_INSTALL_NODE=%s got %q, want %q", row.setting, got, row.want)
		}
	}
	if got := calls(fstest.MapFS{"build.gradle": {}}, nil); got != nil {
		t.Errorf("without Maven got %q", got)
	}
}
