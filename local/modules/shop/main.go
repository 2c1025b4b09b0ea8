// Command shop serves the folder /page on port 8080: the sample application's whole program.
package main

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	index := readIndex()
	pages := http.FileServer(http.Dir("/page"))
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(index)
			return
		}
		pages.ServeHTTP(w, r)
	})
	server := &http.Server{Addr: ":8080", Handler: routes, ReadHeaderTimeout: 5 * time.Second}

	// Process 1 of a container gets no default action for signals: without this it would be killed only after the
	// grace period, and every preview would take that much longer to go.
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	go func() {
		<-stop.Done()
		_ = server.Close()
	}()

	log.Print("the shop is open on port 8080")
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

// readIndex gives the page, with the commit filled in where the build left it beside the page: a file HEAD as Git has
// it of a commit that is checked out by its hash.
func readIndex() []byte {
	index, err := os.ReadFile("/page/index.html")
	if err != nil {
		log.Print(err)
	}
	head, err := os.ReadFile("/page/HEAD")
	commit := bytes.TrimSpace(head)
	if err != nil || len(commit) < 8 {
		return index
	}
	index = bytes.ReplaceAll(index, []byte("%COMMIT%"), commit)
	return bytes.ReplaceAll(index, []byte("%SHORT_COMMIT%"), commit[:8])
}
