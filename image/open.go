package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/fetch"
)

// Places is where images are read from and written to. The zero value knows directories and layouts, and registries
// without credentials.
type Places struct {
	Keychain  authn.Keychain    // nil: anonymous
	Daemon    daemon.Client     // nil: there is none
	Transport http.RoundTripper // nil: the default one
	Temp      string            // an existing directory for the bodies of files
	Arch      string            // which image of a multi-architecture one: Debian's name
	headOnly  bool              // no layer of an image is read, and what is opened has no FS
}

// Opened is an image, or a directory, that can be looked into. It must be closed.
type Opened struct {
	Ref    string         // where it was found: "daemon:NAME", "registry:NAME", "oci:DIR", a path
	Digest string         // of the image's manifest; of a daemon's image, its image ID; empty where Image is nil
	Image  v1.Image       // nil for a directory and for the tar of a root
	Config *v1.ConfigFile // nil as Image is
	FS     *layerfs.FS
	Of     int // how many images its index has; 0 where it was found by itself
	close  []func() error
}

// Close lets go of the files that hold the image's content.
func (o *Opened) Close() error {
	var errs []error
	for _, c := range o.close {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// Open finds an image. A prefix decides where: "daemon:NAME", "registry:NAME", and "layout:DIR" or "oci:DIR" for an OCI layout,
// also one in a tar. A plain REF is a directory (an OCI layout or a root) or a tar (of docker save, of a layout, or of a root) if
// there is such a path, else a name in the daemon, else one in a registry.
func (p Places) Open(ctx context.Context, ref string) (*Opened, error) {
	o, err := p.open(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("cannot open image %s: %w", ref, err)
	}
	return o, nil
}

// Head opens an image as Open does, but reads none of its layers: it has no FS.
func (p Places) Head(ctx context.Context, ref string) (*Opened, error) {
	p.headOnly = true
	return p.Open(ctx, ref)
}

func (p Places) open(ctx context.Context, ref string) (*Opened, error) {
	kind, rest, _ := strings.Cut(ref, ":")
	switch kind {
	case "oci", "layout":
		return p.openLayout(ctx, rest)
	case "daemon":
		i, err := p.fromDaemon(ctx, rest)
		if cerrdefs.IsNotFound(err) {
			return nil, errors.New("the daemon does not have it")
		}
		if err != nil {
			return nil, err
		}
		return p.openDaemon(ctx, ref, i)
	case "registry":
		img, err := p.fromRegistry(ctx, rest)
		return p.merge(ctx, ref, img, err)
	}
	if i, err := os.Stat(ref); err == nil {
		return p.openPath(ctx, ref, i)
	}
	return p.openName(ctx, ref)
}

func (p Places) openName(ctx context.Context, ref string) (*Opened, error) {
	if _, err := name.ParseReference(ref, name.WeakValidation); err != nil {
		return nil, errors.New("there is no file or directory of that name, and no image has such a one")
	}
	why := "no daemon can be asked"
	if p.Daemon != nil {
		i, err := p.fromDaemon(ctx, ref)
		if err == nil {
			return p.openDaemon(ctx, "daemon:"+ref, i)
		}
		if why = err.Error(); cerrdefs.IsNotFound(err) {
			why = "the daemon does not have it"
		}
	}
	img, err := p.fromRegistry(ctx, ref)
	if err != nil {
		return nil, nowhere{fmt.Errorf("there is no file or directory of that name; %s; the registry does not give it: %w", why, err)}
	}
	return p.merge(ctx, "registry:"+ref, img, nil)
}

// ErrNowhere is the kind of the error about a name that was looked for in all places, and is in none.
var ErrNowhere = errors.New("no place has the image")

type nowhere struct{ error }

func (n nowhere) Unwrap() error { return n.error }

func (nowhere) Is(target error) bool { return target == ErrNowhere }

func (p Places) openPath(ctx context.Context, ref string, i fs.FileInfo) (*Opened, error) {
	switch {
	case i.Mode().IsRegular():
		return p.openTar(ctx, ref)
	case !i.IsDir():
		return nil, errors.New("it is neither a directory nor a regular file")
	}
	if _, err := os.Stat(filepath.Join(ref, "oci-layout")); err == nil {
		return p.openLayout(ctx, ref)
	}
	root, err := os.OpenRoot(ref)
	if err != nil {
		return nil, err
	}
	f, bodies, err := layerfs.OfDir(ctx, root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Opened{Ref: ref, FS: f, close: []func() error{bodies.Close, root.Close}}, nil
}

func (p Places) openLayout(ctx context.Context, dir string) (*Opened, error) {
	if i, err := os.Stat(dir); err == nil && i.Mode().IsRegular() {
		a, err := readArchive(ctx, dir)
		if err != nil {
			return nil, err
		}
		return p.openArchivedLayout(ctx, a)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s is no OCI layout: %w", dir, err)
	}
	index, err := ociLayout{layoutDir{root}}.index()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no OCI layout: %w", dir, err), root.Close())
	}
	img, err := p.choose(index)
	o, err := p.merge(ctx, "oci:"+dir, img, err)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	o.close = append(o.close, root.Close)
	return o, nil
}

func (p Places) fromRegistry(ctx context.Context, ref string) (v1.Image, error) {
	n, err := name.ParseReference(ref, name.WeakValidation)
	if err != nil {
		return nil, err
	}
	d, err := remote.Get(n, p.Remote(ctx)...)
	if err != nil {
		return nil, err
	}
	if d.MediaType.IsIndex() {
		index, err := d.ImageIndex()
		if err != nil {
			return nil, err
		}
		return p.choose(remoteIndex{index})
	}
	return d.Image()
}

// Remote is how registries are asked: with the logins and the transport of p, and until ctx is done. One that says nothing for a while is
// given up.
func (p Places) Remote(ctx context.Context) []remote.Option {
	o := []remote.Option{remote.WithContext(ctx), remote.WithUserAgent("whittle")}
	if p.Keychain != nil {
		o = append(o, remote.WithAuthFromKeychain(p.Keychain))
	}
	transport := p.Transport
	if transport == nil {
		transport = remote.DefaultTransport
	}
	return append(o, remote.WithTransport(fetch.Attentive(transport, fetch.Silence)))
}
