package build

import "whittle.dev/whittle/slicer"

func newLazySource(name string, open func() (slicer.Source, error)) slicer.Source {
	return slicer.Lazy(name, open)
}
