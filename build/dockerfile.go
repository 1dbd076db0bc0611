package build

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// The app's own Dockerfile, where it has one, tells what its image had from a distribution: a program that the app runs, such as
// Graphviz's dot, is seen nowhere else.

var (
	instruction = regexp.MustCompile(`(?i)^\s*(FROM|RUN)\s+(.*)`)
	fromStage   = regexp.MustCompile(`(?i)^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?`)
	continued   = regexp.MustCompile(`\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*`)
	nextCommand = regexp.MustCompile(`&&|\|\||[;|]`)
	installs    = regexp.MustCompile(`\b(?:apt|apt-get|aptitude|apk)\s+(?:-\S+\s+)*(?:install|add)\s+(.*)`)
	debianName  = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)
	forBuilding = regexp.MustCompile(`-(?:dev|devel|headers|doc)$|^(?:python|node|npm|yarn|go|golang|ruby|php|openjdk|default-j|gcc|g\+\+|clang|linux-)|^lib(?:stdc|gcc|c6)`)
)

// everyday are packages that images have for those who build and look at them; what of them an app needs is found in its files.
var everyday = strings.Fields(`apt-transport-https apt-utils autoconf automake bash bison build-base build-essential ca-certificates cmake coreutils cron curl
dirmngr dnsutils dumb-init file findutils flex gettext git gnupg gnupg2 gosu grep gzip htop iproute2 iputils-ping less libtool locales lsb-release make musl nano
net-tools netcat netcat-openbsd netcat-traditional openssh openssh-client openssh-server openssl patch pkg-config pkgconf procps rsync sed shadow
software-properties-common su-exec sudo tar tini tzdata unzip util-linux vim wget xz xz-utils zip`)

// buildStage is one of a Dockerfile: what it is made from, and what it installs. Thousands may be made from each other: none has a copy.
type buildStage struct {
	from     *buildStage // nil for an image
	installs []string
}

// installedByDockerfile are the packages that the last stage of a Dockerfile installs, and those that it is made from: without what
// only builds, and what is everybody's.
func installedByDockerfile(text string) []string {
	stages := map[string]*buildStage{}
	here := &buildStage{}
	for line := range strings.Lines(continued.ReplaceAllString(text, " ")) {
		m := instruction.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if strings.EqualFold(m[1], "FROM") {
			from := fromStage.FindStringSubmatch(m[2])
			if from == nil {
				continue
			}
			here = &buildStage{from: stages[strings.ToLower(from[1])]}
			if from[2] != "" {
				stages[strings.ToLower(from[2])] = here
			}
			continue
		}
		for _, command := range nextCommand.Split(m[2], -1) {
			here.installs = append(here.installs, installedBy(command)...)
		}
	}
	var all []string
	for ; here != nil; here = here.from {
		all = append(all, here.installs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// installedBy are the packages that a command of a shell installs.
func installedBy(command string) []string {
	m := installs.FindStringSubmatch(command)
	if m == nil {
		return nil
	}
	var all []string
	for word := range strings.FieldsSeq(m[1]) {
		word, _, _ = strings.Cut(word, "=")
		word, _, _ = strings.Cut(word, ":")
		if debianName.MatchString(word) && !forBuilding.MatchString(word) && !slices.Contains(everyday, word) {
			all = append(all, word)
		}
	}
	return all
}

// readDockerfile keeps what the app's Dockerfile installs: the file is no part of the image, and is removed.
func (b *builder) readDockerfile(dir fs.FS) {
	text, _, err := language.ReadText(dir, "Dockerfile")
	if err != nil {
		return // nothing else reads it
	}
	b.dockerfile = installedByDockerfile(text)
}

// tellDockerfile names the packages of the app's Dockerfile that the image has nothing of. Nothing is looked up for it: an unchanged
// rebuild reads no archive, and a name that Debian does not have is told when it is asked for.
func (b *builder) tellDockerfile(s *slicer.Selection) {
	lacks := slices.DeleteFunc(slices.Clone(b.dockerfile), func(name string) bool {
		return slices.ContainsFunc(s.Packages, func(p manifest.Package) bool { return p.Name == name })
	})
	if len(lacks) == 0 {
		return
	}
	b.log.Line("the app's Dockerfile installs %s, of which this image has nothing", language.List(lacks))
	b.log.Line("if the app runs it: in project.toml, under [dev.whittle.run]: slices = [%s]", quoted(lacks))
}
