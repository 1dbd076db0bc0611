package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// An Auth is one entry of apt's auth.conf: a login for a machine. It follows
// apt_auth.conf(5).
type Auth struct {
	// Machine is [scheme://]host[:port][/path]. Without a scheme it is meant
	// for https only, so that no password goes over the line in the clear
	// unless somebody asked for that.
	Machine         string
	Login, Password string
}

// ReadAuth reads etc/apt/auth.conf and auth.conf.d/*.conf below root. Missing
// files are no error.
func ReadAuth(root string) ([]Auth, error) {
	names := []string{"etc/apt/auth.conf"}
	const parts = "etc/apt/auth.conf.d"
	entries, err := os.ReadDir(filepath.Join(root, parts))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list apt's logins: %w", err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".conf" {
			names = append(names, parts+"/"+e.Name())
		}
	}
	var all []Auth
	for _, name := range names {
		data, err := readBounded(filepath.Join(root, name), maxSourcesFile)
		// Logins are often for root only. Who may not read them asks without,
		// as apt does.
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read apt's logins: %w", err)
		}
		entries, err := ParseAuth(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// ReadAuthFile reads one file of logins, which must be there.
func ReadAuthFile(name string) ([]Auth, error) {
	data, err := readBounded(name, maxSourcesFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read apt's logins: %w", err)
	}
	return ParseAuth(name, data)
}

// ParseAuth reads one auth.conf: netrc's words machine, login and password.
// Messages never quote the text, which may be a password.
func ParseAuth(name string, data []byte) ([]Auth, error) {
	var words []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	var all []Auth
	for i := 0; i < len(words); i += 2 {
		if i+1 == len(words) {
			return nil, fmt.Errorf("cannot read logins from %s: the last word has no value", name)
		}
		if words[i] == "machine" {
			all = append(all, Auth{Machine: words[i+1]})
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("cannot read logins from %s: it does not begin with machine", name)
		}
		switch last := &all[len(all)-1]; words[i] {
		case "login":
			last.Login = words[i+1]
		case "password":
			last.Password = words[i+1]
		default:
			return nil, fmt.Errorf("cannot read logins from %s: the words must be machine, login and password (entry %d)", name, len(all))
		}
	}
	return all, nil
}

// login finds the entry for an address: the first that matches, as in apt.
func login(auth []Auth, u *url.URL) (Auth, bool) {
	for _, a := range auth {
		machine, scheme := a.Machine, "https"
		if s, rest, ok := strings.Cut(machine, "://"); ok {
			scheme, machine = s, rest
		}
		host, path, hasPath := strings.Cut(machine, "/")
		if scheme != u.Scheme || host != u.Host && host != u.Hostname() {
			continue
		}
		if hasPath && !strings.HasPrefix(strings.TrimPrefix(u.Path, "/"), path) {
			continue
		}
		return a, true
	}
	return Auth{}, false
}
