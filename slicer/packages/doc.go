// Package packages is where cuts take their files from: sources of Debian packages, which are signed archives, the packages
// installed in a root, and wrappers around them; what one package holds; and the cache of downloaded and unpacked packages.
package packages
