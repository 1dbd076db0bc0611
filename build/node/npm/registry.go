// Package npm is a client of npm registries, for what a build needs of Node.js before it has an npm: runtimes and package managers.
package npm

import (
	"context"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
)

// Bounds of what a registry may send, in bytes.
const (
	maxIndex   = 64 << 20  // a package's list of versions
	maxTarball = 256 << 20 // a package, compressed
	maxPackage = 1 << 30   // and unpacked
)

// Registry is the registries that a configuration names, and how they are asked.
type Registry struct {
	Config Config
	Client *http.Client
}

// Release is a version of a package.
type Release struct {
	Version string
	Semver  *semver.Version
	dist    dist
}

// Sums are the SHA-512 sums of its tarball; none of a release that no registry told.
func (v Release) Sums() [][]byte { return sums(v.dist.Integrity) }

type dist struct {
	Integrity string `json:"integrity"` // Subresource Integrity: "sha512-…", others beside it
	Tarball   string `json:"tarball"`
}

// Releases lists the versions of a package that have a checksum, the newest first; without those before a release.
func (r Registry) Releases(ctx context.Context, name string) ([]Release, error) {
	base, err := r.Config.Registry(name)
	if err != nil {
		return nil, err
	}
	// npm's own abbreviated form has what an installation needs, and is a tenth as long.
	body, err := r.get(ctx, name, base+strings.ReplaceAll(name, "/", "%2f"), "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var index struct {
		Versions map[string]struct {
			Dist dist `json:"dist"`
		} `json:"versions"`
	}
	if err := json.NewDecoder(io.LimitReader(body, maxIndex)).Decode(&index); err != nil {
		return nil, r.fault(name, base, fmt.Errorf("cannot read its list of versions: %w", err))
	}
	var all []Release
	for version, v := range index.Versions {
		parsed, err := semver.StrictNewVersion(version)
		if err == nil && parsed.Prerelease() == "" && strings.Contains(v.Dist.Integrity, "sha512-") {
			all = append(all, Release{Version: version, Semver: parsed, dist: v.Dist})
		}
	}
	slices.SortFunc(all, func(a, b Release) int { return b.Semver.Compare(a.Semver) })
	return all, nil
}

// get asks for an address. The package's name is for errors.
func (r Registry) get(ctx context.Context, name, address, accept string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, r.fault(name, address, err)
	}
	req.Header.Set("Accept", accept)
	if h := r.Config.Authorization(address); h != "" {
		req.Header.Set("Authorization", h)
	}
	res, err := r.Client.Do(req)
	if err != nil {
		return nil, r.fault(name, address, err)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close() // the status is what counts
		return nil, r.fault(name, address, &statusError{res.StatusCode, res.Status})
	}
	return res.Body, nil
}

type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return "it answers " + e.text }

// fault is the problem of a registry that does not give what it should, with advice that fits.
func (r Registry) fault(name, address string, err error) error {
	next := "Check the network of the build, or set NPM_CONFIG_REGISTRY to a registry that it reaches."
	var status *statusError
	switch {
	case errors.As(err, &status) && (status.code == 401 || status.code == 403):
		next = "Give credentials: a service binding of type npmrc with a file .npmrc, or a line //host/:_authToken=${NPM_TOKEN} in the app's .npmrc."
	case errors.As(err, &status) && status.code == 404:
		next = "The registry that NPM_CONFIG_REGISTRY or .npmrc names lacks this package: name one that mirrors the public registry."
	case strings.Contains(err.Error(), "x509") || strings.Contains(err.Error(), "certificate"):
		next = "Add a service binding of type ca-certificates with the certificate of your network."
	}
	if u, perr := url.Parse(address); perr == nil {
		u.User = nil
		address = u.Host
	}
	return &language.Problem{What: "cannot get " + name + " from the npm registry " + address, Evidence: []string{err.Error()}, Next: next, Err: err}
}

// Unpack downloads a version and writes those of its files that take accepts into dir, an empty folder, by the names that take
// returns. The tarball's first folder is not part of the names that take sees. It is unpacked while it comes, and checked
// against its checksum before anything of it is used: where that is not right, dir is empty again.
func (r Registry) Unpack(ctx context.Context, name string, v Release, dir, temp string, take Taking) error {
	file, err := os.CreateTemp(temp, "npm-*.tgz")
	if err != nil {
		return fmt.Errorf("cannot download %s: %w", name, err)
	}
	defer func() {
		_ = file.Close() // nobody wants it any more
		_ = os.Remove(file.Name())
	}()
	coming := newArrival(file)
	go func() { coming.end(r.download(ctx, name, v, coming)) }()
	err = extract(coming.reader(), dir, take)
	if wrong := coming.wait(); wrong != nil { // whatever came of it
		if err := language.Empty(dir); err != nil {
			return fmt.Errorf("cannot remove what was unpacked of %s: %w", name, err)
		}
		return wrong
	}
	if err != nil {
		return fmt.Errorf("cannot unpack %s %s: %w", name, v.Version, err)
	}
	return nil
}

// download gets a tarball and holds it against its checksum.
func (r Registry) download(ctx context.Context, name string, v Release, to io.Writer) error {
	body, err := r.get(ctx, name+" "+v.Version, v.dist.Tarball, "*/*")
	if err != nil {
		return err
	}
	defer body.Close()
	sum := sha512.New()
	n, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(body, maxTarball+1))
	if err == nil && n > maxTarball {
		err = fmt.Errorf("it has more than %d bytes", maxTarball)
	}
	if err == nil && !matches(v.dist.Integrity, sum.Sum(nil)) {
		err = fmt.Errorf("its sha512 is not the one that the registry's index has (%s)", v.dist.Integrity)
	}
	if err != nil {
		return r.fault(name+" "+v.Version, v.dist.Tarball, err)
	}
	return nil
}

// matches tells whether a SHA-512 sum is among those of a Subresource Integrity text.
func matches(integrity string, sum []byte) bool {
	return slices.ContainsFunc(sums(integrity), func(want []byte) bool { return subtle.ConstantTimeCompare(want, sum) == 1 })
}

// sums are the SHA-512 sums of a Subresource Integrity text; what it says by other functions is left out.
func sums(integrity string) [][]byte {
	var all [][]byte
	for one := range strings.FieldsSeq(integrity) {
		encoded, ok := strings.CutPrefix(one, "sha512-")
		if sum, err := base64.StdEncoding.DecodeString(encoded); ok && err == nil {
			all = append(all, sum)
		}
	}
	return all
}
