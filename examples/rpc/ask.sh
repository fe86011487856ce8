#!/bin/sh
# One request to a running host, and its answer.
#   ask.sh METHOD [PARAMETERS]      ask.sh event.list '{"limit": 3}'
set -eu
socket=${PATCHBAY_SOCKET:-state/control.sock}
method=${1:?usage: ask.sh METHOD [PARAMETERS]}
parameters=${2:-"{}"}

# -t: wait for the answer after standard input has ended. OpenBSD's nc does the same: nc -U -q 10 "$socket"
printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}\n' "$method" "$parameters" |
    socat -t 10 - "UNIX-CONNECT:$socket"
