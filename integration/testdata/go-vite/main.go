// Command go-vite serves the front end beside it, which Vite builds into the folder dist.
package main

import (
	"embed"
	"io/fs"
	"log"
	"net/http"
	"os"
)

//go:embed dist
var built embed.FS

func main() {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/", http.FileServerFS(dist))
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
