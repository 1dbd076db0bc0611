// Package whittle holds no code: it is where the rules of the whole module are tested. The programs are cmd/whittle and
// cmd/buildpack.
package whittle
