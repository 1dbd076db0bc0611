package java

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

const simplePom = "<project><artifactId>app</artifactId><version>1</version></project>"

// tomcatInTests is the class path of Debian's Tomcat, with SHARE for the folder of archives.
const tomcatInTests = "SHARE/tomcat10-embed-core.jar:SHARE/tomcat10-embed-el.jar:SHARE/tomcat10-embed-websocket.jar:SHARE/tomcat10-embed-jasper.jar:SHARE/tomcat10-annotations-api.jar:SHARE/eclipse-jdt-core-compiler-batch.jar"

// commandOf is how a process is started, as the log has it.
func commandOf(p language.Process) string {
	if p.Line != "" {
		return p.Line
	}
	return strings.Join(p.Command, " ")
}

// TestWhatRuns builds apps of every kind: what the image starts, and what the layers and the app's folder have.
func TestWhatRuns(t *testing.T) {
	main := manifestOf("Main-Class: com.example.Main")
	bootJar := map[string]string{
		manifestFile: manifestOf("Main-Class: org.springframework.boot.loader.launch.JarLauncher", "Start-Class: com.example.Main", "Spring-Boot-Version: 3.5.0"),
		"BOOT-INF/classes/com/example/Main.class": "class com/example/Main main",
		"BOOT-INF/classes/application.properties": "a=b", "BOOT-INF/classes/META-INF/services/java.sql.Driver": "x",
		"META-INF/maven/g/app/pom.properties": "#Generated\n#Sat Nov 28\ngroupId=g\nartifactId=app\nversion=1\n",
		"BOOT-INF/lib/spring-boot-3.5.0.jar":  zipOf(t, map[string]string{"a.txt": "a"}), "BOOT-INF/lib/b-1.jar": zipOf(t, map[string]string{"b.txt": "b"}),
		"BOOT-INF/lib/spring-boot-jarmode-tools-3.5.0.jar":         zipOf(t, nil),
		"BOOT-INF/classpath.idx":                                   "- \"BOOT-INF/lib/spring-boot-3.5.0.jar\"\n- \"BOOT-INF/lib/b-1.jar\"\n",
		"org/springframework/boot/loader/launch/JarLauncher.class": "x", "META-INF/services/java.nio.file.spi.FileSystemProvider": "loader",
	}
	for _, row := range []struct {
		name      string
		files     map[string]string // of the app
		made      map[string]string // by Maven or Gradle
		env       map[string]string
		procfile  string
		start     string
		app, jars string // files of the layers
		folder    string // what is left in the app's folder
		err       string
	}{
		{
			name: "a jar with a main class", files: map[string]string{"pom.xml": simplePom, "src/main/java/Main.java": "x", "data/a.txt": "x", "target/old.jar": zipOf(t, map[string]string{manifestFile: main})},
			made:  map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: main}), "target/app-sources.jar": "x", "target/original-app.jar": zipOf(t, map[string]string{manifestFile: main}), "target/classes/com/Main.class": "x"},
			start: "java -jar target/app.jar", app: "target/app.jar", folder: "data/a.txt target",
		},
		{
			name: "a Spring Boot jar", files: map[string]string{"pom.xml": simplePom}, made: map[string]string{"target/app.jar": zipOf(t, bootJar)},
			start: "java -jar target/app.jar",
			app:   "target/app.jar target/lib/b-1.jar target/lib/spring-boot-3.5.0.jar", jars: "target/lib/b-1.jar target/lib/spring-boot-3.5.0.jar", folder: "target",
		},
		{
			name: "a thin jar with its class path", files: map[string]string{"pom.xml": simplePom},
			made: map[string]string{
				"target/app.jar":     zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main", "Class-Path: lib/a-1.jar lib/none.jar ../../../etc/x.jar")}),
				"target/lib/a-1.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Class-Path: b-1.jar")}), "target/lib/b-1.jar": zipOf(t, nil), "target/lib/unused.jar": zipOf(t, nil),
			},
			env:   map[string]string{},
			start: "java -jar target/app.jar", app: "target/app.jar target/lib/a-1.jar target/lib/b-1.jar", jars: "target/lib/a-1.jar target/lib/b-1.jar", folder: "target",
		},
		{
			name: "Quarkus", files: map[string]string{"build.gradle": "", "gradle/wrapper/gradle-wrapper.properties": "distributionUrl=DISTRIBUTION\n"},
			made: map[string]string{
				"build/quarkus-app/quarkus-run.jar": zipOf(t, map[string]string{manifestFile: main}), "build/quarkus-app/app/app.jar": zipOf(t, nil),
				"build/quarkus-app/lib/main/io.quarkus.quarkus-core-3.jar": zipOf(t, nil), "build/quarkus-app/quarkus/x.dat": "x", "build/libs/app.jar": zipOf(t, map[string]string{manifestFile: main}),
			},
			start: "java -jar build/quarkus-app/quarkus-run.jar",
			app:   "build/quarkus-app/app/app.jar build/quarkus-app/lib/main/io.quarkus.quarkus-core-3.jar build/quarkus-app/quarkus/x.dat build/quarkus-app/quarkus-run.jar",
			jars:  "build/quarkus-app/lib/main/io.quarkus.quarkus-core-3.jar", folder: "build",
		},
		{
			name: "a prebuilt jar", files: map[string]string{"app.jar": zipOf(t, map[string]string{manifestFile: main}), "config/application.yml": "x"},
			start: "java -jar app.jar", app: "app.jar", folder: "app.jar config/application.yml",
		},
		{
			name: "a war that starts itself", files: map[string]string{"pom.xml": simplePom}, made: map[string]string{"target/app.war": zipOf(t, map[string]string{manifestFile: main, "WEB-INF/lib/a-1.jar": zipOf(t, nil)})},
			start: "java -jar target/app.war", app: "target/app.war", folder: "target",
		},
		{
			name: "an unpacked Spring Boot jar", files: map[string]string{
				manifestFile:           manifestOf("Main-Class: org.springframework.boot.loader.launch.JarLauncher", "Start-Class: com.example.Main"),
				"BOOT-INF/lib/a-1.jar": zipOf(t, nil), "BOOT-INF/classes/com/example/Main.class": "class com/example/Main main",
			},
			start: "java -cp . org.springframework.boot.loader.launch.JarLauncher", app: "BOOT-INF/lib/a-1.jar", jars: "BOOT-INF/lib/a-1.jar",
			folder: "BOOT-INF/classes/com/example/Main.class BOOT-INF/lib/a-1.jar META-INF/MANIFEST.MF",
		},
		{
			name: "a lone source", files: map[string]string{"Main.java": "class Main {}", "data.txt": "x"}, made: map[string]string{"Main.class": classOf("Main", "main"), "Other.class": classOf("Other")},
			start: "java -cp LAYERS/java-app/classes Main", app: "classes/Main.class classes/Other.class", folder: "classes data.txt",
		},
		{
			name: "a source with a library beside it", files: map[string]string{"Main.java": "x", "gson.jar": zipOf(t, map[string]string{"a.txt": "x"})}, made: map[string]string{"Main.class": classOf("Main", "main")},
			start: "java -cp LAYERS/java-app/classes:LAYERS/jars/gson.jar Main", app: "classes/Main.class gson.jar", jars: "gson.jar", folder: "classes gson.jar",
		},
		{
			name: "an archive that starts, with a source beside it", files: map[string]string{"Main.java": "x", "app.jar": zipOf(t, map[string]string{manifestFile: main})},
			start: "java -jar app.jar", app: "app.jar", folder: "Main.java app.jar",
		},
		{
			name: "sources below src", files: map[string]string{
				"src/com/example/App.java": "x", "src/com/example/texts.properties": "x", "src/data.txt": "x", "src/test/ATest.java": "x", "src/module-info.java": "x", "lib/db/a-1.jar": zipOf(t, nil), "app.iml": "x",
			},
			made:  map[string]string{"com/example/App.class": classOf("com/example/App", "main")},
			start: "java -cp LAYERS/java-app/classes:LAYERS/jars/lib/db/a-1.jar com.example.App",
			app:   "classes/com/example/App.class classes/com/example/texts.properties classes/data.txt lib/db/a-1.jar", jars: "lib/db/a-1.jar",
			folder: "classes lib src/com/example/texts.properties src/data.txt",
		},
		{
			name: "sources and resources in Maven's folders, without Maven", files: map[string]string{"src/main/java/App.java": "x", "src/main/resources/a.txt": "x", "src/main/other/b.txt": "x"},
			made:  map[string]string{"App.class": classOf("App", "main")},
			start: "java -cp LAYERS/java-app/classes App", app: "classes/App.class classes/a.txt", folder: "classes src/main/other/b.txt src/main/resources/a.txt",
		},
		{
			name: "a jar without a main class, and a class with a main method", files: map[string]string{"pom.xml": simplePom},
			made:  map[string]string{"target/app-1.jar": zipOf(t, map[string]string{"com/example/App.class": "class com/example/App main"}), "target/dependency/a-1.jar": zipOf(t, nil)},
			start: "java -cp target/app-1.jar:target/dependency/* com.example.App", app: "target/app-1.jar target/dependency/a-1.jar", jars: "target/dependency/a-1.jar", folder: "target",
		},
		{
			name: "Gradle's application", files: map[string]string{"settings.gradle.kts": "", "app/build.gradle.kts": "plugins {\n    application\n}\n", gradleWrapper: "distributionUrl=DISTRIBUTION\n"},
			made:  map[string]string{"app/build/libs/app.jar": zipOf(t, map[string]string{"com/example/App.class": "class com/example/App main"}), "app/build/install/app/lib/app.jar": zipOf(t, nil), "app/build/install/app/lib/guava-33.jar": zipOf(t, nil)},
			start: "java -cp app/build/libs/app.jar:app/build/install/app/lib/* com.example.App",
			app:   "app/build/install/app/lib/app.jar app/build/install/app/lib/guava-33.jar app/build/libs/app.jar", jars: "app/build/install/app/lib/guava-33.jar", folder: "app",
		},
		{
			name: "the module that a setting names", files: map[string]string{"pom.xml": "<project><modules><module>web</module><module>batch</module></modules></project>", "web/pom.xml": simplePom, "batch/pom.xml": simplePom},
			made:  map[string]string{"web/target/web.jar": zipOf(t, map[string]string{manifestFile: main}), "batch/target/batch.jar": zipOf(t, map[string]string{manifestFile: main})},
			env:   map[string]string{"BP_MAVEN_BUILT_MODULE": "web"},
			start: "java -jar web/target/web.jar", app: "web/target/web.jar", folder: "web",
		},
		{
			name: "a Procfile with a pattern", files: map[string]string{"pom.xml": simplePom}, procfile: "java $JAVA_OPTS -jar target/*.jar --port=$PORT",
			made: map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: main})}, start: "java -jar target/app.jar", app: "target/app.jar", folder: "target",
		},
		{
			name: "a Procfile with folders of classes", files: map[string]string{"pom.xml": simplePom}, procfile: "java -cp target/classes:target/dependency/* com.example.Main",
			made: map[string]string{"target/app.jar": zipOf(t, nil), "target/classes/com/example/Main.class": classOf("com/example/Main", "main"), "target/dependency/a-1.jar": zipOf(t, nil)},
			app:  "target/classes/com/example/Main.class target/dependency/a-1.jar", jars: "target/dependency/a-1.jar", folder: "target",
		},
		{name: "several archives", files: map[string]string{"a.jar": zipOf(t, map[string]string{manifestFile: main}), "b.jar": zipOf(t, map[string]string{manifestFile: main})}, err: "several archives could be what runs"},
		{name: "nothing that starts", files: map[string]string{"pom.xml": simplePom}, made: map[string]string{"target/app.jar": zipOf(t, nil)}, err: "no class of the app has a main method"},
		{name: "nothing at all", files: map[string]string{"pom.xml": simplePom}, err: "nothing that was built can be started"},
		{
			name: "a war for a container", files: map[string]string{"app.war": zipOf(t, map[string]string{"WEB-INF/web.xml": "x", "index.jsp": "x", "WEB-INF/lib/a-1.jar": zipOf(t, nil), "WEB-INF/classes/a/S.class": "class a/S ref:jakarta/servlet/http/HttpServlet"})},
			made: map[string]string{"Container.class": classOf("Container", "main")}, app: "app/WEB-INF/classes/a/S.class app/WEB-INF/lib/a-1.jar app/WEB-INF/web.xml app/index.jsp servlet-container/Container.class",
			start:  "java -cp LAYERS/java-app/servlet-container:" + tomcatInTests + " Container LAYERS/java-app/app",
			folder: "app servlet-container",
		},
		{
			name: "an unpacked war", files: map[string]string{manifestFile: manifestOf("Created-By: x"), "index.jsp": "x", "Procfile": "", "WEB-INF/lib/a-1.jar": zipOf(t, nil), "WEB-INF/classes/a/S.class": "class a/S ref:jakarta/servlet/http/HttpServlet"},
			made: map[string]string{"Container.class": classOf("Container", "main")}, app: "app/META-INF/MANIFEST.MF app/WEB-INF/classes/a/S.class app/WEB-INF/lib/a-1.jar app/index.jsp servlet-container/Container.class",
			start:  "java -cp LAYERS/java-app/servlet-container:" + tomcatInTests + " Container LAYERS/java-app/app",
			folder: "app servlet-container",
		},
		{
			name: "an unpacked war that has its description alone", files: map[string]string{webXML: "x"},
			made: map[string]string{"Container.class": classOf("Container", "main")}, app: "app/WEB-INF/web.xml servlet-container/Container.class",
			start:  "java -cp LAYERS/java-app/servlet-container:" + tomcatInTests + " Container LAYERS/java-app/app",
			folder: "app servlet-container",
		},
		{
			name: "an unpacked war that starts itself", files: map[string]string{manifestFile: manifestOf("Main-Class: org.springframework.boot.loader.launch.WarLauncher"), "WEB-INF/lib/a-1.jar": zipOf(t, nil)},
			start: "java -cp . org.springframework.boot.loader.launch.WarLauncher", app: "WEB-INF/lib/a-1.jar", jars: "WEB-INF/lib/a-1.jar", folder: "META-INF/MANIFEST.MF WEB-INF/lib/a-1.jar",
		},
		{name: "an unpacked war of Java EE", files: map[string]string{webXML: "x", "WEB-INF/classes/a/S.class": "class a/S ref:javax/servlet/Servlet"}, err: "is one of Jakarta EE"},
		{name: "a war of Java EE", files: map[string]string{"app.war": zipOf(t, map[string]string{"WEB-INF/web.xml": "x", "WEB-INF/classes/a/S.class": "class a/S ref:javax/servlet/Servlet"})}, err: "is one of Jakarta EE"},
		{
			name: "a jar with a server in it, beside its war", files: map[string]string{"pom.xml": simplePom},
			made:  map[string]string{"target/app.war": zipOf(t, map[string]string{webXML: "x"}), "target/app-bootable.jar": zipOf(t, map[string]string{manifestFile: main})},
			start: "java -jar target/app-bootable.jar", app: "target/app-bootable.jar", folder: "target",
		},
		{
			name: "a jar with all in it, beside the same without", files: map[string]string{"pom.xml": simplePom},
			made: map[string]string{
				"target/app.jar":                       zipOf(t, map[string]string{manifestFile: main, "com/example/Main.class": "class com/example/Main main"}),
				"target/app-jar-with-dependencies.jar": zipOf(t, map[string]string{manifestFile: main, "com/example/Main.class": "class com/example/Main main", "org/a/B.class": "class org/a/B"}),
			},
			start: "java -jar target/app-jar-with-dependencies.jar", app: "target/app-jar-with-dependencies.jar", folder: "target",
		},
		{
			name: "two jars of which neither has the other", files: map[string]string{"pom.xml": simplePom},
			made: map[string]string{
				"target/a.jar": zipOf(t, map[string]string{manifestFile: main, "com/example/Main.class": "class com/example/Main main", "a.txt": "x"}),
				"target/b.jar": zipOf(t, map[string]string{manifestFile: main, "com/example/Main.class": "class com/example/Main main", "b.txt": "x", "c.txt": "x"}),
			},
			err: "several archives could be what runs",
		},
		{
			name: "a jar of another module than a war's", files: map[string]string{"pom.xml": "<project><modules><module>web</module><module>batch</module></modules></project>", "web/pom.xml": simplePom, "batch/pom.xml": simplePom},
			made: map[string]string{"web/target/web.war": zipOf(t, map[string]string{webXML: "x"}), "batch/target/batch.jar": zipOf(t, map[string]string{manifestFile: main})}, err: "several archives could be what runs",
		},
		{
			name: "a war for more than a servlet container", files: map[string]string{"app.war": zipOf(t, map[string]string{webXML: "x", "WEB-INF/classes/a/Api.class": "class a/Api ref:jakarta/ws/rs/core/Application"})},
			err: "a.Api refers to jakarta.ws.rs, which no library of the war has",
		},
		{name: "a war with a file outside", files: map[string]string{"app.war": zipOf(t, map[string]string{"WEB-INF/web.xml": "x", "../../evil": "x"})}, err: "cannot unpack app.war"},
		{name: "no such module", files: map[string]string{"pom.xml": simplePom}, env: map[string]string{"BP_MAVEN_BUILT_MODULE": "../x"}, err: "names no module"},
		{name: "no such artifact", files: map[string]string{"pom.xml": simplePom}, made: map[string]string{"target/app.jar": zipOf(t, nil)}, env: map[string]string{"BP_MAVEN_BUILT_ARTIFACT": "target/b.jar"}, err: "names no archive that was built"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newTools(t, serveDistribution(t, row.files))
			r.made = row.made
			for name, value := range row.env {
				r.site.Env[name] = value
			}
			if row.procfile != "" {
				r.site.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			a, err := compile(t.Context(), r.site)
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			layers := layersOf(t, r.site)
			start := ""
			for _, p := range a.Processes {
				start = strings.NewReplacer(layers, "LAYERS", "/layers/whittle_whittle/slices/usr/share/java", "SHARE").Replace(commandOf(p))
			}
			if diff := cmp.Diff(strings.TrimSpace(row.start), strings.TrimSpace(start)); diff != "" && row.procfile == "" {
				t.Errorf("start: %s", diff)
			}
			for what, pair := range map[string][2]string{
				"app": {row.app, strings.Join(languagetest.Names(t, layers+"/java-app"), " ")}, "jars": {row.jars, strings.Join(languagetest.Names(t, layers+"/jars"), " ")},
				"folder": {row.folder, strings.Join(languagetest.Names(t, r.site.Dir), " ")},
			} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
		})
	}
}

func layersOf(t *testing.T, s language.Site) string {
	t.Helper()
	l, err := s.Layer("x")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(l.Path)
}

// TestNothingChanged builds an app twice: the second build runs no program, and a third one with another source runs Maven
// without the network and reads the same dependencies no more.
func TestNothingChanged(t *testing.T) {
	files := func() map[string]string {
		return map[string]string{"pom.xml": simplePom, "src/main/java/Main.java": "x"}
	}
	r := newTools(t, files())
	r.made = map[string]string{
		"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main", "Class-Path: lib/a-1.jar")}), "target/lib/a-1.jar": zipOf(t, map[string]string{"x.class": classOf("x")}),
	}
	build := func(source string) []string {
		t.Helper()
		if err := os.RemoveAll(r.site.Dir); err != nil {
			t.Fatal(err)
		}
		all := files()
		all["src/main/java/Main.java"] = source
		languagetest.Write(t, r.site.Dir, all)
		r.ran = nil
		a, err := compile(t.Context(), r.site)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Processes) != 1 || commandOf(a.Processes[0]) != "java -jar target/app.jar" {
			t.Errorf("it starts by %v", a.Processes)
		}
		var programs []string
		for _, line := range r.ran {
			name, rest, _ := strings.Cut(line, " ")
			if strings.Contains(rest, "--offline") {
				name += " --offline"
			}
			if name != "strip" {
				programs = append(programs, name)
			}
		}
		return programs
	}
	for i, row := range []struct{ source, want string }{
		{"x", "mvn jdeps jdeps jlink"},
		{"x", ""},
		{"y", "mvn --offline jdeps"},
	} {
		if got := strings.Join(build(row.source), " "); got != row.want {
			t.Errorf("build %d ran %q, want %q", i+1, got, row.want)
		}
	}
}

// TestVersionsThatFloatAreResolvedAnew: a range or a snapshot may be another version each time, so that Maven asks each time.
func TestVersionsThatFloatAreResolvedAnew(t *testing.T) {
	for _, version := range []string{"[1,2)", "1.0-SNAPSHOT"} {
		pom := strings.Replace(simplePom, "</project>", "<dependencies><dependency><artifactId>a</artifactId><version>"+version+"</version></dependency></dependencies></project>", 1)
		r := newTools(t, map[string]string{"pom.xml": pom})
		r.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main")})}
		for _, source := range []string{"x", "y"} {
			if err := os.RemoveAll(r.site.Dir); err != nil {
				t.Fatal(err)
			}
			languagetest.Write(t, r.site.Dir, map[string]string{"pom.xml": pom, "src/main/java/Main.java": source})
			if _, err := compile(t.Context(), r.site); err != nil {
				t.Fatal(err)
			}
		}
		maven := slices.DeleteFunc(r.ran, func(line string) bool { return !strings.HasPrefix(line, "mvn ") })
		if len(maven) != 2 || strings.Contains(strings.Join(maven, " "), "--offline") {
			t.Errorf("%s: it ran %q", version, maven)
		}
	}
}

// TestDependenciesThatAProcfileNamesAreCopied: a Procfile may name target/dependency where the project copies nothing there.
func TestDependenciesThatAProcfileNamesAreCopied(t *testing.T) {
	r := newTools(t, map[string]string{"pom.xml": simplePom})
	r.made = map[string]string{"target/classes/a/B.class": classOf("a/B", "main")}
	r.site.Processes = []language.Process{{Type: "web", Line: "java -cp target/classes:target/dependency/* a.B"}}
	if _, err := compile(t.Context(), r.site); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.ran, func(line string) bool { return strings.Contains(line, "dependency:copy-dependencies") }) {
		t.Errorf("it ran %q", r.ran)
	}
}

// TestSameSourceSameBytes stages the same jar twice, made at two times, with its files in the order of two folders.
func TestSameSourceSameBytes(t *testing.T) {
	stage := func(comment string, order ...string) string {
		r := newTools(t, map[string]string{"pom.xml": simplePom})
		r.made = map[string]string{"target/app.jar": zipInOrder(t, map[string]string{
			manifestFile: manifestOf("Main-Class: com.example.Main"), "META-INF/maven/g/app/pom.properties": "#Generated\n#" + comment + "\nversion=1\n", "a.txt": "a", "b.txt": "b",
		}, order...)}
		if _, err := compile(t.Context(), r.site); err != nil {
			t.Fatal(err)
		}
		return languagetest.Read(t, layersOf(t, r.site)+"/java-app/target/app.jar")
	}
	const properties = "META-INF/maven/g/app/pom.properties"
	one, other := stage("Sat Nov 28 20:00:00", manifestFile, "b.txt", "a.txt", properties), stage("Sun Nov 29 21:11:11", manifestFile, properties, "a.txt", "b.txt")
	if one != other {
		t.Error("the jars differ")
	}
}

// TestOrderOfArchives keeps the order of the archives inside one, of which launchers make the class path, and of files of one name,
// the first of which counts.
func TestOrderOfArchives(t *testing.T) {
	dir := t.TempDir()
	names := []string{"lib/b.jar", "z/Main.class", "META-INF/", "lib/a.jar", "z/", "META-INF/x", manifestFile, "a.txt"}
	languagetest.Write(t, dir, map[string]string{"x.jar": zipInOrder(t, nil, names...)})
	var got []string
	for _, f := range archiveIn(t, dir, "x.jar").ordered() {
		got = append(got, f.Name)
	}
	want := []string{"META-INF/", manifestFile, "META-INF/x", "a.txt", "z/", "z/Main.class", "lib/b.jar", "lib/a.jar"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresOfToolsAreTold(t *testing.T) {
	for _, row := range []struct{ tool, said, want string }{
		{"mvn", "[ERROR] COMPILATION ERROR : \n[ERROR] /workspace/src/A.java:[1,2] ';' expected\n", "the app does not compile"},
		{"mvn", "[ERROR] java.lang.RuntimeException: Cannot find the `native-image` in the GRAALVM_HOME, JAVA_HOME and System PATH.\n", "the project asks for a native image, and the build image has no GraalVM"},
		{"mvn", "[ERROR] Failed to execute goal org.graalvm.buildtools:native-maven-plugin:0.10.2:compile-no-fork: 'gu' tool wasn't found. native-image is not installed in your JAVA_HOME.\n", "the project asks for a native image, and the build image has no GraalVM"},
		{"mvn", "[ERROR] Failed: Source option 5 is no longer supported. Use 8 or later.", "asks for release level 5"},
		{"mvn", "[ERROR] Could not find artifact g:a:jar:1 in central", "no repository has the artifact g:a:jar:1"},
		{"mvn", "[ERROR] PKIX path building failed", "cannot run mvn"}, // the build phase tells of it
		{"mvn", "[ERROR] COMPILATION ERROR : \n[ERROR] /workspace/A.java:[3,22] package javax.xml.bind.annotation does not exist\n", "the app uses javax.xml.bind.annotation, which the JDK has had until Java 10 alone"},
		{"mvn", "[ERROR] Fatal error compiling: java.lang.NoSuchFieldError: Class com.sun.tools.javac.tree.JCTree$JCImport does not have member field", "Lombok does not run"},
		{"mvn", "[ERROR] Failed to execute goal io.quarkus:quarkus-maven-plugin:0.28.1:build: java.lang.IllegalArgumentException: Unsupported class file major version 65", "too old to read the classes of its JDK (version 65 of their files)"},
		{"mvn", "[ERROR] Failed to execute goal frontend-maven-plugin: Could not download Node.js: Got error code 403", "cannot download Node.js"},
		{"jlink", "Error: Module x not found", "cannot make the runtime"},
	} {
		r := newTools(t, map[string]string{"pom.xml": simplePom})
		r.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})}
		r.fail = map[string]string{row.tool: row.said}
		_, err := compile(t.Context(), r.site)
		languagetest.Has(t, err, row.want)
	}
}
