package java

import (
	"debug/elf"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestEvidence looks into an app's own jar and into one that it depends on.
func TestEvidence(t *testing.T) {
	for _, row := range []struct {
		name           string
		own, dep       map[string]string
		want, locales  string
		draws, sources string
		port           bool
	}{
		{name: "nothing", own: map[string]string{"a/B.class": "class a/B ref:java/lang/Object"}},
		{name: "TLS", dep: map[string]string{"a/B.class": "class a/B ref:javax/net/ssl/SSLContext"}, want: "jdk.crypto.ec"},
		{name: "a class that is named", dep: map[string]string{"a/B.class": "class a/B text:com.sun.management.OperatingSystemMXBean"}, want: "jdk.management"},
		{name: "a class of AWT that a library names", dep: map[string]string{"a/B.class": "class a/B text:java.awt.Font"}},
		{name: "a class of AWT that the app names", own: map[string]string{"a/B.class": "class a/B text:java.awt.Font"}, want: "java.desktop"},
		{name: "a service", dep: map[string]string{"META-INF/services/java.sql.Driver": "x.Driver"}, want: "java.sql"},
		{name: "a service of somebody's own", dep: map[string]string{"META-INF/services/org.slf4j.Provider": "x"}},
		{name: "archives as file systems", own: map[string]string{"a/B.class": "class a/B ref:java/nio/file/FileSystems name:newFileSystem"}, want: "jdk.zipfs"},
		{name: "a file system that is there", own: map[string]string{"a/B.class": "class a/B ref:java/nio/file/FileSystems name:getDefault"}},
		{name: "charsets", own: map[string]string{"a/B.class": "class a/B text:big5"}, want: "jdk.charsets"},
		{name: "charsets of a library", dep: map[string]string{"a/B.class": "class a/B text:Big5"}},
		{name: "a constant of Locale", own: map[string]string{"a/B.class": "class a/B ref:java/util/Locale name:GERMANY name:US"}, locales: "de"},
		{name: "a bundle", own: map[string]string{"messages_pt_BR.properties": "", "messages_en.properties": "", "messages.properties": ""}, locales: "pt"},
		{name: "languages by their names", own: map[string]string{"a/B.class": "class a/B ref:java/util/Locale name:forLanguageTag text:fr text:en"}, locales: "fr"},
		{name: "languages of what comes", own: map[string]string{"a/B.class": "class a/B ref:java/util/Locale name:forLanguageTag"}, locales: "*"},
		{name: "languages of a library", dep: map[string]string{"a/B.class": "class a/B ref:java/util/Locale name:forLanguageTag"}},
		{name: "images", own: map[string]string{"a/B.class": "class a/B ref:java/awt/image/BufferedImage"}, draws: "a.B of own.jar"},
		{name: "images that a library passes on", dep: map[string]string{"a/B.class": "class a/B ref:java/awt/image/BufferedImage"}},
		{name: "text that a library draws", dep: map[string]string{"a/B.class": "class a/B ref:[Ljava/awt/Font;"}, draws: "a.B of dep.jar"},
		{name: "a headless question", own: map[string]string{"a/B.class": "class a/B ref:java/awt/GraphicsEnvironment"}},
		{name: "a port", own: map[string]string{"a/B.class": "class a/B text:PORT"}, port: true},
		{name: "a folder of the sources", own: map[string]string{"a/B.class": "class a/B text:src/main/webapp/ text:src/main/../../etc"}, sources: "src/main/webapp"},
		{name: "a broken class", own: map[string]string{"a/B.class": "\xca\xfe\xba\xbe\x00"}},
		{name: "no class", own: map[string]string{"a/B.class": "text"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			languagetest.Write(t, dir, map[string]string{"own.jar": zipOf(t, row.own), "dep.jar": zipOf(t, row.dep)})
			kit, err := findJDKs(map[string]string{"PATH": fakeJDK(t, "21.0.1")})
			if err != nil || len(kit) != 1 {
				t.Fatal(kit, err)
			}
			known, err := kit[0].classes()
			if err != nil {
				t.Fatal(err)
			}
			own, deps := scan{Modules: map[string]string{}}, scan{Modules: map[string]string{}}
			for file, s := range map[string]*scanner{"own.jar": {scan: &own, jdk: known, own: true}, "dep.jar": {scan: &deps, jdk: known}} {
				if err := s.all([]string{filepath.Join(dir, file)}); err != nil {
					t.Fatal(err)
				}
			}
			e := merge(own, deps)
			got := []string{strings.Join(e.sortedModules(), " "), strings.Join(e.Locales, " "), e.Draws, strings.Join(own.Sources, " ")}
			if diff := cmp.Diff([]string{row.want, row.locales, row.draws, row.sources}, got); diff != "" || own.Port != row.port {
				t.Errorf("%s port is %v", diff, own.Port)
			}
		})
	}
}

// TestOldAppsMayLookIntoTheJDK: what was compiled for a version before 17 finds the packages open that it found open there.
func TestOldAppsMayLookIntoTheJDK(t *testing.T) {
	for level, want := range map[int]bool{0: false, 8: true, 16: true, 17: false, 25: false} {
		if got := strings.Contains(opens(level), "--add-opens=java.base/java.lang=ALL-UNNAMED"); got != want {
			t.Errorf("level %d: packages are open: %v", level, got)
		}
	}
	r := newTools(t, map[string]string{"pom.xml": "<project><artifactId>app</artifactId><properties><java.version>1.8</java.version></properties></project>"})
	main := strings.Replace(classOf("com/example/Main", "main"), "\x00\x00\x00\x41", "\x00\x00\x00\x34", 1) // of Java 8
	r.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main"), "com/example/Main.class": main})}
	if _, err := compile(t.Context(), r.site); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "jlink ") })
	if i < 0 || !strings.Contains(r.ran[i], "--add-options= --add-opens=java.base/") {
		t.Errorf("it ran %q", r.ran)
	}
}

// TestOwnFilesOfAFatJar: of a jar with its dependencies in it, what the build has left beside it is the app's; where it has left nothing,
// the classes below the main class's package are.
func TestOwnFilesOfAFatJar(t *testing.T) {
	const lib = "class org/lib/A ref:java/util/Locale name:GERMANY ref:java/awt/image/BufferedImage"
	for _, row := range []struct {
		name, main string
		files      map[string]string // beside the archive
		locales    []string
	}{
		{name: "nothing but the archive", main: "com.example.Main", locales: []string{"de", "fr"}},
		{
			name: "Maven's", main: "com.example.Main", locales: []string{"fr"},
			files: map[string]string{"target/classes/com/example/Main.class": "", "target/classes/messages_fr.properties": ""},
		},
		{name: "a main class without a package", main: "Main", files: map[string]string{"target/classes/Main.class": ""}},
		{
			name: "Gradle's, in a module", main: "Main", locales: []string{"fr"},
			files: map[string]string{"web/build/classes/kotlin/main/Main.class": "", "web/build/resources/main/messages_fr.properties": ""},
		},
	} {
		dir := t.TempDir()
		class := strings.ReplaceAll(row.main, ".", "/")
		languagetest.Write(t, dir, language.With(row.files, map[string]string{"target/app.jar": zipOf(t, map[string]string{
			manifestFile: manifestOf("Main-Class: " + row.main), class + ".class": "class " + class + " text:PORT", "org/lib/A.class": lib,
			"messages_fr.properties": "", "org/lib/errors_de.properties": "",
		})}))
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		a := &app{root: root}
		s := scan{Modules: map[string]string{}}
		into := scanner{scan: &s, own: true, mine: a.ownFiles(&built{Start: []string{"-jar", "target/app.jar"}})}
		if err := into.all([]string{dir + "/target/app.jar"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.locales, s.Locales); diff != "" || !s.Port || s.Draws != "" {
			t.Errorf("%s: port %v, draws %q, languages: -want +got:\n%s", row.name, s.Port, s.Draws, diff)
		}
	}
}

func TestMergedClassesHaveNoModules(t *testing.T) {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"a.jar": zipOf(t, map[string]string{"module-info.class": "x", "a/A.class": "1", "META-INF/versions/17/a/A.class": "x", "META-INF/versions/25/a/A.class": "x", "META-INF/versions/9/module-info.class": "x"}),
		"b.jar": zipOf(t, map[string]string{"a/A.class": "2", "b/B.class": "x", "text.txt": "x"}), "c/c/C.class": "x", "c/WEB-INF/classes/d/D.class": "x", "no.jar": "text",
	})
	if err := mergeClasses([]string{dir + "/a.jar", dir + "/b.jar", dir + "/c", dir + "/no.jar"}, dir+"/out.jar", 21); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archiveIn(t, dir, "out.jar").File {
		names = append(names, f.Name)
	}
	want := []string{manifestFile, "META-INF/versions/17/a/A.class", "a/A.class", "b/B.class", "c/C.class", "d/D.class"}
	slices.Sort(want)
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestModulesBySetting(t *testing.T) {
	for _, row := range []struct{ setting, want, err string }{
		{"", "java.base java.sql jdk.localedata", ""},
		{"jdk.zipfs, jdk.charsets", "java.base java.sql jdk.charsets jdk.localedata jdk.zipfs", ""},
		{"=jdk.zipfs", "java.base jdk.zipfs", ""},
		{"all", "java.base java.desktop java.sql jdk.charsets jdk.crypto.ec jdk.localedata jdk.management jdk.zipfs", ""},
		{"jdk.none", "", "JDK 21 has no such module"},
	} {
		r := newTools(t, map[string]string{"Main.java": ""})
		r.site.Env["BP_JVM_MODULES"] = row.setting
		a, err := look(r.site)
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.wanted(evidence{Modules: map[string]string{"java.sql": "jdeps", "jdk.gone": "jdeps"}, Locales: []string{"de"}})
		languagetest.Has(t, err, row.err)
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: %s", row.setting, diff)
		}
	}
}

func TestNativesAreUnpacked(t *testing.T) {
	for _, row := range []struct{ entry, option string }{
		{"org/sqlite/native/Linux/x86_64/libsqlitejdbc.so", "-Dorg.sqlite.lib.path=DIR"},
		{"org/sqlite/native/Linux/aarch64/libsqlitejdbc.so", ""},
		{"org/sqlite/native/Linux-Musl/x86_64/libsqlitejdbc.so", ""},
		{"META-INF/native/libnetty_tcnative_linux_x86_64.so", "-Djava.library.path=DIR"},
		{"META-INF/native/libnetty_transport_native_epoll_x86_64.so", "-Djava.library.path=DIR"},
		{"META-INF/native/libnetty_transport_native_epoll_aarch_64.so", ""},
		{"org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so", "-Dorg.xerial.snappy.lib.name=libsnappyjava.so -Dorg.xerial.snappy.lib.path=DIR"},
		{"net/jpountz/util/linux/amd64/liblz4-java.so", "-Djava.library.path=DIR"},
		{"linux/amd64/libzstd-jni-1.5.6-3.so", "-DZstdNativePath=DIR/libzstd-jni-1.5.6-3.so"},
		{"com/sun/jna/linux-x86-64/libjnidispatch.so", "-Djna.boot.library.path=DIR"},
		{"some/lib.so", ""},
	} {
		r := newTools(t, map[string]string{"lib.jar": zipOf(t, map[string]string{row.entry: nativeOf(elf.EM_X86_64, "needs=libc.so.6")}), "app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B", "Class-Path: lib.jar")})})
		r.site.Env["BP_MAVEN_BUILT_ARTIFACT"] = "app.jar"
		if _, err := compile(t.Context(), r.site); err != nil {
			t.Fatal(err)
		}
		dir := layersOf(t, r.site) + "/jars/natives"
		i := slices.IndexFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "jlink ") })
		_, options, _ := strings.Cut(r.ran[i], "--add-options= ")
		if diff := cmp.Diff(strings.ReplaceAll(row.option, "DIR", dir), options); diff != "" {
			t.Errorf("%s: %s", row.entry, diff)
		}
		if _, err := os.Stat(filepath.Join(dir, filepath.Base(row.entry))); (err == nil) != (row.option != "") {
			t.Errorf("%s: %v", row.entry, err)
		}
	}
}

func TestComponents(t *testing.T) {
	maven := func(group, name, version, pom string) map[string]string {
		dir := "META-INF/maven/" + group + "/" + name + "/"
		return map[string]string{dir + "pom.properties": "groupId=" + group + "\nartifactId=" + name + "\nversion=" + version + "\n", dir + "pom.xml": "<project>" + pom + "</project>"}
	}
	r := newTools(t, map[string]string{"pom.xml": "<project>\n<artifactId>app</artifactId>\n<dependencies><dependency>\n<artifactId>web</artifactId>\n</dependency></dependencies></project>"})
	app := maven("g", "app", "1", "")
	maps.Copy(app, map[string]string{manifestFile: manifestOf("Main-Class: g.B", "Class-Path: lib/web-2.jar lib/core-1.0.jar lib/plain-3.1.jar lib/bundle.jar")})
	r.made = map[string]string{
		"target/app.jar":          zipOf(t, app),
		"target/lib/web-2.jar":    zipOf(t, maven("org.x", "web", "2", "<dependencies><dependency><artifactId>core</artifactId></dependency><dependency><artifactId>plain</artifactId><scope>test</scope></dependency></dependencies>")),
		"target/lib/core-1.0.jar": zipOf(t, maven("org.x", "core", "1.0", "")), "target/lib/plain-3.1.jar": zipOf(t, nil),
		"target/lib/bundle.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Implementation-Version: 7", "Bundle-SymbolicName: org.y.bundle;singleton:=true")}),
	}
	a, err := compile(t.Context(), r.site)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range a.Components {
		got = append(got, strings.TrimSpace(c.PURL+" "+c.From+" "+strings.Join(c.By, ",")+" "+strings.TrimPrefix(c.Paths[0], layersOf(t, r.site))))
	}
	want := []string{
		"pkg:maven/org.x/core@1.0  web /jars/target/lib/core-1.0.jar", "pkg:maven/org.x/web@2 pom.xml:4  /jars/target/lib/web-2.jar",
		"pkg:maven/org.y/bundle@7   /jars/target/lib/bundle.jar", "pkg:maven/plain@3.1   /jars/target/lib/plain-3.1.jar",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestManifests(t *testing.T) {
	long := strings.Repeat("lib/ü.jar ", 30)
	text := writeManifest([]attribute{{"Manifest-Version", "1.0"}, {"Class-Path", strings.TrimSpace(long)}})
	for _, line := range strings.Split(string(text), "\r\n") {
		if len(line) > 72 || !strings.HasPrefix(line, " ") && strings.ContainsRune(line, '\uFFFD') {
			t.Errorf("%d bytes: %q", len(line), line)
		}
	}
	m, err := readManifest(strings.NewReader(string(text) + "Name: a\r\nMain-Class: evil\r\n"))
	if err != nil || m["class-path"] != strings.TrimSpace(long) || m["main-class"] != "" {
		t.Errorf("got %v, %v", m, err)
	}
}

// TestPorts: an app is told where to listen in the variable that its framework reads, wherever the framework's classes lie.
func TestPorts(t *testing.T) {
	for _, row := range []struct{ class, env, line string }{
		{"org/springframework/boot/SpringApplication", "SERVER_PORT=${PORT:8080}", "java -jar app.jar"},
		{"io/quarkus/runtime/Application", "QUARKUS_HTTP_PORT=${PORT:8080}", "java -jar app.jar"},
		{"io/micronaut/http/server/HttpServerConfiguration", "MICRONAUT_SERVER_PORT=${PORT:8080}", "java -jar app.jar"},
		{"io/helidon/webserver/WebServer", "SERVER_PORT=${PORT} PORT=8080", "java -jar app.jar"},
		{"org/wildfly/core/jar/boot/Main", "JBOSS_BIND_ADDRESS=0.0.0.0", "java -jar app.jar"},
		{"com/example/Other", "", "java -jar app.jar"},
	} {
		var seen scan
		into := scanner{scan: &seen}
		into.name(row.class + ".class")
		b := built{Framework: firstFramework(seen.Frameworks).name, Start: []string{"-jar", "app.jar"}}
		if env := b.launchEnv("/java"); env["JAVA_TOOL_OPTIONS"] != "-XX:MaxRAMPercentage=75.0 -XX:+ExitOnOutOfMemoryError" || env["JAVA_HOME"] != "/java" {
			t.Errorf("%s: what containers need is not there: %q", row.class, env)
		}
		for variable := range strings.FieldsSeq(row.env) {
			name, value, _ := strings.Cut(variable, "=")
			if got := b.launchEnv("/java")[name]; got != value {
				t.Errorf("%s: %s is %q", row.class, name, got)
			}
		}
		if got := commandOf((&app{}).process(b)); got != row.line {
			t.Errorf("%s: it starts by %q", row.class, got)
		}
	}
}
