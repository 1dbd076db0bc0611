#!/usr/bin/env bash
# Compiles the server into /out, as an upload from Windows would have it: without the execute permission.
set -euo pipefail
cd /src
tmp=$(mktemp -d)
gcc -shared -fPIC -Wl,-soname,libcurl.so.4 -Wl,--version-script=libcurl.map -o "$tmp/libcurl.so" libcurl.c
gcc -O2 -s -o /out/server server.c -L"$tmp" -lcurl
chmod 644 /out/server
