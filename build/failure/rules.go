package failure

import "regexp"

// mkmfFailed is what mkmf writes when a gem gives up.
var mkmfFailed = regexp.MustCompile(`^\*\*\* extconf\.rb failed \*\*\*`)

// configureFailed is what a script of Autoconf's ends with.
var configureFailed = regexp.MustCompile(`^configure: error: `)

// rules are tried in order; the first that finds a line decides.
var rules = []rule{
	{kind: NoSpace, pattern: regexp.MustCompile(`No space left on device|\bENOSPC\b`)},
	{kind: SmallHeap, pattern: regexp.MustCompile(`JavaScript heap out of memory`), names: []string{"Node.js"}},
	{kind: SmallHeap, pattern: regexp.MustCompile(`OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded)`), names: []string{"Java"}},
	{kind: OldDigest, pattern: regexp.MustCompile(`\bERR_OSSL_EVP_UNSUPPORTED\b|digital envelope routines::?(?:initialization error|unsupported)`)},
	{kind: NoMemory, pattern: regexp.MustCompile(`signal: killed|\bKilled signal\b|Cannot allocate memory|virtual memory exhausted|\(signal: 9, SIGKILL`)},

	// Composer tries ssh last, after a download and a clone by https have failed.
	{kind: NoSSH, pattern: regexp.MustCompile(`\bssh: (?:command )?not found|cannot run ssh: No such file`), without: regexp.MustCompile(`via https, ssh protocols`)},

	// What the system lacks.
	{kind: Header, pattern: regexp.MustCompile(`fatal error: '?([\w.+/-]+\.(?:h|hh|hpp|hxx)|[\w.+/-]+)'?(?:: No such file or directory| file not found)`)},
	{kind: Program, pattern: regexp.MustCompile(`\b([\w.+-]+-?_?config) executable not found`)},
	{kind: Program, pattern: regexp.MustCompile(`Could not run ([\w.+-]+-config)\b`)},
	{kind: Program, pattern: regexp.MustCompile(`[Tt]he '([\w.+-]+)' (?:command|program|executable) appears not to be installed`)},
	{kind: Library, pattern: regexp.MustCompile(`cannot find -l([\w.+-]+)|unable to find library -l([\w.+-]+)`), all: true},
	{kind: PkgConfig, pattern: regexp.MustCompile(`Command 'pkg-config --exists ([\w.+-]+)'`), all: true, any: true},
	{kind: PkgConfig, pattern: regexp.MustCompile(`Could not find ([\w.+-]+) via pkg-config`)},
	{kind: PkgConfig, pattern: regexp.MustCompile(`The file .([\w.+-]+)\.pc. needs to be installed`)},
	{kind: PkgConfig, pattern: regexp.MustCompile(`Package '?([\w.+-]+)'?(?:, required by '[^']*',)? (?:was )?not found`)},
	{kind: PkgConfig, pattern: regexp.MustCompile(`No package '([\w.+-]+)' found|Dependency "([\w.+-]+)" not found|None of the required '([\w.+-]+)' found`)},
	{kind: CMakePackage, pattern: regexp.MustCompile(`(?:provided by|configuration file for package) "([\w.+-]+)"|^Could NOT find ([\w.+-]+)`)},
	{kind: Library, pattern: regexp.MustCompile(`^(?:\S+: )?ERROR: C(?:\+\+|PP)? (?:shared or static )?library '([\w.+-]+)' not found`)},
	{kind: PkgConfig, pattern: regexp.MustCompile(`make sure the libxml2 and libxslt development packages`), names: []string{"libxslt", "libxml-2.0"}},
	{kind: Header, pattern: regexp.MustCompile(`headers or library files could not be found for jpeg`), names: []string{"jpeglib.h"}},
	{kind: Header, pattern: regexp.MustCompile(`headers or library files could not be found for zlib`), names: []string{"zlib.h"}},
	{kind: Program, pattern: regexp.MustCompile(`^error: can't find Rust compiler`), names: []string{"rustc"}}, // setuptools-rust
	{kind: Program, pattern: regexp.MustCompile(`^Cargo, the Rust package manager, is not installed`), names: []string{"cargo"}},
	{kind: Program, pattern: regexp.MustCompile("is `([\\w.+-]+)` not installed\\?")},
	{kind: Program, pattern: regexp.MustCompile(`^(?:/bin/)?(?:ba)?sh: (?:line )?(?:\d+: )?([\w.+-]+): (?:command )?not found|: line \d+: ([\w.+-]+): command not found`)},
	{kind: Program, pattern: regexp.MustCompile(`No such file or directory: '([\w.+-]+)'$|exec: "([\w.+-]+)": executable file not found|Program '([\w.+-]+)' not found|linker .([\w.+-]+). not found|not found: (make|gcc|g\+\+|cc)$|^make: ([\w.+-]+): No such file or directory`)},
	// mkmf, by which Ruby's native gems look for what they need, and the words of gems that lack something.
	{kind: Header, pattern: regexp.MustCompile(`^Can't find the '?([\w./+-]+\.h)'? header|^(?:ERROR: )?([\w./+-]+\.h) is missing\b`)},
	{kind: Header, pattern: regexp.MustCompile(`mysql client is missing`), names: []string{"mysql.h"}},
	{kind: PkgConfig, pattern: regexp.MustCompile(`(?:libxml2|xml2) is missing`), names: []string{"libxml-2.0"}},
	{kind: Header, pattern: regexp.MustCompile(`^checking for ([\w./+-]+\.h)\.\.\. no$`), with: mkmfFailed},
	{kind: Library, pattern: regexp.MustCompile(`^checking for (?:\S+\(\) in )?-l([\w.+-]+)\.\.\. no$`), with: mkmfFailed},
	{kind: Header, pattern: regexp.MustCompile(`^checking for ([\w./+-]+\.h)\.\.\. no$`), with: configureFailed},
	{kind: Library, pattern: regexp.MustCompile(`^checking for \S+ in -l([\w.+-]+)\.\.\. no$`), with: configureFailed},
	{kind: PkgConfig, pattern: regexp.MustCompile(`^Run-time dependency (\S+) found: NO`), with: regexp.MustCompile(`ERROR: Neither a subproject directory nor a \S+ file was found`)},

	{kind: OtherLibrary, pattern: regexp.MustCompile(`bindings of (\S+) \S+ require at least (lib\S+ \S+), but (\S+) was found`)},

	// An index that names other versions was reached.
	{kind: NoSuchVersion, pattern: regexp.MustCompile(`Could not find gem '([\w.-]+ \([^']+\))'`), with: regexp.MustCompile(`contains the following gems matching`)},
	{kind: NoSuchVersion, pattern: regexp.MustCompile(`Your bundle is locked to ([\w.-]+ \([^)]+\))`)},
	{kind: NoSuchVersion, pattern: regexp.MustCompile(`satisfies the requirement ([^ ]+).* \(from versions: [^n]`)},

	// The way to an index.
	{kind: Untrusted, pattern: regexp.MustCompile(`CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|self[- ]signed certificate|unable to get local issuer certificate|certificate signed by unknown authority|SSL certificate problem|SSL peer certificate|invalid peer certificate|[Pp]roblem with the SSL CA cert|PKIX path building failed|Could not verify the SSL certificate`)},
	{kind: Unreachable, pattern: regexp.MustCompile(`getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|lookup ([\w.-]+)(?: on [\w.:\[\]]+)?: (?:no such host|.*server misbehaving|.*i/o timeout)|[Cc]ould not resolve host:? '?([\w.-]+)|host='([\w.-]+)'.*(?:Failed to establish|timed out)|Failed to connect to ([\w.-]+) port|Unknown host ([\w.-]+)|UnknownHostException: ([\w.-]+)|failed to lookup address information|[Cc]ould(?:n't| not) resolve host ?name|Could not reach host ([\w.-]+)|\bImport 'https?://([\w.:-]+)/[^']*' failed|Failed to open TCP connection to ([\w.-]+:\d+)`)},
	{kind: Unreachable, pattern: regexp.MustCompile(`dial tcp ([\w.:\[\]-]+): |connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) ([\w.:-]+)|Name or service not known|Temporary failure in name resolution|Failed to establish a new connection|[Nn]etwork is unreachable|ConnectTimeoutError|ReadTimeoutError|[Cc]onnection (?:timed out|refused)|i/o timeout|\bETIMEDOUT\b|\bECONNRESET\b|Cannot connect to proxy|ERR_SOCKET_TIMEOUT|\bDNSResolveFailed\b|\bFailedToOpenSocket\b|^error: ConnectionRefused\b`)},
	{kind: Insecure, pattern: regexp.MustCompile(`The repository located at ([\w.:-]+) is not a trusted or secure host and is being ignored`)},
	{kind: Unauthorized, pattern: regexp.MustCompile(`\b401 Unauthorized|\bE401\b|\bE403\b|\bENEEDAUTH\b|401 Client Error|403 Client Error|HTTP error 40[13]\b|\(HTTP 40[13]\)|terminal prompts disabled|could not read Username for '([^']+)'|[Aa]uthentication (?:failed|required)|status code: 40[13]\b|Authentication is required for|Bad username or password for`)},

	// What an index does not have.
	{kind: NoSuchPackage, pattern: regexp.MustCompile(`satisfies the requirement ([^ ]+).* \(from versions: none\)`)},
	{kind: NoSuchVersion, pattern: regexp.MustCompile(`No matching version found for (\S+?)\.?(?: |$)|Couldn't find any versions for "([^"]+)" that matches|(\S+@npm:\S+): No candidates found|404 Not Found - GET \S+/-/([^/\s]+)\.tgz$|GET \S+/-/([^/\s]+)\.tgz: Not Found - 404|/-/([^/\s]+)\.tgz: Request failed "404|failed to select a version for the requirement .([^` + "`" + `]+)|(\S+@\S+): invalid version: unknown revision|^(?:go: |\S+\.go:\d+:\d+: )?(\S+@\S+): (?:invalid version: )?reading \S+: (?:403 Forbidden|404 Not Found|410 Gone)|version "(\S+)" invalid|No candidate version|requires (\S+ \S+), found .* but it does not match the constraint|download (go[\w.]+): `)},
	{kind: NoSuchPackage, pattern: regexp.MustCompile(`requires (\S+), it could not be found in any version|requested resource '([^']+)' could not be found|'([^']+)' is not in this registry|no matching package named .([\w-]+)|404 Not Found - GET \S+/([^/\s]+)$|Couldn't find package "([^"]+)" on the|GET \S+/([^/\s]+): Not Found - 404|([^\s@]+|@[^\s@]+)@npm:\S+: Package not found|module (\S+): reading \S+: (?:403 Forbidden|404 Not Found|410 Gone)|repository '([^']+)' not found|Could not find gem '([\w.-]+)[^']*'`)},
	{kind: Tampered, pattern: regexp.MustCompile(`DO NOT MATCH THE HASHES|\bEINTEGRITY\b|checksum mismatch|SECURITY ERROR|ERR_PNPM_TARBALL_INTEGRITY|checksum for .* changed|checksum verification of the file failed`)},
	{kind: Conflict, pattern: regexp.MustCompile(`conflicting dependencies|\bERESOLVE (?:unable|could not)|^npm (?:error|ERR!) (?:Found: |peer )|No solution found when resolving| requires .* -> |failed to select a version for .[\w-]+|^Could not find compatible versions|^The user requested \S+|^[\w.-]+(?:\[[\w,.-]+\])? \d\S* depends on \S|^Because (?:every version of )?\S+ (?:[<>=~ .\d]+ )?depends on `), all: true},
	{kind: Stale, pattern: regexp.MustCompile("can only install packages when your package.json and|ERR_PNPM_OUTDATED_LOCKFILE|needs to be updated but --(?:locked|frozen-lockfile)|lockfile would have been (?:modified|created)|pyproject.toml changed significantly|lock ?file is not up to date|Expected the checksum to reference its cache key|missing go.sum entry|no required module provides package|updates to go.mod needed|lockfile can't be updated because frozen mode")},

	{kind: BrokenPackage, pattern: regexp.MustCompile(`^error in (\S+) setup command: `)}, // setuptools, about arguments that it knows no more

	// What the app's folder lacks, or asks for.
	{kind: File, pattern: regexp.MustCompile(`^(/\S+)$`), with: regexp.MustCompile(`^does not contain a CMakeLists\.txt file`)},
	{kind: File, pattern: regexp.MustCompile(`add_subdirectory given source "([^"]+)" which is not an existing|Could not find toolchain file: (\S+)|ERROR: Neither a subproject directory nor a (\S+\.wrap) file was found`)},
	{kind: File, pattern: regexp.MustCompile(`^([\w./+-]+)$`), above: regexp.MustCompile(`^(?:Cannot find source file|include could not find requested file):$`)},
	{kind: File, pattern: regexp.MustCompile(`No rule to make target '([^']+)', needed by |^(?:\S*/)?[\w.]*(?i:makefile)\S*:\d+: (\S+): No such file or directory`)},
	{kind: OldTool, pattern: regexp.MustCompile(`^(CMake) (\S+) or higher is required\.|ERROR: (Meson) version is \S+ but project requires (\S+)|: error: (Autoconf) version (\S+) or higher is required|\brequire (Automake) (\S+), but have`)},

	// The app's own source.
	{kind: BrokenSource, pattern: regexp.MustCompile(`^(?:\./)?[\w./+-]+:\d+:\d+: (?:fatal )?error:|^(?:\./)?[\w./+-]+\.go:\d+:\d+: |^error\[E\d+\]: |^[\w./-]+\.tsx?[(:]\d+[,:]\d+\)?:? (?:- )?error TS|^error TS\d+: |^SyntaxError: `), all: true},
}
