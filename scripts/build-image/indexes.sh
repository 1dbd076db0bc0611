#!/bin/bash
# Runs in the container of the layer of indexes.
set -euo pipefail
install -D -m 0644 -t /usr/share/whittle/indexes /run/whittle/indexes/*
