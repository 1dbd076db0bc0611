package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestHeapGoal holds how far the heap may grow: little for small cuts, as far as Go lets it for large ones, and always further than
// what is alive, or Go would collect without end.
func TestHeapGoal(t *testing.T) {
	for _, row := range []struct{ live, goal int64 }{
		{0, 20}, {10, 20}, {16, 20}, {18, 22}, {20, 24}, {22, 30}, {30, 54}, {36, 72}, {100, 200}, {1000, 2000},
	} {
		if got := heapGoal(row.live << 20); got != row.goal<<20 {
			t.Errorf("with %d MiB alive the heap grows to %d bytes, want %d MiB", row.live, got, row.goal)
		}
	}
}

// The goal must follow what a command holds, and shrink again.
func TestHeapGoalFollowsWhatIsAlive(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	boundMemory()
	const most = leastHeap + leastHeap/2 // the test's own pieces are alive, too
	goal := func(right func(int64) bool) int64 {
		sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		for range 100 {
			runtime.GC()
			if metrics.Read(sample); right(int64(sample[0].Value.Uint64())) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		return int64(sample[0].Value.Uint64())
	}
	if got := goal(func(n int64) bool { return n <= most }); got > most {
		t.Errorf("with nothing alive the heap grows to %d bytes", got)
	}
	held := make([]byte, 5*leastHeap)
	if got := goal(func(n int64) bool { return n >= 2*int64(len(held)) }); got < 2*int64(len(held)) || got > 3*int64(len(held)) {
		t.Errorf("with %d bytes alive the heap grows to %d", len(held), got)
	}
	runtime.KeepAlive(held)
	held = nil
	if got := goal(func(n int64) bool { return n <= most }); got > most {
		t.Errorf("with nothing alive any more the heap grows to %d bytes", got)
	}
}
