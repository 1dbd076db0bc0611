package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// leastMemory is what Go's memory may grow to before the garbage collector works harder, in bytes, however little is alive. It
// is twice what is alive at once in a usual cut.
const leastMemory = 56 << 20

// boundMemory has the garbage collector keep memory below one and a half times what is alive, where Go by itself would let it
// double. The bound is set anew after each collection: one that stays while the work grows makes Go collect without end.
func boundMemory() {
	debug.SetMemoryLimit(leastMemory)
	afterCollection(func() { debug.SetMemoryLimit(memoryLimit(alive())) })
}

// memoryLimit is the bound while so many bytes are alive.
func memoryLimit(alive int64) int64 { return max(leastMemory, alive+alive/3) }

// afterCollection calls f after each garbage collection, when an object that nobody holds is found.
func afterCollection(f func()) {
	// It has a size of its own: tiny objects are not collected alone.
	unheld := new([64]byte)
	runtime.AddCleanup(unheld, func(int) {
		f()
		afterCollection(f)
	}, 0)
}

// alive is what the last garbage collection left alive, and what Go has beside the heap, in bytes.
func alive() int64 {
	sample := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(sample)
	n := func(i int) int64 { return int64(sample[i].Value.Uint64()) }
	beside := n(1)
	for i := 2; i < len(sample); i++ {
		beside -= n(i)
	}
	return n(0) + beside
}
