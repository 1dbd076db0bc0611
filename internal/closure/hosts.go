package closure

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// HostRule says whose symbols a module may use without needing a library that
// has them: those of the program that loads it. Programs export them, or load
// the library that does for all to see.
type HostRule struct {
	Name    string   // as reports show it
	Program string   // who loads such modules
	Paths   []string // patterns of path.Match for a directory above the module, or for its base name; none means anywhere
	Symbols []string // beginnings of the symbols' names; none means any
	// Anchor is a symbol that the program exports. A tree that has it has the
	// program, and then the module's other symbols must be there as well. An
	// empty one stands for several programs, of which a tree may have some.
	Anchor string
	// Version finds a version in the path of a module or of a program, its digits alone, where modules of several
	// versions may be in one tree. A module of another version than the tree's programs waits for its own.
	Version *regexp.Regexp
}

var (
	luaVersion    = regexp.MustCompile(`lua/?(5)\.([0-9])`)
	pythonVersion = regexp.MustCompile(`(?:cpython-|python)(3)\.?([0-9]+)`)
)

// version is that of a path; empty where the rule has none, or the path.
func (r HostRule) version(at string) string {
	if r.Version == nil {
		return ""
	}
	found := r.Version.FindStringSubmatch(at)
	if found == nil {
		return ""
	}
	return strings.Join(found[1:], ".")
}

// Hosts answers the table of programs that load modules.
func Hosts() []HostRule {
	return []HostRule{
		{Name: "proc-service", Program: "a debugger", Paths: []string{"libthread_db*.so*"}, Symbols: []string{"ps_"}},
		{Name: "python", Program: "Python's interpreter", Symbols: []string{"Py", "_Py"}, Anchor: "Py_IsInitialized", Version: pythonVersion},
		{Name: "ruby", Program: "Ruby's interpreter", Symbols: []string{"rb_", "ruby_", "onig"}, Anchor: "ruby_init"},
		{Name: "perl", Program: "Perl's interpreter", Symbols: []string{"Perl_", "PL_", "PerlIO_"}, Anchor: "perl_construct"},
		{Name: "node", Program: "Node.js", Symbols: []string{"napi_", "node_api_", "node_module_register", "uv_", "_ZN2v8", "_ZNK2v8", "_ZN4node"}, Anchor: "napi_create_function"},
		{Name: "php", Program: "PHP", Symbols: []string{"zend_", "php_", "_zend_", "_php_", "_emalloc", "_efree", "std_object_handlers", "executor_globals"}, Anchor: "zend_parse_parameters"},
		{Name: "apache", Program: "Apache's httpd", Symbols: []string{"ap_"}, Anchor: "ap_hook_handler"},
		{Name: "nginx", Program: "nginx", Symbols: []string{"ngx_"}, Anchor: "ngx_cycle"},
		{Name: "postgresql", Program: "PostgreSQL's server", Paths: []string{"/usr/lib/postgresql/*/lib"}, Anchor: "PostmasterMain"},
		{Name: "r", Program: "R", Symbols: []string{"R_", "Rf_", "Rprintf", "SET_", "unif_rand", "norm_rand"}, Anchor: "Rf_eval"},
		{Name: "erlang", Program: "Erlang's emulator", Symbols: []string{"enif_", "driver_", "erl_drv_"}, Anchor: "enif_make_int"},
		{Name: "lua", Program: "Lua's interpreter", Symbols: []string{"lua_", "luaL_"}, Anchor: "lua_newstate", Version: luaVersion},
		{Name: "tcl", Program: "Tcl's interpreter", Symbols: []string{"Tcl_", "Tk_"}, Anchor: "Tcl_CreateInterp"},
		{Name: "ocaml", Program: "one of OCaml's programs", Paths: []string{"/usr/lib/*/ocaml"}, Symbols: []string{"caml"}},
		{Name: "java", Program: "the Java virtual machine", Symbols: []string{"JNI_", "JVM_", "jio_"}, Anchor: "JNI_CreateJavaVM"},
		{Name: "zsh", Program: "zsh", Paths: []string{"/usr/lib/*/zsh"}, Anchor: "zsh_main"},
		{Name: "bash", Program: "bash", Paths: []string{"/usr/lib/bash"}, Anchor: "builtin_usage"},
		{Name: "xorg", Program: "the X server", Paths: []string{"/usr/lib/xorg/modules"}, Anchor: "xf86AddDriver"},
		{Name: "vim", Program: "an editor", Paths: []string{"/usr/lib/*/vim"}, Anchor: "main"},
		{Name: "qemu", Program: "one of the emulators", Paths: []string{"/usr/lib/*/qemu"}},
		{Name: "dovecot", Program: "one of dovecot's programs", Paths: []string{"/usr/lib/dovecot/modules"}},
		{Name: "gcc", Program: "a compiler", Paths: []string{"/usr/lib/gcc/*/*/plugin", "/usr/lib/gcc-cross/*/*/plugin"}},
		{Name: "sudo", Program: "sudo", Paths: []string{"/usr/libexec/sudo"}, Anchor: "sudo_debug_register_v1"},
		{Name: "collectd", Program: "collectd", Paths: []string{"/usr/lib/collectd"}, Anchor: "plugin_register_read"},
		{Name: "asterisk", Program: "asterisk", Paths: []string{"/usr/lib/*/asterisk/modules"}, Anchor: "ast_module_register"},
	}
}

// covers says whether the rule is about a symbol of a module.
func (r HostRule) covers(module, symbol string) bool {
	here := len(r.Paths) == 0
	for at := module; at != "/" && at != "." && !here; at = path.Dir(at) {
		here = slices.ContainsFunc(r.Paths, func(pattern string) bool {
			// The patterns are constants; one that is wrong matches nothing.
			ok, err := path.Match(pattern, at)
			if err == nil && !ok && at == module {
				ok, err = path.Match(pattern, path.Base(module))
			}
			return ok && err == nil
		})
	}
	named := len(r.Symbols) == 0 ||
		slices.ContainsFunc(r.Symbols, func(prefix string) bool { return strings.HasPrefix(symbol, prefix) })
	return here && named
}
