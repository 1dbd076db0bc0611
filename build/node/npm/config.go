package npm

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Config is npm's configuration, as far as the build asks for it: which registry, and who asks. The keys are npm's own
// ("registry", "//host/path/:_authToken"), their values with ${VARIABLES} replaced.
type Config map[string]string

// GlobalConfig is npm's configuration of a machine; the build image's names the registry that npm itself asks by default.
const GlobalConfig = "/etc/npmrc"

// ReadConfig collects npm's configuration. The strongest first: variables of the environment (npm_config_registry, in any
// case), the app's .npmrc, the user's (NPM_CONFIG_USERCONFIG, which a binding of type npmrc sets), the machine's.
func ReadConfig(app fs.FS, env map[string]string, machine string) (Config, error) {
	all := Config{}
	for _, file := range []string{machine, env["NPM_CONFIG_USERCONFIG"]} {
		if file == "" {
			continue
		}
		text, err := language.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("cannot read npm's configuration: %w", err)
		}
		all.add(string(text), env)
	}
	text, _, err := language.ReadText(app, ".npmrc")
	if err != nil {
		return nil, err
	}
	all.add(text, env)
	for name, value := range env {
		if key, ok := strings.CutPrefix(strings.ToLower(name), "npm_config_"); ok && value != "" {
			all[strings.ReplaceAll(key, "_", "-")] = value
		}
	}
	return all, nil
}

// add reads lines "key = value"; those that begin with ; or # are comments.
func (n Config) add(text string, env map[string]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		if !ok || line[0] == ';' || line[0] == '#' {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		n[strings.TrimSpace(key)] = os.Expand(strings.ReplaceAll(value, "$$", "$"), func(v string) string { return env[strings.TrimSuffix(v, "?")] })
	}
}

// Registry is the address of the registry that has a package, with a slash at the end.
func (n Config) Registry(name string) (string, error) {
	address := n["registry"]
	if scope, _, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(scope, "@") && n[scope+":registry"] != "" {
		address = n[scope+":registry"]
	}
	u, err := url.Parse(address)
	if address == "" || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		p := &language.Problem{
			What: "no npm registry is configured",
			Next: "Set NPM_CONFIG_REGISTRY to its address, or write `registry=…` into the app's .npmrc.",
		}
		if address != "" {
			p.What, p.Evidence = "the address of the npm registry is none", []string{"registry=" + address}
		}
		return "", p
	}
	return strings.TrimSuffix(address, "/") + "/", nil
}

// Authorization is the header by which a request to an address says who asks, or an empty text. Credentials belong to the
// longest address that they name ("//host/path/:_authToken"), and go nowhere else; in the clear only to a registry that is
// configured so.
func (n Config) Authorization(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && !n.isPlain(u.Host) {
		return ""
	}
	for place := "//" + u.Host + strings.TrimSuffix(u.Path, "/") + "/"; ; {
		if h := n.credentials(place); h != "" {
			return h
		}
		cut := strings.LastIndex(strings.TrimSuffix(place, "/"), "/")
		if cut < 2 {
			return ""
		}
		place = place[:cut+1]
	}
}

// isPlain tells whether a registry at this host is configured to be reached by http.
func (n Config) isPlain(host string) bool {
	for key, address := range n {
		if key == "registry" || strings.HasSuffix(key, ":registry") {
			if u, err := url.Parse(address); err == nil && u.Scheme == "http" && u.Host == host {
				return true
			}
		}
	}
	return false
}

// credentials are those of a place of a registry, as the header Authorization has them; empty for none.
func (n Config) credentials(place string) string {
	if token := n[place+":_authToken"]; token != "" {
		return "Bearer " + token
	}
	if basic := n[place+":_auth"]; basic != "" {
		return "Basic " + basic
	}
	user, secret := n[place+":username"], n[place+":_password"]
	password, err := base64.StdEncoding.DecodeString(secret)
	if user == "" || secret == "" || err != nil {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(password)))
}
