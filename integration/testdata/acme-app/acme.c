/* Answers every request with a number that GMP has computed and a text of the program's own library. */
#include <gmp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *own(void);

int main(void)
{
	const char *port = getenv("PORT");
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(s, (struct sockaddr *)&at, sizeof at) || listen(s, 8)) {
		perror("acme");
		return 1;
	}
	mpz_t n;
	mpz_init(n);
	mpz_ui_pow_ui(n, 2, 89);
	mpz_nextprime(n, n);
	char *prime = mpz_get_str(NULL, 10, n);
	for (;;) {
		char in[1024], out[1024], body[512];
		int c = accept(s, NULL, NULL);
		if (c < 0 || read(c, in, sizeof in) < 0)
			continue;
		snprintf(body, sizeof body, "%s %s\n", prime, own());
		int size = snprintf(out, sizeof out, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
		if (write(c, out, size) < 0)
			perror("acme");
		close(c);
	}
}
