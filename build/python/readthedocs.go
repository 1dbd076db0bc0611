package python

import (
	"io/fs"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// readTheDocs is what .readthedocs.yaml (version 2) says about how an app's documentation is made, as far as it is asked here.
type readTheDocs struct {
	MkDocs struct {
		Configuration string `yaml:"configuration"`
	} `yaml:"mkdocs"`
	Sphinx struct {
		Configuration string `yaml:"configuration"`
		Builder       string `yaml:"builder"`
		FailOnWarning bool   `yaml:"fail_on_warning"`
	} `yaml:"sphinx"`
	Python struct {
		Install []struct {
			Requirements string   `yaml:"requirements"`
			Extras       []string `yaml:"extra_requirements"`
		} `yaml:"install"`
	} `yaml:"python"`
}

// readReadTheDocs reads the file of a project. One that can't be read is as good as none: it is for another platform, and most of the
// apps that have one are no sites.
func readReadTheDocs(dir fs.FS) readTheDocs {
	for _, name := range []string{".readthedocs.yaml", ".readthedocs.yml"} {
		text, ok, err := language.ReadText(dir, name)
		if err != nil || !ok {
			continue
		}
		var file readTheDocs
		if document.YAML(text, &file) == nil {
			return file
		}
	}
	return readTheDocs{}
}
