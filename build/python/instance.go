package python

import (
	"path"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
)

var (
	// callsFlask makes a Flask app; its instance folder lies beside the package or file that does.
	callsFlask = regexp.MustCompile(`\bFlask\(`)
	// usesInstance names the folder, in code.
	usesInstance = regexp.MustCompile(`\.instance_path\b|\binstance_relative_config\s*=\s*True\b|\bopen_instance_resource\(`)
	// besideInstance is a database of Flask-SQLAlchemy without an absolute path, which it keeps there.
	besideInstance = regexp.MustCompile(`["']sqlite:///[^/"'][^"']*["']`)
)

// instanceFolder is the folder in which a Flask app keeps its own files, and which it makes when it starts; empty where it uses none. An
// app that cannot make it ends at once.
func instanceFolder(all []module, p *plan) string {
	at := slices.IndexFunc(all, func(m module) bool {
		return importPattern("flask").MatchString(m.Code) && callsFlask.MatchString(m.Code)
	})
	if at < 0 || !p.may([]string{"flask"}) {
		return ""
	}
	if !slices.ContainsFunc(all, func(m module) bool {
		return usesInstance.MatchString(m.Code) || p.has("flask-sqlalchemy") && besideInstance.MatchString(m.Text)
	}) {
		return ""
	}
	return path.Join(all[at].root(all), "instance")
}

// instanceNote tells what the folder asks of who runs the image: an app whose database lies there fails where nothing is mounted on a
// read-only root.
func (s start) instanceNote() []string {
	if s.Instance == "" {
		return nil
	}
	return []string{s.Instance + ": Flask keeps the app's own files there, such as its database; mount a volume on it if they are to last, or if the container's root is read-only"}
}

// writing is how sources in Python write files, or name a place for what is written.
var writing = language.Writing{Endings: []string{".py"}, Writes: regexp.MustCompile(`\bopen\([^)]*["'][wax]b?\+?["']|\.(?:write_text|write_bytes|mkdir|makedirs|save)\(|\b(?:UPLOAD_FOLDER|MEDIA_ROOT)\b|sqlite:///`), Direct: regexp.MustCompile(`\bos\.(?:mkdir|makedirs)\(\s*["']` + language.RelativePath + `/?["']|\bPath\(["']` + language.RelativePath + `/?["']\)\.mkdir\(`), Named: regexp.MustCompile(`\bUPLOAD_FOLDER["'\]]*\s*[=:]\s*["']` + language.RelativePath + `/?["']`)}

// writable are the folders that the app's framework writes to when it runs.
func (p *python) writable() []string {
	if p.begin.Instance == "" {
		return nil
	}
	return []string{p.begin.Instance}
}
