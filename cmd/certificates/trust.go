package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/compiled"
)

// surroundings are what the program finds in the container.
type surroundings struct {
	bindings    string   // the folder of service bindings; empty for none
	trusted     string   // the bundle that is trusted anyway
	temporary   []string // folders that may be writable: a read-only root has /dev/shm still
	java        []string // folders of which one is there where the image has Java
	javaOptions string   // of JAVA_TOOL_OPTIONS
}

// variables returns the variables by which programs take a bundle of certificates, as TOML; none where nothing is bound.
func (s surroundings) variables() (string, error) {
	bound, err := bound(s.bindings)
	if err != nil || bound == nil {
		return "", err
	}
	system, err := os.ReadFile(s.trusted)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	bundle := append(append(system, '\n'), bound...)
	dir, err := s.folder()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "ca-certificates.crt")
	if err := os.WriteFile(file, bundle, 0o644); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} {
		fmt.Fprintf(&text, "%s = %s\n", name, strconv.Quote(file))
	}
	options, err := s.forJava(dir, bundle)
	if err == nil && options != "" {
		fmt.Fprintf(&text, "JAVA_TOOL_OPTIONS = %s\n", strconv.Quote(options))
	}
	return text.String(), err
}

// bound are the certificates of all bindings of type ca-certificates; nil for none.
func bound(root string) ([]byte, error) {
	if root == "" {
		return nil, nil
	}
	types, err := filepath.Glob(filepath.Join(root, "*", "type"))
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, file := range types {
		kind, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if strings.ToLower(strings.TrimSpace(string(kind))) != "ca-certificates" || strings.HasPrefix(filepath.Base(filepath.Dir(file)), "..") {
			continue
		}
		one, err := certificates(filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// certificates are those of a binding: every file but type and provider is PEM. Kubernetes keeps what it mounts in folders and
// links whose names begin with two dots.
func certificates(binding string) ([]byte, error) {
	entries, err := os.ReadDir(binding)
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, e := range entries {
		name := filepath.Join(binding, e.Name())
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || e.Name() == "type" || e.Name() == "provider" || strings.HasPrefix(e.Name(), "..") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if block, _ := pem.Decode(text); block == nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s holds no PEM certificate", name)
		}
		all = append(append(all, text...), '\n')
	}
	if all == nil {
		return nil, fmt.Errorf("%s holds no certificate", binding)
	}
	return all, nil
}

// folder makes a folder that only this process's user may write to.
func (s surroundings) folder() (string, error) {
	var all error
	for _, parent := range s.temporary {
		dir, err := os.MkdirTemp(parent, "certificates-")
		if err == nil {
			return dir, os.Chmod(dir, 0o755)
		}
		all = errors.Join(all, err)
	}
	return "", fmt.Errorf("there is no folder to write them to, such as a tmpfs at /tmp: %w", all)
}

// forJava writes a key store where the image has Java, which reads nothing else, and returns its options.
func (s surroundings) forJava(dir string, bundle []byte) (string, error) {
	there := false
	for _, name := range s.java {
		_, err := os.Stat(name)
		there = there || err == nil
	}
	if !there || strings.Contains(s.javaOptions, "javax.net.ssl.trustStore=") {
		return s.javaOptions, nil
	}
	file := filepath.Join(dir, "cacerts")
	if err := os.WriteFile(file, compiled.JavaKeyStoreOf(bundle), 0o644); err != nil {
		return "", err
	}
	return strings.TrimSpace(s.javaOptions + " -Djavax.net.ssl.trustStore=" + file), nil
}
