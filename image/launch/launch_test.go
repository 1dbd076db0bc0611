package launch

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// files makes a file system of "path" to text.
func files(all map[string]string) fstest.MapFS {
	f := fstest.MapFS{}
	for name, text := range all {
		f[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}

const twoBuildpacks = `
[[buildpacks]]
  id = "a/first"
  api = "0.10"
[[buildpacks]]
  id = "b/second"
  api = "0.8"
`

// TestEnvironment applies the files of layers as the launch section of the specification says.
func TestEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		env     []string
		process string
		want    []string
	}{
		"nothing":                             {nil, []string{"LANG=C.UTF-8"}, "web", []string{"LANG=C.UTF-8"}},
		"a file without a suffix overrides":   {map[string]string{"layers/a_first/l/env/X": "new"}, []string{"X=old"}, "web", []string{"X=new"}},
		"override":                            {map[string]string{"layers/a_first/l/env.launch/X.override": "new"}, []string{"X=old"}, "web", []string{"X=new"}},
		"default where nothing is":            {map[string]string{"layers/a_first/l/env.launch/PORT.default": "8080"}, nil, "web", []string{"PORT=8080"}},
		"default where it is empty":           {map[string]string{"layers/a_first/l/env.launch/PORT.default": "8080"}, []string{"PORT="}, "web", []string{"PORT=8080"}},
		"default where something is":          {map[string]string{"layers/a_first/l/env.launch/PORT.default": "8080"}, []string{"PORT=1"}, "web", []string{"PORT=1"}},
		"append without a delimiter":          {map[string]string{"layers/a_first/l/env/X.append": "b"}, []string{"X=a"}, "web", []string{"X=ab"}},
		"append with a delimiter":             {map[string]string{"layers/a_first/l/env/X.append": "b", "layers/a_first/l/env/X.delim": ", "}, []string{"X=a"}, "web", []string{"X=a, b"}},
		"append to nothing":                   {map[string]string{"layers/a_first/l/env/X.append": "b", "layers/a_first/l/env/X.delim": ","}, nil, "web", []string{"X=b"}},
		"prepend with a delimiter":            {map[string]string{"layers/a_first/l/env/X.prepend": "b", "layers/a_first/l/env/X.delim": ":"}, []string{"X=a"}, "web", []string{"X=b:a"}},
		"a delimiter of another directory":    {map[string]string{"layers/a_first/l/env/X.append": "b", "layers/a_first/l/env.launch/X.delim": ":"}, []string{"X=a"}, "web", []string{"X=ab"}},
		"an unknown suffix":                   {map[string]string{"layers/a_first/l/env/X.other": "b", "layers/a_first/l/env/.append": "b"}, nil, "web", nil},
		"the line end of a value stays":       {map[string]string{"layers/a_first/l/env/X": "b\n"}, nil, "web", []string{"X=b\n"}},
		"the build's own variables":           {map[string]string{"layers/a_first/l/env.build/X": "b"}, nil, "web", nil},
		"a process's own":                     {map[string]string{"layers/a_first/l/env.launch/web/X": "w", "layers/a_first/l/env.launch/worker/X": "k"}, nil, "web", []string{"X=w"}},
		"a process's own come last":           {map[string]string{"layers/a_first/l/env.launch/web/X": "w", "layers/a_first/l/env.launch/X": "all"}, nil, "web", []string{"X=w"}},
		"the launcher's variables":            {nil, []string{"CNB_LAYERS_DIR=/layers", "CNB_APP_DIR=/workspace", "CNB_PLATFORM_API=0.13", "CNB_DEPRECATION_MODE=quiet", "CNB_EXEC_ENV=test"}, "web", []string{"CNB_EXEC_ENV=test"}},
		"the launcher's directories":          {nil, []string{"PATH=/cnb/process:/cnb/lifecycle:/usr/bin:/bin"}, "web", []string{"PATH=/usr/bin:/bin"}},
		"bin and lib":                         {map[string]string{"layers/a_first/l/bin/x": "", "layers/a_first/l/lib/x": ""}, []string{"PATH=/bin"}, "web", []string{"PATH=/layers/a_first/l/bin:/bin", "LD_LIBRARY_PATH=/layers/a_first/l/lib"}},
		"later layers go first":               {map[string]string{"layers/a_first/l/bin/x": "", "layers/a_first/m/bin/x": "", "layers/b_second/k/bin/x": ""}, []string{"PATH=/bin"}, "web", []string{"PATH=/layers/b_second/k/bin:/layers/a_first/m/bin:/layers/a_first/l/bin:/bin"}},
		"roots go before files":               {map[string]string{"layers/a_first/l/env/PATH.prepend": "/x:", "layers/a_first/m/bin/x": ""}, []string{"PATH=/bin"}, "web", []string{"PATH=/x:/layers/a_first/m/bin:/bin"}},
		"later buildpacks override":           {map[string]string{"layers/a_first/z/env/X": "1", "layers/b_second/a/env/X": "2"}, nil, "web", []string{"X=2"}},
		"a buildpack that is not in the list": {map[string]string{"layers/c_third/l/env/X": "1"}, nil, "web", nil},
		"another directory of layers":         {map[string]string{"elsewhere/a_first/l/env/X": "1"}, []string{"CNB_LAYERS_DIR=/elsewhere"}, "web", []string{"X=1"}},
		"new variables by name":               {map[string]string{"layers/a_first/l/env/C": "1", "layers/a_first/m/env/A": "2", "layers/a_first/l/env/B": "3"}, []string{"Z=0"}, "web", []string{"Z=0", "A=2", "B=3", "C=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := map[string]string{strings.TrimPrefix(Image{Env: c.env}.layers()+"/config/metadata.toml", "/"): twoBuildpacks}
			for name, text := range c.files {
				all[name] = text
			}
			i := Image{Files: files(all), Env: c.env}
			m, err := i.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Environment(i, c.process)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestWords holds the words of a process against what the launcher of each Platform API does with a container's arguments.
func TestWords(t *testing.T) {
	for name, c := range map[string]struct {
		process, api     string
		always, replaced string
	}{
		"a list":                        {`command = ["app", "--always"]` + "\n" + `args = ["--port", "1"]`, "0.13", "app --always", "--port 1"},
		"a list of one":                 {`command = ["app"]` + "\n" + `args = ["--port", "1"]` + "\n" + `buildpack-id = "a/first"`, "0.13", "app", "--port 1"},
		"of a buildpack before API 0.9": {`command = ["app"]` + "\n" + `args = ["--port", "1"]` + "\n" + `buildpack-id = "b/second"`, "0.13", "app --port 1", ""},
		"before Platform API 0.10":      {`command = "app"` + "\n" + `args = ["--port", "1"]`, "0.9", "app --port 1", ""},
		"without arguments":             {`command = ["app"]`, "0.15", "app", ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := Image{Files: files(map[string]string{"layers/config/metadata.toml": twoBuildpacks + "[[processes]]\ntype = \"web\"\n" + c.process}), Env: []string{"CNB_PLATFORM_API=" + c.api}}
			m, err := i.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Find(i, "web")
			if err != nil {
				t.Fatal(err)
			}
			always, replaced := m.Words(i, p)
			if strings.Join(always, " ") != c.always || strings.Join(replaced, " ") != c.replaced {
				t.Errorf("got %q and %q", always, replaced)
			}
		})
	}
}

func TestFindTakesTheProcessOfTheExecutionEnvironment(t *testing.T) {
	const text = "[[processes]]\ntype = \"web\"\ncommand = [\"test\"]\nexec-env = [\"test\"]\n[[processes]]\ntype = \"web\"\ncommand = [\"prod\"]\nexec-env = [\"production\"]\n" +
		"[[processes]]\ntype = \"any\"\ncommand = [\"any\"]\nexec-env = [\"*\"]\nworking-dir = \"sub\"\n"
	for name, c := range map[string]struct {
		env        []string
		kind, want string
	}{
		"production where none is named": {[]string{"CNB_PLATFORM_API=0.15"}, "web", "prod"},
		"the one that is named":          {[]string{"CNB_PLATFORM_API=0.15", "CNB_EXEC_ENV=test"}, "web", "test"},
		"none for it":                    {[]string{"CNB_PLATFORM_API=0.15", "CNB_EXEC_ENV=dev"}, "web", `it has no process "web"; it has web, any`},
		"any":                            {[]string{"CNB_PLATFORM_API=0.15", "CNB_EXEC_ENV=dev"}, "any", "any"},
		"before 0.15 the first":          {[]string{"CNB_PLATFORM_API=0.14"}, "web", "test"},
		"no such process":                {nil, "worker", `it has no process "worker"; it has web, any`},
	} {
		t.Run(name, func(t *testing.T) {
			i := Image{Files: files(map[string]string{"layers/config/metadata.toml": text}), Env: c.env}
			m, err := i.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Find(i, c.kind)
			got := strings.Join(p.Command, " ")
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if dir := i.WorkingDir(p); p.Dir != "" && dir != "/workspace/sub" {
				t.Errorf("it starts in %s", dir)
			}
		})
	}
}

func TestProgramsAreThoseOfTheProcess(t *testing.T) {
	i := Image{Files: files(map[string]string{
		"layers/config/metadata.toml": twoBuildpacks, "layers/a_first/l/exec.d/10-x": "", "layers/a_first/l/exec.d/web/y": "", "layers/a_first/l/exec.d/worker/z": "",
		"layers/c_third/l/exec.d/q": "",
	})}
	m, err := i.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Programs(i, "web")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"/layers/a_first/l/exec.d/10-x", "/layers/a_first/l/exec.d/web/y"}, got); d != "" {
		t.Error(d)
	}
}

// An image is anybody's: what its files say ends in an error, never in a variable that means something else.
func TestHostileImages(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		err   string
	}{
		"no metadata":                      {nil, "nothing for the launcher"},
		"metadata that is no TOML":         {map[string]string{"layers/config/metadata.toml": "]"}, "cannot read /layers/config/metadata.toml"},
		"metadata without end":             {map[string]string{"layers/config/metadata.toml": strings.Repeat("#", maxMetadata+1)}, "more than 262144 bytes"},
		"a command of numbers":             {map[string]string{"layers/config/metadata.toml": "[[processes]]\ntype = \"web\"\ncommand = [1]"}, "is no string"},
		"a process without a command":      {map[string]string{"layers/config/metadata.toml": "[[processes]]\ntype = \"web\"\n"}, "process web has no command"},
		"a buildpack whose name leads out": {map[string]string{"layers/config/metadata.toml": "[[buildpacks]]\nid = \"..\"\n" + webProcess}, "no directory of layers"},
		"a value with a NUL":               {map[string]string{"layers/config/metadata.toml": twoBuildpacks + webProcess, "layers/a_first/l/env/X": "a\x00b"}, "has a NUL"},
		"a variable with a sign":           {map[string]string{"layers/config/metadata.toml": twoBuildpacks + webProcess, "layers/a_first/l/env/X=Y": "a"}, "names no variable"},
		"a value without end":              {map[string]string{"layers/config/metadata.toml": twoBuildpacks + webProcess, "layers/a_first/l/env/X": strings.Repeat("x", MaxValue+1)}, "more than 131072 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			i := Image{Files: files(c.files)}
			m, err := i.Metadata()
			if err == nil {
				_, err = m.Find(i, "web")
			}
			if err == nil {
				_, err = m.Environment(i, "web")
			}
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if len(c.files) == 0 && !errors.Is(err, ErrNoLauncher) {
				t.Errorf("%v is not ErrNoLauncher", err)
			}
		})
	}
}

const webProcess = "[[processes]]\ntype = \"web\"\ncommand = [\"app\"]\n"

// What a build leaves for the launcher is read without a panic, and gives no variable that is none.
func FuzzMetadata(f *testing.F) {
	f.Add(twoBuildpacks+webProcess, "X.append", "value")
	f.Add("[[processes]]\ntype = \"web\"\ncommand = \"app\"\nargs = [\"a\"]\n[[buildpacks]]\nid = \"a/first\"\napi = \"0.8\"\n", "PATH.prepend", "/x")
	f.Fuzz(func(t *testing.T, text, file, value string) {
		all := files(map[string]string{"layers/config/metadata.toml": text})
		if name := "layers/a_first/l/env/" + file; fs.ValidPath(name) {
			all[name] = &fstest.MapFile{Data: []byte(value)}
		}
		i := Image{Files: all, Env: []string{"PATH=/bin"}}
		m, err := i.Metadata()
		if err != nil {
			return
		}
		p, err := m.Find(i, "web")
		if err != nil {
			return
		}
		m.Words(i, p)
		env, err := m.Environment(i, p.Type)
		if err != nil {
			return
		}
		for _, e := range env {
			if name, _, ok := strings.Cut(e, "="); !ok || name == "" || strings.Contains(e, "\x00") {
				t.Errorf("%q is no variable", e)
			}
		}
	})
}
