package java

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// wrapper is what a wrapper's properties say of the distribution that it runs. Both wrappers have scripts, and Maven's old
// form a jar, that fetch the distribution and run it; this is done here in their place, so that a file that is missing, not
// executable or made for another system does not matter, and what is fetched lies in a layer.
type wrapper struct {
	File   string // that says so
	URL    string
	SHA256 string // of the distribution; empty where the file does not say
}

const (
	mavenWrapper  = ".mvn/wrapper/maven-wrapper.properties"
	gradleWrapper = "gradle/wrapper/gradle-wrapper.properties"
)

// readWrapper reads a wrapper's properties. ok is false where there are none.
func readWrapper(files fs.FS, name string) (w wrapper, ok bool, err error) {
	text, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return w, false, nil
	}
	if err != nil {
		return w, false, fmt.Errorf("cannot read %s: %w", name, err)
	}
	all := readProperties(string(text))
	w = wrapper{File: name, URL: all["distributionUrl"], SHA256: strings.ToLower(all["distributionSha256Sum"])}
	return w, w.URL != "", nil
}

// readProperties reads a file of properties (java.util.Properties), without lines that go on.
func readProperties(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		i := strings.IndexAny(line, "=:")
		if i < 0 {
			continue
		}
		value := strings.TrimSpace(line[i+1:])
		all[strings.TrimSpace(line[:i])] = strings.NewReplacer(`\:`, ":", `\=`, "=", `\\`, `\`).Replace(value)
	}
	return all
}

// distribution is a tool in a layer.
type distribution struct {
	Home string // the folder with bin/
	Name string // "apache-maven-3.9.9"
}

// Bounds of a distribution, in bytes.
const (
	maxDistribution         = 1 << 30
	maxDistributionUnpacked = 4 << 30
)

// fetch puts the distribution into a folder below dir, unless it is there.
func (w wrapper) fetch(ctx context.Context, client *http.Client, dir, temp string) (distribution, error) {
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return distribution{}, fmt.Errorf("%s: distributionUrl=%s is no address", w.File, language.Clip(w.URL))
	}
	k := language.NewKey()
	k.Add(w.URL, w.SHA256)
	d := distribution{Home: filepath.Join(dir, k.String()[:16]), Name: strings.TrimSuffix(strings.TrimSuffix(path.Base(u.Path), ".zip"), "-bin")}
	if language.Exists(d.Home) {
		return d, nil
	}
	file, err := w.download(ctx, client, temp)
	if err != nil {
		return d, err
	}
	defer os.Remove(file)
	fresh := d.Home + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return d, fmt.Errorf("cannot make room for %s: %w", d.Name, err)
	}
	if err := unzipDistribution(file, fresh); err != nil {
		return d, fmt.Errorf("cannot unpack %s: %w", language.Clip(w.URL), err)
	}
	return d, os.Rename(fresh, d.Home)
}

// download gets the distribution that a wrapper names into a temporary file, and checks it where the wrapper has its checksum.
func (w wrapper) download(ctx context.Context, client *http.Client, temp string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		return "", err
	}
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET %s: %s", language.Clip(w.URL), res.Status)
	}
	f, err := os.CreateTemp(temp, "distribution-")
	if err != nil {
		return "", fmt.Errorf("cannot keep the distribution: %w", err)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(res.Body, maxDistribution+1))
	if err == nil && n > maxDistribution {
		err = errors.New("it is too big")
	}
	if sum := hex.EncodeToString(h.Sum(nil)); err == nil && w.SHA256 != "" && sum != w.SHA256 {
		err = &language.Problem{
			What:     "the distribution that " + w.File + " names is not the one that it gives the checksum of",
			Evidence: []string{language.Clip(w.URL), "distributionSha256Sum=" + language.Clip(w.SHA256), "downloaded: " + sum},
			Next:     "Correct distributionSha256Sum, if the distribution is the right one.",
		}
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// unzipDistribution unpacks a distribution less the one folder that all of it is in.
func unzipDistribution(file, dir string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxDistributionUnpacked)
	for _, f := range z.File {
		_, name, ok := strings.Cut(f.Name, "/")
		if !ok || name == "" || strings.HasSuffix(name, "/") {
			continue
		}
		n, err := unzipEntry(root, f, name, left)
		if err != nil {
			return fmt.Errorf("%s: %w", language.Clip(f.Name), err)
		}
		left -= n
	}
	return nil
}

// unzipEntry writes one file of an archive below a root, and returns its size.
func unzipEntry(root *os.Root, f *zip.File, name string, most int64) (int64, error) {
	if !f.Mode().IsRegular() {
		return 0, nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return 0, err
	}
	mode := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	to, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = errors.New("the archive unpacks to too much")
	}
	return n, errors.Join(err, to.Close())
}
