package java

import (
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// relative is a path below the app's folder; stored is one whose name says that it is for files, as a text that is called a location may
// be a town.
const (
	relative = `((?:\./)?[\w-][\w.-]*(?:/[\w.-]+)*)`
	stored   = `((?:\./)?(?:[\w.-]+/)*[\w-]*(?:upload|storage|store|data|files|folder|images|photos|media|logs|cache|temp|tmp|dir)[\w-]*)`
	called   = `[\w.-]*(?:dir|directory|folder|location|path)`
)

// making is how sources and settings in Java name folders that the app makes: paths, and texts that are called so, of a field, a property
// or a placeholder's default; and files of databases and logs.
var making = language.Making{
	Endings: append([]string{".properties", ".yml", ".yaml"}, languageEnds...),
	Writes: regexp.MustCompile(`\bFiles\.(?:write\w*|copy|move|create\w+|newOutputStream|newBufferedWriter)\(|\bnew (?:FileOutputStream|FileWriter|RandomAccessFile)\(|` +
		`\bFile(?:OutputStream|Writer)\(|\.(?:mkdirs?|transferTo|createNewFile|createDirectories|writeText|writeBytes)\(|\bjdbc:(?:h2|sqlite|hsqldb|derby):|^logging\.file\.`),
	Direct: regexp.MustCompile(`^[^#]*\b(?:Path\.of|Paths\.get|File)\(\s*"` + relative + `/?"|^[^#]*\bjdbc:(?:h2:(?:file:)?|hsqldb:file:|sqlite:|derby:)((?:\./)?(?:[\w-][\w.-]*/)+)|^logging\.file\.name\s*=\s*((?:\./)?(?:[\w-][\w.-]*/)+)`),
	Named:  regexp.MustCompile(`(?i)^[^#]*\b` + called + `(?::\s*string)?\s*[=:]\s*"?` + stored + `/?"?[;,)]?\s*$|^[^#]*\$\{` + called + `:` + stored + `/?\}`),
}

// mayWrite are folders that the app seems to write to, less those of sources, which are not there when it runs.
func (a *app) mayWrite() []string {
	all := append(a.MayWrite(languageEnds, making.Writes), a.MayMake(making)...)
	return slices.DeleteFunc(all, func(dir string) bool { return strings.Contains("/"+dir+"/", "/src/") })
}
