// Package java builds apps for the Java virtual machine: of Maven and Gradle projects, of archives that somebody built
// before, and of a lone source file. The image gets a runtime that jlink makes of the modules that the app needs.
package java

import (
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Java, and what else compiles for its virtual machine.
var Language = language.Language{
	Language: detect.Language{
		Name: "java",
		Files: []string{
			"pom.xml", "pom.yml", "pom.yaml", "pom.groovy", "pom.scala", "build.gradle", "build.gradle.kts", "settings.gradle",
			"settings.gradle.kts", manifestFile, webXML,
		},
		Source:   "*.java *.jar *.war",
		Below:    sourcesBelow,
		Programs: []string{"java", "mvn", "mvnw", "gradle", "gradlew"},
	},
	Compile: compile,
	Choices: append(
		language.Truths("BP_JVM_CDS_ENABLED", "BP_JVM_FOREIGN_NATIVES", installNode),
		language.Choice{Setting: "BP_JVM_COMPRESSION", Words: strings.Split("0123456789", "")},
	),
	Packages: buildPackages,
	Calls:    calls,
	Absent:   map[string]string{"mvn": language.InsteadOfSteps, "gradle": language.InsteadOfSteps},
	Tools: []language.Tool{
		{Name: "mvn", Index: "a binding of type maven", Credentials: "maven (with a settings.xml)"},
		{Name: "gradle", Index: "repositories of the build file"},
	},
}
