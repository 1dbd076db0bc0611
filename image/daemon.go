package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/moby/moby/client"

	"whittle.dev/whittle/internal/stage"
)

// inDaemon is an image of the daemon.
type inDaemon struct {
	v1.Image
	saved *savedOnce
}

// fromDaemon finds an image in the daemon; its content is read when it is opened.
func (p Places) fromDaemon(ctx context.Context, ref string) (inDaemon, error) {
	if p.Daemon == nil {
		return inDaemon{}, errors.New("no daemon can be asked")
	}
	n, err := name.ParseReference(ref, name.WeakValidation)
	if err != nil {
		return inDaemon{}, err
	}
	s := &savedOnce{Client: p.Daemon, temp: p.Temp}
	img, err := daemon.Image(n, daemon.WithContext(ctx), daemon.WithClient(s), daemon.WithUnbufferedOpener())
	return inDaemon{img, s}, err
}

func (p Places) openDaemon(ctx context.Context, ref string, i inDaemon) (*Opened, error) {
	o, err := p.merge(ctx, ref, i.Image, nil)
	if err != nil {
		return nil, errors.Join(err, i.saved.close())
	}
	o.close = append(o.close, i.saved.close)
	return o, nil
}

// savedOnce is a daemon that is asked for the tar of one image just once: every layer that is read would be another save of
// the whole image. The tar is a file without a name; the library's own buffer in a file stays in the temporary directory when the
// process is done.
type savedOnce struct {
	daemon.Client
	temp string

	mu   sync.Mutex
	file *os.File
	id   string // of the image, where it was asked for by that
}

// ImageInspect notes an image that was asked for by its ID or the beginning of that, as docker lists it: its save would be asked for by
// the same as by a name, which no image has.
func (s *savedOnce) ImageInspect(ctx context.Context, ref string, options ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	found, err := s.Client.ImageInspect(ctx, ref, options...)
	if digest := strings.TrimPrefix(found.ID, "sha256:"); err == nil && digest != "" && strings.HasPrefix(digest, strings.TrimPrefix(ref, "sha256:")) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.id = found.ID
	}
	return found, err
}

func (s *savedOnce) ImageSave(ctx context.Context, images []string, options ...client.ImageSaveOption) (client.ImageSaveResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		images = []string{s.id}
	}
	if s.file == nil {
		if err := s.save(ctx, images, options); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(io.NewSectionReader(s.file, 0, math.MaxInt64)), nil
}

func (s *savedOnce) save(ctx context.Context, images []string, options []client.ImageSaveOption) error {
	saved, err := s.Client.ImageSave(ctx, images, options...)
	if err != nil {
		return err
	}
	defer saved.Close()
	f, err := stage.Unnamed(s.temp)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, saved); err != nil {
		return errors.Join(fmt.Errorf("it cannot be saved: %w", err), f.Close())
	}
	s.file = f
	return nil
}

func (s *savedOnce) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
