package java

import (
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

const called = `[\w.-]*(?:dir|directory|folder|location|path)`

// writing is how sources and settings in Java write, and name folders that the app makes: paths, and texts that are called so, of a field, a property
// or a placeholder's default; and files of databases and logs.
var writing = language.Writing{
	Endings: append([]string{".properties", ".yml", ".yaml"}, languageEnds...),
	Writes: regexp.MustCompile(`\bFiles\.(?:write\w*|copy|move|create\w+|newOutputStream|newBufferedWriter)\(|\bnew (?:FileOutputStream|FileWriter|RandomAccessFile)\(|` +
		`\bFile(?:OutputStream|Writer)\(|\.(?:mkdirs?|transferTo|createNewFile|createDirectories|writeText|writeBytes)\(|\bjdbc:(?:h2|sqlite|hsqldb|derby):|^logging\.file\.`),
	Direct: regexp.MustCompile(`^[^#]*\b(?:Path\.of|Paths\.get|File)\(\s*"` + language.RelativePath + `/?"|^[^#]*\bjdbc:(?:h2:(?:file:)?|hsqldb:file:|sqlite:|derby:)((?:\./)?(?:[\w-][\w.-]*/)+)|^logging\.file\.name\s*=\s*((?:\./)?(?:[\w-][\w.-]*/)+)`),
	Named:  regexp.MustCompile(`(?i)^[^#]*\b` + called + `(?::\s*string)?\s*[=:]\s*"?` + language.StoredPath + `/?"?[;,)]?\s*$|^[^#]*\$\{` + called + `:` + language.StoredPath + `/?\}`),
}

// mayWrite are folders that the app seems to write to, less those of sources, which are not there when it runs.
func (a *app) mayWrite() []string {
	return slices.DeleteFunc(a.MayWrite(writing), func(dir string) bool { return strings.Contains("/"+dir+"/", "/src/") })
}
