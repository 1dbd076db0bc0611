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
	whole  bool          // with its documentation, whatever the archive keeps
	done   chan struct{} // closed when contents or err is there

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
	begun    map[string]*fetch // by identity; one that failed is forgotten when that was told
	underway sync.WaitGroup
}

func newFetchQueue(fetching, unpacking int, run func(*fetch) (*Contents, error)) *fetchQueue {
	return &fetchQueue{run: run, fetching: turns{free: fetching}, unpacking: turns{free: unpacking}, begun: map[string]*fetch{}}
}

// begin starts to get a package, or finds that somebody did.
func (q *fetchQueue) begin(ctx context.Context, p *Package, wanted bool) *fetch {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := p.identity()
	f := q.begun[id]
	if f == nil {
		f = &fetch{pkg: p, caller: ctx, done: make(chan struct{})}
		f.ctx, f.end = context.WithCancelCause(ctx)
		q.begun[id] = f
		q.underway.Go(func() {
			f.contents, f.err = q.run(f)
			f.end(errCameToEnd)
			q.settle(f)
		})
	}
	if wanted && !f.wanted {
		f.wanted = true
		select {
		case <-f.done:
		default:
			q.awaited++
		}
	}
	return f
}

// want gets a package. A fetch that failed because somebody else lost interest is begun anew.
func (q *fetchQueue) want(ctx context.Context, p *Package) (*Contents, error) {
	for {
		f := q.begin(ctx, p, true)
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if f.err == nil {
			return f.contents, nil
		}
		q.forget(f)
		if errors.Is(context.Cause(f.ctx), errCameToEnd) || ctx.Err() != nil {
			return nil, f.err
		}
	}
}

// prefetch starts to get packages that will probably be asked for. Stop ends what nobody has asked for until then.
func (q *fetchQueue) prefetch(ctx context.Context, packages []*Package) (stop func()) {
	all := make([]*fetch, len(packages))
	for i, p := range packages {
		all[i] = q.begin(ctx, p, false)
	}
	return func() {
		for _, f := range all {
			q.mu.Lock()
			wanted := f.wanted
			q.mu.Unlock()
			if !wanted {
				f.end(errCanceled)
			}
		}
	}
}

// got is what was got of a package; nil if it is not there.
func (q *fetchQueue) got(p *Package) *Contents {
	q.mu.Lock()
	f := q.begun[p.identity()]
	q.mu.Unlock()
	if f == nil {
		return nil
	}
	select {
	case <-f.done:
		return f.contents
	default:
		return nil
	}
}

func (q *fetchQueue) forget(f *fetch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.begun[f.pkg.identity()] == f {
		delete(q.begun, f.pkg.identity())
	}
}

// close cancels all fetches and waits until nothing is written any more.
func (q *fetchQueue) close() {
	q.mu.Lock()
	for _, f := range q.begun {
		f.end(errCanceled)
	}
	q.mu.Unlock()
	q.underway.Wait()
}

// do waits for a turn of the fetch, and does the work.
func (q *fetchQueue) do(f *fetch, at *turns, work func() error) error {
	mine := q.queue(f, at)
	select {
	case <-mine:
	case <-f.ctx.Done():
		q.mu.Lock()
		at.waiting = slices.DeleteFunc(at.waiting, func(t turn) bool { return t.of == f })
		q.mu.Unlock()
		select {
		case <-mine: // it came at the same moment, and is not used
			q.next(at)
		default:
		}
		return context.Cause(f.ctx)
	}
	defer q.next(at)
	return work()
}

// settle notes that a fetch has come to its end.
func (q *fetchQueue) settle(f *fetch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(f.done)
	if f.wanted {
		if q.awaited--; q.awaited == 0 { // what was kept free is not needed
			q.admit(&q.fetching)
			q.admit(&q.unpacking)
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

func (q *fetchQueue) queue(f *fetch, at *turns) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := turn{f, make(chan struct{})}
	at.waiting = append(at.waiting, t)
	q.admit(at)
	return t.come
}

// next gives a turn back.
func (q *fetchQueue) next(at *turns) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at.free++
	q.admit(at)
}

// admit lets fetches through: those first that somebody waits for, and of these the largest, that it is not left for the end.
// While one is awaited, the last turn is for it and not for what was only prefetched.
func (q *fetchQueue) admit(at *turns) {
	for at.free > 0 && len(at.waiting) > 0 {
		first := slices.MinFunc(at.waiting, func(a, b turn) int {
			if a.of.wanted != b.of.wanted {
				return cmp.Compare(b2i(b.of.wanted), b2i(a.of.wanted))
			}
			return cmp.Or(cmp.Compare(b.of.pkg.Size, a.of.pkg.Size), strings.Compare(a.of.pkg.Name, b.of.pkg.Name))
		})
		if at.free == 1 && q.awaited > 0 && !first.of.wanted {
			return
		}
		at.free--
		at.waiting = slices.DeleteFunc(at.waiting, func(t turn) bool { return t == first })
		close(first.come)
	}
}
