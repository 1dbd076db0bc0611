package java

import (
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
)

var (
	debian13 = builders.Builder{Release: "debian-13", Versions: map[string][]string{"java": {"21", "25"}}}
	others   = []language.Other{{Version: "17", Builder: "whittle/builder:debian-12"}}
)

func TestVersion(t *testing.T) {
	pom := func(inside string) string { return "<project>" + inside + "</project>" }
	properties := func(p string) string { return pom("<properties>" + p + "</properties>") }
	for _, row := range []struct {
		name, file, text, env string
		beside                string // pom.xml
		kits                  []jdk
		want                  int
		err                   string
	}{
		{name: "nobody cares", want: 21},
		{name: "a level of Spring Boot", file: "pom.xml", text: properties("<java.version>17</java.version>"), want: 21},
		{name: "a level behind a property", file: "pom.xml", text: properties("<jdk>11</jdk><maven.compiler.release>${jdk}</maven.compiler.release>"), want: 21},
		{name: "a level of the plugin", file: "pom.xml", text: pom("<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration><source>1.8</source></configuration></plugin></plugins></build>"), want: 21},
		{name: "a level that is too new", file: "pom.xml", text: properties("<java.version>25</java.version>"), err: "Java 25, which pom.xml (java.version) asks for, is not to be had here"},
		{name: "what can be had", file: "pom.xml", text: properties("<java.version>25</java.version>"), err: "available: JDK 21 (release levels 8 to 21)"},
		{name: "a level of the newer JDK", file: "pom.xml", text: properties("<java.version>24</java.version>"), kits: []jdk{{Major: 21}, {Major: 25}}, want: 25},
		{name: "a level that is too old", file: "pom.xml", text: properties("<java.version>1.7</java.version>"), err: "JDK 21 compiles for Java 8 and newer"},
		{name: "a pin", env: "21", want: 21},
		{name: "a pin with a pattern", env: "21.*", want: 21},
		{name: "a pin that is older", env: "17", err: "Java 17, which BP_JVM_VERSION asks for, is not to be had here"},
		{name: "a pin that another release has", env: "17", err: "elsewhere: JDK 17 with whittle/builder:debian-12\nNext: Leave the pin out: JDK 21 compiles for Java 8 and newer, and runs what is compiled for any older one; or build with whittle/builder:debian-12."},
		{name: "a pin that no release has", env: "11", err: "for any older one."},
		{name: "nonsense", env: "latest-lts", err: `BP_JVM_VERSION asks for "latest-lts", which is no version of Java`},
		{name: "nonsense in a file", file: ".java-version", text: "# which\nfoo\n", err: ".java-version line 2 asks for"},
		{name: "Heroku's file", file: "system.properties", text: "maven.version=3.9\njava.runtime.version=1.8\n", want: 21},
		{name: "Heroku's file, with a colon", file: "system.properties", text: "java.runtime.version: 25\n", err: "Java 25, which system.properties line 1 asks for"},
		{name: "jenv", file: ".java-version", text: "openjdk64-17.0.2\n", want: 21},
		{name: "jenv, a newer one", file: ".java-version", text: "openjdk64-25.0.1\n", err: "Java 25.0.1, which .java-version asks for"},
		{name: "a distribution of two words", file: ".tool-versions", text: "java graalvm-community-21.0.2\n", want: 21},
		{name: "the newest of a distribution", file: "mise.toml", text: "[tools]\njava = \"temurin-lts\"\n", want: 21},
		{name: "sdkman", file: ".sdkmanrc", text: "java=17.0.9-tem\n", want: 21},
		{name: "asdf", file: ".tool-versions", text: "nodejs 20\njava temurin-11.0.2+9\n", want: 21},
		{name: "mise", file: "mise.toml", text: "[tools]\njava = \"zulu-8.86\"\n", want: 21},
		{name: "Groovy", file: "build.gradle", text: "sourceCompatibility = JavaVersion.VERSION_1_8\n", want: 21},
		{name: "Groovy, a text", file: "build.gradle", text: "java {\n  sourceCompatibility = '17'\n}\n", want: 21},
		{name: "Kotlin", file: "build.gradle.kts", text: "java {\n  sourceCompatibility = JavaVersion.VERSION_25\n}\n", err: "Java 25, which build.gradle.kts asks for"},
		{name: "a toolchain", file: "build.gradle", text: "java { toolchain { languageVersion = JavaLanguageVersion.of(17) } }\n", err: "Java 17, which build.gradle (toolchain) asks for"},
		{name: "a toolchain that is there", file: "build.gradle.kts", text: "kotlin {\n  jvmToolchain(21)\n}\n", want: 21},
		{name: "a toolchain of Gradle beside Maven's files", file: "build.gradle", text: "java { toolchain { languageVersion = JavaLanguageVersion.of(17) } }\n", beside: properties("<java.version>17</java.version>"), want: 21},
		{name: "a file's level below that of the pom", file: "system.properties", text: "java.runtime.version=17\n", beside: properties("<maven.compiler.release>25</maven.compiler.release>"), kits: []jdk{{Major: 21}, {Major: 25}}, want: 25},
		{name: "a pom's level below that of a file", file: ".java-version", text: "25\n", beside: properties("<java.version>17</java.version>"), kits: []jdk{{Major: 21}, {Major: 25}}, want: 25},
		{name: "a file's old level and a newer one of the pom", file: "system.properties", text: "java.runtime.version=1.7\n", beside: properties("<java.version>17</java.version>"), want: 21},
		{name: "a pin beside levels", file: ".java-version", text: "25\n", beside: properties("<java.version>17</java.version>"), env: "21", kits: []jdk{{Major: 21}, {Major: 25}}, want: 21},
		{name: "no JDK", kits: []jdk{}, err: "the build image has no JDK"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := fstest.MapFS{}
			if row.file != "" {
				dir[row.file] = &fstest.MapFile{Data: []byte(row.text)}
			}
			if row.beside != "" {
				dir["pom.xml"] = &fstest.MapFile{Data: []byte(row.beside)}
			}
			kits := row.kits
			if kits == nil {
				kits = []jdk{{Major: 21}}
			}
			all, err := wishes(dir, map[string]string{"BP_JVM_VERSION": row.env})
			var got jdk
			if err == nil {
				got, _, err = choose(kits, all, others)
			}
			languagetest.Has(t, err, row.err)
			if got.Major != row.want && row.err == "" {
				t.Errorf("got JDK %d, want %d", got.Major, row.want)
			}
		})
	}
}

func TestNewerJDKIsAPackage(t *testing.T) {
	for _, row := range []struct{ level, env, want string }{{"25", "", "openjdk-25-jdk-headless"}, {"22", "", "openjdk-25-jdk-headless"}, {"21", "", ""}, {"26", "", ""}, {"25", "21", ""}, {"17", "25", "openjdk-25-jdk-headless"}, {"17", "23", ""}} {
		dir := fstest.MapFS{"pom.xml": {Data: []byte("<project><properties><java.version>" + row.level + "</java.version></properties></project>")}}
		got := ""
		for _, p := range buildPackages(dir, map[string]string{"BP_JVM_VERSION": row.env}, debian13) {
			got = p.Name
		}
		if got != row.want {
			t.Errorf("level %s, pin %q: got %q, want %q", row.level, row.env, got, row.want)
		}
	}
}

// TestGooglesSettingSaysTheVersion follows the setting of Google's buildpacks where our own says nothing.
func TestGooglesSettingSaysTheVersion(t *testing.T) {
	for own, want := range map[string]language.Wish{"": {Spec: "25", From: "GOOGLE_RUNTIME_VERSION", Pin: true}, "21": {Spec: "21", From: "BP_JVM_VERSION", Pin: true}} {
		all, err := wishes(fstest.MapFS{}, map[string]string{"GOOGLE_RUNTIME_VERSION": "25", "BP_JVM_VERSION": own})
		if err != nil || len(all) != 1 || all[0].Wish != want {
			t.Errorf("got %v, %v; want %v", all, err, want)
		}
	}
}
