package closure

import (
	"path"
	"slices"
	"strings"
)

// Injector is something that puts libraries into a container as it starts: no package of an image may have them.
type Injector struct {
	Name      string   // as reports show it
	libraries []string // their names before ".so"
	symbols   []string // beginnings of the names of what they export
}

// injectors has NVIDIA's Container Toolkit: the part of the driver that programs are linked with must be of the version of the
// host's kernel module. The names are those of its own lists, for computing, video, graphics and administration.
var injectors = []Injector{{
	Name: "NVIDIA's Container Toolkit",
	libraries: []string{
		"libcuda", "libcudadebugger", "libnvcuvid", "libnvidia-allocator", "libnvidia-cfg", "libnvidia-compiler", "libnvidia-encode", "libnvidia-fbc",
		"libnvidia-gpucomp", "libnvidia-ml", "libnvidia-ngx", "libnvidia-nscq", "libnvidia-nvvm", "libnvidia-opencl", "libnvidia-opticalflow",
		"libnvidia-ptxjitcompiler", "libnvidia-rtcore", "libnvoptix", "libEGL_nvidia", "libGLX_nvidia", "libvdpau_nvidia",
	},
	symbols: []string{"cu", "nv", "Nv", "optix"},
}}

// Reason says in a clause why no package is looked for.
func (i Injector) Reason() string { return i.Name + " brings it when the container starts" }

// InjectorOf answers who brings a library into containers that ask for it; the name may be a path.
func InjectorOf(soname string) (Injector, bool) {
	stem, _, ok := strings.Cut(path.Base(soname), ".so")
	if !ok {
		return Injector{}, false
	}
	for _, i := range injectors {
		if slices.Contains(i.libraries, stem) {
			return i, true
		}
	}
	return Injector{}, false
}

// exports tells whether a symbol may be one of the injector's libraries: their versions are the host's, so nobody can look.
func (i Injector) exports(s Symbol) bool {
	return slices.ContainsFunc(i.symbols, func(prefix string) bool { return strings.HasPrefix(s.Name, prefix) })
}
