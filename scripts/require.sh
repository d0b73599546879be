#!/bin/sh
# Says in one line what the machine lacks, and how to get it.
set -e
case "$1" in
python)
    command -v "$2" >/dev/null || { echo "make: $2 is missing: apt-get install python3 python3-venv" >&2; exit 1; }
    "$2" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $2 is older than 3.11: set PYTHON to a newer one" >&2; exit 1; }
    "$2" -c 'import ensurepip, venv' 2>/dev/null || { echo "make: python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
    ;;
node)
    command -v node >/dev/null && command -v npm >/dev/null || { echo "make: Node 20 with npm is missing: install it from your distribution or nodejs" >&2; exit 1; }
    [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] || { echo "make: Node is older than 20: install a newer one" >&2; exit 1; }
    ;;
browser)
    command -v chromium >/dev/null && exit 0
    if [ "$(id -u)" != 0 ]; then
        echo "make: Chromium is missing for the browser tests: sudo apt-get install -y chromium fonts-noto-cjk" >&2
        exit 1
    fi
    echo "Installing Chromium for the browser tests"
    export DEBIAN_FRONTEND=noninteractive
    here="$(dirname "$0")"
    sh "$here/patiently.sh" "fetching the list of packages" apt-get update -qq
    sh "$here/patiently.sh" "installing Chromium" \
        apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk
    ;;
esac
