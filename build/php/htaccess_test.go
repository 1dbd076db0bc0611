package php

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFoldersThatHtaccessCloses keeps visitors from data beside the front controller: nginx reads no .htaccess, and served them.
func TestFoldersThatHtaccessCloses(t *testing.T) {
	b, err := build(t, map[string]string{
		"index.php": "", ".htaccess": "Require all denied\n", "lib/x.css": "",
		"data/.htaccess":     "<IfModule mod_authz_core.c>\n    Require all denied\n</IfModule>\n<IfModule !mod_authz_core.c>\n    Order allow,deny\n    Deny from all\n</IfModule>\n",
		"data/.keep":         "",
		"data/sub/.htaccess": "Require all granted\n",
		"conf/.htaccess":     "order allow,deny\r\ndeny  from ALL\r\n",
		"a b/.htaccess":      "Deny from all\n",
		"lib/.htaccess":      "<Files *.inc>\nRequire all denied\n</Files>\n# Deny from all\n",
		"open/.htaccess":     "Require all granted\n<FilesMatch \"x\">\nDeny from all\n</FilesMatch>\n",
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.layerFile(t, "nginx.conf")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "location ^~ ") {
			got = append(got, line)
		}
	}
	want := []string{`location ^~ "/a b/" { return 404; }`, `location ^~ "/conf/" { return 404; }`, `location ^~ "/data/" { return 404; }`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text := "not for visitors, as a .htaccess in each says: a b, conf, data"; !strings.Contains(b.log.String(), text) {
		t.Errorf("the log lacks %q:\n%s", text, b.log)
	}
}
