/**
 * The script that undoes an open transaction. The agent starts it, or the timer of the dead-man's switch, or
 * the next boot (design N5). It lies beside its manifest in the transaction's own directory, so that it runs
 * with any version of the agent, and without an agent. POSIX sh with the tools of coreutils or busybox;
 * tested under dash, bash and busybox.
 */

export const undoScript = `#!/bin/sh
# Takes back a change of the kubelet's configuration that was not confirmed. Written by
# kubelet-config, started by kubelet-config-undo.service: by the agent, by a timer when
# the agent is gone, or at boot. Can be run by hand, and again when it was cut off.
# With KUBELET_CONFIG_ROOT it works on an image, in which no systemd runs.
set -u
umask 022
export LC_ALL=C PATH="\${PATH:+$PATH:}/usr/sbin:/usr/bin:/sbin:/bin"

root=\${KUBELET_CONFIG_ROOT-}
state=$root/var/lib/kubelet-config
here=$state/undoing
units=$root/etc/systemd/system
temporary=.undo.kubelet-config-000000000000

say() { printf 'kubelet-config: %s\\n' "$*" >&2; }
give_up() {
  say "$* (tried again by the agent and at the next boot; what was there before lies in $here/pre)"
  exit 1
}

# On the disk, not only in memory; where sync takes no file, everything.
flush() { sync "$1" 2>/dev/null || sync; }

# Empty, it is nothing of ours.
rmdir "$here" 2>/dev/null

# One rename decides: whoever confirms renames the same directory, and one of the two finds it gone.
if [ ! -d "$here" ]; then
  if ! mv "$state/armed" "$here" 2>/dev/null; then
    [ -d "$state/armed" ] || exit 0
    give_up "cannot rename $state/armed"
  fi
  flush "$state"
fi

unit='' active='' invocation='' whole='' came='' went='' broken='' at=''

# What an agent that was killed had not finished writing.
sweep() { [ ! -d "$1" ] || rm -f "$1"/.*.kubelet-config-????????????; }

# Brings $1 back from the copy of $2.
bring_back() {
  directory=\${1%/*}
  if [ -L "$1" ]; then rm -f "$1"; elif [ -d "$1" ]; then return 1; fi
  mkdir -p "$directory" && rm -f "$directory/$temporary" && cp -a "$here/pre$2" "$directory/$temporary" &&
    flush "$directory/$temporary" && mv -f "$directory/$temporary" "$1" && label "$1" && flush "$directory"
}

take_away() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then return 1; fi
  if [ -e "$1" ] || [ -L "$1" ]; then rm -f "$1" && flush "\${1%/*}"; fi
}

# Makes the directory $1 again, which gave way to a file.
make_directory() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then return 0; fi
  rm -f "$1" && mkdir -p "$1" && flush "\${1%/*}"
}

make_link() {
  directory=\${1%/*}
  mkdir -p "$directory" && ln -sf "$2" "$directory/$temporary" && mv -f "$directory/$temporary" "$1" && flush "$directory"
}

# Whether the unit runs still as it did before, and never felt the change.
untouched() {
  now=$(systemctl show --property=InvocationID "$unit")
  [ -n "$invocation" ] && [ "$now" = "InvocationID=$invocation" ] && systemctl is-active --quiet "$unit"
}

is_down() {
  case $(systemctl show --property=ActiveState "$unit") in
    ActiveState=inactive | ActiveState=failed) return 0 ;;
  esac
  return 1
}

# A kubelet that runs, or is told to stop, writes its state anew. At boot it is down still.
halt() {
  if [ -n "$root" ] || is_down; then return 0; fi
  systemctl stop "$unit" </dev/null
  is_down
}

# The kubelet's own state $1, which was moved out of the way of the one that is to go.
state_back() {
  aside=\${1%/*}/.\${1##*/}.kubelet-config-aside
  if [ ! -f "$aside" ]; then
    # One of the two is there, unless its directory is a file system that is mounted late: then the agent comes again.
    [ -e "$1" ] || [ -n "$(ls -A "\${1%/*}" 2>/dev/null)" ]
    return
  fi
  if [ -d "$1" ]; then return 1; fi
  halt && mv -f "$aside" "$1" && flush "\${1%/*}"
}

# It had none: one that the other has made would keep it from starting.
state_away() {
  [ -e "$1" ] || return 0
  if [ -z "$root" ] && untouched; then return 0; fi
  halt && take_away "$1"
}

# A copy has the label of the place it was kept at.
label() { [ -n "$root" ] || ! command -v restorecon >/dev/null 2>&1 || restorecon "$1" || :; }

# Whether $1 is a link that enables the unit.
enables() {
  [ -L "$1" ] || return 1
  case $1 in
    "$units/$unit") return 1 ;;
    */"$unit") return 0 ;;
  esac
  target=$(readlink "$1")
  [ "\${target##*/}" = "$unit" ]
}

# What tells the file $1 from another one: mode, owner and bytes.
marks() { stat -c '%a %u %g' "$1" && sha256sum <"$1"; } 2>/dev/null

while IFS= read -r line; do
  what=\${line%% *} rest=\${line#* }
  place=$root\${at:-$rest}
  case $what in
    unit) unit=$rest ;;
    active) active=$rest ;;
    invocation) invocation=$rest ;;
    at) at=$rest ;;
    aside | stateless) at='' ;;
    file)
      sweep "\${place%/*}"
      bring_back "$place" "$rest" || { say "cannot bring back $rest" && broken=yes; }
      at=''
      ;;
    absent)
      sweep "\${place%/*}"
      take_away "$place" || { say "cannot remove $rest" && broken=yes; }
      at=''
      ;;
    directory) rmdir "$root$rest" 2>/dev/null ;;
    was-directory)
      sweep "\${place%/*}"
      make_directory "$place" || { say "cannot make the directory $rest" && broken=yes; }
      at=''
      ;;
    link)
      path=$root\${rest%% *}
      if ! enables "$path"; then
        make_link "$path" "\${rest#* }" || { say "cannot link $path" && broken=yes; }
        came=yes
      fi
      ;;
    keep) ;;
    end) whole=yes ;;
    *) say "does not understand: $line" && broken=yes ;;
  esac
done <"$here/manifest"
[ -n "$whole" ] || give_up "$here/manifest is not whole"

for path in "$units"/* "$units"/*.wants/* "$units"/*.requires/* "$units"/*.upholds/*; do
  enables "$path" || continue
  grep -qF "link \${path#"$root"} " "$here/manifest" && continue
  take_away "$path" || { say "cannot remove $path" && broken=yes; }
  went=yes
done
for path in "$units"/*.wants "$units"/*.requires "$units"/*.upholds; do
  grep -qxF "keep \${path#"$root"}" "$here/manifest" || rmdir "$path" 2>/dev/null
done

[ -z "$broken" ] || give_up 'the undo is not finished'

# Looked at once more, for another program may have been faster: nothing else is called undone.
while IFS= read -r line; do
  what=\${line%% *} rest=\${line#* }
  place=$root\${at:-$rest}
  as_before=yes
  case $what in
    at) at=$rest && continue ;;
    file) { [ ! -L "$place" ] && [ "$(marks "$place")" = "$(marks "$here/pre$rest")" ]; } || as_before='' ;;
    absent) { [ ! -e "$place" ] && [ ! -L "$place" ]; } || as_before='' ;;
    was-directory) { [ -d "$place" ] && [ ! -L "$place" ]; } || as_before='' ;;
    link) rest=\${rest%% *} && { enables "$root$rest" || as_before=''; } ;;
  esac
  at=''
  [ -n "$as_before" ] || { say "$rest is not as it was before" && broken=yes; }
done <"$here/manifest"
[ -z "$broken" ] || give_up 'the undo is not finished'

# Last, since the kubelet is down from here on until it starts again.
while IFS= read -r line; do
  what=\${line%% *} rest=\${line#* }
  place=$root\${at:-$rest}
  case $what in
    at) at=$rest && continue ;;
    aside) state_back "$place" || { say "cannot bring back $rest" && broken=yes; } ;;
    stateless) state_away "$place" || { say "cannot remove $rest" && broken=yes; } ;;
  esac
  at=''
done <"$here/manifest"

tell_systemd() {
  # At boot too: systemd has loaded the units already.
  systemctl daemon-reload || return 1
  if ! systemctl is-active --quiet sysinit.target; then
    # At boot units start by themselves, but by the links that were there when the boot began.
    if [ -n "$came" ]; then systemctl --no-block start "$unit"; elif [ -n "$went" ]; then systemctl --no-block stop "$unit"; fi
    return 0
  fi
  systemctl reset-failed "$unit" 2>/dev/null
  if [ "$active" != yes ]; then
    systemctl --no-block stop "$unit" 2>/dev/null
    return 0
  fi
  # A kubelet that never felt the change needs no restart to forget it.
  untouched || systemctl --no-block restart "$unit"
}
[ -n "$root" ] || tell_systemd || give_up 'systemd does not do what it is told'
# Only now: a kubelet that was stopped for it must not stay down.
[ -z "$broken" ] || give_up 'the undo is not finished'

# Last: until here a run that is cut off is run again.
if ! { rm -rf "$state/undone" && mv "$here" "$state/undone"; }; then give_up "cannot rename $here"; fi
flush "$state"
`;
