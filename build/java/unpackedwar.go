package java

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// A war that somebody unpacked is a project's folder: pack itself unpacks one that --path names. It is packed again for the
// build, so that it goes the way of all wars.

// webInf is the folder by which one is known, and webXML its description, which newer wars leave out.
const (
	webInf      = "WEB-INF"
	webXML      = webInf + "/web.xml"
	unpackedWar = "app.war" // what it is packed to, in a folder of the build's
)

// isUnpackedWar tells whether the app's folder is a war for a servlet container.
func (a *app) isUnpackedWar() bool {
	if info, err := a.root.Stat(webInf); a.tool != toolNone || err != nil || !info.IsDir() {
		return false
	}
	f, err := a.Files.Open(manifestFile)
	if err != nil {
		return language.IsFile(a.Files, webXML)
	}
	defer f.Close()
	m, err := readManifest(f)
	return err == nil && m["main-class"] == ""
}

// unpackedWarProgram stages the app's folder as a war.
func (a *app) unpackedWarProgram(ctx context.Context, st *stage) (built, error) {
	dir := filepath.Join(a.Temp, "war")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return built{}, fmt.Errorf("cannot make room for the war: %w", err)
	}
	if err := packWar(a.root, filepath.Join(dir, unpackedWar)); err != nil {
		return built{}, fmt.Errorf("cannot read the unpacked war: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return built{}, fmt.Errorf("cannot read the unpacked war: %w", err)
	}
	defer root.Close()
	return a.serveWar(ctx, st, root, unpackedWar, "the app's folder (unpacked war)")
}

// packWar makes an archive of a folder, less what is of the project and not of the war.
func packWar(from *os.Root, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := zip.NewWriter(f)
	err = eachFile(from, func(name string) error {
		if first, _, below := strings.Cut(name, "/"); below && first == ".git" || slices.Contains(ofProject, name) {
			return nil
		}
		r, _, err := openRegular(from, name)
		if err != nil {
			return err
		}
		defer r.Close()
		to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: zipTime})
		if err != nil {
			return err
		}
		_, err = io.Copy(to, r)
		return err
	})
	return errors.Join(err, w.Close(), f.Close())
}

// ofProject are files beside a war's that say how it is built and started.
var ofProject = append([]string{"Procfile"}, language.OfProject...)
