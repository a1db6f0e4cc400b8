#!/bin/sh
# Installs kubelet-config from the directory that this script stands in; run again from a newer one, it updates.
set -eu

usage() {
  cat <<'HELP'
Installs kubelet-config on a machine without a package manager, as CoreOS and Flatcar are; updates it if it is there.

Usage: ./install.sh [--prefix DIR] [--root DIR] [--uninstall]

  --prefix DIR   where it is installed; /opt/kubelet-config by default. Its program is DIR/bin/kubelet-config
  --root DIR     the root of an image to install into, instead of this machine
  --uninstall    remove it. The kubelet keeps what was applied

Starts nothing and restarts no kubelet. Afterwards:
  systemctl enable --now kubelet-config-agent            a machine without a cluster: objects in /etc/kubelet-config.d
  systemctl enable --now kubelet-config-cluster-agent    a node of a cluster
HELP
}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

prefix=/opt/kubelet-config
root=
action=install
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a directory} && shift 2 ;;
    --root) root=${2:?--root needs a directory} && shift 2 ;;
    --uninstall) action=uninstall && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done
case $prefix in
  /*) ;;
  *) fail "--prefix: $prefix is no absolute path" ;;
esac
[ -z "$root" ] || [ -d "$root" ] || fail "--root: $root is no directory"
root=${root%/}
here=$(cd "$(dirname "$0")" && pwd)
units=/etc/systemd/system

FUNCTIONS
# Of an image, there is no systemd to tell.
[ -z "$root" ] || has_systemd() { false; }

# Each file has its name only when it is whole.
put() {
  mkdir -p "$root$(dirname "$2")"
  cp "$1" "$root$2.new"
  chmod "$3" "$root$2.new"
  mv -f "$root$2.new" "$root$2"
}

link() {
  mkdir -p "$root$(dirname "$2")"
  ln -sfn "$1" "$root$2"
}

install_all() {
  [ -n "$root" ] || "$here/kubelet-config" --version >/dev/null ||
    fail 'this machine cannot run it: it needs glibc 2.28 or later, libstdc++ and libgcc, and an archive for this architecture'
  put "$here/kubelet-config" "$prefix/bin/kubelet-config" 0755
  link kubelet-config "$prefix/bin/kubectl-kubelet_config"
  # CoreOS and Flatcar have it in the PATH.
  case $prefix in /opt/*) link "../${prefix#/opt/}/bin/kubelet-config" /opt/bin/kubelet-config ;; esac
  for unit in $kubelet_config_services; do
    sed "s|/usr/local/bin/kubelet-config|$prefix/bin/kubelet-config|" "$here/$unit" >"$here/.$unit"
    put "$here/.$unit" "$units/$unit" 0644
    rm "$here/.$unit"
  done
  [ -e "$root/etc/default/kubelet-config" ] || put "$here/kubelet-config.env" /etc/default/kubelet-config 0644
  mkdir -p "$root/etc/kubelet-config.d"
  if [ -z "$root" ] && command -v restorecon >/dev/null; then restorecon -R "$prefix" /opt/bin "$units" || true; fi
  take_up_services
  echo "kubelet-config is installed: $prefix/bin/kubelet-config. Its services are not started; ./install.sh --help says how."
}

uninstall_all() {
  [ -e "$root$prefix/bin/kubelet-config" ] || fail "there is no kubelet-config below $root$prefix"
  if [ -z "$root" ]; then
    say_what_stays "$prefix/bin/kubelet-config"
    give_up_services
  fi
  for unit in $kubelet_config_services; do rm -f "$root$units/$unit"; done
  rm -f "$root$prefix/bin/kubelet-config" "$root$prefix/bin/kubectl-kubelet_config"
  [ -e "$root/opt/bin/kubelet-config" ] || rm -f "$root/opt/bin/kubelet-config"
  rmdir "$root$prefix/bin" "$root$prefix" 2>/dev/null || true
  ! has_systemd || systemctl daemon-reload
}

"${action}_all"
