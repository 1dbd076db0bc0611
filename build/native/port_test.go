package native

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPortIsSetForThoseWhoAskForIt: an app whose source names PORT finds it set, whatever its working directory has beside.
func TestPortIsSetForThoseWhoAskForIt(t *testing.T) {
	for source, want := range map[string]string{
		"int main() { getenv(\"PORT\"); }\n": "8080", "int main() { return 0; }\n": "", "// getenv(\"PORT\")\nint main() {}\n": "",
	} {
		f := fake{t: t, codemodel: targets("shop shop.c"), makes: []string{"shop"}}
		s := languagetest.Site(t, f.run)
		languagetest.Write(t, s.Dir, map[string]string{"CMakeLists.txt": "project(shop C)", "shop.c": source, "data/a.txt": "PORT"})
		got := ""
		keep := s.Keep
		s.Keep = func(l language.Layer, key string) {
			if l.Name == layerNative {
				got = l.Env["PORT"]
			}
			keep(l, key)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got != want || !language.Exists(s.Dir+"/data/a.txt") {
			t.Errorf("%q: PORT is %q, want %q; left are %v", source, got, want, languagetest.Names(t, s.Dir))
		}
	}
}

// TestWhereServersListen: servers in C and C++ on a port of their own are named, and those on the loopback address are warned of. A client's port is
// no server's.
func TestWhereServersListen(t *testing.T) {
	for source, want := range map[string]string{
		"#define PORT 8080\nbind(fd, 0, 0);\naddr.sin_port = htons(PORT);\n":                        "8080",
		"int port = 9000;\nname.sin_port = htons(port);\nlisten(fd, 5);\n":                          "9000",
		"#define PORT 8080\naddr.sin_port = htons(PORT);\nconnect(fd, 0, 0);\n":                     "",
		"addr.sin_port = htons(atoi(argv[1]));\nbind(fd, 0, 0);\n":                                  "",
		"app.port(18080).multithreaded().run();\n":                                                  "18080",
		"svr.listen(\"0.0.0.0\", 8081);\n":                                                          "8081",
		"svr.listen(\"localhost\", 8081);\n":                                                        "loopback",
		"app().addListener(\"127.0.0.1\", 8848).run();\n":                                           "loopback",
		"tcp::acceptor a(ioc, tcp::endpoint(tcp::v4(), 8082));\n":                                   "8082",
		"Address addr(Ipv4::any(), Port(9080));\nHttp::listenAndServe<H>(addr);\n":                  "9080",
		"MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD,\n  8888, NULL, NULL);\n":  "8888",
		"static const char *url = \"http://0.0.0.0:8000\";\nmg_http_listen(&mgr, url, fn, NULL);\n": "8000",
		"mg_http_listen(&mgr, \"http://localhost:8000\", fn, NULL);\n":                              "loopback",
		"const char *options[] = {\"listening_ports\", \"8083\", 0};\n":                             "8083",
		"createShared({\"0.0.0.0\", 8084, oatpp::network::Address::IP_4});\n":                       "8084",
		"uv_listen((uv_stream_t *)&listener, 128, on_accept);\n":                                    "",
		"const char *p = getenv(\"PORT\");\napp.port(p ? atoi(p) : 18080).run();\n":                 "",
		"const char *p = getenv(\"PORT\");\nif (!p) app.port(18080).run();\n":                       "",
	} {
		s := languagetest.Site(t, nil)
		languagetest.Write(t, s.Dir, map[string]string{"src/main.cpp": source, "deps/lib.c": "#define P 1\nbind(0);\nx = htons(1234);\n"})
		l := s.Listening(serving)
		_, got, _ := strings.Cut(strings.TrimSuffix(l.Fixed, ", whatever PORT says"), " listens on port ")
		if l.Loopback != "" {
			got = "loopback"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
