package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// What a far mirror is like: the wait before each answer, and what one connection carries.
const (
	latency   = 40 * time.Millisecond
	bandwidth = 25_000_000 // bytes a second
)

// mirror serves an archive from a directory, and fetches what is not in it yet. It can play a far one.
type mirror struct {
	dir    string
	server *http.Server
	at     string // address

	mu          sync.Mutex
	far         bool
	first, last time.Time // of transfers of packages since it is slow
	underway    int       // such transfers
	begun       time.Time // the time since when there is one
	busy        time.Duration
}

func newMirror(dir string) (*mirror, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mirror{dir: dir, at: listener.Addr().String()}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: time.Minute}
	go m.server.Serve(listener)
	return m, nil
}

func (m *mirror) Close() error { return m.server.Close() }

// sources rewrites apt sources so that they lead here: http://HOST/PATH becomes a path of this server.
func (m *mirror) sources(from, dir string) (string, error) {
	text, err := os.ReadFile(from)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "mirror.sources")
	return to, os.WriteFile(to, []byte(strings.ReplaceAll(string(text), "://", "://"+m.at+"/")), 0o644)
}

// slow makes the mirror far or near, and starts to watch the transfers of packages.
func (m *mirror) slow(far bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if far {
		m.first, m.last, m.busy = time.Time{}, time.Time{}, 0
	}
	m.far = far
}

// span is the time from the first request of a package to the last byte of one, and busy that in which one was underway.
func (m *mirror) span() (span, busy time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last.Sub(m.first), m.busy
}

// watch notes a transfer of a package, until done is called.
func (m *mirror) watch() (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.first.IsZero() {
		m.first = now
	}
	if m.underway == 0 {
		m.begun = now
	}
	m.underway++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.last = time.Now()
		if m.underway--; m.underway == 0 {
			m.busy += m.last.Sub(m.begun)
		}
	}
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	far := m.far
	m.mu.Unlock()
	if far && strings.HasSuffix(r.URL.Path, ".deb") {
		defer m.watch()()
	}
	file, err := m.file(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if file == "" {
		http.NotFound(w, r)
		return
	}
	if far {
		time.Sleep(latency)
		w = &slowWriter{ResponseWriter: w, start: time.Now()}
	}
	http.ServeFile(w, r, file)
}

// slowWriter waits until a connection of limited bandwidth would have carried what it was given.
type slowWriter struct {
	http.ResponseWriter
	start time.Time
	n     int64
}

func (s *slowWriter) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p)
	s.n += int64(n)
	time.Sleep(time.Until(s.start.Add(time.Duration(s.n) * time.Second / bandwidth)))
	return n, err
}

// file is where the answer lies; empty if the archive has none.
func (m *mirror) file(r *http.Request) (string, error) {
	sum := sha256.Sum256([]byte(r.URL.Path))
	name := filepath.Join(m.dir, hex.EncodeToString(sum[:16]))
	switch _, err := os.Stat(name); {
	case err == nil:
		return name, nil
	case !errors.Is(err, os.ErrNotExist):
		return "", err
	}
	if _, err := os.Stat(name + ".missing"); err == nil {
		return "", nil
	}
	return m.fetch(r, name)
}

// fetch gets a file from the archive that the path names: /HOST/PATH.
func (m *mirror) fetch(r *http.Request, name string) (string, error) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http:/"+r.URL.Path, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return "", os.WriteFile(name+".missing", nil, 0o644)
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the archive answered %s", answer.Status)
	}
	f, err := os.CreateTemp(m.dir, "tmp-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	if _, err := io.Copy(f, answer.Body); err != nil {
		return "", errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return name, os.Rename(f.Name(), name)
}
