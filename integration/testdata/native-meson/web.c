#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int shelf(char *text, int size);

static void stop(int signal) { _exit(signal != SIGTERM); }

int main(void)
{
	const char *port = getenv("PORT");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int server = socket(AF_INET, SOCK_STREAM, 0);
	signal(SIGTERM, stop);
	if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16))
		return 1;
	for (;;) {
		char request[4096], body[100];
		int client = accept(server, NULL, NULL);
		if (read(client, request, sizeof request) > 0)
			dprintf(client, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", shelf(body, sizeof body), body);
		close(client);
	}
}
