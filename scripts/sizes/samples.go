package main

import (
	"cmp"
	_ "embed"
	"path/filepath"
	"strings"
)

// sample is an app that is weighed: a folder of samples/, and what it is held against.
type sample struct {
	name       string
	folder     string   // of samples/, where it is not name
	env        []string // of the build: "BP_PYTHON_STRICT=true"
	run        string   // kind of run image; the builder's own if empty
	distroless string   // the image of distroless that such an app would be put on
	more       []string // Debian packages that it needs besides
	runtime    string   // the layer of a runtime that distroless has a package for; empty where the app's own stands for it
	beside     string   // a layer that the limit does not count: the archives that the app depends on
	most       float64  // MB without the launcher; 0 for none but distroless
	goal       float64  // MB that are aimed at; 0 for none
}

// path is where the app is, below the folder of samples.
func (s sample) path(samples string) string { return filepath.Join(samples, cmp.Or(s.folder, s.name)) }

// ffmpegPackages are those that ffmpeg's programs have libraries and data of, beside cc: fewer than ffmpeg depends on.
//
//go:embed ffmpeg.txt
var ffmpegPackages string

var samples = []sample{
	{name: "go-web", run: "static", distroless: "static"},
	{name: "rust-web", run: "static", distroless: "static"},
	{name: "c-curl", distroless: "base", more: curl, most: 26.8, goal: 26},
	{name: "python-gmpy2", distroless: "python3", more: strings.Fields("libgmp10 libmpfr6 libmpc3"), most: 35},
	{
		name: "python-gmpy2-strict", folder: "python-gmpy2", env: []string{"BP_PYTHON_STRICT=true"}, distroless: "python3",
		more: strings.Fields("libgmp10 libmpfr6 libmpc3"), most: 28,
	},
	{name: "node-web", distroless: "cc", most: 124.7},
	{name: "ffmpeg", distroless: "cc", more: strings.Fields(ffmpegPackages), most: 252, goal: 231},
	{name: "java-web", distroless: "java21", runtime: "java", most: 57.2},
	{name: "java-spring", folder: "../integration/testdata/java-spring", distroless: "java21", runtime: "java", beside: "jars", most: 86},
	{name: "php-web", distroless: "cc", more: strings.Fields("php8.4-cli php8.4-common php8.4-fpm php8.4-mbstring php8.4-opcache php8.4-readline php8.4-xml nginx nginx-common libacl1 libapparmor1 " +
		"libargon2-1 libbsd0 libcap2 libcrypt1 libedit2 libffi8 libgcrypt20 libgpg-error0 liblzma5 libmd0 libonig5 libpcre2-8-0 libsodium23 libsystemd0 libtinfo6 libxml2 libxslt1.1"), most: 54},
	{
		name: "ruby-web", env: []string{"BUNDLE_MIRROR__ALL=file:///gems"}, distroless: "cc", beside: "gems",
		more: strings.Fields("ruby ruby3.3 libruby3.3 rubygems-integration libcrypt1 libffi8 libgmp10 libyaml-0-2"), most: 35,
	},
}

// curl are the Debian packages of libcurl and all that it is linked to, less those of distroless.
var curl = strings.Fields("libbrotli1 libcom-err2 libcurl4t64 libffi8 libgcc-s1 libgmp10 libgnutls30t64 libgssapi-krb5-2 libhogweed6t64 libidn2-0 libk5crypto3 " +
	"libkeyutils1 libkrb5-3 libkrb5support0 libldap2 libnettle8t64 libnghttp2-14 libnghttp3-9 libp11-kit0 libpsl5t64 librtmp1 libsasl2-2 libssh2-1t64 " +
	"libtasn1-6 libunistring5")

// distroless are Google's images for Debian 13: the packages that each adds to the one below it, whole as Debian ships them.
// Its nodejs is cc with the binary of nodejs.org, for which the sample's own stands here; its Java is Temurin's, for which
// Debian's stands.
var distroless = []struct {
	name, below, packages string
}{
	{"static", "", "base-files netbase tzdata tzdata-legacy media-types"},
	{"base", "static", "libc6 libssl3t64 libzstd1 zlib1g"},
	{"cc", "base", "libgomp1 libstdc++6 libgcc-s1 gcc-14-base"},
	{"python3", "cc", "libbz2-1.0 libdb5.3t64 libexpat1 liblzma5 libsqlite3-0 libuuid1 libncursesw6 libtinfo6 libcom-err2 libcrypt1 " +
		"libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libnsl2 libreadline8t64 libtirpc3t64 libffi8 " +
		"libpython3.13-minimal libpython3.13-stdlib python3.13-minimal python3.13-venv"},
	{"java21", "cc", "libjpeg62-turbo libpng16-16t64 liblcms2-2 libfreetype6 libharfbuzz0b libgraphite2-3 libglib2.0-0t64 libpcre2-8-0 libfontconfig1 " +
		"fontconfig-config fonts-dejavu-core libexpat1 libuuid1 libbrotli1 libbz2-1.0 libcrypt1 openjdk-21-jre-headless"},
}

// packages lists those of an image of distroless and of all that are below it.
func packages(name string) []string {
	for _, d := range distroless {
		if d.name == name {
			return append(packages(d.below), strings.Fields(d.packages)...)
		}
	}
	return nil
}
