// Compiler stands for the programs of packages that compile data. By its name it is mecab-dict-index, which makes a dictionary of its
// sources, prezip-bin, which unpacks words, aspell, which makes a dictionary of them, or ghc-pkg, which makes an index of packages.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := compile(filepath.Base(os.Args[0]), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compile(program string, args []string) error {
	switch program {
	case "prezip-bin":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "aspell":
		words, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		return os.WriteFile(args[len(args)-1], append([]byte("dictionary of "), words...), 0o644)
	case "ghc-pkg":
		if strings.Join(args, " ") != "recache --global" {
			return fmt.Errorf("%q is not known", args)
		}
		const at = "/var/lib/ghc/package.conf.d/package.cache"
		return errors.Join(os.WriteFile(at, []byte("index"), 0o644), os.WriteFile(at+".lock", nil, 0o644))
	case "mecab-dict-index":
		return dictionary(args[1], args[3])
	}
	return fmt.Errorf("%s is not known", program)
}

// dictionary makes a dictionary of the sources in one directory in another one, with the time that the environment gives; and tries
// to write elsewhere, which must not show.
func dictionary(from, to string) error {
	words, err := os.ReadFile(from + "/words")
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(words)) == "broken" {
		return fmt.Errorf("the words are broken")
	}
	for _, at := range []string{"/usr/share/mecab/more", "/etc/more", "/tmp/more"} {
		_ = os.WriteFile(at, nil, 0o644)
	}
	if err := os.Symlink("sys.dic", to+"/link"); err != nil {
		return err
	}
	return os.WriteFile(to+"/sys.dic", []byte(string(words)+os.Getenv("SOURCE_DATE_EPOCH")), 0o666)
}
