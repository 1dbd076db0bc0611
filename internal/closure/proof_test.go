package closure

import (
	"bytes"
	"debug/elf"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

func prove(t *testing.T, floor []FloorLibrary, libs ...Library) []Finding {
	t.Helper()
	got, err := Prove(t.Context(), libs, floor, Search{SearchDirs: []string{"/lib"}, CacheDirs: []string{"/l"}})
	if err != nil {
		t.Fatal(err)
	}
	return got.Findings
}

func TestProve(t *testing.T) {
	libc := library(t, "/lib/libc.so.6", slicertest.ELF{Soname: "libc.so.6", Define: []string{"puts@@GLIBC_2.2.5", "new@@GLIBC_2.38", "secret@@GLIBC_PRIVATE", "old@GLIBC_2.2.5"}})
	floor := []FloorLibrary{libc.Floor()}
	loader := library(t, "/lib/ld.so", slicertest.ELF{Soname: "ld.so"})
	for _, c := range []struct {
		name string
		libs []Library
		want []Finding
	}{
		{"all is there", []Library{
			loader,
			library(t, "/app/x", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"libc.so.6", "liba.so"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6", "a", "b"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}, Needed: []string{"libb.so"}}),
			library(t, "/l/libb.so", slicertest.ELF{Soname: "libb.so", Define: []string{"b"}}),
		}, nil},
		{
			"library",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libgone.so.1"}})},
			[]Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libgone.so.1", Reason: NotFound}},
		},
		{
			"library of another machine",
			[]Library{
				library(t, "/app/x", slicertest.ELF{Needed: []string{"libx.so"}}),
				library(t, "/l/libx.so", slicertest.ELF{Soname: "libx.so", Machine: elf.EM_AARCH64}),
			},
			[]Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libx.so", Reason: WrongArchitecture}},
		},
		{
			"interpreter",
			[]Library{library(t, "/app/x", slicertest.ELF{Interp: "/lib64/ld.so"})},
			[]Finding{{Kind: MissingInterpreter, Importer: "/app/x", Name: "/lib64/ld.so", Reason: NotFound}},
		},
		{
			"version of the floor",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"newer@GLIBC_2.99:libc.so.6"}})},
			[]Finding{
				{Kind: MissingSymbol, Importer: "/app/x", Name: "newer", Version: "GLIBC_2.99", Provider: "/lib/libc.so.6"},
				{Kind: MissingVersion, Importer: "/app/x", Name: "libc.so.6", Version: "GLIBC_2.99", Provider: "/lib/libc.so.6"},
			},
		},
		{"private version of the same floor", []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"secret@GLIBC_PRIVATE:libc.so.6"}})}, nil},
		{"symbol of the floor, not versioned", []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"puts"}})}, nil},
		{
			"hidden symbol of the floor, not versioned",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"old"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "old"}},
		},
		{
			"strong symbol",
			[]Library{library(t, "/app/x", slicertest.ELF{Undefined: []string{"nowhere"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "nowhere"}},
		},
		{"weak symbol", []Library{library(t, "/app/x", slicertest.ELF{Undefined: []string{"nowhere?"}})}, nil},
		{
			"symbol of a library that nobody needs",
			[]Library{
				library(t, "/app/x", slicertest.ELF{Undefined: []string{"a"}}),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "a"}},
		},
		{"library without any versions", []Library{
			library(t, "/app/x", slicertest.ELF{Needed: []string{"liba.so"}, Undefined: []string{"a@V1:liba.so"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}}),
		}, nil},
		{"module uses what a program exports", []Library{
			loader,
			library(t, "/app/python", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"libpy.so"}, Define: []string{"PyInit"}}),
			library(t, "/l/libpy.so", slicertest.ELF{Soname: "libpy.so", Define: []string{"PyList"}}),
			library(t, "/app/mod.so", slicertest.ELF{Undefined: []string{"PyInit", "PyList"}}),
		}, nil},
		{"module uses a module beside it", []Library{
			library(t, "/jvm/libawt_headless.so", slicertest.ELF{Define: []string{"AWTFont"}}),
			library(t, "/jvm/libfontmanager.so", slicertest.ELF{Undefined: []string{"AWTFont"}}),
		}, nil},
		{
			"module uses a module elsewhere",
			[]Library{
				library(t, "/other/libawt_headless.so", slicertest.ELF{Define: []string{"AWTFont"}}),
				library(t, "/jvm/libfontmanager.so", slicertest.ELF{Undefined: []string{"AWTFont"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/jvm/libfontmanager.so", Name: "AWTFont"}},
		},
		{
			"library uses what another program exports",
			[]Library{
				loader,
				library(t, "/app/one", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}}),
				library(t, "/app/two", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"callback"}}),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"callback"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "callback"}},
		},
		{"library uses what its program exports", []Library{
			loader,
			library(t, "/app/one", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}, Define: []string{"callback"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"callback"}}),
		}, nil},
		{"library that nobody needs, which wants functions of whoever opens it", []Library{
			library(t, "/l/libdebug.so.1", slicertest.ELF{Soname: "libdebug.so.1", Needed: []string{"libc.so.6"}, Undefined: []string{"ps_getpid", "puts@GLIBC_2.2.5:libc.so.6"}}),
		}, nil},
		{
			"library that nobody needs, of a newer C library",
			[]Library{library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Needed: []string{"libc.so.6"}, Undefined: []string{"far@GLIBC_2.38:libc.so.6"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "far", Version: "GLIBC_2.38", Provider: "/lib/libc.so.6"}},
		},
		{
			"library that a library needs",
			[]Library{
				needs(t, "/l", "libb.so", "liba.so"),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"nowhere"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "nowhere"}},
		},
		{"private library by its program's RPATH", []Library{
			loader,
			library(t, "/opt/app", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}, RPath: "/opt/lib"}),
			needs(t, "/opt/lib", "liba.so", "libb.so"), needs(t, "/opt/lib", "libb.so"),
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, prove(t, floor, c.libs...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestProveBelievesAFloorWithoutSymbols(t *testing.T) {
	floor := []FloorLibrary{{Soname: "libc.so.6", Versions: []string{"GLIBC_2.2.5"}}}
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6", "bare"}})
	if got := prove(t, floor, app); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	app = library(t, "/app/x", slicertest.ELF{Undefined: []string{"bare"}})
	if got := prove(t, floor, app); len(got) != 1 {
		t.Errorf("an object that does not need the floor: got %+v", got)
	}
}

func TestProveWantsSymbols(t *testing.T) {
	b := slicertest.ELF{Soname: "libx.so"}.Bytes()
	o, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Prove(t.Context(), []Library{{Path: "/l/libx.so", Object: o}}, nil, Search{})
	if err == nil || !strings.Contains(err.Error(), "symbols were not read") {
		t.Errorf("got %v", err)
	}
}

// What Solve calls complete, Prove must find complete, and what Solve misses,
// Prove must find.
func TestProveAgreesWithSolve(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"liba.so", "libgone.so"}, RPath: "/p"})
	found := offer(needs(t, "/p", "liba.so", "libb.so"), needs(t, "/l/odd", "libb.so"))
	result := solve(t, Request{Roots: []Library{app}, Find: found})
	libs := append([]Library{app}, result.Added...)
	got, err := Prove(t.Context(), libs, nil, Search{Cache: cacheEntries(libs, result.Edges), SearchDirs: []string{"/lib"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libgone.so", Reason: NotFound}}
	if diff := cmp.Diff(want, got.Findings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What the program that loads a module must bring is believed and noted; but not
// of a program that is in the tree, and not for a library that others need.
func TestProveNotesWhatTheLoadingProgramBrings(t *testing.T) {
	loader := library(t, "/lib/ld.so", slicertest.ELF{Soname: "ld.so"})
	python := library(t, "/usr/bin/python3", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"Py_IsInitialized", "PyList_New"}})
	for _, c := range []struct {
		name     string
		libs     []Library
		notes    []Note
		findings []string
	}{
		{"the debugger's services", []Library{
			library(t, "/lib/libthread_db.so.1", slicertest.ELF{Soname: "libthread_db.so.1", Undefined: []string{"ps_pdread", "ps_getpid", "other@V:libc.so"}}),
		}, []Note{{Importer: "/lib/libthread_db.so.1", Symbols: []string{"ps_getpid", "ps_pdread"}, Rule: "proc-service", Program: "a debugger"}}, []string{"other"}},
		{"a module of Python without Python", []Library{
			library(t, "/app/m.so", slicertest.ELF{Undefined: []string{"PyList_New", "cblas_dgemm"}}),
		}, []Note{{Importer: "/app/m.so", Symbols: []string{"PyList_New"}, Rule: "python", Program: "Python's interpreter"}}, []string{"cblas_dgemm"}},
		{"a module of another Python", []Library{
			loader, python, library(t, "/app/m.so", slicertest.ELF{Undefined: []string{"PyList_New", "PyUnicode_Gone"}}),
		}, nil, []string{"PyUnicode_Gone"}},
		{"a module in the directory above, and what it needs", []Library{
			loader,
			library(t, "/usr/bin/Xorg", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"xf86AddDriver"}}),
			library(t, "/usr/lib/xorg/modules/drivers/modesetting_drv.so", slicertest.ELF{Undefined: []string{"xf86AddDriver", "gbm_bo_create", "glamor_init"}}),
			library(t, "/usr/lib/xorg/modules/libglamoregl.so", slicertest.ELF{Needed: []string{"libgbm.so.1"}, Define: []string{"glamor_init"}}),
			library(t, "/l/libgbm.so.1", slicertest.ELF{Soname: "libgbm.so.1", Define: []string{"gbm_bo_create"}}),
		}, []Note{
			{Importer: "/usr/lib/xorg/modules/drivers/modesetting_drv.so", Symbols: []string{"gbm_bo_create"}, Provider: "/l/libgbm.so.1"},
			{Importer: "/usr/lib/xorg/modules/drivers/modesetting_drv.so", Symbols: []string{"glamor_init"}, Provider: "/usr/lib/xorg/modules/libglamoregl.so"},
		}, nil},
		{"a module of a program that is one of several", []Library{
			loader,
			library(t, "/usr/bin/qemu-x", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"type_register"}}),
			library(t, "/usr/lib/x/qemu/hw-s390x.so", slicertest.ELF{Undefined: []string{"type_register", "have_virtio_ccw"}}),
		}, []Note{{Importer: "/usr/lib/x/qemu/hw-s390x.so", Symbols: []string{"have_virtio_ccw"}, Rule: "qemu", Program: "one of the emulators"}}, nil},
		{"a module elsewhere, of the same program", []Library{
			loader,
			library(t, "/usr/sbin/nginx", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"ngx_cycle"}}),
			library(t, "/usr/lib/nginx/modules/ngx_http_perl_module.so", slicertest.ELF{Undefined: []string{"ngx_cycle"}, Define: []string{"ngx_http_perl_handle_request"}}),
			library(t, "/usr/lib/x/perl5/5.40/auto/nginx/nginx.so", slicertest.ELF{Undefined: []string{"ngx_http_perl_handle_request", "ngx_gone"}}),
		}, []Note{{
			Importer: "/usr/lib/x/perl5/5.40/auto/nginx/nginx.so", Symbols: []string{"ngx_http_perl_handle_request"},
			Provider: "/usr/lib/nginx/modules/ngx_http_perl_module.so", Rule: "nginx",
		}}, []string{"ngx_gone"}},
		{"a library that a program needs is no module", []Library{
			loader,
			library(t, "/usr/bin/x", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"libpy.so"}}),
			library(t, "/l/libpy.so", slicertest.ELF{Soname: "libpy.so", Undefined: []string{"PyList_New"}}),
		}, nil, []string{"PyList_New"}},
		{"a library that nothing needs", []Library{
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"b"}}),
			library(t, "/l/libb.so", slicertest.ELF{Soname: "libb.so", Define: []string{"b"}}),
		}, []Note{{Importer: "/l/liba.so", Symbols: []string{"b"}, Rule: "unneeded", Program: "whoever links to it"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Prove(t.Context(), c.libs, nil, Search{SearchDirs: []string{"/lib"}, CacheDirs: []string{"/l"}})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range got.Findings {
				names = append(names, f.Name)
			}
			if diff := cmp.Diff(c.findings, names); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.notes, got.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
}

// TestProveFindsHostsThatModulesOpen lets a module open the library of its own host, as PostgreSQL's module for Python opens
// Python's: modules for that host have its symbols. Those of another version of a host wait for their own.
func TestProveFindsHostsThatModulesOpen(t *testing.T) {
	loader := library(t, "/lib/ld.so", slicertest.ELF{Soname: "ld.so"})
	tree := []Library{
		loader,
		library(t, "/usr/bin/postgres", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"PostmasterMain"}}),
		library(t, "/usr/lib/postgresql/17/lib/plpython3.so", slicertest.ELF{Needed: []string{"libpython3.13.so.1.0"}}),
		library(t, "/l/libpython3.13.so.1.0", slicertest.ELF{Soname: "libpython3.13.so.1.0", Define: []string{"Py_IsInitialized", "PyList_New"}}),
		library(t, "/usr/lib/python3.13/lib-dynload/_json.cpython-313-x86_64-linux-gnu.so", slicertest.ELF{Undefined: []string{"PyList_New"}}),
		library(t, "/usr/bin/lua5.4", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"lua_newstate", "lua_callk"}}),
		library(t, "/usr/lib/x86_64-linux-gnu/lua/5.1/socket.so", slicertest.ELF{Undefined: []string{"luaL_register"}}),
		library(t, "/usr/lib/x86_64-linux-gnu/lua/5.4/socket.so", slicertest.ELF{Undefined: []string{"lua_callk"}}),
	}
	got, err := Prove(t.Context(), tree, nil, Search{SearchDirs: []string{"/l"}})
	if err != nil || len(got.Findings) > 0 {
		t.Fatalf("got %+v, %v; want nothing missing", got.Findings, err)
	}
	// What the host of the same version lacks is missing all the same.
	tree = append(tree,
		library(t, "/usr/lib/x86_64-linux-gnu/lua/5.4/old.so", slicertest.ELF{Undefined: []string{"luaL_register"}}),
		library(t, "/usr/lib/python3.13/lib-dynload/_gone.cpython-313-x86_64-linux-gnu.so", slicertest.ELF{Undefined: []string{"PyGone"}}),
	)
	if got, err = Prove(t.Context(), tree, nil, Search{SearchDirs: []string{"/l"}}); err != nil {
		t.Fatal(err)
	}
	want := []Finding{
		{Kind: MissingSymbol, Importer: "/usr/lib/python3.13/lib-dynload/_gone.cpython-313-x86_64-linux-gnu.so", Name: "PyGone"},
		{Kind: MissingSymbol, Importer: "/usr/lib/x86_64-linux-gnu/lua/5.4/old.so", Name: "luaL_register"},
	}
	if diff := cmp.Diff(want, got.Findings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestHostsAreSound(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Hosts() {
		if names[r.Name] || r.Name == "" || r.Program == "" || len(r.Paths)+len(r.Symbols) == 0 {
			t.Errorf("rule %q has a name twice, or none, or covers everything", r.Name)
		}
		names[r.Name] = true
		for _, pattern := range r.Paths {
			if _, err := path.Match(pattern, "x"); err != nil {
				t.Errorf("rule %s: pattern %q: %v", r.Name, pattern, err)
			}
		}
	}
}
