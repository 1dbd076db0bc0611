package archive

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

// A proxy serves an archive to those who ask for any host, and notes which.
type proxy struct {
	files http.Handler
	mu    sync.Mutex
	hosts map[string]int
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.hosts[r.URL.Host]++
	p.mu.Unlock()
	p.files.ServeHTTP(w, r)
}

func TestProxies(t *testing.T) {
	fixture := newArchive(newKey())
	p := &proxy{files: slicertest.Handler(fixture.Files()), hosts: map[string]int{}}
	here := serve(t, p.ServeHTTP)
	const host = "deb.example.invalid"
	for name, c := range map[string]struct {
		config  Config
		network Network
		proxied bool
	}{
		"environment":                     {Config{}, Network{HTTPProxy: here}, true},
		"settings":                        {Config{"acquire::http::proxy": here}, Network{}, true},
		"settings before environment":     {Config{"acquire::http::proxy": here}, Network{HTTPProxy: "http://127.0.0.1:1"}, true},
		"settings of the host":            {Config{"acquire::http::proxy": "http://127.0.0.1:1", "acquire::http::proxy::" + host: here}, Network{}, true},
		"direct for the host":             {Config{"acquire::http::proxy": here, "acquire::http::proxy::" + host: "DIRECT"}, Network{}, false},
		"direct against the environment":  {Config{"acquire::http::proxy": "direct"}, Network{HTTPProxy: here}, false},
		"no_proxy":                        {Config{}, Network{HTTPProxy: here, NoProxy: ".example.invalid"}, false},
		"no_proxy against the settings":   {Config{"acquire::http::proxy": here}, Network{NoProxy: host}, false},
		"another scheme's":                {Config{"acquire::https::proxy": here}, Network{HTTPSProxy: here}, false},
		"of the host in the other manner": {Config{"acquire::http::" + host + "::proxy": here}, Network{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := NewClient(c.config, "/", c.network)
			if err != nil {
				t.Fatal(err)
			}
			o := optionsFor(t, fixture, "http://"+host+"/")
			o.Client = client
			clear(p.hosts)
			if c.proxied {
				if err := use(t, o); err != nil || p.hosts[host] == 0 {
					t.Errorf("%v; the proxy saw %v", err, p.hosts)
				}
				return
			}
			err = wantOpenError(t, o, host)
			if !errors.Is(err, ErrUnreachable) || len(p.hosts) > 0 {
				t.Errorf("%v; the proxy saw %v", err, p.hosts)
			}
		})
	}
}

func TestHTTPSTakesTheProxyOfHTTP(t *testing.T) {
	c := Config{"acquire::http::proxy": "http://proxy.example.com:3128"}
	got, err := c.proxy(Network{})(&http.Request{URL: &url.URL{Scheme: "https", Host: "deb.example.com"}})
	if err != nil || got == nil || got.Host != "proxy.example.com:3128" {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestMessagesKeepThePasswordOfAProxy looks for it in the errors.
func TestMessagesKeepThePasswordOfAProxy(t *testing.T) {
	for _, address := range []string{"http://user:secret@127.0.0.1:1", "http://user:secret@:bad:/"} {
		client, err := NewClient(Config{"acquire::http::proxy": address}, "/", Network{})
		if err != nil {
			t.Fatal(err)
		}
		fixture := newArchive(newKey())
		o := optionsFor(t, fixture, "http://deb.example.invalid/")
		o.Client = client
		if err := wantOpenError(t, o, "cannot"); strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

// secured serves an archive over TLS and returns the address and the file with its certificate.
func secured(t *testing.T, fixture slicertest.Archive, config *tls.Config) (uri, authority string) {
	t.Helper()
	server := httptest.NewUnstartedServer(slicertest.Handler(fixture.Files()))
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o666); err != nil {
		t.Fatal(err)
	}
	return server.URL, authority
}

func TestOwnCertificateAuthority(t *testing.T) {
	fixture := newArchive(newKey())
	uri, authority := secured(t, fixture, nil)
	for name, c := range map[string]struct {
		config  Config
		network Network
	}{
		"settings":             {Config{"acquire::https::cainfo": authority}, Network{}},
		"settings of the host": {Config{"acquire::https::127.0.0.1::cainfo": authority}, Network{}},
		"file":                 {Config{}, Network{CAFile: authority}},
	} {
		client, err := NewClient(c.config, "/", c.network)
		if err != nil {
			t.Fatal(err)
		}
		o := optionsFor(t, fixture, uri)
		o.Client = client
		if err := use(t, o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	client, err := NewClient(Config{"acquire::https::verify-peer": "false"}, "/", Network{})
	if err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t, fixture, uri)
	o.Client = client
	var unknown x509.UnknownAuthorityError
	if err := wantOpenError(t, o, "x509"); !errors.As(err, &unknown) {
		t.Errorf("got %v, want an unknown authority", err)
	}
	for _, c := range []Config{{"acquire::https::cainfo": "/none.pem"}, {"acquire::https::cainfo": "/etc/hostname"}, {"acquire::https::sslcert": "/none.pem"}} {
		if _, err := NewClient(c, "/", Network{}); err == nil || !strings.Contains(err.Error(), "cannot") {
			t.Errorf("%v: error %v", c, err)
		}
	}
}

// TestClientCertificate names the server's own certificate as the client's: it is one that the server knows.
func TestClientCertificate(t *testing.T) {
	fixture := newArchive(newKey())
	uri, authority := secured(t, fixture, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	client, err := NewClient(Config{"acquire::https::cainfo": authority}, "/", Network{})
	if err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t, fixture, uri)
	o.Client = client
	wantOpenError(t, o, "certificate")

	pair := filepath.Join(t.TempDir(), "client.pem")
	own := httptest.NewTLSServer(http.NotFoundHandler())
	defer own.Close()
	key, err := x509.MarshalPKCS8PrivateKey(own.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate().Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(pair, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Client, err = NewClient(Config{"acquire::https::cainfo": authority, "acquire::https::sslcert": pair}, "/", Network{}); err != nil {
		t.Fatal(err)
	}
	if err := use(t, o); err != nil {
		t.Error(err)
	}
}

func TestLoginsGoToTheirMachineOnly(t *testing.T) {
	auth, err := ParseAuth("auth.conf", []byte("# private\nmachine http://deb.example.com/private login me password secret\nmachine other.example.com\n login you\n password too\n"))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"http://deb.example.com/private/dists": "me", "http://deb.example.com/public": "", "https://deb.example.com/private": "",
		"https://other.example.com/x": "you", "http://other.example.com/x": "", "https://another.example.com/": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := login(auth, u); got.Login != want {
			t.Errorf("%s: login %q, want %q", address, got.Login, want)
		}
	}
	for _, text := range []string{"login me", "machine", "machine a secret b"} {
		if _, err := ParseAuth("auth.conf", []byte(text)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

// TestReadAuthAndUseIt asks a server that wants a login.
func TestReadAuthAndUseIt(t *testing.T) {
	fixture := newArchive(newKey())
	files := slicertest.Handler(fixture.Files())
	uri := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "me" || password != "secret" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	})
	o := optionsFor(t, fixture, uri)
	wantOpenError(t, o, "401")
	root := writeFiles(t, map[string]string{"etc/apt/auth.conf.d/a.conf": "machine " + uri + " login me password secret\n", "etc/apt/auth.conf.d/b.bak": "no"})
	var err error
	if o.Auth, err = ReadAuth(root); err != nil {
		t.Fatal(err)
	}
	if err := use(t, o); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]Auth{{uri, "me", "secret"}}, o.Auth); diff != "" {
		t.Error(diff)
	}
}

// TestConnectionsAreKeptBetweenDownloads makes eight requests at once, and eight more.
func TestConnectionsAreKeptBetweenDownloads(t *testing.T) {
	const atOnce = 8
	var opened atomic.Int32
	var here sync.WaitGroup // those of a round that have arrived
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		here.Done()
		here.Wait()
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client, err := NewClient(Config{}, t.TempDir(), Network{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		here.Add(atOnce)
		var round sync.WaitGroup
		for range atOnce {
			round.Go(func() {
				answer, err := client.Get(server.URL)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			})
		}
		round.Wait()
	}
	if n := opened.Load(); n >= 2*atOnce { // one may be needed before the last is seen to be free
		t.Errorf("%d connections were opened for %d requests at once", n, atOnce)
	}
}
