#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int tick(void);

int main(void)
{
	char face[100], body[200], request[4096];
	const char *port = getenv("PORT");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int server = socket(AF_INET, SOCK_STREAM, 0);
	FILE *file = fopen(FACE, "r");
	if (!file || !fgets(face, sizeof face, file))
		return 1;
	signal(SIGTERM, _exit);
	if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16))
		return 1;
	for (;;) {
		int client = accept(server, NULL, NULL);
		int n = snprintf(body, sizeof body, "%d o'clock, %s", tick(), face);
		if (read(client, request, sizeof request) > 0)
			dprintf(client, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", n, body);
		close(client);
	}
}
