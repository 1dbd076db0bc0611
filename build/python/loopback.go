package python

import (
	"fmt"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// serves finds calls that start a server.
var serves = regexp.MustCompile(`\b(?:uvicorn\.run|app\.run|application\.run|run_app|serve_forever|serve|\.launch|ui\.run|hypercorn|waitress|make_server|socketio\.run|mcp\.run|grpc\.server|grpc\.aio\.server|add_insecure_port)\s*\(`)

// servers are calls that start a server, and the address that they take where none is given.
var servers = []struct {
	call     *regexp.Regexp
	standard string // "" for all addresses
	name     string
}{
	{regexp.MustCompile(`\buvicorn\.run\s*\(`), "127.0.0.1", "uvicorn.run"},
	{regexp.MustCompile(`\b(?:app|application|server|create_app\(\)|socketio)\.run\s*\(`), "127.0.0.1", "app.run"},
	{regexp.MustCompile(`\b(?:HTTPServer|ThreadingHTTPServer|TCPServer)\s*\(`), "", "HTTPServer"},
	{regexp.MustCompile(`\bmake_server\s*\(`), "", "make_server"},
	{regexp.MustCompile(`\brun_app\s*\(`), "", "run_app"},
	{regexp.MustCompile(`\bstart_server\s*\(`), "", "start_server"},
	{regexp.MustCompile(`\.launch\s*\(`), "", "launch"},
}

var (
	loopbackAddress = regexp.MustCompile(`["'](?:127\.0\.0\.1|localhost|::1)["']`)
	anyHost         = regexp.MustCompile(`\bhost\s*=|\*\*|["'](?:0\.0\.0\.0|::)?["']\s*,`)
	webOnly         = regexp.MustCompile(`(?m)^\s*(?:from|import)\s+(?:flask|quart|bottle|uvicorn|fastapi|dash|sanic|starlette|litestar)\b`)
)

// loopback tells what in a file would listen on the loopback address only, or nothing.
func loopback(m module) string {
	for _, s := range servers {
		for _, at := range s.call.FindAllStringIndex(m.Code, -1) {
			args := m.Text[at[1]:arguments(m.Code, at[1])]
			switch {
			case loopbackAddress.MatchString(args):
				return fmt.Sprintf("%s line %d: %s names the loopback address", m.Path, 1+strings.Count(m.Text[:at[0]], "\n"), s.name)
			case s.standard != "" && !anyHost.MatchString(args) && webOnly.MatchString(m.Code):
				return fmt.Sprintf("%s line %d: %s without host listens on %s", m.Path, 1+strings.Count(m.Text[:at[0]], "\n"), s.name, s.standard)
			}
		}
	}
	return ""
}

// arguments is where the arguments of a call end that begin at a place.
func arguments(code string, from int) int {
	depth := 1
	for i := from; i < len(code); i++ {
		switch code[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(code)
}

func (s *start) warnLoopback(m module) {
	if what := loopback(m); what != "" {
		s.Warnings = append(s.Warnings, what+": "+language.Unreached)
	}
}
