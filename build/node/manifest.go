package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/titanous/json5"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// manifest is what a package.json says, as far as the build asks. Numbers and other types where npm takes a text are
// taken as nothing, as npm does.
type manifest struct {
	File    string `json:"-"` // the name of the file; empty where there is none
	Name    text   `json:"name"`
	Version text   `json:"version"`
	License text   `json:"license"`
	Type    text   `json:"type"`
	Main    text   `json:"main"`
	Module  text   `json:"module"`

	Scripts              texts `json:"scripts"`
	Dependencies         texts `json:"dependencies"`
	DevDependencies      texts `json:"devDependencies"`
	OptionalDependencies texts `json:"optionalDependencies"`
	PeerDependencies     texts `json:"peerDependencies"`

	Engines        texts `json:"engines"`
	Volta          texts `json:"volta"`
	PackageManager text  `json:"packageManager"`
	DevEngines     struct {
		Runtime        requirements `json:"runtime"`
		PackageManager requirements `json:"packageManager"`
	} `json:"devEngines"`
	Workspaces workspaces `json:"workspaces"`
}

// text is a JSON string; another type is an empty text.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

// texts is a JSON object of strings; what is none is left out.
type texts map[string]string

func (t *texts) UnmarshalJSON(data []byte) error {
	var all map[string]text
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	*t = texts{}
	for k, v := range all {
		(*t)[k] = string(v)
	}
	return nil
}

// requirements are the entries of devEngines: an object or a list of them.
type requirements []struct {
	Name    text `json:"name"`
	Version text `json:"version"`
}

func (r *requirements) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		data = []byte("[" + string(data) + "]")
	}
	type plain requirements
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		*r = nil
	}
	return nil
}

func (r requirements) version(name string) string {
	for _, e := range r {
		if string(e.Name) == name {
			return string(e.Version)
		}
	}
	return ""
}

// workspaces are patterns of the members' folders: a list, or an object with the list "packages".
type workspaces []string

func (w *workspaces) UnmarshalJSON(data []byte) error {
	var list []string
	var object struct {
		Packages []string `json:"packages"`
	}
	if json.Unmarshal(data, &list) != nil {
		_ = json.Unmarshal(data, &object) // neither: no workspaces, as npm has it
		list = object.Packages
	}
	*w = list
	return nil
}

// readManifest reads a folder's package.json, or package.json5, which pnpm takes as well. A folder without any is an
// empty manifest.
func readManifest(dir fs.FS) (manifest, error) {
	for _, name := range []string{"package.json", "package.json5"} {
		data, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return manifest{}, fmt.Errorf("cannot read %s: %w", name, err)
		}
		if err := language.PlainText(name, string(data)); err != nil {
			return manifest{}, err
		}
		m := manifest{File: name}
		if err := decode(name, data, &m); err != nil {
			return manifest{}, &language.Problem{
				What:     "cannot read " + name,
				Evidence: []string{err.Error()},
				Next:     "Correct the file: `node -p \"require('./" + name + "')\"` reads it as the build does.",
				Err:      err,
			}
		}
		return m, nil
	}
	return manifest{}, nil
}

// decode reads JSON, and JSON with comments where the file's name says so. A byte order mark is skipped.
func decode(name string, data []byte, to any) error {
	data = []byte(strings.TrimPrefix(string(data), "\uFEFF"))
	if err := document.Check(data); err != nil {
		return err
	}
	switch path.Ext(name) {
	case ".json5", ".jsonc", ".lock":
		// By way of JSON, so that the types above read both alike.
		var any any
		if err := json5.Unmarshal(data, &any); err != nil {
			return err
		}
		plain, err := json.Marshal(any)
		if err != nil {
			return err
		}
		data = plain
	}
	err := json.Unmarshal(data, to)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + strings.Count(string(data[:min(int(syntax.Offset), len(data))]), "\n")
		return fmt.Errorf("line %d: %w", line, err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		where := "it"
		if kind.Field != "" {
			where = kind.Field
		}
		return fmt.Errorf("%s cannot be of type %s", where, kind.Value)
	}
	return err
}

// needs tells whether a package is among the dependencies of any kind.
func (m manifest) needs(name string) bool {
	for _, d := range []texts{m.Dependencies, m.DevDependencies, m.OptionalDependencies} {
		if _, ok := d[name]; ok {
			return true
		}
	}
	return false
}

// hasDependencies tells whether there is anything to install.
func (m manifest) hasDependencies() bool {
	return len(m.Dependencies)+len(m.DevDependencies)+len(m.OptionalDependencies)+len(m.Workspaces) > 0
}
