package java

import (
	"archive/zip"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// A war may be written for a server that brings more of Jakarta EE than Tomcat: WildFly, Open Liberty, Payara. On Tomcat its pages would
// come, and what it is for would be missing: annotations whose classes nobody has are passed over.

// beyondServlets is an interface of Java or Jakarta EE, or of MicroProfile, that a servlet container does not bring, in the name of a
// class or in a descriptor.
var beyondServlets = regexp.MustCompile(`(?:^|L)((?:jakarta|javax)/(?:batch|ejb|enterprise|faces|inject|jms|json|mvc|persistence|resource|security/enterprise|transaction|validation|ws/rs)|org/eclipse/microprofile)/`)

// checkContainer refuses a war whose own classes need such an interface that none of its libraries has. Where the user says what is
// started, that is the user's to know.
func (a *app) checkContainer(in *os.Root, war string) error {
	if len(a.Processes) > 0 {
		return nil
	}
	asked, err := beyondTomcat(in, war)
	if err != nil {
		return fmt.Errorf("cannot look into %s: %w", war, err)
	}
	if len(asked) == 0 {
		return nil
	}
	var evidence []string
	for _, api := range slices.Sorted(maps.Keys(asked)) {
		evidence = append(evidence, fmt.Sprintf("%s refers to %s, which no library of the war has", language.Clip(strings.ReplaceAll(asked[api], "/", ".")), strings.ReplaceAll(api, "/", ".")))
	}
	return &language.Problem{
		What:     language.Clip(war) + " is a war for a server of all of Jakarta EE, and Debian's Tomcat brings servlets and pages alone",
		Evidence: evidence,
		Next:     "Have the build make a jar with its server in it (WildFly's bootable jar, liberty:package with include=runnable, Payara Micro's bundle, tomee:exec): it is started as it is. Or put the libraries into the war (Jersey, Weld, …).",
	}
}

// beyondTomcat returns such interfaces that a war does not have itself, each with a class of its own that needs it.
func beyondTomcat(in *os.Root, war string) (map[string]string, error) {
	z, err := openZip(in, war)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	asked := map[string]string{}
	for _, f := range z.ordered() {
		if name, own := strings.CutPrefix(f.Name, "WEB-INF/classes/"); own && path.Ext(name) == ".class" {
			if err := askBeyond(f, asked); err != nil {
				return nil, fmt.Errorf("%s: %w", language.Clip(f.Name), err)
			}
		}
	}
	for _, f := range z.File {
		if len(asked) == 0 {
			break
		}
		if own, ok := strings.CutPrefix(f.Name, "WEB-INF/classes/"); ok {
			brought(own, asked)
		}
		if path.Dir(f.Name) != "WEB-INF/lib" || path.Ext(f.Name) != ".jar" {
			continue
		}
		if err := eachNested(f, func(inside *zip.File) error { brought(inside.Name, asked); return nil }); err != nil {
			return nil, fmt.Errorf("%s: %w", language.Clip(f.Name), err)
		}
	}
	return asked, nil
}

// askBeyond takes note of what a class needs.
func askBeyond(f *zip.File, asked map[string]string) error {
	c, err := classIn(f)
	if err != nil {
		return err
	}
	for _, text := range slices.Concat(c.Classes, c.Names) {
		for _, m := range beyondServlets.FindAllStringSubmatch(text, -1) {
			if asked[m[1]] == "" && !strings.Contains(text, "javax/transaction/xa/") { // those are the JDK's
				asked[m[1]] = c.Name
			}
		}
	}
	return nil
}

// brought crosses out what a class is of that is there.
func brought(file string, asked map[string]string) {
	if m := beyondServlets.FindStringSubmatch(file); m != nil && strings.HasPrefix(file, m[1]) && path.Ext(file) == ".class" {
		delete(asked, m[1])
	}
}
