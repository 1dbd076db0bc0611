package closure

import (
	"cmp"
	"debug/elf"
	"path"
	"strings"
)

// DlopenRule says what goes with a library that opens others by name, as far as
// no note in the library says it.
type DlopenRule struct {
	Name    string   // as reports show it
	Library string   // pattern of path.Match, for the soname or the file's name
	Sonames []string // libraries it opens
	// Globs are files it opens by directory: absolute, with {triplet} for the
	// machine's multiarch name.
	Globs []string
	// Packages are further packages that hold files of Globs: those that the
	// library does not work without, although its own package may not depend on
	// them, because they are Essential or left to the user's choice.
	Packages []string
	// Hints are packages that hold further files of Globs, which only some
	// programs need. They are named, not taken.
	Hints []string
	// Suggested sonames become hints when they are not there anyway: the
	// library works without them, or few users need them.
	Suggested bool
	// Whole is a glob of all that Globs are a part of: for a program that was asked
	// for by its name and that reads texts in any character set.
	Whole string
	// Always says that the rule holds for a library that definitions have a slice
	// of, too, unless the slice itself was taken: nothing works without what it brings.
	Always bool
	Why    string
}

func (r DlopenRule) matches(names ...string) bool {
	for _, name := range names {
		// The patterns are constants; one that is wrong matches nothing.
		if ok, err := path.Match(r.Library, name); ok && err == nil {
			return true
		}
	}
	return false
}

// globs are the rule's, for a machine.
func (r DlopenRule) globs(m elf.Machine) []string {
	globs := make([]string, len(r.Globs))
	for i, glob := range r.Globs {
		globs[i] = onMachine(glob, m)
	}
	return globs
}

// onMachine is a glob with the multiarch name of a machine.
func onMachine(glob string, m elf.Machine) string {
	return strings.ReplaceAll(glob, "{triplet}", cmp.Or(triplet(m), "lib"))
}

// Wholes are the globs of which rules take a part, for a machine.
func Wholes(m elf.Machine) []string {
	var all []string
	for _, r := range Rules() {
		if r.Whole != "" {
			all = append(all, onMachine(r.Whole, m))
		}
	}
	return all
}

// Rules answers the table of known dlopen calls in Debian's libraries, which is not to be changed.
func Rules() []DlopenRule { return known }

var known = []DlopenRule{
	{
		Name: "glibc-libgcc", Library: "libc.so.6", Sonames: []string{"libgcc_s.so.1"},
		Why: "pthread_exit, pthread_cancel and backtrace abort without it",
	},
	{
		Name: "glibc-idn", Library: "libc.so.6", Sonames: []string{"libidn2.so.0"}, Suggested: true,
		Why: "getaddrinfo with AI_IDN: internationalised host names",
	},
	{
		Name: "glibc-gconv", Library: "libc.so.6", Always: true, Globs: []string{
			"/usr/lib/{triplet}/gconv/gconv-modules", "/usr/lib/{triplet}/gconv/UTF-*.so", "/usr/lib/{triplet}/gconv/ISO8859-1.so",
			"/usr/lib/{triplet}/gconv/ISO8859-15.so", "/usr/lib/{triplet}/gconv/CP1252.so",
		},
		Whole: "/usr/lib/{triplet}/gconv/*",
		Why:   "iconv knows only UTF-8, UCS and ASCII without them",
	},
	{
		Name: "glibc-locale", Library: "libc.so.6", Always: true, Globs: []string{"/usr/lib/locale/C.utf8/*"}, Packages: []string{"libc-bin"},
		Why: "the locale C.UTF-8 is not built in, and Python, Java and Ruby take the machine for one of ASCII without it",
	},
	{
		Name: "glibc-nss", Library: "libc.so.6", Globs: []string{"/usr/lib/{triplet}/libnss_*.so.2"},
		Why: "name services of nsswitch.conf beyond files and dns",
	},
	{
		Name: "openssl", Library: "libcrypto.so.3", Globs: []string{"/usr/lib/{triplet}/ossl-modules/*.so", "/usr/lib/{triplet}/engines-3/*.so"},
		Packages: []string{"openssl-provider-legacy"},
		Why:      "providers and engines named in openssl.cnf or by the app, such as legacy",
	},
	{
		Name: "cryptography", Library: "_rust.abi3.so", Globs: []string{"/usr/lib/{triplet}/ossl-modules/legacy.so"},
		Packages: []string{"openssl-provider-legacy"},
		Why:      "Python's cryptography refuses to start without OpenSSL's old algorithms",
	},
	{
		Name: "icu-data", Library: "libicuuc.so.*", Globs: []string{"/usr/share/icu/*/*.dat"},
		Why: "data files that replace the built-in ones",
	},
	{
		Name: "krb5", Library: "libgssapi_krb5.so.2", Globs: []string{"/etc/gss/mech.d/*.conf", "/usr/lib/{triplet}/gss/*.so"},
		Why: "further GSS mechanisms",
	},
	{
		Name: "krb5-plugins", Library: "libkrb5.so.3", Globs: []string{"/usr/lib/{triplet}/krb5/plugins/*/*.so"},
		Hints: []string{"krb5-pkinit", "krb5-otp", "krb5-k5tls"},
		Why:   "pre-authentication, locator and password plugins",
	},
	{
		Name: "sasl", Library: "libsasl2.so.2", Globs: []string{"/usr/lib/{triplet}/sasl2/*.so*"},
		Packages: []string{"libsasl2-modules-db"}, Hints: []string{"libsasl2-modules", "libsasl2-modules-gssapi-mit", "libsasl2-modules-ldap"},
		Why: "every SASL mechanism is a plugin",
	},
	{
		Name: "p11-kit", Library: "libp11-kit.so.0", Globs: []string{"/usr/lib/{triplet}/pkcs11/*.so", "/usr/share/p11-kit/modules/*.module"},
		Hints: []string{"p11-kit-modules", "opensc-pkcs11"},
		Why:   "PKCS#11 modules; GnuTLS's trust store is one",
	},
	{
		Name: "pam", Library: "libpam.so.0", Globs: []string{"/usr/lib/{triplet}/security/*.so", "/etc/pam.d/*"},
		Hints: []string{"libpam-modules", "libpam-runtime"},
		Why:   "every check is a module",
	},
	{
		Name: "imagemagick", Library: "libMagickCore-[67].*.so.*", Globs: []string{"/usr/lib/{triplet}/ImageMagick-*/modules-*/coders/*", "/usr/lib/{triplet}/ImageMagick-*/modules-*/filters/*", "/usr/lib/{triplet}/ImageMagick-*/config-*/*", "/etc/ImageMagick-*/*.xml"},
		Hints: []string{"libmagickcore-7.q16-10-extra"},
		Why:   "every file format is a module",
	},
	{
		Name: "vips", Library: "libvips.so.*", Globs: []string{"/usr/lib/{triplet}/vips-modules-*/*.so"},
		Why: "HEIF, PDF, JPEG XL, OpenSlide and ImageMagick loaders are modules",
	},
	{
		Name: "gdk-pixbuf", Library: "libgdk_pixbuf-2.0.so.0", Globs: []string{"/usr/lib/{triplet}/gdk-pixbuf-2.0/2.10.0/loaders/*.so", "/usr/lib/{triplet}/gdk-pixbuf-2.0/2.10.0/loaders.cache"},
		Hints: []string{"librsvg2-common", "webp-pixbuf-loader"},
		Why:   "image formats beyond PNG and JPEG are modules",
	},
	{
		Name: "gio", Library: "libgio-2.0.so.0", Globs: []string{"/usr/lib/{triplet}/gio/modules/*.so", "/usr/lib/{triplet}/gio/modules/giomodule.cache"},
		Hints: []string{"glib-networking", "dconf-gsettings-backend", "gvfs"},
		Why:   "TLS, proxies and settings back ends are modules",
	},
	{
		Name: "gstreamer", Library: "libgstreamer-1.0.so.0", Globs: []string{"/usr/lib/{triplet}/gstreamer-1.0/*.so", "/usr/lib/{triplet}/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner"},
		Hints: []string{"gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-libav"},
		Why:   "every element is a plugin",
	},
	{
		Name: "gtk3", Library: "libgtk-3.so.0", Globs: []string{"/usr/lib/{triplet}/gtk-3.0/*/*/*.so", "/usr/lib/{triplet}/gtk-3.0/*/immodules.cache"},
		Why: "input methods and print back ends are modules",
	},
	{
		Name: "java-fonts", Library: "libfontmanager.so", Sonames: []string{"libfontconfig.so.1"},
		Why: "Java asks fontconfig for fonts: \"Fontconfig head is null\" without it",
	},
	{
		Name: "java-cups", Library: "libawt_headless.so", Sonames: []string{"libcups.so.2"}, Suggested: true,
		Why: "only apps that print",
	},
	{
		Name: "alsa", Library: "libasound.so.2", Globs: []string{"/usr/lib/{triplet}/alsa-lib/*.so", "/usr/share/alsa/*.conf"},
		Packages: []string{"libasound2-data"}, Hints: []string{"libasound2-plugins"},
		Why: "sound devices are plugins",
	},
	{
		Name: "glvnd-egl", Library: "libEGL.so.1", Sonames: []string{"libEGL_mesa.so.0"}, Suggested: true,
		Globs: []string{"/usr/share/glvnd/egl_vendor.d/*.json"}, Why: "the vendor's driver",
	},
	{
		Name: "glvnd-glx", Library: "libGLX.so.0", Sonames: []string{"libGLX_mesa.so.0"}, Suggested: true,
		Why: "the vendor's driver",
	},
	{
		Name: "mesa-dri", Library: "libGLX_mesa.so.0", Globs: []string{"/usr/lib/{triplet}/dri/*.so"},
		Packages: []string{"libgl1-mesa-dri"},
		Why:      "hardware drivers are modules",
	},
	{
		Name: "vulkan", Library: "libvulkan.so.1", Globs: []string{"/usr/share/vulkan/icd.d/*.json"},
		Hints: []string{"mesa-vulkan-drivers"},
		Why:   "hardware drivers are modules",
	},
	{
		Name: "va", Library: "libva.so.2", Globs: []string{"/usr/lib/{triplet}/dri/*_drv_video.so"},
		Hints: []string{"mesa-va-drivers", "intel-media-va-driver"},
		Why:   "video drivers are modules",
	},
	{
		Name: "sdl2", Library: "libSDL2-2.0.so.0", Sonames: []string{"libX11.so.6", "libwayland-client.so.0", "libEGL.so.1", "libasound.so.2"}, Suggested: true,
		Why: "opens what the machine has of displays and sound",
	},
	{
		Name: "odbc", Library: "libodbc.so.2", Sonames: []string{"libodbcinst.so.2"}, Globs: []string{"/etc/odbcinst.ini", "/usr/lib/{triplet}/odbc/*.so"},
		Hints: []string{"odbc-postgresql", "odbc-mariadb", "tdsodbc"},
		Why:   "every database is a driver",
	},
	{
		Name: "proj", Library: "libproj.so.*", Globs: []string{"/usr/share/proj/*"},
		Packages: []string{"proj-data"},
		Why:      "proj.db is needed for every conversion",
	},
	{
		Name: "magic", Library: "libmagic.so.1", Globs: []string{"/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc"},
		Packages: []string{"libmagic-mgc"},
		Why:      "the database of file types",
	},
	{
		Name: "enchant", Library: "libenchant-2.so.2", Globs: []string{"/usr/lib/{triplet}/enchant-2/*.so"},
		Hints: []string{"hunspell-en-us"},
		Why:   "every spelling checker is a module",
	},
	{
		Name: "apr-dbd", Library: "libaprutil-1.so.0", Globs: []string{"/usr/lib/{triplet}/apr-util-1/*.so"},
		Hints: []string{"libaprutil1-dbd-pgsql", "libaprutil1-dbd-sqlite3", "libaprutil1-ldap"},
		Why:   "databases and encryption are modules",
	},
	{
		Name: "terminfo", Library: "libtinfo.so.6", Globs: []string{"/usr/share/terminfo/*/*", "/usr/lib/terminfo/*/*", "/etc/terminfo/*"},
		Packages: []string{"ncurses-base"}, Hints: []string{"ncurses-term"},
		Why: "no terminal is known without its description; the package is Essential, so none depends on it",
	},
	{
		Name: "fontconfig", Library: "libfontconfig.so.1", Globs: []string{"/etc/fonts/*", "/usr/share/fontconfig/*/*"},
		Packages: []string{"fontconfig-config"}, Hints: []string{"fonts-dejavu-core"},
		Why: "finds no font without its configuration",
	},
	{
		Name: "x11-data", Library: "libX11.so.6", Globs: []string{"/usr/share/X11/locale/*", "/usr/share/X11/XErrorDB"},
		Packages: []string{"libx11-data"}, Why: "character sets and key composition",
	},
	{
		Name: "xkb-data", Library: "libxkbcommon.so.0", Globs: []string{"/usr/share/X11/xkb/*"},
		Packages: []string{"xkb-data"}, Why: "keyboard layouts",
	},
	{
		Name: "mime", Library: "libgio-2.0.so.0", Globs: []string{"/usr/share/mime/*"}, Hints: []string{"shared-mime-info"},
		Why: "types of files by their names and content",
	},
	{
		Name: "hwloc", Library: "libhwloc.so.15", Globs: []string{"/usr/lib/{triplet}/hwloc/*.so"}, Hints: []string{"libhwloc-plugins"},
		Why: "graphics cards and XML files are seen by plugins",
	},
	{
		Name: "thai", Library: "libthai.so.0", Globs: []string{"/usr/share/libthai/*"}, Packages: []string{"libthai-data"},
		Why: "the dictionary for word breaks",
	},
	{
		Name: "pci-ids", Library: "libpci.so.3", Globs: []string{"/usr/share/misc/pci.ids"}, Packages: []string{"pci.ids"},
		Why: "names of devices",
	},
	{
		Name: "tls-trust", Library: "libssl.so.3", Globs: []string{"/etc/ssl/certs/*"}, Hints: []string{"ca-certificates"},
		Why: "no server's certificate is trusted without a list of authorities",
	},
}
