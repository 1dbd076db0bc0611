#!/bin/bash
# Runs in the container of the layer of unpacked packages. Their files keep their time, by which an edited one is known.
set -euo pipefail
install -d -m 0755 /usr/share/whittle
cp -r --preserve=mode,timestamps --no-target-directory /run/whittle/unpacked /usr/share/whittle/unpacked
