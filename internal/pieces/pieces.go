// Package pieces does work on all processors.
package pieces

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Each calls f with every number from 0 to n-1, on all processors. Each processor has a piece of neighbours, in their order: files of one
// directory are read by one. A piece ends at its first error, and the error of the lowest number is returned.
func Each(n int, f func(i int) error) error {
	workers := min(n, runtime.GOMAXPROCS(0))
	errs := make([]error, workers)
	var group errgroup.Group
	for w := range workers {
		group.Go(func() error {
			for i := w * n / workers; i < (w+1)*n/workers && errs[w] == nil; i++ {
				errs[w] = f(i)
			}
			return nil
		})
	}
	_ = group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
