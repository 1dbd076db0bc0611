package packages

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// record notes which fetches are run in which order. Each takes a second of its turn.
type record struct {
	mu    sync.Mutex
	begun []string
	fail  error
}

func (r *record) fetchQueue(unpacking int) *fetchQueue {
	var q *fetchQueue
	q = newFetchQueue(1, unpacking, func(e *fetch) (*Contents, error) {
		err := q.do(e, &q.unpacking, func() error {
			r.mu.Lock()
			r.begun = append(r.begun, e.pkg.Name)
			r.mu.Unlock()
			time.Sleep(time.Second)
			return r.fail
		})
		return &Contents{}, err
	})
	return q
}

func sized(name string, size int64) *Package { return &Package{Name: name, SHA256: name, Size: size} }

func TestPackageIsGotOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		q := r.fetchQueue(2)
		q.prefetch(t.Context(), []*Package{sized("a", 1)})
		var group sync.WaitGroup
		var got [3]*Contents
		for i := range got {
			group.Go(func() { got[i], _ = q.want(t.Context(), sized("a", 1)) })
		}
		group.Wait()
		if len(r.begun) != 1 || got[0] == nil || got[0] != got[1] || got[1] != got[2] {
			t.Errorf("begun %v, got %v", r.begun, got)
		}
	})
}

// TestWantedGoesBeforeForeseen also holds that a turn is kept free for what somebody waits for, and used when nobody does.
func TestWantedGoesBeforeForeseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		q := r.fetchQueue(2)
		q.prefetch(t.Context(), []*Package{sized("s", 1), sized("m", 2), sized("l", 3), sized("x", 4)})
		synctest.Wait()
		slices.Sort(r.begun) // the first two come as they come
		first := slices.Clone(r.begun)
		var group sync.WaitGroup
		group.Go(func() { _, _ = q.want(t.Context(), sized("w", 1)) })
		synctest.Wait()
		group.Wait()
		q.underway.Wait()
		if len(first) != 2 || len(r.begun) != 5 || r.begun[2] != "w" {
			t.Errorf("begun %v, and these first: %v", r.begun, first)
		}
	})
}

func TestForeseenFetchesEndWhenNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		q := r.fetchQueue(1)
		stop := q.prefetch(t.Context(), []*Package{sized("a", 3)})
		synctest.Wait()
		stopMore := q.prefetch(t.Context(), []*Package{sized("b", 2), sized("c", 1)})
		var group sync.WaitGroup
		group.Go(func() { _, _ = q.want(t.Context(), sized("c", 1)) })
		synctest.Wait()
		stop()
		stopMore()
		group.Wait()
		if !slices.Equal(r.begun, []string{"a", "c"}) {
			t.Errorf("begun %v", r.begun)
		}
		if _, err := q.want(t.Context(), sized("b", 2)); err != nil || !slices.Contains(r.begun, "b") {
			t.Errorf("asked for after it was dropped: begun %v, error %v", r.begun, err)
		}
	})
}

func TestFailureOfAFetchIsToldAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record{fail: errors.New("no such file")}
		q := r.fetchQueue(1)
		q.prefetch(t.Context(), []*Package{sized("a", 1)})
		if _, err := q.want(t.Context(), sized("a", 1)); !errors.Is(err, r.fail) || len(r.begun) != 1 {
			t.Errorf("begun %v, error %v", r.begun, err)
		}
		r.fail = nil
		if _, err := q.want(t.Context(), sized("a", 1)); err != nil || len(r.begun) != 2 {
			t.Errorf("begun %v, error %v", r.begun, err)
		}
	})
}

func TestFetchQueuesEndWithTheirCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		q := r.fetchQueue(1)
		ctx, cancel := context.WithCancel(t.Context())
		q.prefetch(ctx, []*Package{sized("a", 2)})
		synctest.Wait()
		var failed error
		var group sync.WaitGroup
		group.Go(func() { _, failed = q.want(ctx, sized("b", 1)) })
		synctest.Wait()
		cancel()
		group.Wait()
		q.close()
		if !errors.Is(failed, context.Canceled) || !slices.Equal(r.begun, []string{"a"}) || q.unpacking.free != 1 {
			t.Errorf("begun %v, error %v, %d turns free", r.begun, failed, q.unpacking.free)
		}
	})
}
