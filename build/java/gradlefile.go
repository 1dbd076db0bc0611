package java

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// gradleFiles are the build files of a Gradle project, in Groovy and in Kotlin.
var gradleFiles = []string{"build.gradle", "build.gradle.kts", "app/build.gradle", "app/build.gradle.kts"}

// levelTexts are how build files name a release level, and toolchainTexts how they name a JDK to compile with.
var (
	levelTexts = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^[^/\n]*\boptions\.release(?:\.set\(|\s*=)\s*['"]?(\d+)`),
		regexp.MustCompile(`(?m)^[^/\n]*\bsourceCompatibility\s*(?:=|\()?\s*(?:JavaVersion\.VERSION_|JavaVersion\.toVersion\(['"]?)?['"]?([\d._]+)`),
	}
	toolchainTexts = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^[^/\n]*\blanguageVersion(?:\.set\(|\s*=)\s*JavaLanguageVersion\.of\(\s*['"]?(\d+)`),
		regexp.MustCompile(`(?m)^[^/\n]*\bjvmToolchain\(\s*(\d+)`),
	}
	// fetchesJDKs says that Gradle itself gets the JDKs of toolchains.
	fetchesJDKs = regexp.MustCompile(`foojay-resolver`)
)

// gradleWishes are the versions that the build files of a Gradle project name. A toolchain is a pin, unless Gradle fetches
// toolchains by itself: then it compiles with what it fetched, and the level is what counts.
func gradleWishes(files fs.FS) []language.Wish {
	pin := !slices.ContainsFunc([]string{"settings.gradle", "settings.gradle.kts"}, func(name string) bool {
		text, err := fs.ReadFile(files, name)
		return err == nil && fetchesJDKs.Match(text)
	})
	for _, name := range gradleFiles {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			continue
		}
		for _, t := range toolchainTexts {
			if m := t.FindSubmatch(text); m != nil {
				return []language.Wish{{Spec: string(m[1]), From: name + " (toolchain)", Pin: pin}}
			}
		}
		for _, t := range levelTexts {
			if m := t.FindSubmatch(text); m != nil {
				// JavaVersion.VERSION_1_8
				return []language.Wish{{Spec: strings.ReplaceAll(string(m[1]), "_", "."), From: name}}
			}
		}
	}
	return nil
}
