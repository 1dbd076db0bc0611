package native

import (
	"regexp"

	"whittle.dev/whittle/build/language"
)

var (
	// listensOn is how a server in C or C++ is told its port: by the sockets of Unix, and in the words of Boost, cpp-httplib, Crow, Drogon,
	// Oat++, Pistache, civetweb, libmicrohttpd and Mongoose.
	listensOn = regexp.MustCompile(`(?:\b(?:listen|addListener|bind_to_port)\(\s*"(?:0\.0\.0\.0|::)",\s*|\{\s*"(?:0\.0\.0\.0|::)",\s*|\btcp::v[46]\(\)\s*,\s*|\.port\(\s*|` +
		`\bPort(?:[ \t]+\w+)?[({]\s*|\bAddress\("\*:|"listening_ports",\s*"|\bMHD_start_daemon\s*\([^,;]*,\s*|\bmg_\w*listen\w*\([^,;]*,\s*(?:"\w+://(?:0\.0\.0\.0|\[::\])?:)?|\bhtons\s*\(\s*)(\d{2,5}\b|[A-Za-z_]\w*)`)
	// loopback is what a server says that listens on the loopback address alone.
	loopback = regexp.MustCompile(`\b(?:\w*[lL]isten\w*|addListener|bind_to_port|bindaddr)\s*\([^;]{0,80}?"(?:\w+://)?(?:127\.0\.0\.1|localhost)[":]|\{\s*"(?:127\.0\.0\.1|localhost)",[^;]*\bAddress::`)
)

// serving is how sources in C and C++ tell where their servers listen. A file that only connects may name the port of a server elsewhere.
var serving = language.Serving{
	Endings: []string{".c", ".cc", ".cpp", ".cxx", ".h", ".hpp"}, Loopback: loopback.MatchString, Port: listensOn,
	Words: []string{"listen", "Listen", "bind(", "acceptor", "MHD_start_daemon", ".run(", "Address::"},
}
