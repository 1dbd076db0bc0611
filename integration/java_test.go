//go:build integration

package integration

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// onlyJava checks what an image for Java must not have.
func onlyJava(t *testing.T, image string) {
	t.Helper()
	g := NewWithT(t)
	onlyRuntime(t, image)
	for path := range files(t, image) {
		base := filepath.Base(path)
		g.Expect(base).NotTo(Or(Equal("javac"), Equal("mvn"), Equal("pom.xml"), Equal("jlink"), Equal("jrt-fs.jar"), Equal("libawt_xawt.so"), Equal("libsplashscreen.so"), HavePrefix("libX11.so")), path)
		g.Expect(path).NotTo(Or(HaveSuffix(".java"), HaveSuffix(".jmod"), ContainSubstring("/repository/"), ContainSubstring("spring-boot-jarmode"), ContainSubstring("/src/main/")), path)
	}
}

// TestJavaWeb is the smallest server: a jar with a main class.
func TestJavaWeb(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-java-web", dir: "../samples/java-web", fresh: true}
	log := p.build(t)
	for _, line := range []string{"language: java (found pom.xml)", "JDK: 21.", "Maven: the build image's", "runtime: ", "java.base, java.logging, jdk.httpserver", "libstdc++6", "Proof", "web: java -jar target/web.jar"} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	g.Expect(asks(t, p.name)).To(HavePrefix("hello from whittle: Java 21"))
	// Three quarters of the container's memory are the heap's, less what the collector keeps apart.
	address := serve(t, p.name, "--memory", "400m")
	g.Expect(get(g, address, "/")).To(MatchRegexp(`, (29|30)\d MB of heap`))

	t.Run("past the launcher", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "java", p.name, "-version")).To(ContainSubstring("21."))
		g.Expect(command(t, "docker", "run", "--rm", "-e", "JAVA_TOOL_OPTIONS=-Da=b", "--entrypoint", "launcher", p.name, "--", "java", "-version")).To(ContainSubstring("Picked up JAVA_TOOL_OPTIONS: -Da=b"))
	})
	t.Run("ends when it is asked to", func(t *testing.T) {
		g := NewWithT(t)
		id := newContainer(t, "run", "-d", p.name)
		g.Eventually(func() string { out, _ := attempt(t, "docker", "logs", id); return out }, patience).Should(ContainSubstring("listening"))
		command(t, "docker", "stop", "-t", "60", id)
		g.Expect(command(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", id)).To(HavePrefix("143"), "SIGTERM reaches the virtual machine")
	})
	t.Run("only what runs", func(t *testing.T) { onlyJava(t, p.name) })
	t.Run("size", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(size(t, p.name)-files(t, p.name)["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 57_200_000), "image beside the launcher")
	})
	t.Run("rebuild without network", func(t *testing.T) { p.rebuild(t, "nothing changed: target/web.jar") })
}

// TestJavaSpring is a Spring Boot app that does what a runtime can lack: TLS, a database in a native library, fonts.
func TestJavaSpring(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-java-spring", dir: "testdata/java-spring", fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(
		ContainSubstring("JDK: 21."), ContainSubstring("(pom.xml (java.version): 17)"), ContainSubstring("jdk.crypto.ec: "), ContainSubstring("languages: de"),
		ContainSubstring("native library: libsqlitejdbc.so of sqlite-jdbc-"), ContainSubstring("fonts-dejavu-core"), ContainSubstring("libharfbuzz0b"),
	))
	address := serve(t, p.name, "--user", "12345:0", "--tmpfs", "/tmp") // from which nothing may be run
	for path, want := range map[string]string{"/": "hello from the shop", "/sqlite": " 42\n", "/image": "PNG", "/trust": " true\n", "/number": "1.234,50", "/parts": "one.txt two.txt"} {
		g.Expect(get(g, address, path)).To(ContainSubstring(want), path)
	}
	onlyJava(t, p.name)
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(layers+"java-app/target/shop-1.jar"), HaveKey(layers+"jars/natives/libsqlitejdbc.so")))
	g.Expect(all[layers+"java-app/target/shop-1.jar"]).To(BeNumerically("<", 20_000), "what a change of a line pushes")
	jars := int64(0)
	for path, size := range all {
		if strings.HasPrefix(path, layers+"jars/") {
			jars += size
		}
	}
	g.Expect(size(t, p.name)-jars-all["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 86_000_000), "image beside the launcher and the jars")
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "sqlite-jdbc")).To(ContainSubstring("pom.xml:21"))
	dir := t.TempDir()
	command(t, "pack", "sbom", "download", p.name, "--output-dir", dir)
	g.Expect(command(t, "grep", "-rl", "pkg:maven/org.xerial/sqlite-jdbc@", dir)).NotTo(BeEmpty())
}

// TestJavaModules is a project of modules, two of which run and share a third, with a Procfile that was written for a shell.
func TestJavaModules(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-java-modules", dir: "testdata/java-modules", fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("copying what the Class-Path of web/target/web.jar names into web/target/lib"))
	g.Expect(asks(t, p.name)).To(Equal("hello from the web\n"))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "worker", p.name)).To(ContainSubstring("hello from the worker, child 0"))
	onlyJava(t, p.name)
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(layers+"java-app/web/target/lib/greeting-1.jar"), HaveKey(layers+"jars/web/target/lib/slf4j-simple-2.0.16.jar")))
}

// TestJavaSources is an app of sources alone, which no tool builds, in the native encoding of the image, with the archive of the JDK's classes.
// Built again without any cache it is the same bytes, jlink's and that archive's, too, and the virtual machine takes the archive.
func TestJavaSources(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-java-sources", fresh: true, offline: true, env: []string{"BP_JVM_CDS_ENABLED=true"}, dir: app(t, map[string]string{
		"src/shop/Greeting.java": "package shop;\n\npublic record Greeting(String name) {\n  public String toString() { return \"Grüße, \" + name; }\n}\n",
		"Main.java": `import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import shop.Greeting;

public class Main {
  public static void main(String[] args) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/", exchange -> {
      var body = new Greeting(System.getProperty("native.encoding")).toString().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
`,
	})}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("compiled Main.java, src/shop/Greeting.java"), ContainSubstring("java.base, jdk.httpserver")))
	g.Expect(asks(t, p.name)).To(Equal("Grüße, UTF-8"))
	onlyJava(t, p.name)
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--entrypoint", "java", p.name, "-Xshare:on", "-Xlog:class+load", "-version")).To(ContainSubstring("source: shared objects file"))
	p.rebuild(t, "nothing changed")
	again := p
	again.name = "it-java-sources-again"
	again.build(t)
	rootFS := func(image string) string {
		return command(t, "docker", "image", "inspect", "--format", "{{json .RootFS.Layers}}", image)
	}
	g.Expect(rootFS(again.name)).To(Equal(rootFS(p.name)))
}
