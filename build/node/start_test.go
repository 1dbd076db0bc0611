package node

import "testing"

func TestListensOn(t *testing.T) {
	for line, want := range map[string]string{
		"app.listen(3000)": "3000", "server.listen(port, () => {})": "port", "await fastify.listen({ port: 3000, host: '0.0.0.0' })": "3000",
		"startStandaloneServer(server, { listen: { port: 4000 } })": "4000", "app.listen(process.env.HTTP_PORT || 3000)": "process", "listener.listen()": "",
		"connect({ port: 5432 })": "",
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
		"app.listen(3000, 'localhost')": true, `server.listen(port, "127.0.0.1", () => {})`: true, "await app.listen({ port: 3000, host: `localhost` })": true,
		"app.listen(3000)": false, "app.listen(process.env.PORT || 3000, '0.0.0.0')": false, "app.listen(3000, () => console.log('http://localhost:3000'))": false,
		"new Redis({ host: 'localhost' })": false, "connect('localhost')": false,
	} {
		if got := loopback.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}
