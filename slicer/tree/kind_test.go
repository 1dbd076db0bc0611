package tree

import (
	"encoding/json"
	"testing"
)

// A kind is one type, from the entry of a package to the text of a manifest.
func TestKindIsWrittenByName(t *testing.T) {
	for kind, text := range map[Kind]string{File: `"file"`, Directory: `"dir"`, Symlink: `"link"`} {
		data, err := json.Marshal(kind)
		if err != nil || string(data) != text {
			t.Errorf("%v: %s, %v; want %s", kind, data, err, text)
		}
		var back Kind
		if err := json.Unmarshal(data, &back); err != nil || back != kind {
			t.Errorf("%s: %v, %v", data, back, err)
		}
	}
	var k Kind
	if err := json.Unmarshal([]byte(`"socket"`), &k); err == nil {
		t.Error("an unknown kind was read")
	}
	if _, err := json.Marshal(Kind(7)); err == nil {
		t.Error("an unknown kind was written")
	}
}
