// Package python builds Python apps: it decides from the app's files alone which interpreter is meant, which packages are
// to be installed and how the app starts, and only then has pip install exactly that into a layer of its own, beside the
// slices of Debian's Python that the app imports.
package python
