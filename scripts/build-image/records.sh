#!/bin/bash
# Runs in the container of the last layer, where nothing of the packages changes
# any more: records them by the times and sizes that their files have here.
set -euo pipefail
/run/whittle/records installed
