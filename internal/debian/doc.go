// Package debian is the one place for the conventions of the distribution: the names of architectures, the merged /usr,
// where libraries and programs lie, the classes of a package's files, which package has a soname, and which release has a
// version of the C library's symbols.
package debian
