package maintscript

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/compiled"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

const (
	caDir       = "usr/share/ca-certificates"
	caBundle    = "etc/ssl/certs/ca-certificates.crt"
	javaCacerts = "etc/ssl/certs/java/cacerts"
)

// caBundle joins the certificates of ca-certificates into the bundle that update-ca-certificates would write: all of
// them, sorted by path, each ending in a newline. OpenSSL's own default is the bundle (/usr/lib/ssl/cert.pem leads there), and so is
// that of GnuTLS; see certificateLinks for those who are given the directory.
func (m maker) caBundle() error {
	var bundle bytes.Buffer
	var from []*plan.File
	for _, f := range m.certificates() {
		data, err := f.Read(1 << 20)
		if err != nil {
			return err
		}
		bundle.Write(data)
		if !bytes.HasSuffix(data, []byte("\n")) {
			bundle.WriteByte('\n')
		}
		from = append(from, f)
	}
	m.put(caBundle, slices.Clip(bundle.Bytes()), from...)
	return nil
}

// certificateName are the letters that update-ca-certificates replaces in the names of links.
var certificateName = strings.NewReplacer(" ", "_", "(", "=", ")", "=", ",", "_")

// certificateLinks makes the links in /etc/ssl/certs by which a certificate is found in a directory: its name, and the hash of its
// subject with a number. Whoever is given a directory of authorities (-CApath, SSL_CERT_DIR) looks for these. They are made for the
// package as a whole: a slice is what it lists.
func (m maker) certificateLinks() error {
	taken := map[string]int{}
	for _, f := range m.certificates() {
		if !m.Whole[f.Package] || !m.Want.Floor.Shows(m.Layer(caBundle, f.Layer), caBundle) {
			continue
		}
		data, err := f.Read(1 << 20)
		if err != nil {
			return err
		}
		hash, err := subjectHash(data)
		if err != nil {
			m.Omit("/"+f.Path, err.Error(), m.rule)
			continue
		}
		name := certificateName.Replace(strings.TrimSuffix(path.Base(f.Path), ".crt")) + ".pem"
		for _, l := range []madeFile{
			{path: path.Join(path.Dir(caBundle), name), link: "/" + f.Path},
			{path: path.Join(path.Dir(caBundle), fmt.Sprintf("%s.%d", hash, taken[hash])), link: name},
		} {
			if err := m.linkOnce(f, l); err != nil {
				return err
			}
		}
		taken[hash]++
	}
	return nil
}

// subjectHash is the hash of the first certificate of a PEM file.
func subjectHash(data []byte) (string, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return "", errors.New("it is no certificate in PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("it is no certificate: %w", err)
	}
	return compiled.SubjectHash(c.RawSubject)
}

// certificates are the planned files of ca-certificates, sorted by path.
func (m maker) certificates() []*plan.File {
	var all []*plan.File
	for dir := range m.in {
		if !paths.IsBelow(dir, caDir) {
			continue
		}
		for _, f := range m.in[dir] {
			if strings.HasSuffix(f.Path, ".crt") && f.Kind == tree.File {
				all = append(all, f)
			}
		}
	}
	slices.SortFunc(all, func(a, b *plan.File) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// javaCacerts makes the key store that ca-certificates-java would make, if a link of the cut leads there, as that of a Java
// runtime does, or if the cut has the store's directory. Certificates that are in the run image's bundle are taken from the
// package, because a cut cannot read a run image.
func (m maker) javaCacerts() error {
	asks := m.linkTo(javaCacerts)
	if asks == nil {
		asks = m.ByPath[path.Dir(javaCacerts)]
	}
	if asks == nil || m.Here(javaCacerts) {
		return nil
	}
	files := m.certificates()
	if len(files) == 0 {
		var err error
		if files, err = m.certificatesOfPackage(); err != nil {
			return err
		}
	}
	var trusted []compiled.Certificate
	for _, f := range files {
		data, err := f.Read(1 << 20)
		if err != nil {
			return err
		}
		if block, _ := pem.Decode(data); block != nil && block.Type == "CERTIFICATE" {
			name := strings.TrimSuffix(path.Base(f.Path), ".crt")
			trusted = append(trusted, compiled.Certificate{Alias: "debian:" + strings.ToLower(name) + ".pem", DER: block.Bytes})
		}
	}
	if len(trusted) == 0 {
		m.Omit("/"+javaCacerts, "there are no certificates to put there", asks.Path)
		return nil
	}
	m.put(javaCacerts, compiled.JavaKeyStore(trusted), asks)
	return nil
}

func (m maker) linkTo(at string) *plan.File {
	for _, f := range m.Sorted() {
		if f.Kind == tree.Symlink && debian.LinkTarget(f.Path, f.Link) == at {
			return f
		}
	}
	return nil
}

func (m maker) certificatesOfPackage() ([]*plan.File, error) {
	pkg, err := m.Peek("ca-certificates")
	if errors.Is(err, packages.ErrNoPackage) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*plan.File
	for _, e := range pkg.Entries {
		if paths.IsBelow(e.Path, caDir) && strings.HasSuffix(e.Path, ".crt") && e.Kind == tree.File {
			all = append(all, &plan.File{File: manifest.File{Path: e.Path, Package: pkg.Name}, From: pkg.Contents, At: e})
		}
	}
	return all, nil
}
