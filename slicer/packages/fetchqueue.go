package packages

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
)

// fetch is the getting of one package: its download, and its unpacking into the store.
type fetch struct {
	pkg    *Package
	caller context.Context // of whoever asked first, or prefetched it
	ctx    context.Context // ends before the caller's when nobody is interested any more
	end    context.CancelCauseFunc
	wanted bool          // somebody waits for it; guarded by fetchQueue.mu
	done   chan struct{} // closed when the rest is there

	contents *Contents
	err      error
}

// What ends the context of a fetch, but for that of its caller: it has come to its own end, or nobody is interested any
// more.
var (
	errCameToEnd = errors.New("it came to its end")
	errCanceled  = errors.New("nobody asks for it")
)

// fetchQueue has the packages that are being got. One is got once, however many ask for it, and may be begun before anybody
// does. Downloads wait for the network and unpacking for the processor, so each has a width of its own, and a package is
// unpacked while the next ones arrive.
type fetchQueue struct {
	run       func(*fetch) (*Contents, error)
	fetching  turns
	unpacking turns

	mu       sync.Mutex
	awaited  int               // fetches underway that somebody waits for
	begun    map[string]*fetch // by the SHA-256 of the .deb; one that failed is forgotten when that was told
	underway sync.WaitGroup
}

func newFetchQueue(fetching, unpacking int, run func(*fetch) (*Contents, error)) *fetchQueue {
	return &fetchQueue{run: run, fetching: turns{free: fetching}, unpacking: turns{free: unpacking}, begun: map[string]*fetch{}}
}

// begin starts to get a package, or finds that somebody did.
func (s *fetchQueue) begin(ctx context.Context, p *Package, wanted bool) *fetch {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.begun[p.SHA256]
	if e == nil {
		e = &fetch{pkg: p, caller: ctx, done: make(chan struct{})}
		e.ctx, e.end = context.WithCancelCause(ctx)
		s.begun[p.SHA256] = e
		s.underway.Go(func() {
			e.contents, e.err = s.run(e)
			e.end(errCameToEnd)
			s.settle(e)
		})
	}
	if wanted && !e.wanted {
		e.wanted = true
		select {
		case <-e.done:
		default:
			s.awaited++
		}
	}
	return e
}

// want gets a package. A fetch that failed because somebody else lost interest is begun anew.
func (s *fetchQueue) want(ctx context.Context, p *Package) (*Contents, error) {
	for {
		e := s.begin(ctx, p, true)
		select {
		case <-e.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if e.err == nil {
			return e.contents, nil
		}
		s.forget(e)
		if errors.Is(context.Cause(e.ctx), errCameToEnd) || ctx.Err() != nil {
			return nil, e.err
		}
	}
}

// prefetch starts to get packages that will probably be asked for. Stop ends what nobody has asked for until then.
func (s *fetchQueue) prefetch(ctx context.Context, packages []*Package) (stop func()) {
	all := make([]*fetch, len(packages))
	for i, p := range packages {
		all[i] = s.begin(ctx, p, false)
	}
	return func() {
		for _, e := range all {
			s.mu.Lock()
			wanted := e.wanted
			s.mu.Unlock()
			if !wanted {
				e.end(errCanceled)
			}
		}
	}
}

// got is what was got of a package; nil if it is not there.
func (s *fetchQueue) got(digest string) *Contents {
	s.mu.Lock()
	e := s.begun[digest]
	s.mu.Unlock()
	if e == nil {
		return nil
	}
	select {
	case <-e.done:
		return e.contents
	default:
		return nil
	}
}

func (s *fetchQueue) forget(e *fetch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun[e.pkg.SHA256] == e {
		delete(s.begun, e.pkg.SHA256)
	}
}

// close cancels all fetches and waits until nothing is written any more.
func (s *fetchQueue) close() {
	s.mu.Lock()
	for _, e := range s.begun {
		e.end(errCanceled)
	}
	s.mu.Unlock()
	s.underway.Wait()
}

// do waits for a turn of the fetch, and does the work.
func (s *fetchQueue) do(e *fetch, at *turns, work func() error) error {
	mine := s.queue(e, at)
	select {
	case <-mine:
	case <-e.ctx.Done():
		s.mu.Lock()
		at.waiting = slices.DeleteFunc(at.waiting, func(t turn) bool { return t.of == e })
		s.mu.Unlock()
		select {
		case <-mine: // it came at the same moment, and is not used
			s.next(at)
		default:
		}
		return context.Cause(e.ctx)
	}
	defer s.next(at)
	return work()
}

// settle notes that a fetch has come to its end.
func (s *fetchQueue) settle(e *fetch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(e.done)
	if e.wanted {
		if s.awaited--; s.awaited == 0 { // what was kept free is not needed
			s.admit(&s.fetching)
			s.admit(&s.unpacking)
		}
	}
}

// turns let a few fetches through at a time. They are guarded by fetchQueue.mu.
type turns struct {
	free    int
	waiting []turn
}

type turn struct {
	of   *fetch
	come chan struct{} // closed when it does
}

func (s *fetchQueue) queue(e *fetch, at *turns) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := turn{e, make(chan struct{})}
	at.waiting = append(at.waiting, t)
	s.admit(at)
	return t.come
}

// next gives a turn back.
func (s *fetchQueue) next(at *turns) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at.free++
	s.admit(at)
}

// admit lets fetches through: those first that somebody waits for, and of these the largest, that it is not left for the end.
// While one is awaited, the last turn is for it and not for what was only prefetched.
func (s *fetchQueue) admit(at *turns) {
	for at.free > 0 && len(at.waiting) > 0 {
		first := slices.MinFunc(at.waiting, func(a, b turn) int {
			if a.of.wanted != b.of.wanted {
				return cmp.Compare(b2i(b.of.wanted), b2i(a.of.wanted))
			}
			return cmp.Or(cmp.Compare(b.of.pkg.Size, a.of.pkg.Size), strings.Compare(a.of.pkg.Name, b.of.pkg.Name))
		})
		if at.free == 1 && s.awaited > 0 && !first.of.wanted {
			return
		}
		at.free--
		at.waiting = slices.DeleteFunc(at.waiting, func(t turn) bool { return t == first })
		close(first.come)
	}
}
