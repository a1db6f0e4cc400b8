#!/bin/sh
# The least shell script that brings files onto a machine as durably as kubelet-config does, and restarts a
# unit: what hack/bench compares with.
# Usage: least-script.sh DIRECTORY UNIT     DIRECTORY holds the files under their paths on the machine
set -eu
directory=$1 unit=$2 changed=

for new in $(cd "$directory" && find . -type f); do
  path=${new#.}
  cmp -s "$directory$path" "$path" && continue
  temporary=${path%/*}/.${path##*/}.new
  cp --preserve=mode "$directory$path" "$temporary"
  sync -f "$temporary"
  mv -T "$temporary" "$path"
  sync -f "${path%/*}"
  changed=yes
done

[ -n "$changed" ] || exit 0
systemctl daemon-reload
systemctl restart "$unit"
