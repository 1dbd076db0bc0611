package java

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// The scripts as appassembler-maven-plugin 2.1 and Gradle 8 and 6 write them, less what is not read.
const (
	appassembler = `#!/bin/sh
BASEDIR=` + "`cd \"$PRGDIR/..\" >/dev/null; pwd`" + `
if [ -z "$REPO" ]
then
  REPO="$BASEDIR"/repo
fi
CLASSPATH="$BASEDIR"/etc:"$REPO"/org/eclipse/jetty-server-9.jar:"$REPO"/com/example/app-1.0.jar
if $cygwin; then
  [ -n "$CLASSPATH" ] && CLASSPATH=` + "`cygpath --path --windows \"$CLASSPATH\"`" + `
fi
exec "$JAVACMD" $JAVA_OPTS -Xmx256m \
  -classpath "$CLASSPATH" \
  -Dapp.name="webapp" \
  -Dbasedir="$BASEDIR" \
  com.example.Main \
  "$@"
`
	gradleScript = `#!/bin/sh
DEFAULT_JVM_OPTS='"-Xss512k" "-Da=b"'
CLASSPATH=$APP_HOME/lib/app.jar:$APP_HOME/lib/guava-33.jar
set -- \
        -classpath "$CLASSPATH" \
        org.example.AppKt \
        "$@"
exec "$JAVACMD" "$@"
`
	gradle6Script = `#!/usr/bin/env sh
DEFAULT_JVM_OPTS=""
CLASSPATH=$APP_HOME/lib/app.jar
eval set -- $DEFAULT_JVM_OPTS $JAVA_OPTS $APP_OPTS -classpath "\"$CLASSPATH\"" Main "$APP_ARGS"
`
)

// TestStartCommandsWithoutWhatTheImageLacks: scripts for a shell and the build tool are replaced by what they come to.
func TestStartCommandsWithoutWhatTheImageLacks(t *testing.T) {
	main := manifestOf("Main-Class: com.example.Main")
	jar := map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: main})}
	gradle := map[string]string{"build.gradle": "", gradleWrapper: "distributionUrl=DISTRIBUTION\n"}
	for _, row := range []struct {
		name      string
		files     map[string]string
		made      map[string]string
		line      string
		want, err string
		app       string // files of the app's layer, where they matter
	}{
		{
			name: "appassembler", line: "sh target/bin/webapp --x $PORT",
			made: map[string]string{"target/bin/webapp": appassembler, "target/repo/org/eclipse/jetty-server-9.jar": zipOf(t, nil), "target/repo/com/example/app-1.0.jar": zipOf(t, nil), "target/app-1.0.jar": zipOf(t, nil)},
			want: "java $JAVA_OPTS -cp target/etc:target/repo/org/eclipse/jetty-server-9.jar:target/repo/com/example/app-1.0.jar com.example.Main --x $PORT",
			app:  "target/repo/com/example/app-1.0.jar target/repo/org/eclipse/jetty-server-9.jar",
		},
		{
			name: "Gradle's application", line: "A=b ./build/install/app/bin/app", files: gradle,
			made: map[string]string{"build/install/app/bin/app": gradleScript, "build/install/app/lib/app.jar": zipOf(t, nil), "build/install/app/lib/guava-33.jar": zipOf(t, nil)},
			want: "export A='b' && java $JAVA_OPTS -Xss512k -Da=b -cp build/install/app/lib/app.jar:build/install/app/lib/guava-33.jar org.example.AppKt",
			app:  "build/install/app/lib/app.jar build/install/app/lib/guava-33.jar",
		},
		{
			name: "Gradle's application of old", line: "bash build/install/app/bin/app", files: gradle,
			made: map[string]string{"build/install/app/bin/app": gradle6Script, "build/install/app/lib/app.jar": zipOf(t, nil)},
			want: "java $JAVA_OPTS -cp build/install/app/lib/app.jar Main",
		},
		{name: "another script", line: "target/run.sh", made: map[string]string{"target/run.sh": "#!/bin/sh\necho\n", "target/app.jar": jar["target/app.jar"]}},
		{name: "no script", line: "target/run", made: map[string]string{"target/run": "\x7fELF CLASSPATH=a.jar", "target/app.jar": jar["target/app.jar"]}},
		{name: "Maven", line: "./mvnw spring-boot:run", made: jar, want: "java -jar target/app.jar"},
		{name: "Maven before", line: "mvn -q package && java -jar target/app.jar --p=$PORT", made: jar, want: "java -jar target/app.jar --p=$PORT"},
		{name: "Maven in a shell", line: "sh ./mvnw -q spring-boot:run", made: jar, want: "java -jar target/app.jar"},
		{name: "Maven, with variables", line: "A=b exec mvn spring-boot:run", made: jar, want: "export A='b' && java -jar target/app.jar"},
		{name: "nothing in its place", line: "mvn exec:java", made: map[string]string{"target/app.jar": zipOf(t, nil)}, err: "no class of the app has a main method"},
		{name: "as it is", line: "java -jar target/app.jar", made: jar},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := row.files
			if files == nil {
				files = map[string]string{"pom.xml": simplePom}
			}
			r := newTools(t, serveDistribution(t, files))
			r.made, r.site.Processes = row.made, []language.Process{{Type: "web", Line: row.line}}
			a, err := compile(t.Context(), r.site)
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			got := ""
			for _, p := range a.Started {
				got += p.Line
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if names := strings.Join(languagetest.Names(t, layersOf(t, r.site)+"/java-app"), " "); row.app != "" && names != row.app {
				t.Errorf("layer has %s, want %s", names, row.app)
			}
		})
	}
}
