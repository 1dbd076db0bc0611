/* Answers every request with the version of the libcurl that it runs with. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *curl_version(void);

int main(void)
{
	const char *port = getenv("PORT");
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s, (struct sockaddr *)&at, sizeof at) || listen(s, 8)) {
		perror("server");
		return 1;
	}
	for (;;) {
		char in[1024], out[1024];
		int c = accept(s, NULL, NULL);
		if (c < 0 || read(c, in, sizeof in) < 0)
			continue;
		const char *version = curl_version();
		int size = snprintf(out, sizeof out, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(version), version);
		if (write(c, out, size) < 0)
			perror("server");
		close(c);
	}
}
