package debian

import (
	"slices"
	"strings"
	"sync"
)

// essential are the programs of Debian's Essential packages: their packages are "Essential: yes", or needed by one that is,
// so no package says that it depends on them (Policy 3.8). Programs that only administer a machine are left out.
var essential = map[string]string{
	"bash":     "bash rbash",
	"bsdutils": "logger renice script",
	"coreutils": "[ arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown cksum comm cp csplit cut date dd df dir " +
		"dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls " +
		"md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink " +
		"realpath rm rmdir runcon seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty " +
		"sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes",
	"dash":           "sh dash",
	"debianutils":    "run-parts savelog tempfile which",
	"diffutils":      "cmp diff diff3 sdiff",
	"findutils":      "find xargs",
	"grep":           "grep egrep fgrep rgrep",
	"gzip":           "gzip gunzip zcat zgrep zcmp zdiff zless zmore",
	"hostname":       "hostname dnsdomainname domainname",
	"libc-bin":       "getconf getent iconv locale",
	"mawk":           "awk mawk nawk",
	"ncurses-bin":    "clear infocmp reset tabs tic toe tput tset",
	"perl-base":      "perl",
	"sed":            "sed",
	"sysvinit-utils": "pidof",
	"tar":            "tar",
	"util-linux":     "flock getopt ionice mcookie more namei prlimit rev setarch setpriv setsid su taskset unshare whereis",
}

// EssentialProgram returns the package of a program, by base name, that no package needs to depend on (Policy 3.8): those of
// Essential packages. It is false for others.
func EssentialProgram(name string) (string, bool) {
	pkg, ok := essentialBy()[name]
	return pkg, ok
}

// essentialBy are the packages of essential by program: a large cut asks for tens of thousands of words.
var essentialBy = sync.OnceValue(func() map[string]string {
	by := map[string]string{}
	for pkg, programs := range essential {
		for name := range strings.FieldsSeq(programs) {
			by[name] = pkg
		}
	}
	return by
})

// words are programs of Essential packages that are words of a language, too: a text that begins with one need not speak of
// the program.
var words = strings.Fields("[ arch clear comm cut date diff dir env expand expr factor false find flock fmt fold groups head " +
	"id install join link locale logger more nice od paste perl pr reset rev script seq shred shuf sleep sort split stat su sum " +
	"sync tabs tac tail tee test tic timeout toe touch tr true truncate tset unlink users which who whoami yes")

// spawned are programs of Essential packages whose names stand alone for them in other programs. Those of others are the names of
// functions, too: mkdir, grep.
var spawned = strings.Fields("egrep fgrep getent gunzip gzip md5sum mktemp pidof run-parts setsid sha1sum sha256sum sha512sum xargs zcat zgrep")

// IsWord tells whether the name of a program of an Essential package is a word of a language, too: sort, not gzip.
func IsWord(name string) bool { return slices.Contains(words, name) }

// IsSpawned tells whether a text that is the name of a program speaks of the program: gzip, not sort and not mkdir.
func IsSpawned(name string) bool { return slices.Contains(spawned, name) }
