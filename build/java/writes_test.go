package java

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/build/language"
)

// TestMayWrite names the folders that apps of Java make beside what they are started from, and no texts that are no folders.
func TestMayWrite(t *testing.T) {
	const writes = "Files.createDirectories(root);\n"
	for name, row := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"a field":                 {map[string]string{"src/main/java/P.java": `private String location = "upload-dir";`, "src/main/java/S.java": writes}, []string{"upload-dir"}},
		"a field in Kotlin":       {map[string]string{"src/main/kotlin/P.kt": `class P(var location: String = "upload-dir")`, "src/main/java/S.java": writes}, []string{"upload-dir"}},
		"a property":              {map[string]string{"src/main/resources/application.properties": "file.upload-dir=./uploads", "src/main/java/S.java": writes}, []string{"uploads"}},
		"a property of YAML":      {map[string]string{"src/main/resources/application.yml": "storage:\n  location: data/files", "src/main/java/S.java": writes}, []string{"data/files"}},
		"a placeholder's default": {map[string]string{"src/main/java/S.java": writes + `@Value("${app.upload.dir:uploads}")`}, []string{"uploads"}},
		"a path":                  {map[string]string{"src/main/java/S.java": `Path root = Path.of("output", name);` + "\n" + writes}, []string{"output"}},
		"a file":                  {map[string]string{"src/main/java/S.java": `new FileOutputStream(new File("state/a.txt"))`}, []string{"state"}},
		"a database":              {map[string]string{"src/main/resources/application.properties": "spring.datasource.url=jdbc:h2:file:./data/app;MODE=MySQL"}, []string{"data"}},
		"a log":                   {map[string]string{"src/main/resources/application.properties": "logging.file.name=logs/app.log"}, []string{"logs"}},
		"a folder that is kept":   {map[string]string{"src/main/java/S.java": writes + `root = Path.of("uploads");`, "uploads/.gitkeep": ""}, []string{"uploads"}},

		"a town":                      {map[string]string{"src/main/java/S.java": writes + `String location = "London";`}, nil},
		"an order":                    {map[string]string{"src/main/java/S.java": writes + `String sortDir = "asc";`}, nil},
		"a path of a resource":        {map[string]string{"src/main/java/S.java": writes + `@Path("uploads")`}, nil},
		"a database in memory":        {map[string]string{"src/main/resources/application.properties": "spring.datasource.url=jdbc:h2:mem:testdb"}, nil},
		"one in the user's folder":    {map[string]string{"src/main/resources/application.properties": "spring.datasource.url=jdbc:h2:~/data/test"}, nil},
		"a comment in properties":     {map[string]string{"src/main/resources/application.properties": "# file.upload-dir=./uploads", "src/main/java/S.java": writes}, nil},
		"a folder of the class path":  {map[string]string{"src/main/resources/application.properties": "spring.web.resources.static-locations=classpath:/files/", "src/main/java/S.java": writes}, nil},
		"pages that are kept":         {map[string]string{"src/main/java/S.java": writes + `"images/" + name`, "src/main/resources/static/images/.gitkeep": ""}, nil},
		"a folder of the temporary's": {map[string]string{"src/main/java/S.java": `Path root = Path.of("/tmp/uploads");` + "\n" + writes}, nil},
		"tests":                       {map[string]string{"src/test/java/S.java": writes + `Path.of("uploads")`}, nil},
	} {
		files := fstest.MapFS{}
		for file, text := range row.files {
			files[file] = &fstest.MapFile{Data: []byte(text)}
		}
		a := app{Site: language.Site{Files: files}}
		if diff := cmp.Diff(row.want, a.mayWrite(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
