package native

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

// known are libraries that build systems ask for, by the names of CMake's modules, of pkg-config and of the linker, and the
// Debian packages that have them. Capital letters do not count: CMake's modules have names of their own.
var known = []struct{ names, packages string }{
	{"CURL libcurl curl", "libcurl4-openssl-dev"},
	{"OpenSSL openssl libssl libcrypto ssl crypto", "libssl-dev"},
	{"ZLIB zlib z", "zlib1g-dev"},
	{"BZip2 bz2", "libbz2-dev"},
	{"LibLZMA liblzma lzma", "liblzma-dev"},
	{"zstd libzstd", "libzstd-dev"},
	{"SQLite3 sqlite3", "libsqlite3-dev"},
	{"PostgreSQL libpq pq", "libpq-dev"},
	{"MySQL mysqlclient libmariadb mariadb", "libmariadb-dev libmariadb-dev-compat"},
	{"LibXml2 libxml-2.0 xml2", "libxml2-dev"},
	{"EXPAT expat", "libexpat1-dev"},
	{"PNG libpng png", "libpng-dev"},
	{"JPEG libjpeg jpeg", "libjpeg-dev"},
	{"TIFF libtiff-4 tiff", "libtiff-dev"},
	{"freetype2 freetype", "libfreetype-dev"},
	{"cairo", "libcairo2-dev"},
	{"OpenCV opencv4", "libopencv-dev"},
	{"libavcodec avcodec", "libavcodec-dev"},
	{"libavformat avformat", "libavformat-dev"},
	{"libavutil avutil", "libavutil-dev"},
	{"libavfilter avfilter", "libavfilter-dev"},
	{"libswscale swscale", "libswscale-dev"},
	{"libswresample swresample", "libswresample-dev"},
	{"Boost", "libboost-dev"},
	{"asio", "libasio-dev"},
	{"fmt", "libfmt-dev"},
	{"spdlog", "libspdlog-dev"},
	{"nlohmann_json", "nlohmann-json3-dev"},
	{"Protobuf protobuf", "libprotobuf-dev protobuf-compiler"},
	{"gRPC grpc++", "libgrpc++-dev protobuf-compiler-grpc"},
	{"jansson", "libjansson-dev"},
	{"json-c", "libjson-c-dev"},
	{"libcjson cJSON cjson", "libcjson-dev"},
	{"yaml-0.1 yaml", "libyaml-dev"},
	{"yaml-cpp", "libyaml-cpp-dev"},
	{"libuv uv", "libuv1-dev"},
	{"libevent event Libevent", "libevent-dev"},
	{"libev ev", "libev-dev"},
	{"libmicrohttpd microhttpd", "libmicrohttpd-dev"},
	{"libwebsockets websockets", "libwebsockets-dev"},
	{"libnghttp2 nghttp2", "libnghttp2-dev"},
	{"httplib cpp-httplib", "libcpp-httplib-dev"},
	{"glib-2.0 gio-2.0 gobject-2.0", "libglib2.0-dev"},
	{"libpcre2-8 pcre2-8", "libpcre2-dev"},
	{"GMP gmp", "libgmp-dev"},
	{"uuid", "uuid-dev"},
	{"libsodium sodium", "libsodium-dev"},
	{"libzmq zmq ZeroMQ cppzmq", "libzmq3-dev"},
	{"hiredis", "libhiredis-dev"},
	{"readline", "libreadline-dev"},
	{"Curses ncurses ncursesw", "libncurses-dev"},
	{"ICU icu-uc icu-i18n", "libicu-dev"},
	{"GTest", "libgtest-dev"},
	{"Eigen3", "libeigen3-dev"},
	{"libconfuse confuse", "libconfuse-dev"},
	{"jsoncpp", "libjsoncpp-dev"},
	{"RapidJSON", "rapidjson-dev"},
	{"libcares c-ares cares", "libcares-dev"},
	{"libbrotlienc libbrotlidec brotlienc brotlidec Brotli", "libbrotli-dev"},
	{"tinyxml2", "libtinyxml2-dev"},
	{"libpqxx pqxx", "libpqxx-dev"},
	{"libssh2 ssh2", "libssh2-1-dev"},
	{"libseccomp seccomp", "libseccomp-dev"},
	{"libcap cap", "libcap-dev"},
}

// asks find what files of build systems ask for: the first group is names, separated by blanks.
var asks = map[string]*regexp.Regexp{
	"CMakeLists.txt": regexp.MustCompile(`(?m)^[^#\n]*?(?:find_package\s*\(\s*([\w+-]+)[^)]*\bREQUIRED\b|find_package\s*\(\s*([\w+-]+)\s*[\d.]*\s*\)|pkg_(?:check_modules|search_module)\s*\(\s*\w+\s+([^)]*)\)|find_library\s*\(\s*[\w-]+\s+([^)]*)\))`),
	"meson.build":    regexp.MustCompile(`(?m)^[^#\n]*?dependency\(\s*'([^']+)'`),
	"configure.ac":   regexp.MustCompile(`(?:PKG_CHECK_MODULES\(\s*\[?\w+\]?\s*,\s*\[?([^\]),]*)|AC_CHECK_LIB\(\s*\[?([\w+-]+)|AC_SEARCH_LIBS\(\s*\[?\w+\]?\s*,\s*\[?([\w+ -]+)|[ "'=]-l([a-z][\w.+-]*))`),
	"Makefile":       regexp.MustCompile(`pkg-config((?:[ \t]+[\w.+-]+)+)|-l([a-z][\w.+-]*)`),
}

// buildPackages are the Debian packages of the libraries that the build system asks for. What it asks for and nobody knows here
// is found by its failure.
func buildPackages(files fs.FS, _ map[string]string, _ builders.Builder) []language.BuildPackage {
	var all []language.BuildPackage
	// What cannot be read is read again, and told then.
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir() && name != "." && (language.IsMinor(e.Name()) || e.Name()[0] == '.' || e.Name() == "subprojects"):
			return fs.SkipDir
		case e.IsDir() || asks[buildFile(name)] == nil:
			return nil
		}
		text, _, err := language.ReadText(files, name)
		if err != nil {
			return nil
		}
		for _, asked := range askedFor(buildFile(name), text) {
			for _, p := range packagesOf(asked) {
				if !slices.ContainsFunc(all, func(o language.BuildPackage) bool { return o.Name == p }) {
					all = append(all, language.BuildPackage{Name: p, By: fmt.Sprintf("%s in %s", asked, name)})
				}
			}
		}
		return nil
	})
	return all
}

// buildFile is the name by which a file of a build system is known.
func buildFile(name string) string {
	base := path.Base(name)
	if base == "GNUmakefile" || base == "makefile" {
		return "Makefile"
	}
	return base
}

// askedFor lists the names that a file asks for, in its order.
func askedFor(base, text string) []string {
	var all []string
	for _, m := range asks[base].FindAllStringSubmatch(text, -1) {
		for _, group := range m[1:] {
			for word := range strings.FieldsSeq(group) {
				word, _, _ = strings.Cut(strings.Trim(word, `"'`), ">")
				word, _, _ = strings.Cut(word, "=")
				if word != "" {
					all = append(all, word)
				}
			}
		}
	}
	return language.Unique(all)
}

func packagesOf(asked string) []string {
	for _, k := range known {
		for name := range strings.FieldsSeq(k.names) {
			if strings.EqualFold(name, asked) {
				return strings.Fields(k.packages)
			}
		}
	}
	return nil
}
