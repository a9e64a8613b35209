#!/bin/sh
# Installs Visit Prep as a service of systemd, or a newer version over it. Run it again whenever you
# like: settings and tokens that are there are never touched.
#
#	install.sh [--dry-run] [BINARY]
#
# BINARY is the program, ./visitprep where it is not said. DESTDIR=/some/folder puts everything below
# that folder and starts nothing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dry=''
if [ "${1-}" = --dry-run ]; then
	dry=yes
	shift
fi
binary=${1-./visitprep}
root=${DESTDIR-}

fail() {
	echo "install.sh: $*" >&2
	exit 1
}
[ -f "$binary" ] || fail "there is no program $binary: build it with CGO_ENABLED=0 go build -o visitprep ."
[ -x "$binary" ] || fail "$binary cannot be run: chmod +x $binary"
[ -n "$root" ] || [ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "run it as root, or with --dry-run to see what it does"

# put MODE FILE TARGET: the file is there with its mode, or as it was.
put() {
	if [ -f "$root$3" ] && cmp -s "$2" "$root$3"; then
		echo "as it was    $root$3"
	elif [ -n "$dry" ]; then
		echo "would write  $root$3 (mode $1)"
	else
		(umask 022 && mkdir -p "$(dirname "$root$3")")
		# Beside it first: a program that runs is not written over.
		cp "$2" "$root$3.new"
		chmod "$1" "$root$3.new"
		mv "$root$3.new" "$root$3"
		echo "wrote        $root$3 (mode $1)"
	fi
}

# keep MODE FILE TARGET: what is there is yours.
keep() {
	if [ -e "$root$3" ]; then
		echo "kept         $root$3"
	else
		put "$1" "$2" "$3"
	fi
}

umask 077
put 755 "$binary" /usr/local/bin/visitprep
put 644 "$here/visitprep.service" /etc/systemd/system/visitprep.service
put 644 "$here/visitprep-mcp.service" /etc/systemd/system/visitprep-mcp.service
keep 644 "$here/../../config.yaml" /etc/visitprep/config.yaml
keep 600 "$here/visitprep.env" /etc/visitprep/visitprep.env

[ -z "$dry" ] || exit 0
[ -n "$root" ] || systemctl daemon-reload
cat <<'next'

Next:
  1. Write your tokens into /etc/visitprep/visitprep.env.
  2. systemctl enable --now visitprep
  3. journalctl -u visitprep -f
For other tools, over MCP (docs/mcp.md): systemctl enable --now visitprep-mcp
After a newer version: systemctl try-restart visitprep visitprep-mcp
After a change of /etc/visitprep/config.yaml: systemctl reload visitprep
next
