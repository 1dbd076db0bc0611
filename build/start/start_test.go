package start

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/build/command"
)

// table is an image written down: a path and its content; "-> target" is a link, "dir" a directory, "text:" no program.
type table map[string]string

func (t table) Lstat(name string) (Entry, bool) {
	text, ok := t[name]
	switch target, link := strings.CutPrefix(text, "-> "); {
	case link:
		return Entry{Mode: fs.ModeSymlink, Link: target}, true
	case strings.HasPrefix(text, "text:"):
		return Entry{Mode: 0o644}, true
	case ok && text != "dir":
		return Entry{Mode: 0o755}, true
	}
	for other := range t {
		if name == "/" || strings.HasPrefix(other, name+"/") || text == "dir" {
			return Entry{Mode: fs.ModeDir | 0o755}, true
		}
	}
	return Entry{}, false
}

func (t table) Open(name string) (io.ReadCloser, error) {
	if t[name] == "hidden" {
		return nil, os.ErrNotExist
	}
	return io.NopCloser(strings.NewReader(t[name])), nil
}

func elfFor(machine uint16) string {
	head := make([]byte, 64)
	copy(head, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint16(head[18:], machine)
	return string(head)
}

func TestCheck(t *testing.T) {
	im := Image{
		Files: table{
			"/bin":                         "-> usr/bin",
			"/usr/bin":                     "-> /layers/slices/usr/bin",
			"/layers/slices/usr/bin/env":   elfFor(62),
			"/layers/slices/usr/bin/sh":    "-> dash",
			"/layers/slices/usr/bin/dash":  elfFor(62),
			"/layers/slices/usr/bin/tool":  "hidden", // behind a layer that was not restored
			"/layers/slices/usr/bin/loop":  "-> loop",
			"/layers/py/bin/python3":       elfFor(62),
			"/layers/py/bin/gunicorn":      "#!/layers/py/bin/python3\n",
			"/layers/py/bin/old":           "#!/usr/bin/python2.7 -u\n",
			"/layers/py/bin/lost":          "#!/usr/bin/env -S ruby -w\n",
			"/layers/py/bin/noexec":        "text: a module",
			"/app/app.py":                  "text: code",
			"/app/run.sh":                  "#!/bin/bash\nexec python3 app.py\n",
			"/app/ok.sh":                   "#!/bin/sh -e\n",
			"/app/env.sh":                  "#! /usr/bin/env A=1 python3\n",
			"/app/bare.sh":                 "echo hello\n",
			"/app/arm":                     elfFor(183),
			"/app/mine":                    elfFor(62),
			"/app/web/server.js":           "text: code",
			"/app/web/bin/tool2":           elfFor(62),
			"/layers/slices/usr/bin/node":  elfFor(62),
			"/layers/slices/usr/bin/noder": "#!\n",
		},
		Path: "/layers/py/bin:/usr/bin", Dir: "/app", Arch: "amd64",
	}
	for _, row := range []struct{ line, want string }{
		{"gunicorn -b :$PORT app", ""},
		{"exec env A=1 gunicorn app", ""},
		{"exec together -s QUIT gunicorn app -- -s QUIT -w /tmp/s python3 app.py", ""},
		{"exec together gunicorn app -- -w /tmp/s nginx -c $C", "there is no program nginx in the image"},
		{"together -s QUIT fpm -- gunicorn app", "there is no program fpm in the image"},
		{"cd web && node server", ""},
		{"cd web && node server.js && gone", "there is no program gone"},
		{"cd nowhere && gunicorn app", "there is no directory nowhere"},
		{"mkdir -p data && cd data && gunicorn app", ""},
		{"cd $DIR && ./mine", ""},
		{"./mine", ""},
		{"/bin/tool", ""},
		{"loop", "there is no program loop"},
		{"/bin/loop", "there is no program /bin/loop"},
		{"gunicron app", "there is no program gunicron"},
		{"echo hello && migrate && gunicorn app", "there is no program migrate"},
		{"migrate || true; gunicorn app", ""},
		{"false || migrate", "there is no program migrate"},
		{"$PROGRAM x", ""},
		{"${PYTHON:-python3} app.py", ""},
		{"${PYTHON:-python2} app.py", "there is no program python2"},
		{"./run.sh", `./run.sh begins with "#!" and /bin/bash`},
		{"./ok.sh", ""},
		{"./env.sh", ""},
		{"./bare.sh", "neither a program nor a script"},
		{"./arm", "./arm is a program for another processor"},
		{"./app.py", "./app.py has no execute permission"},
		{"./web", "./web is a directory"},
		{"old", `old begins with "#!" and /usr/bin/python2.7`},
		{"lost", `lost begins with "#!" and ruby`},
		{"noder", "noder is neither"},
		{"noexec", "there is no program noexec"}, // PATH passes over it
		{"bash run.sh", "there is no program bash"},
		{"sh run.sh", ""},
		{"sh gone.sh", "sh is to run gone.sh"},
		{"python3 -u gone.py", "python3 is to run gone.py"},
		{"python3 -m gone", ""},
		{"python3 $APP", ""},
		{"node web/server", ""},
		{"node web", ""},
		{"PATH=/nothing gunicorn app", "there is no program gunicorn"},
		{"PATH=web/bin:$PATH tool2", ""},
		{"export PATH=$PATH:/app/web/bin && tool2", ""},
		{"PATH=/nothing; tool2", "there is no program tool2"},
		{"env -i tool", ""},
		{"''", ""},
	} {
		line, err := command.Parse(row.line)
		if err != nil {
			t.Fatal(err)
		}
		err = im.Check(line)
		if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.line, err, row.want)
		}
	}
}

// TestFaultTellsWhereItLooked has a PATH with a directory that is not there, and one that stands in it twice.
func TestFaultTellsWhereItLooked(t *testing.T) {
	im := Image{Files: table{"/usr/bin/env": "x", "/app/bin": "-> ../usr/bin"}, Path: "/layers/none/bin:/app/bin:/usr/bin:/app/bin", Dir: "/app"}
	line, err := command.Parse("gone")
	if err != nil {
		t.Fatal(err)
	}
	var f *Fault
	if !errors.As(im.Check(line), &f) || f.Looked != "/app/bin:/usr/bin" {
		t.Errorf("got %+v", f)
	}
}
