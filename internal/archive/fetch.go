package archive

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Fetch opens a package's .deb in the cache, downloading it if it is not there.
// Its size and digests are those of the index. A Package that came from elsewhere, such as a lock file, is looked for at all
// sources by its Filename; SHA256 and Size decide. The file must not be changed.
// Once open it can be read to its end, whoever prunes the cache meanwhile.
func (a *Archive) Fetch(ctx context.Context, p *Package) (*os.File, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("cannot fetch %w", err)
	}
	if f := a.cache.openBlob(p.SHA256, p.Size); f != nil {
		a.cache.touch(blobName(p.SHA256), a.options.Now())
		return f, nil
	}
	if a.options.Offline {
		return nil, fmt.Errorf("cannot fetch package %s %s: it is not in the cache, and %w", p.Name, p.Version, ErrOffline)
	}
	f, err := a.transport.download(ctx, a.cache, a.debURLs(p), p.file(), a.counter(p.Suite, p.Name, p.Size))
	if err != nil {
		return nil, fmt.Errorf("cannot fetch package %s %s: %w", p.Name, p.Version, err)
	}
	return f, nil
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
