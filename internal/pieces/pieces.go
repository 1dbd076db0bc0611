// Package pieces does work on all processors.
package pieces

import (
	"runtime"
	"sync"
)

// All calls f with every number from 0 to n-1, on all processors. Each processor has a piece of neighbours, in their order: files of one
// directory are read by one.
func All(n int, f func(i int)) {
	_ = Each(n, func(i int) error {
		f(i)
		return nil
	})
}

// Each is All of what may fail: a piece ends at its first error, and the error of the lowest number is returned.
func Each(n int, f func(i int) error) error {
	workers := min(n, runtime.GOMAXPROCS(0))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers && errs[w] == nil; i++ {
				errs[w] = f(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
