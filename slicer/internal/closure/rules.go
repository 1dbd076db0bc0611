package closure

import "path"

// DlopenRule says what goes with a library that opens others by name, as far as
// no note in the library says it.
type DlopenRule struct {
	Name    string   // as reports show it
	Library string   // pattern of path.Match, for the soname or the file's name
	Sonames []string // libraries it opens
	// Globs are files it opens by directory: absolute, with {triplet} for the
	// machine's multiarch name.
	Globs []string
	// Suggested sonames become hints when they are not there anyway: the
	// library works without them, or few users need them.
	Suggested bool
	Why       string
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

// Rules answers the table of known dlopen calls in Debian's libraries.
func Rules() []DlopenRule {
	return []DlopenRule{
		{
			Name: "glibc-libgcc", Library: "libc.so.6", Sonames: []string{"libgcc_s.so.1"},
			Why: "pthread_exit, pthread_cancel and backtrace abort without it",
		},
		{
			Name: "glibc-idn", Library: "libc.so.6", Sonames: []string{"libidn2.so.0"}, Suggested: true,
			Why: "getaddrinfo with AI_IDN: internationalised host names",
		},
		{
			Name: "glibc-gconv", Library: "libc.so.6", Globs: []string{"/usr/lib/{triplet}/gconv/gconv-modules*", "/usr/lib/{triplet}/gconv/*.so"},
			Why: "iconv knows only UTF-8, UCS and ASCII without them",
		},
		{
			Name: "glibc-nss", Library: "libc.so.6", Globs: []string{"/usr/lib/{triplet}/libnss_*.so.2"},
			Why: "name services of nsswitch.conf beyond files and dns",
		},
		{
			Name: "openssl", Library: "libcrypto.so.3", Globs: []string{"/usr/lib/{triplet}/ossl-modules/*.so", "/usr/lib/{triplet}/engines-3/*.so"},
			Why: "providers and engines named in openssl.cnf or by the app, such as legacy",
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
			Why: "pre-authentication, locator and password plugins",
		},
		{
			Name: "sasl", Library: "libsasl2.so.2", Globs: []string{"/usr/lib/{triplet}/sasl2/*.so*"},
			Why: "every SASL mechanism is a plugin",
		},
		{
			Name: "p11-kit", Library: "libp11-kit.so.0", Globs: []string{"/usr/lib/{triplet}/pkcs11/*.so", "/usr/share/p11-kit/modules/*.module"},
			Why: "PKCS#11 modules; GnuTLS's trust store is one",
		},
		{
			Name: "pam", Library: "libpam.so.0", Globs: []string{"/usr/lib/{triplet}/security/*.so", "/etc/pam.d/*"},
			Why: "every check is a module",
		},
		{
			Name: "imagemagick", Library: "libMagickCore-[67].*.so.*", Globs: []string{"/usr/lib/{triplet}/ImageMagick-*/modules-*/coders/*", "/usr/lib/{triplet}/ImageMagick-*/modules-*/filters/*", "/usr/lib/{triplet}/ImageMagick-*/config-*/*", "/etc/ImageMagick-*/*.xml"},
			Why: "every file format is a module",
		},
		{
			Name: "vips", Library: "libvips.so.*", Globs: []string{"/usr/lib/{triplet}/vips-modules-*/*.so"},
			Why: "HEIF, PDF, JPEG XL, OpenSlide and ImageMagick loaders are modules",
		},
		{
			Name: "gdk-pixbuf", Library: "libgdk_pixbuf-2.0.so.0", Globs: []string{"/usr/lib/{triplet}/gdk-pixbuf-2.0/2.10.0/loaders/*.so", "/usr/lib/{triplet}/gdk-pixbuf-2.0/2.10.0/loaders.cache"},
			Why: "image formats beyond PNG and JPEG are modules",
		},
		{
			Name: "gio", Library: "libgio-2.0.so.0", Globs: []string{"/usr/lib/{triplet}/gio/modules/*.so", "/usr/lib/{triplet}/gio/modules/giomodule.cache"},
			Why: "TLS, proxies and settings back ends are modules",
		},
		{
			Name: "gstreamer", Library: "libgstreamer-1.0.so.0", Globs: []string{"/usr/lib/{triplet}/gstreamer-1.0/*.so", "/usr/lib/{triplet}/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner"},
			Why: "every element is a plugin",
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
			Why: "hardware drivers are modules",
		},
		{
			Name: "vulkan", Library: "libvulkan.so.1", Globs: []string{"/usr/share/vulkan/icd.d/*.json"},
			Why: "hardware drivers are modules",
		},
		{
			Name: "va", Library: "libva.so.2", Globs: []string{"/usr/lib/{triplet}/dri/*_drv_video.so"},
			Why: "video drivers are modules",
		},
		{
			Name: "sdl2", Library: "libSDL2-2.0.so.0", Sonames: []string{"libX11.so.6", "libwayland-client.so.0", "libEGL.so.1", "libasound.so.2"}, Suggested: true,
			Why: "opens what the machine has of displays and sound",
		},
		{
			Name: "odbc", Library: "libodbc.so.2", Sonames: []string{"libodbcinst.so.2"}, Globs: []string{"/etc/odbcinst.ini", "/usr/lib/{triplet}/odbc/*.so"},
			Why: "every database is a driver",
		},
		{
			Name: "proj", Library: "libproj.so.*", Globs: []string{"/usr/share/proj/*"},
			Why: "proj.db is needed for every conversion",
		},
		{
			Name: "magic", Library: "libmagic.so.1", Globs: []string{"/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc"},
			Why: "the database of file types",
		},
		{
			Name: "enchant", Library: "libenchant-2.so.2", Globs: []string{"/usr/lib/{triplet}/enchant-2/*.so"},
			Why: "every spelling checker is a module",
		},
		{
			Name: "apr-dbd", Library: "libaprutil-1.so.0", Globs: []string{"/usr/lib/{triplet}/apr-util-1/*.so"},
			Why: "databases and encryption are modules",
		},
	}
}
