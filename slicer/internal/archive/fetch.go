package archive

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Fetch returns the path of a package's .deb in the cache, downloading it if it
// is not there. Its size and digests are those of the index. A Package that
// came from elsewhere, such as a lock file, is looked for at all sources by its
// Filename; SHA256 and Size decide. The file must not be changed.
func (a *Archive) Fetch(ctx context.Context, p *Package) (string, error) {
	if err := p.check(); err != nil {
		return "", fmt.Errorf("cannot fetch %w", err)
	}
	name := blobName(p.SHA256)
	if a.cache.hasBlob(p.SHA256, p.Size) {
		a.cache.touch(name, a.options.Now())
		return a.cache.path(name), nil
	}
	if a.options.Offline {
		return "", fmt.Errorf("cannot fetch package %s %s: it is not in the cache, and the network is not to be used", p.Name, p.Version)
	}
	from := a.debURLs(p)
	if err := a.transport.download(ctx, a.cache, from, p.file(), a.counter(p.Suite, p.Name, p.Size)); err != nil {
		return "", fmt.Errorf("cannot fetch package %s %s: %w", p.Name, p.Version, err)
	}
	return a.cache.path(name), nil
}

func (a *Archive) debURLs(p *Package) []*url.URL {
	file := strings.TrimPrefix(p.Filename, "./")
	if p.from != nil {
		return p.from.urls(file)
	}
	var all []*url.URL
	seen := map[string]bool{}
	for _, s := range a.sites {
		for _, u := range s.urls(file) {
			if !seen[u.String()] {
				seen[u.String()] = true
				all = append(all, u)
			}
		}
	}
	return all
}

// FetchAll fetches several packages at once and returns their paths by SHA256.
// Every package is tried; the errors are those of all that failed, in the order
// of the packages.
func (a *Archive) FetchAll(ctx context.Context, packages []*Package) (map[string]string, error) {
	paths, errs := make([]string, len(packages)), make([]error, len(packages))
	var group errgroup.Group
	group.SetLimit(a.options.Jobs)
	first := map[string]int{}
	for i, p := range packages {
		if _, twice := first[p.SHA256]; twice {
			continue
		}
		first[p.SHA256] = i
		group.Go(func() error {
			paths[i], errs[i] = a.Fetch(ctx, p)
			return nil
		})
	}
	_ = group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := make(map[string]string, len(first))
	for digest, i := range first {
		all[digest] = paths[i]
	}
	return all, nil
}
