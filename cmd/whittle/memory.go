package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// leastHeap is what the heap may grow to, in bytes, however little of it is alive: what a cut of a few packages holds at once, of
	// which two windows of xz are the half.
	leastHeap = 20 << 20
	// leastRoom is how much may be allocated between two collections at least, in bytes.
	leastRoom = 4 << 20
	// runtimeHeap is what Go's own runtime lets the heap grow to at GOGC=100, in bytes, and in proportion at any other.
	runtimeHeap = 4 << 20
)

// boundMemory sets after each garbage collection when the next one begins. Go by itself lets the heap double, which for a small cut is
// memory that nobody uses. A fixed limit collects without end once the work outgrows it; so the room grows with what is alive, and
// a cut of hundreds of packages has as much as Go would give it.
func boundMemory() {
	debug.SetGCPercent(gcPercent(0))
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	afterCollection(func() {
		metrics.Read(live)
		debug.SetGCPercent(gcPercent(int64(live[0].Value.Uint64())))
	})
}

// gcPercent is the value of GOGC with which the heap grows as far as heapGoal says.
func gcPercent(live int64) int {
	room := heapGoal(live) - live
	return int(min(100*leastHeap/runtimeHeap, 100*room/max(live, 1)))
}

// heapGoal is the size of the heap, in bytes, at which the garbage collector begins, where so much was alive after it ran last. Above
// leastHeap the room grows twice as fast as what is alive, until both are the same.
func heapGoal(live int64) int64 {
	return max(leastHeap, live+leastRoom, live+min(live, 2*(live-leastHeap)+leastRoom))
}

// afterCollection calls f after each garbage collection, when an object that nobody holds is found.
func afterCollection(f func()) {
	// It has a size of its own: tiny objects are not collected alone.
	unheld := new([64]byte)
	runtime.AddCleanup(unheld, func(int) {
		f()
		afterCollection(f)
	}, 0)
}
