package main

import (
	"path"
	"strings"
)

// uncounted tells whether a package is whole in a container without the file: documentation, translations, headers, and
// what only a desktop, a shell for people, an init system, a kernel or Debian's own tools read. In the build image headers
// count, of course, and only documentation, translations and desktop files don't.
func uncounted(file string, build bool) bool {
	top, rest, _ := strings.Cut(file, "/")
	switch top {
	case "usr":
		kind, rest, _ := strings.Cut(rest, "/")
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, triplet+"/"), "/")
		switch kind {
		case "include":
			return !build
		case "src":
			return true
		case "share":
			return documents(name) || desktop(name) || !build && (headers(name) || services(name))
		case "lib":
			return name == "debug" || headers(name) || desktop(name) || !build && (services(name) || kernel(name))
		}
	case "etc":
		name, _, _ := strings.Cut(rest, "/")
		return services(name) || desktop(name)
	case "boot", "lib", "lib64":
		return true
	}
	return false
}

func documents(name string) bool {
	switch name {
	case "doc", "doc-base", "man", "info", "gtk-doc", "devhelp", "help", "gnome", "locale", "locale-langpack", "omf",
		"lintian", "bug", "reportbug", "apport", "debhelper", "keyrings":
		return true
	}
	return false
}

func desktop(name string) bool {
	switch name {
	case "applications", "appdata", "metainfo", "menu", "icons", "pixmaps", "xsessions", "wayland-sessions", "xdg", "autostart",
		"app-install", "desktop-directories", "themes", "backgrounds", "wallpapers", "sounds", "kservices5", "thumbnailers",
		"bash-completion", "bash_completion.d", "zsh", "fish", "mime-info", "application-registry", "blends", "gnome-shell",
		"lomiri-keyboard", "fcitx", "fcitx5", "ibus-table", "xdg-desktop-portal", "plasma", "budgie-desktop", "lxqt", "config.kcfg",
		"qlogging-categories5", "qlogging-categories6", "knotifications6", "kdevappwizard", "installed-tests":
		return true
	}
	return false
}

// headers names what is only compiled with, sources too.
func headers(name string) bool {
	switch name {
	case "pkgconfig", "cmake", "aclocal", "gir-1.0", "vala", "cargo", "gocode", "gcc-cross", "ghc-doc":
		return true
	}
	return false
}

func services(name string) bool {
	switch name {
	case "systemd", "sysusers.d", "tmpfiles.d", "init.d", "init", "default", "logrotate.d", "logcheck", "insserv", "sv", "runit",
		"dbus-1", "polkit-1", "pam.d", "pam-configs", "apparmor.d", "ufw", "fail2ban", "rsyslog.d", "sudoers.d", "monit", "needrestart",
		"initramfs-tools", "network", "ppp", "resolvconf", "udev", "dpkg", "apt", "kernel", "profile.d", "environment.d", "acpi":
		return true
	}
	return strings.HasPrefix(name, "cron.")
}

func kernel(name string) bool {
	switch name {
	case "modules", "firmware", "modprobe.d", "modules-load.d", "sysctl.d", "binfmt.d", "grub":
		return true
	}
	return false
}

// never names directories that must not be doors although packages have counted files in them: a link would be in the way
// of the image's own records, or of files that apps make there. A directory named after a Debian revision is a door for
// one version only, and a door is a promise.
func never(dir string) bool {
	switch dir {
	case "var/lib/dpkg", "var/lib/apt", "usr/share/doc", "etc/ssl", "usr/share/zsh", "usr/lib/debug", "etc/skel", "etc/security",
		"usr/lib/ssl", "usr/share/zoneinfo", "usr/share/dpkg":
		return true
	}
	return dir == "var/lib/misc" || strings.Contains(dir, "+")
}

// isStatic tells whether a file directly in a library directory is for linking only.
func isStatic(name string) bool {
	switch path.Ext(name) {
	case ".a", ".la", ".o", ".spec":
		return true
	}
	return false
}
