package nginx

// Site is a folder of files to serve.
type Site struct {
	Root     string // absolute path in the image
	Fallback bool   // a path that is not there is the first page (push-state)
	Listing  bool   // folders without a page are listed
	NotFound bool   // there is a page 404.html
}

// String is the text of a configuration for the site. Only files below the root whose names do not begin with a dot are served,
// and none that tells how the app is built.
func (s Site) String() string {
	missing := "=404"
	if s.Fallback {
		missing = "/index.html"
	}
	page := ""
	if s.NotFound {
		page = "\n    error_page 404 /404.html;"
	}
	listing := ""
	if s.Listing {
		listing = "\n      autoindex on;"
	}
	return Config{Workers: "${WEB_CONCURRENCY:-1}", PID: "/dev/null", Server: `    root ` + Quote(s.Root) + `;
    index index.html index.htm;` + page + `
    location / {` + listing + `
      try_files $uri $uri.html $uri/ ` + missing + `;
    }
    location = /index.html { add_header Cache-Control "no-cache"; }
    location = /404.html { internal; }
    location ~ ^/(Procfile|project\.toml)$ { return 404; }
    ` + Hidden + `
`}.String()
}
