package java

import "testing"

func TestListensOn(t *testing.T) {
	for line, want := range map[string]string{
		`var server = HttpServer.create(new InetSocketAddress(8000), 0);`: "8000", `HttpServer.create(new InetSocketAddress("0.0.0.0", 8000), 0);`: "8000", `new InetSocketAddress(port)`: "port",
		`Javalin.create(config -> {}).start(7070);`: "7070", `.start("0.0.0.0", 7070)`: "7070", `app.start(HTTP_PORT);`: "HTTP_PORT", `Server server = new Server(8080);`: "8080",
		`vertx.createHttpServer().requestHandler(h).listen(8888)`: "8888", `embeddedServer(Netty, port = 8080, host = "0.0.0.0", module = Application::module)`: "8080", `embeddedServer(Netty, 8080) {`: "8080",
		`port(4567);`: "4567", `.addHttpListener(8080, "0.0.0.0")`: "8080", `try (var s = new ServerSocket(5000)) {`: "5000",
		`new InetSocketAddress("db.example.com", 5432)`: "", `thread.start();`: "", `timer.start(100)`: "", `new ServerSocket(0)`: "", `.port(9200)`: "",
	} {
		got := ""
		if m := listensOn.FindStringSubmatch(line); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for line, want := range map[string]bool{
		`HttpServer.create(new InetSocketAddress("localhost", 8080), 0);`: true, `HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080), 0);`: true, `.start("127.0.0.1", 7070)`: true,
		`server.listen(8888, "localhost");`: true, `.addHttpListener(8080, "localhost")`: true, `ipAddress("127.0.0.1");`: true,
		`socket.connect(new InetSocketAddress("localhost", 6379));`: false, `String url = "http://localhost:8080";`: false, `HttpServer.create(new InetSocketAddress(8080), 0);`: false,
	} {
		if got := loopback.MatchString(line); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}
