package java

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/contract"
)

// A war without a server runs on Debian's Tomcat, which is a slice: its fixes come by whittle patch, as those of any other
// library of Debian's. Tomcat 10 is for Jakarta EE; what is written for Java EE is rewritten before.

//go:embed container/Container.java
var containerSource []byte

const (
	containerClass = "Container"
	containerDir   = "servlet-container" // of layerApp
	tomcatSlice    = "libtomcat10-embed-java_server"
)

// tomcatJars are the archives of Debian's Tomcat, and of the compiler of its pages.
var tomcatJars = []string{"tomcat10-embed-core", "tomcat10-embed-el", "tomcat10-embed-websocket", "tomcat10-embed-jasper", "tomcat10-annotations-api", "eclipse-jdt-core-compiler-batch"}

// tomcatModules are the modules of the JDK that it needs; the build does not have it, to be asked.
var tomcatModules = strings.Fields("java.compiler java.desktop java.instrument java.logging java.management java.naming java.rmi java.security.jgss java.sql java.xml jdk.crypto.ec jdk.unsupported jdk.zipfs")

// servletContainer stages an unpacked war, and a program that serves it. The archives of the war stay in it: Tomcat follows
// no links out of an app.
func (a *app) servletContainer(ctx context.Context, st *stage, one archive) (built, error) {
	return a.serveWar(ctx, st, a.root, one.Path, one.Path)
}

// serveWar stages a war of a folder; shown is what the user knows it by.
func (a *app) serveWar(ctx context.Context, st *stage, in *os.Root, war, shown string) (built, error) {
	dir := strings.TrimSuffix(war, ".war")
	if err := a.checkContainer(in, war); err != nil {
		return built{}, err
	}
	from, name, err := a.jakarta(ctx, in, war)
	if err != nil {
		return built{}, err
	}
	defer from.Close()
	if err := st.explode(from, name, dir); err != nil {
		return built{}, err
	}
	classes, err := subRoot(st.app, containerDir)
	if err != nil {
		return built{}, err
	}
	defer classes.Close()
	source := filepath.Join(a.Temp, containerClass+".java")
	if err := os.WriteFile(source, containerSource, 0o644); err != nil {
		return built{}, fmt.Errorf("cannot write the program that serves the war: %w", err)
	}
	err = a.Run(ctx, language.Command{Args: []string{a.jdk.tool("javac"), "--release", "8", "-Xlint:-options", "-d", classes.Name(), source}, What: "javac", Dir: a.Temp, Env: a.env})
	if err != nil {
		return built{}, fmt.Errorf("cannot compile the program that serves the war: %w", err)
	}
	classPath := []string{classes.Name()}
	for _, jar := range tomcatJars {
		classPath = append(classPath, contract.LayerPath(contract.LayerSlices, "usr/share/java/"+jar+".jar"))
	}
	return built{
		Program: fmt.Sprintf("%s on Debian's Tomcat", shown), Tomcat: true, Port: true,
		Start: []string{"-cp", strings.Join(classPath, ":"), containerClass, filepath.Join(st.app.Name(), dir)},
	}, nil
}

// explode unpacks an archive into a folder of the app's layer.
func (s *stage) explode(from *os.Root, name, dir string) error {
	z, err := openZip(from, name)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !fs.ValidPath(f.Name) {
			return fmt.Errorf("cannot unpack %s: it has a file %q", name, language.Clip(f.Name))
		}
		to := path.Join(dir, f.Name)
		if _, err := unzipEntry(s.app, f, to, maxArchive); err != nil {
			return fmt.Errorf("cannot unpack %s: %s: %w", name, language.Clip(f.Name), err)
		}
		if path.Dir(f.Name) == "WEB-INF/lib" && path.Ext(to) == ".jar" {
			if err := s.dropForeign(s.app, to); err != nil {
				return err
			}
			s.dependencyJars = append(s.dependencyJars, filepath.Join(s.app.Name(), to))
		}
	}
	if _, err := s.app.Stat(path.Join(dir, "WEB-INF/classes")); err == nil {
		s.appClasses = append(s.appClasses, filepath.Join(s.app.Name(), dir, "WEB-INF/classes"))
	}
	return nil
}
