package java

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
)

// cacerts is where a runtime has the certificates that it trusts.
const cacerts = "lib/security/cacerts"

// javaStore is where Debian keeps them for every Java, and whittle's run images too: a store made of the same
// certificates as the run image's bundle. A rebase so brings new certificates to Java as to everything else.
const javaStore = "etc/ssl/certs/java/cacerts"

// trusted is the run image's key store, or nothing where it has none.
func (a *app) trusted() string {
	if a.Floor != nil && slices.Contains(a.Floor.Files, javaStore) {
		return "/" + javaStore
	}
	return ""
}

// trust removes jlink's own store where the run image has one, and else puts the build image's in its place: Debian's
// JDK has none of its own.
func (a *app) trust(made string, im image) error {
	file := filepath.Join(made, cacerts)
	if err := os.RemoveAll(file); err != nil {
		return fmt.Errorf("cannot set up the certificates of the runtime: %w", err)
	}
	if im.Trust != "" {
		return nil
	}
	store, err := language.ReadFile(filepath.Join(a.jdk.Home, cacerts))
	if err != nil {
		a.Log.Warn("the build image has no key store of certificates: the runtime will trust none")
		return nil
	}
	a.Log.Line("certificates: the build image's, in the runtime's layer, as the run image has no %s: a rebase does not change them", "/"+javaStore)
	if err := os.WriteFile(file, store, 0o644); err != nil {
		return fmt.Errorf("cannot set up the certificates of the runtime: %w", err)
	}
	return nil
}
