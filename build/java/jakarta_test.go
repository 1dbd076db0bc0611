package java

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatIsForJavaEE looks into wars: the app's own classes decide, and libraries where those say nothing.
func TestWhatIsForJavaEE(t *testing.T) {
	old, fresh, both := "class a/B ref:javax/servlet/Servlet", "class a/B ref:jakarta/servlet/Servlet", "class a/B ref:javax/servlet/Servlet ref:jakarta/servlet/Servlet"
	for _, row := range []struct{ name, own, library, want string }{
		{"nothing", "class a/B", "class l/A", ""},
		{"the app's own class", old, "class l/A", "a/B"},
		{"the app's own class, with a library for both", old, both, "a/B"},
		{"Jakarta EE", fresh, "class l/A", ""},
		{"Jakarta EE, with a library for Java EE", fresh, old, ""},
		{"a library", "class a/B", "class l/A ref:javax/servlet/http/HttpServlet", "l/A"},
		{"a library for both", "class a/B", both, ""},
		{"a class that is none", "text", "text", ""},
	} {
		dir := t.TempDir()
		languagetest.Write(t, dir, map[string]string{"app.war": zipOf(t, map[string]string{
			"WEB-INF/web.xml": "x", "WEB-INF/classes/a/B.class": row.own, "WEB-INF/lib/l.jar": zipOf(t, map[string]string{"l/A.class": row.library}), "WEB-INF/lib/broken.jar": "x",
		})})
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := javaEE(root, "app.war")
		if err != nil || got != row.want {
			t.Errorf("%s: got %q, %v; want %q", row.name, got, err, row.want)
		}
		if err := root.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWarForJavaEEIsRewritten: the image has what Tomcat's tool made of it.
func TestWarForJavaEEIsRewritten(t *testing.T) {
	r := newTools(t, map[string]string{"app.war": zipOf(t, map[string]string{"WEB-INF/classes/a/S.class": "class a/S ref:javax/servlet/Servlet"})})
	r.made = map[string]string{"Container.class": classOf("Container", "main")}
	r.migrated = zipOf(t, map[string]string{"WEB-INF/classes/a/S.class": "class a/S ref:jakarta/servlet/Servlet", "WEB-INF/lib/a.jar": zipOf(t, nil)})
	r.site.More = func(_ context.Context, more []language.BuildPackage) (language.Site, error) {
		if len(more) != 1 || more[0].Name != migrationPackage {
			t.Errorf("it asks for %v", more)
		}
		dir := t.TempDir()
		languagetest.Write(t, dir, map[string]string{"usr/bin/javax2jakarta": "x", "usr/share/tomcat-jakartaee-migration/lib/jakartaee-migration-shaded.jar": "x"})
		with := r.site
		with.Env = language.With(r.site.Env, map[string]string{"PATH": language.Prepend(r.site.Env, "PATH", filepath.Join(dir, "usr/bin"))})
		return with, nil
	}
	if _, err := compile(t.Context(), r.site); err != nil {
		t.Fatal(err)
	}
	layer := layersOf(t, r.site) + "/java-app"
	if diff := cmp.Diff([]string{"app/WEB-INF/classes/a/S.class", "app/WEB-INF/lib/a.jar", "servlet-container/Container.class"}, languagetest.Names(t, layer)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(languagetest.Read(t, layer+"/app/WEB-INF/classes/a/S.class"), "jakarta/servlet") {
		t.Error("the war is the old one")
	}
	if !slices.ContainsFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "java -jar ") }) {
		t.Errorf("it ran %q", r.ran)
	}
}

// TestWhatIsBeyondTomcat looks into wars for what a servlet container does not bring, and their libraries do not either.
func TestWhatIsBeyondTomcat(t *testing.T) {
	for _, row := range []struct{ name, own, library, want string }{
		{"servlets", "class a/B ref:jakarta/servlet/http/HttpServlet ref:jakarta/annotation/PostConstruct", "class l/A", ""},
		{"JAX-RS", "class a/B ref:jakarta/ws/rs/core/Application", "class l/A", "jakarta/ws/rs by a/B"},
		{"JAX-RS, with its library", "class a/B ref:jakarta/ws/rs/core/Application", "class jakarta/ws/rs/Path", ""},
		{"an annotation", "class a/B name:Ljakarta/inject/Inject;", "class l/A", "jakarta/inject by a/B"},
		{"Java EE", "class a/B ref:javax/ejb/Stateless", "class l/A", "javax/ejb by a/B"},
		{"MicroProfile", "class a/B name:Lorg/eclipse/microprofile/health/Liveness;", "class l/A", "org/eclipse/microprofile by a/B"},
		{"what the JDK has", "class a/B ref:javax/transaction/xa/XAResource ref:javax/sql/DataSource", "class l/A", ""},
		{"a library alone", "class a/B", "class l/A ref:jakarta/ws/rs/core/Application", ""},
		{"a package of a like name", "class a/B ref:com/jakarta/injected/X ref:jakarta/injection/Y", "class l/A", ""},
	} {
		dir := t.TempDir()
		library := strings.Fields(row.library)[1] + ".class"
		languagetest.Write(t, dir, map[string]string{"app.war": zipOf(t, map[string]string{
			"WEB-INF/classes/a/B.class": row.own, "WEB-INF/lib/l.jar": zipOf(t, map[string]string{library: row.library}), "WEB-INF/lib/broken.jar": "x",
		})})
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := beyondTomcat(root, "app.war")
		got := ""
		for api, by := range asked {
			got += api + " by " + by
		}
		if err != nil || got != row.want {
			t.Errorf("%s: got %q, %v; want %q", row.name, got, err, row.want)
		}
		if err := root.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
