module example.org/go-vite

go 1.23
