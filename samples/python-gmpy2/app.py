"""Answers over HTTP with a number that only gmpy2 can know; `python3 app.py --once` prints it and ends."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import gmpy2


def answer():
    with gmpy2.context(precision=120):
        root = gmpy2.sqrt(gmpy2.mpc(-2))
    prime = gmpy2.next_prime(2**89)
    return f"the prime after 2^89 is {prime}; the square root of -2 is {root.imag:.30f}i; mpfr {gmpy2.mpfr_version()}\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = answer().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    if "--once" in sys.argv:
        print(answer(), end="")
    else:
        HTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
