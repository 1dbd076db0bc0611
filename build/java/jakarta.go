package java

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// migrationPackage is Debian's package of Tomcat's own tool that rewrites archives for Java EE (javax.servlet) into such for
// Jakarta EE, and migrationJar where it is below the folder of programs that it comes with.
const (
	migrationPackage = "tomcat-jakartaee-migration"
	migrationJar     = "../share/tomcat-jakartaee-migration/lib/jakartaee-migration-shaded.jar"
)

// jakarta returns a war of a folder for Jakarta EE, by the folder that it is in and its name: the app's own, or what Tomcat's
// tool made of it.
func (a *app) jakarta(ctx context.Context, in *os.Root, war string) (root *os.Root, name string, err error) {
	class, err := javaEE(in, war)
	if err != nil {
		return nil, "", fmt.Errorf("cannot look into %s: %w", war, err)
	}
	if class == "" {
		root, err = in.OpenRoot(".")
		return root, war, err
	}
	a.Log.Line("%s is written for Java EE (%s refers to javax.servlet): it is rewritten for Jakarta EE, as Tomcat 10 needs it", war, language.Clip(class))
	dir := filepath.Join(a.Temp, "jakarta")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", fmt.Errorf("cannot make room for %s: %w", war, err)
	}
	name = path.Base(war)
	if err := a.migrate(ctx, filepath.Join(in.Name(), war), filepath.Join(dir, name)); err != nil {
		return nil, "", &language.Problem{
			What:     language.Clip(war) + " is a war for a servlet container of Java EE, and cannot be rewritten for Debian's Tomcat 10, which is one of Jakarta EE",
			Evidence: []string{language.Clip(class) + " refers to javax.servlet", language.Clip(err.Error())},
			Next:     "Move it to jakarta.servlet, or package it with a server of its own (webapp-runner, Jetty, Spring Boot's plugin).", Err: err,
		}
	}
	root, err = os.OpenRoot(dir)
	return root, name, err
}

// migrate runs Tomcat's tool, which comes into the build for that.
func (a *app) migrate(ctx context.Context, from, to string) error {
	site, err := a.More(ctx, []language.BuildPackage{{Name: migrationPackage, By: "a war for Java EE"}})
	if err != nil {
		return err
	}
	for _, dir := range filepath.SplitList(site.Env["PATH"]) {
		tool := filepath.Join(dir, migrationJar)
		if !language.Exists(tool) {
			continue
		}
		return a.Run(ctx, language.Command{Args: []string{a.jdk.tool("java"), "-jar", tool, from, to}, What: "Tomcat's migration to Jakarta EE", Dir: a.Temp, Env: a.env})
	}
	return fmt.Errorf("cannot find the program of package %s", migrationPackage)
}

// javaEE returns a class of a war by which it is for Java EE: one of the app's own that refers to javax.servlet, or of its
// libraries, where none refers to jakarta.servlet. Libraries that serve both know either; the app's own classes decide then.
func javaEE(root *os.Root, name string) (string, error) {
	z, err := openZip(root, name)
	if err != nil {
		return "", err
	}
	defer z.Close()
	var use servletUse
	var libraries []*zip.File
	for _, f := range z.File {
		switch {
		case path.Ext(f.Name) == ".class" && strings.HasPrefix(f.Name, "WEB-INF/classes/"):
			if err := use.class(f); err != nil {
				return "", fmt.Errorf("%s: %w", language.Clip(f.Name), err)
			}
		case path.Ext(f.Name) == ".jar" && path.Dir(f.Name) == "WEB-INF/lib":
			libraries = append(libraries, f)
		}
	}
	if use != (servletUse{}) {
		libraries = nil
	}
	for _, f := range libraries {
		if err := use.archive(f); err != nil {
			return "", fmt.Errorf("%s: %w", language.Clip(f.Name), err)
		}
	}
	if use.jakarta {
		return "", nil
	}
	return use.javax, nil
}

// servletUse tells which servlets classes refer to.
type servletUse struct {
	javax   string // a class that refers to those of Java EE; empty for none
	jakarta bool
}

func (u *servletUse) class(f *zip.File) error {
	c, err := classIn(f)
	if err != nil {
		return err
	}
	for _, name := range c.Classes {
		u.jakarta = u.jakarta || strings.HasPrefix(name, "jakarta/servlet/")
		if u.javax == "" && strings.HasPrefix(name, "javax/servlet/") {
			u.javax = c.Name
		}
	}
	return nil
}

// archive reads a library inside the war.
func (u *servletUse) archive(f *zip.File) error {
	return eachNested(f, func(inside *zip.File) error {
		if path.Ext(inside.Name) != ".class" {
			return nil
		}
		return u.class(inside)
	})
}

// eachNested calls do for every entry of an archive inside an archive; for what is none, there are none.
func eachNested(f *zip.File, do func(*zip.File) error) error {
	content, size, err := contentOf(f)
	if err != nil {
		return err
	}
	defer content.Close()
	z, err := zip.NewReader(content, size)
	if err != nil || checkUnpacked(z.File, size) != nil {
		return nil // no archive
	}
	for _, inside := range z.File {
		if err := do(inside); err != nil {
			return err
		}
	}
	return nil
}
