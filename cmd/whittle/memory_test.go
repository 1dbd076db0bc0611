package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// A limit below what is alive makes Go collect all the time: it must grow with what a command holds, and shrink again.
func TestMemoryLimitFollowsWhatIsAlive(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	boundMemory()
	held := make([]byte, 3*leastMemory)
	limit := func(right func(int64) bool) int64 {
		for range 100 {
			runtime.GC()
			if right(debug.SetMemoryLimit(-1)) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		return debug.SetMemoryLimit(-1)
	}
	if got := limit(func(n int64) bool { return n > 4*leastMemory }); got < 4*leastMemory || got > 6*leastMemory {
		t.Errorf("with %d bytes alive the limit is %d", len(held), got)
	}
	runtime.KeepAlive(held)
	held = nil
	if got := limit(func(n int64) bool { return n < 3*leastMemory }); got >= 3*leastMemory {
		t.Errorf("with nothing alive the limit stays %d", got)
	}
}
