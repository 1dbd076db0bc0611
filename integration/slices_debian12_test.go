//go:build integration

package integration

import "testing"

// TestSlicesOfDebian12 runs the families whose packages have other names or contents in Debian 12.
func TestSlicesOfDebian12(t *testing.T) {
	sources := sourcesOf(t, "debian-12")
	for _, row := range debian12 {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.test(t, "debian-12", sources)
		})
	}
}

var debian12 = []sliceRow{
	{name: "run image", slices: "base-files_base base-files_users ca-certificates_bundle netbase_data tzdata_zoneinfo libc6_libs libc6_gconv libc-bin_c-utf8 libgcc-s1_libs libssl3_libs libzstd1_libs zlib1g_libs libstdc++6_libs busybox-static_bins", run: []string{"/usr/bin/busybox", "sh", "-c", "busybox cat /etc/os-release; busybox ls -d /lib64/ld-linux-*; busybox grep -c BEGIN /etc/ssl/certs/ca-certificates.crt"}, want: `(?s)bookworm.*/lib64/ld-linux-x86-64\.so\.2\n1\d\d\n$`},
	{name: "python core", slices: "python3.11_core", run: []string{"/usr/bin/python3", "-c", "import re, ssl, urllib.parse; print(ssl.OPENSSL_VERSION)"}, want: `^OpenSSL 3\.0`},
	{name: "python strict", slices: "python3.11_strict", run: []string{"/usr/bin/python3", "-c", "import asyncio, dataclasses, decimal, http.server, json, multiprocessing, xml.dom.minidom, zoneinfo; print(decimal.Decimal('0.1') * 3)"}, want: `^0\.3\n$`},
	{name: "python full", slices: "python3.11_full", run: []string{"/usr/bin/python3", "-c", "import bz2, crypt, ctypes, curses, dbm.ndbm, lzma, pdb, pydoc, readline, sqlite3, unittest, uuid, venv; print(sqlite3.connect(':memory:').execute('select 6*7').fetchone())"}, want: `\(42,\)\n$`},
	{name: "tkinter", slices: "python3.11_core python3-tk_tkinter", run: []string{"/usr/bin/python3", "-c", "import turtle, tkinter.ttk, tkinter.filedialog; t = tkinter.Tcl(); print(t.eval('clock format 0 -gmt 1 -locale de -format %A'))"}, want: `^Donnerstag\n$`},
	{name: "ruby core", slices: "ruby_core", run: []string{"/usr/bin/ruby", "-w", "-rjson", "-rset", "-rtime", "-roptparse", "-rtempfile", "-rsecurerandom", "-e", "puts JSON.generate(a: Time.at(0).utc.iso8601)"}, want: `^\{"a":"1970-01-01T00:00:00Z"\}\n$`},
	{name: "ruby standard", slices: "ruby_standard", run: []string{"/usr/bin/ruby", "-w", "-ropenssl", "-ryaml", "-rzlib", "-rnet/http", "-rerb", "-rfiddle", "-rbundler", "-rrexml/document", "-e", "puts YAML.dump(Zlib.crc32('a')), OpenSSL::Digest.hexdigest('SHA256', '')[0, 8]"}, want: `--- 3904355907\ne3b0c442\n$`},
	{name: "java core", slices: "openjdk-17-jre-headless_core", run: []string{"/usr/bin/java", "-m", "java.base/sun.security.tools.keytool.Main", "-list", "-cacerts", "-storepass", "changeit", "-alias", "debian:isrg_root_x1.pem"}, want: `trustedCertEntry`},
	{name: "perl standard", slices: "perl_standard", run: []string{"/usr/bin/perl", "-MJSON::PP", "-MTime::HiRes", "-MEncode", "-MDigest::SHA=sha1_hex", "-MHTTP::Tiny", "-we", "print encode_json({a => sha1_hex('')})"}, want: `^\{"a":"da39a3ee`},
	{name: "node", slices: "nodejs_bins", run: []string{"/usr/bin/node", "-e", "import('node:fs').then(() => console.log(new Intl.NumberFormat('de').format(1.5), typeof fetch))"}, want: `^1,5 function\n$`},
	{name: "zones with legacy names", slices: "tzdata_asia tzdata_america tzdata_legacy coreutils_core dash_bins", run: sh("TZ=Asia/Calcutta " + oneMoment + "; TZ=US/Pacific " + oneMoment), want: `^17:30\n05:00\n$`},
	{name: "locale of one language", slices: "locales-all_de-de coreutils_core dash_bins", run: sh("LC_ALL=de_DE.UTF-8 date -d @0 +%A"), want: `^Donnerstag\n$`},
	{name: "Japanese character sets", slices: "libc6_gconv-japanese libc-bin_iconv dash_bins", run: sh(`printf '\202\240' | iconv -f SHIFT_JIS -t UTF-8`), want: `^あ$`},
	{name: "terminals", slices: "ncurses-bin_core", run: []string{"/usr/bin/tput", "-T", "xterm-256color", "colors"}, want: `^256\n$`},
	{name: "krb5", slices: "krb5-user_bins", run: []string{"/usr/bin/kinit", "someone@EXAMPLE.COM"}, want: `Cannot find KDC for realm "EXAMPLE.COM"`, fails: true},
	{name: "file", slices: "file_bins", run: []string{"/usr/bin/file", "--brief", "/usr/bin/file"}, want: `^ELF 64-bit LSB pie executable`},
	{name: "imagemagick", slices: "imagemagick-6.q16_bins dash_bins", run: sh("convert -font DejaVu-Sans -pointsize 20 label:cut /tmp/a.png && identify -format '%m %h' /tmp/a.png"), want: `^PNG 2\d`, lacks: `/coders/mat\.so needs symbol GetMagickUTCTime\n`},
	{name: "ffmpeg", slices: "ffmpeg_bins", run: []string{"/usr/bin/ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64:r=5", "-vf", "drawtext=text=cut", "-c:v", "libx264", "-f", "md5", "-"}, want: `^MD5=`},
	{name: "git", slices: "git_bins", run: sh("export PATH=/usr/bin HOME=/tmp; cd /tmp; git init -q a && git -C a -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m One && git clone -q file:///tmp/a b && git -C b log --format=%s; git ls-remote https://127.0.0.1:1/a"), want: `(?s)One.*unable to access`, fails: true},
	{name: "nginx", slices: "nginx_bins nginx-common_params curl_bins dash_bins", run: sh(nginxServes), want: `^200 text/css p \{\}\n$`},
	{name: "curl", slices: "curl_bins", run: []string{"/usr/bin/curl", "-sS", "https://127.0.0.1:1/"}, want: `Failed to connect to 127\.0\.0\.1 port 1`, fails: true},
	{name: "psql", slices: "postgresql-client-15_psql", run: []string{"/usr/bin/psql", "-h", "127.0.0.1", "-p", "1", "-U", "a"}, want: `connection to server at "127\.0\.0\.1", port 1 failed: Connection refused`, fails: true},
	{name: "GDAL", slices: "python3.11_core libpython3.11-stdlib_ctypes libgdal32_libs", run: []string{"/usr/bin/python3", "-c", "import ctypes; g = ctypes.CDLL('libgdal.so.32'); g.OSRNewSpatialReference.restype = ctypes.c_void_p; print(g.OSRImportFromEPSG(ctypes.c_void_p(g.OSRNewSpatialReference(None)), 25832))"}, want: `^0\n$`, lacks: `/libmfhdfalt\.so\.0\.0\.0 needs `},
}
