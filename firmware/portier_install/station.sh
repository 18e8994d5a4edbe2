#!/bin/sh
# sudo ./station install | uninstall | purge: this station on this machine; ./station check: is this folder whole?
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
command -v "$python" >/dev/null || {
    echo "There is no $python: as root, apt-get install python3" >&2
    exit 69
}
word=${1:---help}
[ $# = 0 ] || shift
exec env PYTHONPATH="$here/tool" PYTHONDONTWRITEBYTECODE=1 "$python" -m portier_install "$word" "$@" --bundle "$here"
