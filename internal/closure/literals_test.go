package closure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLibraryLiterals(t *testing.T) {
	got := LibraryLiterals([]byte(`
import ctypes, ctypes.util
from ctypes import CDLL, cdll
a = CDLL("liba.so.1")
b = ctypes.CDLL( 'libb.so.2', mode=ctypes.RTLD_GLOBAL)
c = cdll.LoadLibrary("/opt/lib/libc++x.so")
d = ffi.dlopen(
    "libd.so.4")
e = ctypes.PyDLL(name="libe.so.5")
f = find_library("f")
g = ctypes.util.find_library('g-2')
again = CDLL("liba.so.1")
raw = CDLL(r"libraw.so.3")
# CDLL("libcomment.so.1")
CDLL(f"lib{name}.so.1")
CDLL(name)
CDLL(None)
CDLL("user32.dll"); CDLL("libx.dylib"); CDLL("libc")
myCDLL("libother.so.1")
MYCDLL("libother.so.1")
`))
	want := []string{"/opt/lib/libc++x.so", "liba.so.1", "libb.so.2", "libd.so.4", "libe.so.5", "libf.so.*", "libg-2.so.*", "libraw.so.3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := LibraryLiterals(nil); got != nil {
		t.Errorf("nothing: got %v", got)
	}
}

func TestLibraryLiteralsOfRubyAndNode(t *testing.T) {
	got := LibraryLiterals([]byte(`
  ffi_lib 'libvips.so.42'
  ffi_lib ["libgobject-2.0.so.0", 'second']
  ffi_lib(FFI::Library::LIBC)
  ffi_lib library_name('vips', 42)
  dlload "libm.so.6"
  Fiddle.dlopen('libruby.so.3')
const lib = koffi.load('libnode.so.1');
const old = ffi.Library("libold.so.2", {});
// koffi.load('libcomment.so.1')
load('libnothing.so.1')
`))
	want := []string{"libgobject-2.0.so.0", "libm.so.6", "libnode.so.1", "libold.so.2", "libruby.so.3", "libvips.so.42"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzLibraryLiterals(f *testing.F) {
	f.Add([]byte("CDLL('libx.so.1')\nfind_library(\"y\")"))
	f.Fuzz(func(t *testing.T, b []byte) { LibraryLiterals(b) })
}
