// Command certificates has the processes of an image trust certificates that are bound to the container: those of service bindings
// of type ca-certificates. It is an exec.d program (Buildpack API 0.10): the launcher runs it before a process, and takes the
// variables that it writes as TOML to file descriptor 3. The buildpack puts it into a layer only where a setting asks for it.
package main

import (
	"os"
	"path/filepath"
)

func main() {
	layers := filepath.Dir(filepath.Dir(filepath.Dir(os.Args[0]))) // layers/certificates/exec.d/certificates
	s := surroundings{
		bindings: os.Getenv("SERVICE_BINDING_ROOT"), trusted: os.Getenv("SSL_CERT_FILE"), temporary: []string{os.TempDir(), "/dev/shm"},
		java: []string{filepath.Join(layers, "java"), "/usr/lib/jvm"}, javaOptions: os.Getenv("JAVA_TOOL_OPTIONS"),
	}
	if s.trusted == "" {
		s.trusted = "/etc/ssl/certs/ca-certificates.crt"
	}
	vars, err := s.variables()
	if err == nil {
		_, err = os.NewFile(3, "variables").WriteString(vars)
	}
	if err != nil {
		_, _ = os.Stderr.WriteString("cannot trust the certificates that are bound: " + err.Error() + "\n")
		os.Exit(1)
	}
}
