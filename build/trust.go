package build

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/project"
)

// systemBundle is the certificate bundle of the build image, below its root.
const systemBundle = "etc/ssl/certs/ca-certificates.crt"

// certificateVariables are the names by which tools of all languages take a certificate bundle.
var certificateVariables = []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"}

// trust is the certificates that the user bound to the build.
type trust struct {
	Names []string // of the bindings
	PEM   []byte   // the build image's bundle and theirs; nil where nothing was bound
}

// readTrust reads the bindings of type ca-certificates: every file is a certificate.
func readTrust(bindings []binding, root fs.FS) (trust, error) {
	var t trust
	for _, b := range bindings {
		if b.Type != "ca-certificates" {
			continue
		}
		if err := t.add(b); err != nil {
			return t, err
		}
	}
	if len(t.Names) == 0 {
		return trust{}, nil
	}
	if system, err := fs.ReadFile(root, systemBundle); err == nil {
		t.PEM = append(append(system, '\n'), t.PEM...)
	}
	return t, nil
}

// add adds the certificates of a binding.
func (t *trust) add(b binding) error {
	for _, name := range b.Files {
		text, err := fs.ReadFile(b.files, name)
		if err != nil {
			return fmt.Errorf("cannot read binding %s: %w", b.Name, err)
		}
		if !strings.Contains(string(text), "-----BEGIN CERTIFICATE-----") {
			return badBinding(b.Name, name+" holds no PEM certificate", "Put nothing but certificates in PEM (-----BEGIN CERTIFICATE-----) into it.")
		}
		t.PEM = append(append(t.PEM, text...), '\n')
	}
	if len(b.Files) == 0 {
		return badBinding(b.Name, "it is of type ca-certificates and holds no certificate", "Add a file with the certificate in PEM.")
	}
	t.Names = append(t.Names, b.Name)
	return nil
}

// env writes the bundle into dir and returns the variables that name it, those of languages' own tools among them. The bundle is
// for the build only: what an app trusts at run time is not the build's business.
func (t trust) env(dir string, languages []language.Language) (map[string]string, error) {
	if t.PEM == nil {
		return nil, nil
	}
	file := filepath.Join(dir, "ca-certificates.crt")
	if err := os.WriteFile(file, t.PEM, 0o644); err != nil {
		return nil, fmt.Errorf("cannot write certificate bundle: %w", err)
	}
	vars := map[string]string{}
	for _, v := range certificateVariables {
		vars[v] = file
	}
	for _, l := range languages {
		for _, v := range l.Certificates {
			vars[v] = file
		}
	}
	return vars, nil
}

// layerCertificates holds the program that has an app's processes trust what is bound to the container.
const layerCertificates = "certificates"

// trustAtLaunch puts that program into the image where the setting asks for it, which is named as in Paketo's buildpacks. It is no
// default, because the program is as large as many an app.
func (b *builder) trustAtLaunch() error {
	const setting = "BP_ENABLE_RUNTIME_CERT_BINDING"
	if on, err := project.Truth(b.Env, setting); err != nil || on == nil || !*on {
		return err
	}
	layer, err := b.layer(layerCertificates)
	if err != nil {
		return err
	}
	if _, err := b.ownProgram(layer, "exec.d", "certificates"); err != nil {
		return err
	}
	b.log.Line("certificates: the image trusts those of bindings of type ca-certificates when it starts (%s)", setting)
	return nil
}

// transport trusts the bundle. Without a binding it is the default one: crypto/x509 reads SSL_CERT_FILE by itself.
func (t trust) transport() http.RoundTripper {
	if t.PEM == nil {
		return http.DefaultTransport
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(t.PEM)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return transport
}
