// Command go-web is a small HTTP server that needs two things of its image: certificates, to make a TLS connection as
// a client, and time zones.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello from a slim image") })
	http.HandleFunc("/time", zone)
	http.HandleFunc("/fetch", fetch)
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	log.Fatal(http.ListenAndServe(":"+port, nil))
}

// zone answers the offset of the zone ?tz= on the first of July 2026.
func zone(w http.ResponseWriter, r *http.Request) {
	loc, err := time.LoadLocation(r.URL.Query().Get("tz"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC).In(loc).Format(time.RFC3339))
}

// fetch answers what the server at ?url= answers.
func fetch(w http.ResponseWriter, r *http.Request) {
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(r.URL.Query().Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, io.LimitReader(res.Body, 1<<20)); err != nil {
		log.Print(err)
	}
}
