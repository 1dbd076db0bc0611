package node

import "testing"

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
