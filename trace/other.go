//go:build !linux || !(amd64 || arm64)

package trace

import (
	"context"
	"fmt"
	"runtime"
)

// Run is for Linux on amd64 and arm64.
func Run(context.Context, Command) (*Result, error) {
	return nil, fmt.Errorf("cannot trace on %s/%s: %w", runtime.GOOS, runtime.GOARCH, ErrNotPermitted)
}
