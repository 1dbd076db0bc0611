package archive

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Network is what the surroundings say of connections; apt's settings come
// before it.
type Network struct {
	// HTTPProxy and HTTPSProxy are the proxies of the environment, "" for none.
	HTTPProxy, HTTPSProxy string
	// NoProxy lists the hosts that are reached directly, also where apt's
	// settings name a proxy.
	NoProxy string
	// CAFile is a file of PEM certificates that are trusted as well as the
	// system's, or as apt's settings have it instead of those.
	CAFile string
}

// keptConnections are kept open to a host between downloads: more than anybody
// downloads at once. The library's own bound is two, and a new connection costs
// a round trip, or three with TLS.
const keptConnections = 32

// NewClient makes the client that apt's settings and the surroundings ask for.
// Certificate and key files of the settings are below root; CAFile is as it is.
//
// Of the settings these are followed: Acquire::http::Proxy and
// Acquire::https::Proxy, also with ::HOST, where DIRECT means none; and of https
// CAInfo, SslCert and SslKey, also as HOST::CAInfo. A program that finds a proxy
// (Proxy-Auto-Detect) is not run, and Verify-Peer cannot be turned off.
func NewClient(c Config, root string, n Network) (*http.Client, error) {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("cannot make a client: the default transport is not the standard one")
	}
	standard = standard.Clone()
	standard.MaxIdleConnsPerHost = keptConnections
	standard.Proxy = c.proxy(n)
	hosts := hostTransports{}
	for _, host := range append(c.tlsHosts(), "") {
		config, err := c.tls(root, host, n.CAFile)
		if err != nil {
			return nil, err
		}
		hosts[host] = standard.Clone()
		hosts[host].TLSClientConfig = config
	}
	return &http.Client{Transport: hosts}, nil
}

// hostTransports are the transports of hosts that have settings of their own,
// and of all others under "".
type hostTransports map[string]*http.Transport

func (h hostTransports) RoundTrip(r *http.Request) (*http.Response, error) {
	if t, ok := h[strings.ToLower(r.URL.Hostname())]; ok {
		return t.RoundTrip(r)
	}
	return h[""].RoundTrip(r)
}

func (h hostTransports) CloseIdleConnections() {
	for _, t := range h {
		t.CloseIdleConnections()
	}
}

// proxy finds the proxy of a request.
func (c Config) proxy(n Network) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		from := httpproxy.Config{HTTPProxy: n.HTTPProxy, HTTPSProxy: n.HTTPSProxy, NoProxy: n.NoProxy}
		switch set := c.connection(r.URL.Scheme, r.URL.Hostname(), "proxy"); {
		case strings.EqualFold(set, "direct"), set == "false":
			return nil, nil
		case set != "":
			from.HTTPProxy, from.HTTPSProxy = set, set
		}
		proxy, err := from.ProxyFunc()(r.URL)
		if err != nil {
			return nil, fmt.Errorf("cannot use the proxy for %s: its address is malformed", r.URL.Host) // it may hold a password
		}
		return proxy, nil
	}
}

// tlsHosts lists the hosts that have certificates of their own.
func (c Config) tlsHosts() []string {
	var hosts []string
	for key := range c {
		for _, name := range []string{"cainfo", "sslcert"} {
			key, ours := strings.CutPrefix(key, "acquire::https::")
			host, named := strings.CutSuffix(key, "::"+name)
			if ours && named {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// tls makes the settings of one host, "" for all others.
func (c Config) tls(root, host, caFile string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if name := c.connection("https", host, "cainfo"); name != "" {
		pool, err := addCertificates(x509.NewCertPool(), filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	if caFile != "" {
		pool, err := config.RootCAs, error(nil)
		if pool == nil {
			if pool, err = x509.SystemCertPool(); err != nil {
				return nil, fmt.Errorf("cannot read the system's certificates: %w", err)
			}
		}
		if config.RootCAs, err = addCertificates(pool, caFile); err != nil {
			return nil, err
		}
	}
	if name := c.connection("https", host, "sslcert"); name != "" {
		certificate := filepath.Join(root, name)
		key := certificate
		if k := c.connection("https", host, "sslkey"); k != "" {
			key = filepath.Join(root, k)
		}
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("cannot use the client certificate %s: %w", certificate, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func addCertificates(pool *x509.CertPool, name string) (*x509.CertPool, error) {
	data, err := readBounded(name, maxKeyringFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("cannot read certificates: %s holds none in PEM", name)
	}
	return pool, nil
}
