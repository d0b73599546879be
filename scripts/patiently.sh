#!/bin/sh
# Runs a set-up step that fetches, again after a pause if it fails: networks have bad moments.
# usage: patiently.sh WHAT COMMAND...    SETUP_PAUSES: seconds between the tries
what="$1"
shift
log="$(mktemp)" || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
for pause in ${SETUP_PAUSES-2 5 15 30} none; do
    "$@" >"$log" 2>&1 && exit 0
    [ "$pause" = none ] && break
    echo "$what failed; trying again in $pause s" >&2
    sleep "$pause"
done
sed 's/^/    /' "$log" | tail -n 15 >&2
echo "make: $what failed every time; the lines above say why. Is the network there? Then run make again." >&2
exit 1
