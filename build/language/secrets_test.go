package language

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestSecretsAreHiddenHoweverTheyAreWritten gives credentials as each tool's own file has them, and says them as programs do: in
// addresses, escaped, decoded, by themselves.
func TestSecretsAreHiddenHoweverTheyAreWritten(t *testing.T) {
	for _, row := range []struct{ file, text, said string }{
		{".npmrc", "registry=https://npm.example/\n//npm.example/:_authToken=npm_S3cr3tS3cr3t\n", "npm error 401 npm_S3cr3tS3cr3t"},
		{".npmrc", "//npm.example/:_password=UzNjcjN0UzNjcjN0\n", "password is S3cr3tS3cr3t"},
		{".npmrc", "//npm.example/:_auth = \"dTpTM2NyM3RTM2NyM3Q=\"", "Authorization: Basic dTpTM2NyM3RTM2NyM3Q="},
		{"pip.conf", "[global]\nindex-url = https://bob:p%40S3cr3t%2Fx@pypi.example/simple\n", "Looking in indexes: https://bob:p%40S3cr3t%2Fx@pypi.example"},
		{"pip.conf", "[global]\nindex-url = https://bob:p%40S3cr3t%2Fx@pypi.example/simple\n", "cannot log in with p@S3cr3t/x"},
		{"pip.conf", "[global]\nindex-url = https://bob:pa/S3cr3t@pypi.example/simple\n", "no host in bob:pa/S3cr3t@pypi.example"},
		{"pip.conf", "index-url = https://S3cr3tS3cr3t@pypi.example/simple\n", "user S3cr3tS3cr3t"},
		{"pip.conf", "index-url = https://bob:S3cr3tS3cr3t@pypi.example/simple\n", "Basic Ym9iOlMzY3IzdFMzY3IzdA=="},
		{".netrc", "machine git.example login bob password S3cr3tS3cr3t\n", "fatal: S3cr3tS3cr3t"},
		{".netrc", "default\n login bob\n password S3cr3tS3cr3t", "fatal: S3cr3tS3cr3t"},
		{".git-credentials", "https://bob:S3cr3tS3cr3t@git.example\n", "fatal: 'bob' 'S3cr3tS3cr3t'"},
		{"credentials", "username=bob\npassword=S3cr3tS3cr3t\n", "S3cr3tS3cr3t"},
		{"settings.xml", "<server><username>bob</username><password>S3cr3tS3cr3t</password></server>", "status: 401 S3cr3tS3cr3t"},
		{"credentials.toml", "[registries.acme]\ntoken = \"Bearer S3cr3tS3cr3t\"\n", "token S3cr3tS3cr3t"},
		{"gradle.properties", "repoPassword=S3cr3tS3cr3t\n", "S3cr3tS3cr3t"},
		{"auth.json", `{"http-basic": {"repo.example": {"username": "bobby1", "password": "S3cr3tS3cr3t"}}}`, "bobby1 S3cr3tS3cr3t"},
		{"auth.json", `{"github-oauth": {"github.com": "ghp_S3cr3tS3cr3t"}}`, "GET https://api.example/?access_token=ghp_S3cr3tS3cr3t"},
		{"config", "---\nBUNDLE_GEMS__EXAMPLE__COM: \"bob:S3cr3tS3cr3t\"\n", "Bad username or password: S3cr3tS3cr3t"},
		{"auth.conf", "machine deb.example login bob password S3cr3tS3cr3t", "S3cr3tS3cr3t"},
		{"password", "S3cr3tS3cr3t\n", "connect: S3cr3tS3cr3t"},
		{"api-key.txt", "S3cr3tS3cr3t", "S3cr3tS3cr3t"},
	} {
		var s Secrets
		s.AddFile(row.file, row.text)
		got := s.Hide(row.said)
		if strings.Contains(got, "S3cr3t") || strings.Contains(got, "UzNjcjN0") || strings.Contains(got, "dTpTM2NyM3R") || strings.Contains(got, "Ym9iOl") || !strings.Contains(got, "…") {
			t.Errorf("%s %q: %q is told as %q", row.file, row.text, row.said, got)
		}
		if strings.Contains(row.said, "bobby1") && !strings.Contains(got, "bobby1") {
			t.Errorf("%s: a user's name is hidden: %q", row.file, got)
		}
	}
}

// TestWordsOfCredentialsAreNotHidden: what stands beside secrets occurs in every log.
func TestWordsOfCredentialsAreNotHidden(t *testing.T) {
	var s Secrets
	s.AddFile(".npmrc", "registry=https://npm.example/\n//npm.example/:_authToken=${NPM_TOKEN}\nalways-auth=true\npassword=x\n")
	s.AddEnv(map[string]string{"PATH": "/usr/bin", "NODE_ENV": "production", "TOKEN_FILE": "/run/token-file", "URL": "https://host.example/a:b/c@1.0.0"})
	const said = "GET https://npm.example/left-pad: registry, true, ${NPM_TOKEN}, x, /usr/bin, production, /run/token-file, https://host.example/a"
	if got := s.Hide(said); got != said {
		t.Errorf("got %q", got)
	}
}

// TestTheLogHidesSecretsOfPrograms has a program print a variable that the build was given.
func TestTheLogHidesSecretsOfPrograms(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, func() time.Time { return time.Time{} })
	log.Secrets().AddEnv(map[string]string{"NPM_TOKEN": "S3cr3tS3cr3t", "BUNDLE_GEMS__EXAMPLE__COM": "bob:0th3rS3cr3t", "PIP_INDEX_URL": "https://u:th1rdS3cr3t@host.example"})
	log.Line("token %s", "S3cr3tS3cr3t")
	if _, err := log.Output().Write([]byte("TOKEN=S3cr3tS3cr3t 0th3rS3cr3t th1rdS3cr3t\n" + strings.Repeat("x", 40_000) + "\n")); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "S3cr3t") || !strings.Contains(got, "token …\n") || !strings.Contains(got, "TOKEN=… … …\n") || !strings.Contains(got, "xxx… (23620 bytes more)\n") {
		t.Errorf("got %.200q … %q", got, got[len(got)-60:])
	}
}
