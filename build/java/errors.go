package java

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// complaint is what a line that a pattern matches means.
func complaint(pattern, what, next string) language.Complaint {
	return language.Complaint{Pattern: regexp.MustCompile(pattern), What: what, Next: next}
}

// noNativeImage is said by the plugins of GraalVM, Quarkus, Micronaut and Spring.
var noNativeImage = complaint(
	`(?i)(?:cannot find|could not find|not a) .{0,40}\bnative-image\b|native-image\S* (?:is |was )?not (?:found|installed)`,
	"the project asks for a native image, and the build image has no GraalVM",
	"Leave out what asks for it (the profile native, quarkus.native.enabled, quarkus.package.type=native): the app gets a Java runtime of the modules that it needs. Or build the native program elsewhere: a compiled program alone in a folder is an app, too.",
)

var mavenComplaints = []language.Complaint{
	complaint(
		`Source option (\d+) is no longer supported|release version (\d+) not supported|invalid target release: (\S+)`,
		"the app asks for release level $1, which this JDK does not compile for",
		"Set maven.compiler.release (or java.version, with Spring Boot) in pom.xml to a level from 8 to that of the JDK.",
	),
	complaint(
		`package (javax\.(?:xml\.bind|xml\.ws|jws|activation|annotation|transaction)\b[\w.]*) does not exist`,
		"the app uses $1, which the JDK has had until Java 10 alone",
		"Add the dependency that has it: jakarta.xml.bind:jakarta.xml.bind-api and org.glassfish.jaxb:jaxb-runtime (both 2.3), jakarta.xml.ws:jakarta.xml.ws-api 2.3, com.sun.activation:javax.activation, javax.annotation:javax.annotation-api or javax.transaction:javax.transaction-api.",
	),
	complaint(
		`NoSuchFieldError: Class com\.sun\.tools\.javac\.tree\.JCTree\$JCImport|lombok\.javac\.apt\.LombokProcessor \(in unnamed module|NoClassDefFoundError: Could not initialize class lombok\.`,
		"the project's Lombok does not run on the build's JDK",
		"Use Lombok 1.18.30 or newer (lombok.version in pom.xml, with Spring Boot).",
	),
	complaint(
		`Unsupported class file major version (\d+)`,
		"a plugin or framework of the build is too old to read the classes of its JDK (version $1 of their files)",
		"Use a newer version of the one that the messages name; or an older JDK: whittle/builder:debian-12 has 17.",
	),
	complaint(
		`Could not download (Node\.js|npm|Yarn)`,
		"the plugin that builds the front end cannot download $1",
		"Let the build reach its address (HTTPS_PROXY, a binding of type ca-certificates), or name a mirror in the plugin's nodeDownloadRoot; or run npm by exec-maven-plugin: whittle puts Node.js from the npm registry on its PATH.",
	),
	noNativeImage,
	complaint(`COMPILATION ERROR`, "the app does not compile", "Correct the code: mvn compile with the same JDK says the same on your machine."),
	complaint(`There are test failures`, "tests of the app fail", "Leave tests out of the build (BP_MAVEN_BUILD_ARGUMENTS has them run), or correct what they test."),
	complaint(`Non-parseable POM (\S+)`, "cannot read a pom.xml", "Correct the line that is named."),
	complaint(`Unknown lifecycle phase "([^"]+)"`, "Maven has no goal $1", "Correct BP_MAVEN_BUILD_ARGUMENTS."),
	complaint(`The requested profile "([^"]+)" could not be activated`, "the project has no profile $1", "Correct BP_MAVEN_ACTIVE_PROFILES."),
	complaint(`Could not find the selected project in the reactor: (\S+)`, "the project has no module $1", "Correct BP_MAVEN_BUILT_MODULE."),
	complaint(`Could not find artifact (\S+)`, "no repository has the artifact $1", "Correct its coordinates in pom.xml, or name the repository that has it (a settings.xml in a binding of type maven)."),
	complaint(`[Ff]ailure to find (\S+) in`, "no repository has the artifact $1", "Correct its coordinates in pom.xml, or name the repository that has it (a settings.xml in a binding of type maven)."),
	complaint(`status code: 40[13]|Not authorized|401 Unauthorized|403 Forbidden`, "a repository wants credentials", "Give them in the settings.xml of a service binding of type maven."),
}

var gradleComplaints = []language.Complaint{
	complaint(`Unsupported class file major version (\d+)`, "this version of Gradle does not run on the build's Java", "Let the app's wrapper have a newer one: ./gradlew wrapper --gradle-version "+newestOf8+"."),
	noNativeImage,
	complaint(`No matching toolchains found|Cannot find a Java installation`, "Gradle finds no JDK for the app's toolchain", "Ask for the version of the build's JDK in languageVersion, or leave the toolchain out."),
	complaint(`Compilation failed|Compilation error`, "the app does not compile", "Correct the code: ./gradlew assemble with the same JDK says the same on your machine."),
	complaint(`Could not find (\S+:\S+:\S+?)\.?$`, "no repository has the artifact $1", "Correct its coordinates, or name the repository that has it."),
	complaint(`Task '([^']+)' not found`, "the project has no task $1", "Correct BP_GRADLE_BUILD_ARGUMENTS."),
}

// general are texts whose causes the build phase tells of for the tools of all languages.
var general = regexp.MustCompile(`PKIX path building|UnknownHostException|Connection refused|Connection timed out|No space left on device|OutOfMemoryError`)

func explainMaven(err error) error  { return explain(err, mavenComplaints) }
func explainGradle(err error) error { return explain(err, gradleComplaints) }

// explain makes a problem of what a tool said before it failed.
func explain(err error, complaints []language.Complaint) error {
	var program *language.ProgramError
	if !errors.As(err, &program) || errors.Is(err, language.ErrNoProgram) || general.MatchString(program.Output) {
		return err
	}
	lines := strings.Split(strings.TrimSpace(program.Output), "\n")
	c, i := language.Hear(lines, complaints)
	if i < 0 {
		return err
	}
	return &language.Problem{What: c.What, Evidence: evidenceLines(lines[i:]), Next: c.Next, Err: err}
}

// mostLines bounds the lines of a tool's that an error shows.
const mostLines = 12

// around are lines of Maven's that say nothing of what went wrong.
var around = regexp.MustCompile(`^(?:---|->|@$|\[Help \d|To see the full stack trace|Re-run Maven|For more information about the errors|The build could not read \d)`)

// follows are lines that say what comes of an import of versions that is not there, one for each dependency.
var follows = regexp.MustCompile(`^'dependencies\.dependency\.version' for .* is missing`)

// evidenceLines are the lines of a tool that say what went wrong.
func evidenceLines(lines []string) []string {
	var all []string
	for _, l := range lines {
		l = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(l, "[ERROR]"), "[INFO]"))
		l = strings.TrimSuffix(l, " -> [Help 1]")
		if l == "" || around.MatchString(l) || len(all) > 0 && follows.MatchString(l) || slices.Contains(all, language.Clip(l)) {
			continue
		}
		if all = append(all, language.Clip(l)); len(all) == mostLines {
			break
		}
	}
	return all
}

// offlineFault tells whether Maven failed for lack of the network alone.
func offlineFault(err error) bool {
	var program *language.ProgramError
	return errors.As(err, &program) && (strings.Contains(program.Output, "offline mode") || strings.Contains(program.Output, "in offline"))
}
