#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

std::string greeting();

int main()
{
	const char *port = std::getenv("PORT");
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(port ? std::atoi(port) : 8080);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	std::signal(SIGTERM, [](int) { _exit(0); });
	if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) || listen(server, 16))
		return 1;
	for (;;) {
		int client = accept(server, nullptr, nullptr);
		char request[4096];
		if (read(client, request, sizeof request) > 0) {
			std::string body = greeting();
			std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
			if (write(client, reply.data(), reply.size()) < 0)
				return 1;
		}
		close(client);
	}
}
