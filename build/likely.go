package build

import (
	"context"
	"path"
	"strings"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// likelyOwners looks into the packages whose names suggest that they have a file: the list of files of a mirror is often
// missing, or not that of its Release. What is returned is true; that no other package has the file is not known.
func (b *builder) likelyOwners(ctx context.Context, base string) []packages.Owner {
	var all []packages.Owner
	for _, name := range likelyPackages(base) {
		p, err := b.archive.Package(ctx, name)
		if err != nil {
			continue // there is none of that name, or the archive cannot be read, and then nothing is found
		}
		contents, err := b.archive.Contents(ctx, p)
		if err != nil {
			continue
		}
		for _, e := range contents.Entries {
			if path.Base(e.Path) == base && e.Kind != tree.Directory {
				all = append(all, packages.Owner{Path: e.Path, Package: name})
			}
		}
	}
	return all
}

// likelyPackages guesses which packages have a header, a library's link, a pkg-config file or a program: by rule
// (gmp.h is in libgmp-dev), and from a table of what native modules of the languages' registries lack most often, whose
// packages have other names.
func likelyPackages(base string) []string {
	stem := strings.TrimSuffix(strings.TrimSuffix(base, path.Ext(base)), "-config")
	for _, o := range oddNames {
		for name := range strings.FieldsSeq(o.names) {
			if name == stem || name == base {
				return strings.Fields(o.packages)
			}
		}
	}
	bare := strings.TrimPrefix(strings.ToLower(stem), "lib")
	return []string{"lib" + bare + "-dev", bare + "-dev", bare, base}
}

// oddNames are base names, less their endings, and the packages that may have them in one release or another.
var oddNames = []struct{ names, packages string }{
	{"pg_config libpq libpq-fe pq", "libpq-dev"},
	{"mysql_config mariadb_config mysqlclient libmysqlclient mariadb libmariadb mysql", "libmariadb-dev libmariadb-dev-compat"},
	{"curl libcurl", "libcurl4-openssl-dev"},
	{"ssl openssl crypto libssl libcrypto", "libssl-dev"},
	{"xml2 libxml-2.0 xmlversion parser", "libxml2-dev"},
	{"xslt libxslt libexslt exslt", "libxslt1-dev"},
	{"xmlsec1 xmlsec", "libxmlsec1-dev"},
	{"jpeglib libjpeg jpeg", "libjpeg62-turbo-dev libjpeg-dev"},
	{"zlib libz z", "zlib1g-dev"},
	{"bzlib bz2 libbz2", "libbz2-dev"},
	{"lzma liblzma", "liblzma-dev"},
	{"ffi libffi", "libffi-dev"},
	{"ldap lber libldap liblber", "libldap-dev libldap2-dev"},
	{"sasl libsasl2", "libsasl2-dev"},
	{"krb5 gssapi gssapi_krb5 libgssapi_krb5", "libkrb5-dev"},
	{"sql sqlext libodbc odbc odbc_config", "unixodbc-dev"},
	{"sybdb libsybdb", "freetds-dev"},
	{"sqlite3 libsqlite3", "libsqlite3-dev"},
	{"cairo libcairo", "libcairo2-dev"},
	{"pango pangocairo", "libpango1.0-dev"},
	{"girepository-1.0 gobject-introspection-1.0", "libgirepository1.0-dev"},
	{"girepository-2.0", "libgirepository-2.0-dev"},
	{"glib glib-2.0 gobject-2.0 gio-2.0", "libglib2.0-dev"},
	{"dbus dbus-1", "libdbus-1-dev"},
	{"vips", "libvips-dev"},
	{"ft2build freetype2 freetype", "libfreetype-dev libfreetype6-dev"},
	{"png libpng libpng16", "libpng-dev"},
	{"tiff tiffio libtiff-4", "libtiff-dev"},
	{"webp libwebp decode encode", "libwebp-dev"},
	{"gif_lib libgif", "libgif-dev"},
	{"MagickWand wand ImageMagick Magick++", "libmagickwand-dev libmagick++-dev"},
	{"geos geos_c", "libgeos-dev"},
	{"gdal", "libgdal-dev"},
	{"proj", "libproj-dev"},
	{"hdf5 h5cc", "libhdf5-dev"},
	{"cblas lapacke blas lapack openblas libopenblas libblas liblapack", "libopenblas-dev"},
	{"portaudio portaudio-2.0 libportaudio", "portaudio19-dev"},
	{"sndfile", "libsndfile1-dev"},
	{"alsa asoundlib libasound", "libasound2-dev"},
	{"libavcodec libavformat libavutil avcodec avformat avutil", "libavcodec-dev libavformat-dev libavutil-dev"},
	{"yaml yaml-0.1 libyaml", "libyaml-dev"},
	{"expat libexpat", "libexpat1-dev"},
	{"readline libreadline", "libreadline-dev"},
	{"curses ncurses libncurses", "libncurses-dev"},
	{"rdkafka librdkafka", "librdkafka-dev"},
	{"memcached libmemcached", "libmemcached-dev"},
	{"cups", "libcups2-dev"},
	{"usb libusb-1.0", "libusb-1.0-0-dev"},
	{"systemd libsystemd sd-daemon sd-journal", "libsystemd-dev"},
	{"secp256k1", "libsecp256k1-dev"},
	{"enchant-2", "libenchant-2-dev"},
	{"icu icu-uc icu-i18n ucnv unistr", "libicu-dev"},
	{"Python", "libpython3-dev libpython3.13-dev libpython3.11-dev"},
	{"protoc", "protobuf-compiler"},
	{"rustc cargo", "rustc cargo"},
	{"clang libclang", "clang libclang-dev"},
}
