package java

import (
	"regexp"

	"whittle.dev/whittle/build/language"
)

// languageEnds are the endings of sources that become classes.
var languageEnds = []string{".java", ".kt", ".groovy", ".scala"}

// listensOn is how a server of Java is told its port: the JDK's own, and those of Jetty, Javalin, Ktor, Vert.x, Spark and Undertow.
var listensOn = regexp.MustCompile(`(?:\b(?:InetSocketAddress|ServerSocket|addHttpListener|new Server)\(\s*|\.(?:start|listen)\(\s*|^port\(\s*|\bembeddedServer\(\s*\w+,\s*(?:port\s*=\s*)?)(?:"0\.0\.0\.0",\s*)?(\d{4,5}|\w*(?:port|Port|PORT))\b`)

// loopback is what a server says that listens on the loopback address alone.
var loopback = regexp.MustCompile(`(?:\bHttpServer\.create\(\s*new InetSocketAddress\(|\.(?:start|listen|addHttpListener)\(\s*(?:\w+,\s*)?|\bipAddress\(\s*|^host\s*=\s*)(?:"(?:localhost|127\.0\.0\.1)"|InetAddress\.getLoopbackAddress)`)

// listening warns of a server in the app's sources that nobody reaches, and tells of one on a port of its own. The port of a framework
// is what its variable says.
func (a *app) listening() string {
	return a.Listening(language.Serving{Endings: languageEnds, Loopback: loopback.MatchString, Port: listensOn}).Fixed
}

// portNote tells of a server whose port the image cannot choose; fixed is what the sources say of it.
func (b built) portNote(fixed string) string {
	switch {
	case b.Framework == dropwizard && len(b.Arguments) > 0 && b.PortOption == "":
		return "Dropwizard listens on port 8080, whatever PORT says: its configuration sets up no server"
	case b.Tomcat || b.Framework != "":
		return ""
	}
	return fixed
}
