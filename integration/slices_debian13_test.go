//go:build integration

package integration

import "testing"

// TestSlicesOfDebian13 runs every family of whittle's definitions for Debian 13 in the smallest root that should work.
func TestSlicesOfDebian13(t *testing.T) {
	sources := debianSources(t)
	for _, row := range append(debian13, libraries13...) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.test(t, "debian-13", sources)
		})
	}
}

// nginxServes has nginx serve a folder from /tmp, and asks it.
const nginxServes = `cd /tmp; echo 'p {}' >a.css
echo 'pid /tmp/pid; error_log stderr; events {} http { include /etc/nginx/mime.types; access_log off; client_body_temp_path /tmp/b;
proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; server { listen unix:/tmp/socket; root /tmp; } }' >conf
/usr/sbin/nginx -c /tmp/conf && /usr/bin/curl -sS --unix-socket /tmp/socket -w '%{http_code} %{content_type} ' -o body http://a/a.css; read l <body; echo "$l"
read pid <pid; kill $pid`

const oneMoment = "date -d '2026-07-01 12:00 UTC' +%H:%M"

// inJava says what the slices beside java itself are for: an agent for debuggers, the archive of classes for large heaps, the key store,
// and two libraries that Java opens for itself.
const inJava = `home=/usr/lib/jvm/java-21-openjdk-amd64
java -agentlib:jdwp=help 2>&1 | { read -r line; echo "$line"; }
java -XX:-UseCompressedOops -Xshare:on --version | { read -r _; read -r _; read -r line; echo "$line"; }
$home/bin/keytool -list -cacerts -storepass changeit -alias debian:isrg_root_x1.pem
python3 -c "import ctypes
for name in 'libjsound', 'libj2gss': print(bool(ctypes.CDLL('$home/lib/' + name + '.so')))"`

// onePage has a servlet container compile a page and run it.
const onePage = `mkdir -p /tmp/site/WEB-INF && cd /tmp
echo '<%! public void jspInit() { System.out.println("page " + 6*7); System.exit(0); } %>' >site/a.jsp
echo '<web-app><servlet><servlet-name>a</servlet-name><jsp-file>/a.jsp</jsp-file><load-on-startup>1</load-on-startup></servlet></web-app>' >site/WEB-INF/web.xml
java -cp '/usr/share/java/*' org.apache.catalina.startup.Tomcat --path /a --war /tmp/site 2>/dev/null`

var debian13 = []sliceRow{
	{name: "run image", slices: "base-files_base libc6_libs libgcc-s1_libs libstdc++6_libs python3.13_core libpython3.13-stdlib_ctypes", run: []string{"/usr/bin/python3", "-c", "import ctypes; f = ctypes.CDLL('libstdc++.so.6').__cxa_demangle; f.restype = ctypes.c_char_p; print(f(b'_Z3runv', None, None, None), bool(ctypes.CDLL('libgcc_s.so.1')._Unwind_Backtrace), 'trixie' in open('/etc/os-release').read())"}, want: `^b'run\(\)' True True\n$`},
	{name: "python core", slices: "python3.13_core", run: []string{"/usr/bin/python3", "-c", "import json; print(json.dumps(1))"}, want: `^1\n$`},
	{name: "python strict", slices: "python3.13_strict", run: []string{"/usr/bin/python3", "-c", "import asyncio, decimal, http.server, multiprocessing, xml.dom.minidom, zoneinfo; print(decimal.Decimal('0.1') * 3)"}, want: `^0\.3\n$`},
	{name: "python standard", slices: "python3.13_standard", run: []string{"/usr/bin/python3", "-m", "unittest", "--help"}, want: `usage: python3 -m unittest`},
	{name: "python full", slices: "python3.13_full", run: []string{"/usr/bin/python3", "-c", "import bz2, ctypes, curses, dbm.ndbm, lzma, readline, sqlite3, uuid; print(sqlite3.connect(':memory:').execute('select 6*7').fetchone())"}, want: `^\(42,\)\n$`},

	{name: "tkinter", slices: "python3.13_core python3-tk_tkinter", run: []string{"/usr/bin/python3", "-c", "import turtle, tkinter.ttk, tkinter.filedialog; t = tkinter.Tcl(); print(t.eval('clock format 0 -gmt 1 -locale de -format %A'))"}, want: `^Donnerstag\n$`},

	{name: "ruby core", slices: "ruby_core", run: []string{"/usr/bin/ruby", "-w", "-rjson", "-rset", "-rtime", "-roptparse", "-rtempfile", "-rsecurerandom", "-e", "puts JSON.generate(a: Time.at(0).utc.iso8601)"}, want: `^\{"a":"1970-01-01T00:00:00Z"\}\n$`},
	{name: "ruby standard", slices: "ruby_standard", run: []string{"/usr/bin/ruby", "-w", "-ropenssl", "-ryaml", "-rzlib", "-rnet/http", "-rerb", "-rfiddle", "-rbundler", "-rrexml/document", "-e", "puts YAML.dump(Zlib.crc32('a')), OpenSSL::Digest.hexdigest('SHA256', '')[0, 8]"}, want: `--- 3904355907\ne3b0c442\n$`},
	{name: "ruby tools", slices: "ruby3.3_tools", run: []string{"/usr/bin/ruby3.3", "/usr/bin/irb3.3", "--version"}, want: `^irb 1\.`},

	{name: "java core", slices: "openjdk-21-jre-headless_core", run: []string{"/usr/bin/java", "-version"}, want: `openjdk version "21\.`},
	{name: "java runs a class", slices: "openjdk-21-jre-headless_core", run: []string{"/usr/bin/java", "-m", "java.base/sun.security.tools.keytool.Main", "-list", "-cacerts", "-storepass", "changeit", "-alias", "debian:isrg_root_x1.pem"}, want: `trustedCertEntry`},
	{name: "java desktop", slices: "openjdk-21-jre-headless_desktop", run: []string{"/usr/bin/java", "-m", "jdk.httpserver", "--version"}, want: `21\.`},
	{name: "java standard", slices: "openjdk-21-jre-headless_standard", run: []string{"/usr/lib/jvm/java-1.21.0-openjdk-amd64/bin/keytool", "-genkeypair", "-keystore", "/tmp/k", "-storepass", "changeit", "-keyalg", "EC", "-dname", "CN=a"}, want: `key pair`},
	{name: "java beside its core", slices: "openjdk-21-jre-headless_debug openjdk-21-jre-headless_gss openjdk-21-jre-headless_keytool openjdk-21-jre-headless_large-heap openjdk-21-jre-headless_sound ca-certificates_java python3.13_core libpython3.13-stdlib_ctypes dash_bins", run: sh(inJava), want: `(?s)Java Debugger.*mixed mode, sharing\).*trustedCertEntry.*True\nTrue\n$`},
	{name: "servlet container", slices: "openjdk-21-jre-headless_core libtomcat10-embed-java_server coreutils_core dash_bins", run: sh(onePage), want: `^page 42\n$`},

	{name: "perl core", slices: "perl-base_core", run: []string{"/usr/bin/perl", "-MPOSIX", "-MSocket", "-MFile::Temp", "-we", "print POSIX::floor(3.7), inet_ntoa(INADDR_LOOPBACK)"}, want: `^3127\.0\.0\.1$`},
	{name: "perl unicode", slices: "perl-base_unicode", run: []string{"/usr/bin/perl", "-we", `print "\x{df}" =~ /^\p{Lowercase_Letter}$/u ? "yes" : "no"`}, want: `^yes$`},
	{name: "perl standard", slices: "perl_standard", run: []string{"/usr/bin/perl", "-MJSON::PP", "-MTime::HiRes", "-MEncode", "-MDigest::SHA=sha1_hex", "-MHTTP::Tiny", "-we", "print encode_json({a => sha1_hex('')})"}, want: `^\{"a":"da39a3ee`},
	{name: "perl collation", slices: "perl-modules-5.40_collation", run: []string{"/usr/bin/perl", "-MUnicode::Collate", "-we", "print join '', Unicode::Collate->new->sort(qw(b A a))"}, want: `^aAb$`},
	{name: "node", slices: "nodejs_bins libnode115_libs", run: []string{"/usr/bin/node", "-e", "import('node:fs').then(() => console.log(new Intl.NumberFormat('de').format(1.5), typeof fetch))"}, want: `^1,5 function\n$`},

	{name: "openssl", slices: "openssl_bins", run: []string{"/usr/bin/openssl", "list", "-providers"}, want: `OpenSSL Default Provider`},
	{name: "openssl legacy", slices: "openssl_bins openssl-provider-legacy_modules", run: []string{"/usr/bin/openssl", "list", "-providers", "-provider", "legacy"}, want: `OpenSSL Legacy Provider`},
	{name: "openssl engines and settings", slices: "openssl_bins openssl_config libssl3t64_engines dash_bins", run: sh("openssl engine loader_attic; openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout /dev/null -subj /CN=a 2>/dev/null | openssl req -noout -subject"), want: `(?s)loader_attic.*subject=CN=a\n$`},
	{name: "openssl s_client", slices: "openssl_bins ca-certificates_data", run: []string{"/usr/bin/openssl", "s_client", "-connect", "127.0.0.1:1"}, want: `Connection refused`, fails: true},
	{name: "certificates", slices: "openssl_bins ca-certificates_bundle ca-certificates_certificates", run: []string{"/usr/bin/openssl", "verify", "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt"}, want: `: OK\n$`},

	{name: "zones", alone: "the run image has all zones", slices: "tzdata_europe coreutils_core dash_bins", run: sh("TZ=Europe/Lisbon " + oneMoment + "; TZ=Asia/Tokyo " + oneMoment), want: `^13:00\n12:00\n$`},
	{name: "zones with legacy names", slices: "tzdata_zoneinfo tzdata-legacy_data coreutils_core dash_bins", run: sh("TZ=Asia/Calcutta " + oneMoment + "; TZ=US/Pacific " + oneMoment), want: `^17:30\n05:00\n$`},
	{name: "tables of zones", slices: "tzdata_tables tzdata_source dash_bins sed_bins", run: sh("cd /usr/share/zoneinfo; sed -n '/^PT.*Lisbon/p' zone.tab zone1970.tab; sed -n '1s/[0-9].*//p' tzdata.zi"), want: `^PT\t.*\nPT\t.*\n# version `},
	{name: "locale C.UTF-8", slices: "libc-bin_c-utf8 libc-bin_bins", run: []string{"/usr/bin/locale", "-a"}, want: `(?m)^C\.utf8$`},
	{name: "locale of one language", slices: "locales-all_de-de coreutils_core dash_bins", run: sh("LC_ALL=de_DE.UTF-8 date -d @0 +%A; LC_ALL=de_DE.UTF-8 /usr/bin/printf '%.1f' 1,5"), want: `^Donnerstag\n1,5$`},
	{name: "locale without .utf8", slices: "locales-all_vi-vn coreutils_core dash_bins", run: sh("LC_ALL=vi_VN.UTF-8 date -d @0 +%A"), want: `^Thứ `},
	{name: "locales in UTF-8", slices: "locales-all_utf8 coreutils_core dash_bins", run: sh("LC_ALL=pt_BR.UTF-8 date -d @0 +%A; LC_ALL=ja_JP.UTF-8 date -d @0 +%A"), want: `^quinta\n木曜日\n$`},
	{name: "character sets", slices: "libc6_gconv libc-bin_iconv dash_bins", run: sh(`printf '\344' | iconv -f ISO-8859-1 -t UTF-8`), want: `^ä$`},
	{name: "character sets of Europe", slices: "libc6_gconv-europe libc-bin_iconv dash_bins", run: sh(`printf '\301' | iconv -f KOI8-R -t UTF-8; printf '\200' | iconv -f CP850 -t UTF-8`), want: `^аÇ$`},
	{name: "Japanese character sets", slices: "libc6_gconv-japanese libc-bin_iconv dash_bins", run: sh(`printf '\202\240' | iconv -f SHIFT_JIS -t UTF-8; printf '\244\242' | iconv -f EUC-JP -t UTF-8`), want: `^ああ$`},
	{name: "Chinese character sets", slices: "libc6_gconv-chinese libc-bin_iconv dash_bins", run: sh(`printf '\304\343' | iconv -f GBK -t UTF-8; printf '\247A' | iconv -f BIG5 -t UTF-8`), want: `^你你$`},
	{name: "Korean character sets", slices: "libc6_gconv-korean libc-bin_iconv dash_bins", run: sh(`printf '\260\241' | iconv -f EUC-KR -t UTF-8`), want: `^가$`},
	{name: "all character sets", slices: "libc6_gconv-all libc-bin_iconv", run: []string{"/usr/bin/iconv", "-f", "IBM1047", "-t", "UTF-8", "/dev/null"}, want: `^$`},
	{name: "getent", slices: "libc-bin_getent base-files_users", run: []string{"/usr/bin/getent", "passwd", "nonroot"}, want: `^nonroot:x:65532:65532:`},

	{name: "fontconfig", slices: "fontconfig_bins", run: []string{"/usr/bin/fc-match", "sans-serif"}, want: `^DejaVuSans\.ttf: "DejaVu Sans" "Book"\n$`},
	{name: "fontconfig with serif", slices: "fontconfig_bins fontconfig-config_config fonts-dejavu-core_sans fonts-dejavu-core_serif", run: []string{"/usr/bin/fc-match", "serif"}, want: `^DejaVuSerif\.ttf`},
	{name: "file", slices: "file_bins", run: []string{"/usr/bin/file", "--brief", "/usr/bin/file"}, want: `^ELF 64-bit LSB pie executable`},
	{name: "terminals", slices: "ncurses-bin_core ncurses-base_common", run: []string{"/usr/bin/tput", "-T", "xterm-256color", "colors"}, want: `^256\n$`},
	{name: "more terminals", slices: "ncurses-bin_core ncurses-base_terminfo", run: []string{"/usr/bin/tput", "-T", "rxvt-unicode", "colors"}, want: `^88\n$`},
	{name: "all terminals", slices: "ncurses-bin_core ncurses-term_data", run: []string{"/usr/bin/tput", "-T", "foot", "colors"}, want: `^256\n$`},
	{name: "krb5", slices: "krb5-user_bins", run: []string{"/usr/bin/kinit", "someone@EXAMPLE.COM"}, want: `Cannot find KDC for realm "EXAMPLE.COM"`, fails: true},
	{name: "krb5 administration", slices: "krb5-user_admin krb5-config_config", run: []string{"/usr/bin/kadmin", "-p", "a/admin@EXAMPLE.COM", "-w", "b", "-q", "listprincs"}, want: `(?i)kadmin: .*(KDC|realm|krb5\.conf)`, fails: true},

	{name: "ffmpeg", slices: "ffmpeg_bins dash_bins", run: sh("ffmpeg -v error -f lavfi -i testsrc=d=1:s=64x64:r=5 -vf drawtext=text=cut -c:v libx264 /tmp/a.mp4 && ffprobe -v error -show_entries stream=codec_name,nb_frames -of csv /tmp/a.mp4"), want: `stream,h264,5\n$`},
	{name: "ffplay and presets", slices: "ffmpeg_bins ffmpeg_play ffmpeg_presets dash_bins", run: sh("SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy ffplay -v error -autoexit -f lavfi -i testsrc=d=0.2:s=64x64:r=5 && ffmpeg -v error -f lavfi -i testsrc=d=1:s=64x64:r=5 -c:v libvpx -fpre /usr/share/ffmpeg/libvpx-360p.ffpreset /tmp/a.webm && echo played"), want: `played\n$`},
	{name: "imagemagick", slices: "imagemagick-7.q16_bins dash_bins", run: sh("magick -font DejaVu-Sans -pointsize 20 label:cut /tmp/a.png && magick identify -format '%m %h' /tmp/a.png && convert /tmp/a.png /tmp/a.webp && identify /tmp/a.webp"), want: `^PNG 2\d/tmp/a\.webp WEBP `},
	{name: "git core", slices: "git_core dash_bins", run: sh("export PATH=/usr/bin HOME=/tmp; cd /tmp; git init -q a && git -C a -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m One && git clone -q file:///tmp/a b && git -C b log --format=%s"), want: `^One\n$`},
	{name: "git over https", slices: "git_http", run: []string{"/usr/bin/git", "ls-remote", "https://127.0.0.1:1/a"}, want: `unable to access 'https://127\.0\.0\.1:1/a/': Failed to connect`, fails: true},
	{name: "git submodule", slices: "git_bins", run: sh("export PATH=/usr/bin HOME=/tmp; cd /tmp; git init -q a && git -C a -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m One && git init -q b && cd b && git -c protocol.file.allow=always submodule --quiet add /tmp/a sub && git submodule status"), want: `^ [0-9a-f]{40} sub `},
	{name: "git scripts", slices: "git_scripts", run: sh("export PATH=/usr/bin HOME=/tmp FILTER_BRANCH_SQUELCH_WARNING=1; cd /tmp; git init -q a && cd a && git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m One && git filter-branch --msg-filter 'sed s/One/Two/' && git log --format=%s"), want: `Two\n$`},
	{name: "git server", slices: "git_server", run: []string{"/usr/lib/git-core/git-http-backend"}, want: `Status: 500`},
	{name: "curl", slices: "curl_bins", run: []string{"/usr/bin/curl", "-sS", "https://127.0.0.1:1/"}, want: `Failed to connect to 127\.0\.0\.1 port 1`, fails: true},
	{name: "curl reads a file", slices: "curl_bins", run: []string{"/usr/bin/curl", "-sS", "-r", "0-10", "file:///etc/ssl/certs/ca-certificates.crt"}, want: `^-----BEGIN $`},
	{name: "nginx serves", slices: "nginx_bins nginx-common_params curl_bins dash_bins", run: sh(nginxServes), want: `^200 text/css p \{\}\n$`},
	{name: "php", slices: "php8.4-cli_bins php8.4-common php8.4-opcache php8.4-mbstring", run: []string{"/usr/bin/php", "-r", "echo mb_strtoupper('ž'), ctype_alpha('a') ? 1 : 0, ini_get('display_errors'), ini_get('session.save_path');"}, want: `^Ž1/tmp$`},
	{name: "php with a database", slices: "php8.4-cli_bins php8.4-common php8.4-sqlite3", run: []string{"/usr/bin/php", "-r", "echo (new PDO('sqlite::memory:'))->query('select 6*7')->fetchColumn();"}, want: `^42$`},
	{name: "php-fpm", slices: "php8.4-fpm_bins php8.4-common php8.4-opcache", run: []string{"/usr/sbin/php-fpm8.4", "-i"}, want: `(?s)/etc/php/8.4/fpm/php.ini.*opcache.enable => On`},
	{name: "busybox", slices: "busybox_shell", run: sh("echo $0; busybox uname -s"), want: `^/bin/sh\nLinux\n$`},
	{name: "busybox links", slices: "busybox_links", run: sh("ls /usr/bin | grep -c .; echo cut | sed s/u/a/"), want: `^8\d\ncat\n$`},
	{name: "busybox static", slices: "busybox-static_bins", run: []string{"/usr/bin/busybox", "sh", "-c", "echo $((6 * 7))"}, want: `^42\n$`},
	{name: "busybox beside coreutils", slices: "busybox_links busybox-static_bins coreutils_core dash_bins", run: sh("ls --version | head -n1; readlink /usr/bin/vi"), want: `^ls \(GNU coreutils\) .*\nbusybox\n$`},
	{name: "psql", slices: "postgresql-client-17_psql", run: []string{"/usr/bin/psql", "-h", "127.0.0.1", "-p", "1", "-U", "a"}, want: `connection to server at "127\.0\.0\.1", port 1 failed: Connection refused`, fails: true},
	{name: "pg_dump", slices: "postgresql-client-17_dump", run: []string{"/usr/bin/pg_dump", "--version"}, want: `^pg_dump \(PostgreSQL\) 17\.`},
	{name: "pg_isready", slices: "postgresql-client-17_ready", run: []string{"/usr/bin/pg_isready", "-h", "127.0.0.1", "-p", "1", "-U", "a"}, want: `127\.0\.0\.1:1 - no response`, fails: true},
	{name: "clients of PostgreSQL", slices: "postgresql-client-17_bins", run: []string{"/usr/bin/createdb", "-h", "127.0.0.1", "-p", "1", "-U", "a", "b"}, want: `port 1 failed: Connection refused`, fails: true},
	{name: "bash", slices: "bash_bins", run: []string{"/usr/bin/bash", "-c", "a=(1 2); echo ${#a[@]}"}, want: `^2\n$`},
	{name: "dash", slices: "dash_bins", run: sh("echo $((6 * 7))"), want: `^42\n$`},
	{name: "coreutils digests", slices: "coreutils_digests", run: []string{"/usr/bin/sha256sum", "/dev/null"}, want: `^e3b0c442`},
	{name: "env", slices: "coreutils_env", run: []string{"/usr/bin/env", "-i", "A=1", "/usr/bin/env"}, want: `^A=1\n$`},
	{name: "tesseract", slices: "tesseract-ocr_bins imagemagick-7.q16_bins dash_bins", run: sh("magick -font DejaVu-Sans -pointsize 40 label:Whittle /tmp/a.png && tesseract /tmp/a.png -"), want: `Whittle`},
	{name: "media types", slices: "media-types_data netbase_data dash_bins sed_bins", run: sh("sed -n '/^text.html/p' /etc/mime.types; sed -n '/^https.*tcp/p' /etc/services"), want: `(?s)text/html.*443/tcp`},
}
