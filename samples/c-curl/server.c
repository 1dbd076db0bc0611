/* A web server of one page: it tells which libcurl it has, and what libcurl gets from the address in UPSTREAM. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal) { _exit(signal == SIGTERM ? 0 : 1); }

/* keep takes what libcurl got, as much as there is room for. */
static size_t keep(char *data, size_t size, size_t count, void *into)
{
	char *text = into;
	size_t length = strlen(text), room = 4095 - length, n = size * count;
	memcpy(text + length, data, n < room ? n : room);
	text[length + (n < room ? n : room)] = 0;
	return n;
}

static void upstream(char *body)
{
	const char *url = getenv("UPSTREAM");
	CURL *curl = url ? curl_easy_init() : NULL;
	if (!curl)
		return;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	CURLcode got = curl_easy_perform(curl);
	if (got != CURLE_OK)
		snprintf(body, 4096, "%s: %s", url, curl_easy_strerror(got));
	curl_easy_cleanup(curl);
}

static void answer(int client)
{
	char request[4096], page[2048] = "", body[4096] = "", reply[8192];
	if (read(client, request, sizeof request) <= 0)
		return;
	FILE *file = fopen("page.txt", "r");
	if (file) {
		page[fread(page, 1, sizeof page - 1, file)] = 0;
		fclose(file);
	}
	upstream(body);
	int n = snprintf(reply, sizeof reply, "%s%s\n%s", page, curl_version(), body);
	dprintf(client, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", n, reply);
}

int main(void)
{
	const char *port = getenv("PORT");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16)) {
		perror("cannot listen");
		return 1;
	}
	for (;;) {
		int client = accept(server, NULL, NULL);
		if (client >= 0) {
			answer(client);
			close(client);
		}
	}
}
