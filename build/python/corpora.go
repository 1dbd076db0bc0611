package python

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// corporaFile is the convention of Heroku and Cloud Foundry: names of NLTK's data, one or more a line.
const corporaFile = "nltk.txt"

//go:embed corpora.py
var corporaScript string

var corpusName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*$`)

// corpora are the names in nltk.txt; none where the app has no such file.
func corpora(dir fs.FS) ([]string, error) {
	text, _, err := language.ReadText(dir, corporaFile)
	if err != nil {
		return nil, err
	}
	var names []string
	for n, line := range language.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for name := range strings.FieldsSeq(line) {
			if !corpusName.MatchString(name) {
				return nil, &language.Problem{
					What: "cannot read nltk.txt", Evidence: []string{fmt.Sprintf("line %d: %q is no name of NLTK's data", n, language.Clip(name))},
					Next: "Write names as NLTK's downloader has them, such as stopwords or punkt_tab.",
				}
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// addCorpora gets the data of NLTK that the app names. NLTK looks for it in the folder nltk_data of its virtual environment.
func (p *python) addCorpora(ctx context.Context) error {
	if len(p.corpora) == 0 {
		return nil
	}
	if !language.Exists(filepath.Join(p.sitePackages(), "nltk")) {
		p.Log.Warn("nltk.txt is not read: NLTK is not among the app's packages")
		return nil
	}
	p.Log.Line("getting data of NLTK: %s (nltk.txt)", language.List(p.corpora))
	script, err := p.Script("corpora.py", corporaScript)
	if err != nil {
		return err
	}
	folder := filepath.Join(p.layer.Path, "nltk_data")
	args := append([]string{filepath.Join(p.layer.Path, "bin", "python3"), script, folder}, p.corpora...)
	var out strings.Builder
	if err := p.Run(ctx, language.Command{Args: args, What: "NLTK's downloader", Dir: p.Temp, Env: p.Env, Stdout: &out, Stderr: &out}); err != nil {
		return noCorpora(out.String(), err)
	}
	return removeArchives(folder)
}

// noCorpora is the problem of data that NLTK did not get.
func noCorpora(out string, err error) error {
	p := &language.Problem{What: "NLTK cannot get the data that nltk.txt names", Err: err}
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.Contains(line, "rror") || strings.HasPrefix(line, "NLTK got no ") {
			p.Evidence = append(p.Evidence, strings.TrimPrefix(line, "[nltk_data] "))
		}
	}
	p.Next = "Correct the name in nltk.txt; or, where the server of NLTK's data cannot be reached, name the index of a mirror in NLTK_DOWNLOAD_URL."
	return p
}

// removeArchives removes the archives that were unpacked: NLTK reads what is in the folders.
func removeArchives(folder string) error {
	found, err := filepath.Glob(filepath.Join(folder, "*", "*.zip"))
	if err != nil {
		return fmt.Errorf("cannot look for NLTK's archives: %w", err)
	}
	for _, f := range found {
		if !language.Exists(strings.TrimSuffix(f, ".zip")) {
			continue
		}
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("cannot remove an archive of NLTK's: %w", err)
		}
	}
	return nil
}
