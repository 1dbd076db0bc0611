#include <arpa/inet.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* half is the only pixel of a picture of four, made smaller by ffmpeg's library. */
static int half(void)
{
	static const uint8_t picture[64] = {[0] = 200, 200, [32] = 200, 200};
	static uint8_t small[64];
	const uint8_t *from[] = {picture, NULL, NULL, NULL};
	uint8_t *to[] = {small, NULL, NULL, NULL};
	int stride[] = {32, 0, 0, 0};
	struct SwsContext *scale = sws_getContext(2, 2, AV_PIX_FMT_GRAY8, 1, 1, AV_PIX_FMT_GRAY8, SWS_AREA, NULL, NULL, NULL);
	if (!scale || sws_scale(scale, from, stride, 0, 2, to, stride) != 1)
		return -1;
	sws_freeContext(scale);
	return small[0];
}

int main(void)
{
	char words[100] = "no words\n", body[200], request[4096];
	const char *port = getenv("PORT");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
	int server = socket(AF_INET, SOCK_STREAM, 0);
	FILE *file = fopen("words.txt", "r");
	if (file && fgets(words, sizeof words, file))
		fclose(file);
	signal(SIGTERM, _exit);
	if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16))
		return 1;
	for (;;) {
		int client = accept(server, NULL, NULL);
		int n = snprintf(body, sizeof body, "%d from libswscale %u, %s", half(), swscale_version() >> 16, words);
		if (read(client, request, sizeof request) > 0)
			dprintf(client, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", n, body);
		close(client);
	}
}
