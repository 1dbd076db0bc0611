package python

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// layerStandalone holds a CPython that is not Debian's.
const layerStandalone = "python-standalone"

// standaloneUV fetches builds of CPython made to be relocated (python-build-standalone): uv knows them with their digests.
const standaloneUV = "uv==0.8.22"

// chooseSource takes the interpreter from where BP_PYTHON_SOURCE says: Debian's, or a standalone one.
func (p *python) chooseSource(ctx context.Context) error {
	p.interpreter = systemPython
	if p.Setting("BP_PYTHON_SOURCE") != "standalone" {
		return nil
	}
	request, from, err := p.request()
	if err != nil {
		return err
	}
	layer, err := p.Layer(layerStandalone)
	if err != nil {
		return err
	}
	key := strings.Join([]string{standaloneUV, request, p.Setting("BP_PYTHON_MIRROR")}, " ")
	if p.Reusable(layer, key) {
		p.Log.Line("CPython %s: unchanged, from the cache", request)
	} else if layer, err = p.fetchStandalone(ctx, layer, request, from); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(layer.Path, "*", "bin", "python3"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("cannot use the standalone CPython %s: there are %d interpreters in what was fetched", request, len(found))
	}
	p.interpreter = found[0]
	layer.Launch, layer.Cache = true, true
	p.standalone, p.standaloneKey = layer.Path, key
	p.Keep(layer, key)
	return nil
}

// request is the version that uv is asked for: the strongest wish of the app, else the one of the release.
func (p *python) request() (request, from string, err error) {
	all, err := p.wishes()
	if err != nil {
		return "", "", err
	}
	if len(all) == 0 {
		return cmp.Or(p.Builder.Version("python"), "3"), "nothing asks for another", nil
	}
	if strings.Contains(all[0].Spec, "||") {
		return "", "", &language.Problem{
			What: "cannot choose a standalone Python", Evidence: []string{all[0].String()}, Next: "Name one version in BP_PYTHON_VERSION.",
		}
	}
	return strings.ReplaceAll(all[0].Spec, " ", ""), all[0].From, nil
}

// fetchStandalone has uv fetch a CPython into the layer, and removes what no program runs.
func (p *python) fetchStandalone(ctx context.Context, layer language.Layer, request, from string) (language.Layer, error) {
	p.Log.Line("fetching CPython %s, made to be relocated (%s)", request, from)
	layer, err := p.Reset(layer)
	if err != nil {
		return layer, err
	}
	tool := filepath.Join(p.Temp, "uv")
	install := systemPip("install", standaloneUV, "--quiet", "--disable-pip-version-check", "--no-input", "--target", tool)
	if err := p.Run(ctx, language.Command{Args: install, What: "pip install", Dir: p.Temp, Env: p.Env}); err != nil {
		return layer, fmt.Errorf("cannot install %s: %w", standaloneUV, err)
	}
	env := language.With(p.Env, map[string]string{"UV_CACHE_DIR": filepath.Join(p.Temp, "uv-cache"), "UV_NATIVE_TLS": "true", "HOME": p.Temp})
	if mirror := p.Setting("BP_PYTHON_MIRROR"); mirror != "" {
		env["UV_PYTHON_INSTALL_MIRROR"] = mirror
	}
	fetch := []string{filepath.Join(tool, "bin", "uv"), "python", "install", request, "--managed-python", "--no-bin", "--install-dir", layer.Path}
	if err := p.Run(ctx, language.Command{Args: fetch, What: "uv python install", Dir: p.Temp, Env: env}); err != nil {
		return layer, fmt.Errorf("cannot fetch CPython %s: %w", request, err)
	}
	return layer, p.trimStandalone(layer.Path)
}

// trimStandalone removes from a CPython what apps don't run: headers, static libraries, test suites, pip, windows' parts and
// uv's own files.
func (p *python) trimStandalone(dir string) error {
	for _, pattern := range []string{
		".*", "*/include", "*/share", "*/lib/*.a", "*/lib/pkgconfig", "*/lib/python3*/config-*", "*/lib/python3*/test", "*/lib/python3*/idlelib", "*/lib/python3*/ensurepip",
		"*/lib/python3*/turtledemo", "*/lib/python3*/lib2to3", "*/lib/python3*/site-packages/pip*", "*/bin/pip*", "*/bin/idle*", "*/bin/2to3*", "*/bin/*-config",
	} {
		if err := removeMatches(dir, pattern); err != nil {
			return err
		}
	}
	// Links of a minor version that lead to the folder of the exact one would be a second interpreter.
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("cannot list the standalone CPython: %w", err)
	}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("cannot remove %s: %w", e.Name(), err)
			}
		}
	}
	if err := removeBytecode(dir); err != nil {
		return err
	}
	return language.Settle(dir)
}
