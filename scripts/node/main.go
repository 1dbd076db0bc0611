// Command node makes what a build image has ready for apps of Node.js: the runtime and the package managers of an app that asks for
// none. It runs in the container of a layer of the image, as root, and writes into the image.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node"
)

func main() {
	if err := run(context.Background(), "/"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	temp, err := os.MkdirTemp("", "whittle-node-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for downloads: %w", err)
	}
	defer os.RemoveAll(temp)
	env := map[string]string{}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	site := language.Site{
		Arch: runtime.GOARCH, Dir: temp, Files: os.DirFS(temp), Env: env, Temp: temp,
		Run: language.Exec, Log: language.NewLog(os.Stdout, time.Now), Client: http.DefaultClient,
	}
	what, err := node.WriteLent(ctx, filepath.Join(root, node.LentDir), site)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(what, ", "))
	return nil
}
