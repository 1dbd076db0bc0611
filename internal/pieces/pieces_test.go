package pieces

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

func TestEachCallsEveryNumberOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 1000} {
		calls := make([]atomic.Int32, n)
		if err := Each(n, func(i int) error { calls[i].Add(1); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("of %d: %d was called %d times", n, i, got)
			}
		}
	}
}

// TestEachReturnsTheErrorOfTheLowestNumber has every number from 100 on fail: whoever is fastest, the answer is the same.
func TestEachReturnsTheErrorOfTheLowestNumber(t *testing.T) {
	for range 50 {
		err := Each(1000, func(i int) error {
			if i >= 100 {
				return fmt.Errorf("number %d: %w", i, errors.ErrUnsupported)
			}
			return nil
		})
		if err == nil || err.Error() != "number 100: unsupported operation" {
			t.Fatalf("got %v", err)
		}
	}
}
