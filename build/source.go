package build

import (
	"whittle.dev/whittle/slicer/packages"
)

func newLazySource(name string, open func() (packages.Source, error)) packages.Source {
	return packages.Lazy(name, open)
}
