package java

import (
	"context"
	_ "embed"
	"errors"
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
// library of Debian's. Tomcat 10 is for Jakarta EE; what is written for Java EE (javax.servlet) it does not run.

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
	dir := strings.TrimSuffix(one.Path, ".war")
	if err := st.explode(one.Path, dir); err != nil {
		return built{}, err
	}
	if err := a.checkJakarta(one, st); err != nil {
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
		Program: fmt.Sprintf("%s on Debian's Tomcat", one.Path), Tomcat: true, Port: true,
		Start: []string{"-cp", strings.Join(classPath, ":"), containerClass, filepath.Join(st.app.Name(), dir)},
	}, nil
}

// explode unpacks an archive into a folder of the app's layer.
func (s *stage) explode(name, dir string) error {
	z, err := openZip(s.from, name)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !fs.ValidPath(f.Name) {
			return fmt.Errorf("cannot unpack %s: it has a file %q", name, clip(f.Name))
		}
		to := path.Join(dir, f.Name)
		if _, err := unzipEntry(s.app, f, to, maxArchive); err != nil {
			return fmt.Errorf("cannot unpack %s: %s: %w", name, clip(f.Name), err)
		}
		if path.Dir(f.Name) == "WEB-INF/lib" && path.Ext(to) == ".jar" {
			s.dependencyJars = append(s.dependencyJars, filepath.Join(s.app.Name(), to))
		}
	}
	if _, err := s.app.Stat(path.Join(dir, "WEB-INF/classes")); err == nil {
		s.appClasses = append(s.appClasses, filepath.Join(s.app.Name(), dir, "WEB-INF/classes"))
	}
	return nil
}

// checkJakarta tells of a war that is written for Java EE.
func (a *app) checkJakarta(one archive, st *stage) error {
	javax, jakarta := "", false
	look := func(c class) {
		for _, name := range c.Classes {
			jakarta = jakarta || strings.HasPrefix(name, "jakarta/servlet/")
			if strings.HasPrefix(name, "javax/servlet/") && javax == "" {
				javax = c.Name
			}
		}
	}
	for _, dir := range st.appClasses {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return fmt.Errorf("cannot look into %s: %w", one.Path, err)
		}
		err = eachFile(root, func(name string) error {
			data, err := root.ReadFile(name)
			if c, bad := readClass(data); err == nil && bad == nil {
				look(c)
			}
			return err
		})
		if err := errors.Join(err, root.Close()); err != nil {
			return fmt.Errorf("cannot look into %s: %w", one.Path, err)
		}
	}
	if javax == "" || jakarta {
		return nil
	}
	return &language.Problem{
		What:     clip(one.Path) + " is a war for a servlet container of Java EE, and Debian's Tomcat 10 is one of Jakarta EE",
		Evidence: []string{clip(javax) + " refers to javax.servlet"},
		Next:     "Move it to jakarta.servlet, or package it with a server of its own (webapp-runner, Jetty, Spring Boot's plugin).",
	}
}
