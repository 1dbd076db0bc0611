package release

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestUnfollowed has two archives in an order, one of Ubuntu Pro, and packages that are pinned.
func TestUnfollowed(t *testing.T) {
	const archive = "{version: \"1\", suites: [SUITE], components: [main], public-keys: [test], priority: PRIORITY}"
	keys := publicKeys(t)
	config := "format: v3\nmaintenance: {standard: 2025-08-09, end-of-life: 2030-06-30}\narchives:\n"
	for _, a := range [][3]string{{"own", "mine", "20"}, {"ubuntu", "noble", "10"}, {"esm", "noble-apps", "5, pro: esm-apps"}} {
		config += "  " + a[0] + ": " + strings.NewReplacer("SUITE", a[1], "PRIORITY", a[2]).Replace(archive) + "\n"
	}
	r, err := Read(fstest.MapFS{
		"chisel.yaml":    {Data: []byte(config + "public-keys: " + keys)},
		"slices/aa.yaml": {Data: []byte("package: aa\narchive: esm\nslices:\n  bins:\n")},
		"slices/bb.yaml": {Data: []byte("package: bb\nslices:\n  bins:\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`slices/aa.yaml:2: archive "esm" is not followed: package aa comes from where the apt sources have it`,
		"chisel.yaml:4: the order of archives (own, ubuntu) is not followed: packages come from where the apt sources have them",
	}
	if diff := cmp.Diff(want, r.Unfollowed([]string{"bb", "aa", "cc"})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want[1:], r.Unfollowed([]string{"bb"})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := strings.Join(r.Suites(), " "); got != "mine noble" {
		t.Errorf("suites are %s", got)
	}
}

// TestAllUnreadableFilesAreTold has three definitions that cannot be read, two files of bad names, and two of one package.
func TestAllUnreadableFilesAreTold(t *testing.T) {
	r := opened(t, publicKeys(t), func(f fstest.MapFS) {
		f["slices/also.yaml"] = &fstest.MapFile{Data: []byte("package: other\n")}
		f["slices/zz.yaml"] = &fstest.MapFile{Data: []byte("package: [\n")}
	})
	var got []string
	for _, f := range FaultsOf(r.ReadAll()) {
		got = append(got, strings.SplitN(f.Text, ": ", 2)[0])
	}
	want := []string{"cannot read slices/also.yaml:1", "cannot read slices/more/bad.yaml:2", "cannot read slices/zz.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	files := fstest.MapFS{"chisel.yaml": {Data: []byte(config("v3", publicKeys(t)))}}
	for _, name := range []string{"A.yaml", "B_b.yaml"} {
		files["slices/"+name] = &fstest.MapFile{}
	}
	_, err := Open(files)
	if told := FaultsOf(err); len(told) != 2 || !strings.Contains(told[1].Text, "B_b.yaml") {
		t.Errorf("of bad names: %v", told)
	}
	files = fstest.MapFS{"chisel.yaml": files["chisel.yaml"]}
	for _, name := range []string{"a/xx.yaml", "b/xx.yaml", "c/xx.yaml"} {
		files["slices/"+name] = &fstest.MapFile{}
	}
	_, err = Open(files)
	if told := FaultsOf(err); len(told) != 2 || !strings.Contains(told[1].Text, "slices/c/xx.yaml") {
		t.Errorf("of packages twice: %v", told)
	}
}
