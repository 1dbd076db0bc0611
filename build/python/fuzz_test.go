package python

import (
	"testing"
	"testing/fstest"
)

// FuzzReadRequirements reads requirements files, of which a line may become one for pip.
func FuzzReadRequirements(f *testing.F) {
	for _, text := range []string{
		"flask[async]==3.0.0 ; python_version < '4' --hash=sha256:ab\n-r more.txt\n", "-e .\n--index-url=https://host\n", "a @ https://host/a.whl\n", "\xff\xfea\x00\n\x00", "--requirement=requirements.txt\n-c ../x", "a==1.*,\\\n!=2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := fstest.MapFS{"requirements.txt": {Data: []byte(text)}}
		r, err := readReqFile(files, "requirements.txt")
		if err != nil {
			return
		}
		for _, one := range r.Requires {
			if one.Name == "" || one.Name[0] == '-' {
				t.Errorf("a requirement is %q", one.String())
			}
			one.allows("1.0")
		}
	})
}

// FuzzReadLocks reads locks of all tools.
func FuzzReadLocks(f *testing.F) {
	for _, text := range []string{
		"version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://host\" }\ndependencies = [{ name = \"b\", marker = \"x\" }]\n",
		"[[package]]\nname = \"a\"\nversion = \"1\"\n[metadata]\nlock-version = \"2.1\"\ncontent-hash = \"x\"\n", `{"default": {"a": {"version": "==1", "hashes": ["sha256:x"]}}, "_meta": {}}`,
		"lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\n", "[metadata]\nlock_version = \"4.5.0\"\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range readers {
			l, err := r.read(r.file, text)
			if err == nil && l == nil {
				t.Errorf("%s: no lock and no error", r.file)
			}
		}
	})
}
