// Command records makes what a build image has ready for whittle, so that no first build of an app has to find it out: what is
// asked of the files of its packages, the indexes of the archive that it was made from, and packages of it, unpacked.
//
//	records installed                 in the container of a layer of the image, as root: into the image
//	records indexes SOURCES DIR       anywhere: the indexes of a file of apt sources, into a directory
//	records unpacked SOURCES DIR FILE anywhere: the packages that a file names, one a line, into a directory
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"whittle.dev/whittle/slicer/packages"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "installed":
		n, err := packages.WriteRecords(ctx, "/", runtime.GOARCH)
		if err == nil {
			fmt.Printf("%d packages recorded in /%s\n", n, packages.RecordsDir)
		}
		return err
	case len(args) == 3 && args[0] == "indexes":
		return withArchive(ctx, args[1], func(a *packages.Archive) error { return indexes(a, args[2]) })
	case len(args) == 4 && args[0] == "unpacked":
		return withArchive(ctx, args[1], func(a *packages.Archive) error { return unpacked(ctx, a, args[2], args[3]) })
	default:
		return errors.New("usage: records installed | records indexes SOURCES DIR | records unpacked SOURCES DIR FILE")
	}
}

// withArchive opens the archive of a file of apt sources, with a cache that is gone afterwards.
func withArchive(ctx context.Context, sources string, do func(*packages.Archive) error) (err error) {
	cache, err := os.MkdirTemp("", "whittle-records-")
	if err != nil {
		return fmt.Errorf("cannot make a cache: %w", err)
	}
	defer os.RemoveAll(cache)
	network := packages.Network{HTTPProxy: os.Getenv("http_proxy"), HTTPSProxy: os.Getenv("https_proxy"), NoProxy: os.Getenv("no_proxy")}
	a, err := packages.OpenArchive(ctx, packages.ArchiveOptions{Sources: sources, Arch: runtime.GOARCH, Cache: cache, Network: network})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}

func indexes(a *packages.Archive, dir string) error {
	n, err := a.WriteIndexes(dir)
	if err == nil {
		fmt.Printf("%d indexes\n", n)
	}
	return err
}

func unpacked(ctx context.Context, a *packages.Archive, dir, file string) error {
	list, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("cannot read the names of packages: %w", err)
	}
	names := strings.Fields(string(list))
	if err := a.WriteUnpacked(ctx, dir, names); err != nil {
		return err
	}
	fmt.Printf("%d packages unpacked\n", len(names))
	return nil
}
