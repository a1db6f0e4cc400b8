/**
 * Our own kubelet wrapper: one static script for bash 4.3 or later. It obeys the variables of CoreOS's last
 * kubelet-wrapper to the letter, and four private variables (`exactVariables`) for words that must reach rkt
 * exactly.
 *
 * A change of the script must keep these:
 * - "empty" and "unset" mean the same. An exported variable stays exported if the script sets it: rkt's
 *   `--inherit-env` shows it;
 * - the shell splits values and expands their patterns, because people's units rely on it;
 * - the script sets no variables but those that it obeys: any other may belong to the unit;
 * - it makes directories one by one, in this order: those made before a failure stay.
 */

/** Everybody may run it, root may write it. */
export const managedWrapperMode = 0o755;

/**
 * The private variables; each holds what `encodeWords` makes of its words. `globalArgs` and `runArgs` come
 * before the words of RKT_GLOBAL_ARGS and RKT_RUN_ARGS. `stage1Arg` and `imageArgs` count if RKT_STAGE1_ARG
 * and KUBELET_IMAGE_ARGS are empty.
 */
export const exactVariables = {
  globalArgs: 'RKT_GLOBAL_ARGS_EXACT',
  runArgs: 'RKT_RUN_ARGS_EXACT',
  stage1Arg: 'RKT_STAGE1_ARG_EXACT',
  imageArgs: 'KUBELET_IMAGE_ARGS_EXACT',
} as const;

/** The whole script: the same bytes on every node. */
export function managedWrapper(): string {
  return SCRIPT;
}

const SCRIPT = `#!/bin/bash
# Runs the kubelet in rkt (stage1-fly). Written by kubelet-config; an edit here is
# undone. Answers to the same variables as CoreOS's /usr/lib/coreos/kubelet-wrapper,
# so set them in kubelet.service or in a drop-in of it:
#
#   KUBELET_IMAGE_TAG    version of the kubelet's image, e.g. v1.5.4_coreos.0
#   KUBELET_IMAGE_URL    image without version  [docker://quay.io/coreos/hyperkube]
#   KUBELET_IMAGE        image and version at once, instead of the two above
#   KUBELET_IMAGE_ARGS   options after the image                 [--exec=/kubelet]
#   RKT                  the rkt to run                             [/usr/bin/rkt]
#   RKT_GLOBAL_ARGS      options before "run"
#   RKT_RUN_ARGS         options after "run"
#   RKT_STAGE1_ARG       choice of stage1      [--stage1-from-dir=stage1-fly.aci]
#
# KUBELET_VERSION, KUBELET_ACI and RKT_OPTS are the old names of the tag, the URL and
# (added to RKT_RUN_ARGS, not instead) the options after "run". Empty is as good as
# unset. Values are split at blanks, and words with *, ? or [] become the names of
# the files they match; quotes inside a value do not protect from either.
# The arguments of this script are the kubelet's and are passed on as they are.
#
# The variables ending in _EXACT belong to the unit that kubelet-config writes. They
# hold words split at blanks too, but a word may hold anything: \\\\ is a backslash,
# \\x20 a blank, \\t a tab, \\n a newline, and a word that is just \\c is empty.

set -e

# Shell variables would reach rkt if the unit had one of the same name, hence no
# variable here but those named above; the locals of a function are gone at its end.

# Turns the text in the variable named $1 into an array of the words it stands for.
# Arrays are not exported, so rkt never sees the variable.
decode_exact_words() {
  local text=\${!1} word count=0
  unset "$1"
  [[ -n $text ]] || return 0
  set -f
  for word in $text; do
    printf -v "$1[$count]" '%b' "$word"
    count=$((count + 1))
  done
  set +f
}

if [[ -n $KUBELET_VERSION ]]; then
  echo 'KUBELET_VERSION environment variable is deprecated, please use KUBELET_IMAGE_TAG instead'
fi
if [[ -n $KUBELET_ACI ]]; then
  echo 'KUBELET_ACI environment variable is deprecated, please use the KUBELET_IMAGE_URL instead'
fi
if [[ -n $RKT_OPTS ]]; then
  echo 'RKT_OPTS environment variable is deprecated, please use the RKT_RUN_ARGS instead'
fi

# Which image. := also replaces an empty value, and leaves an exported variable so.
: "\${KUBELET_IMAGE_TAG:=$KUBELET_VERSION}"
if [[ -z $KUBELET_IMAGE && -z $KUBELET_IMAGE_TAG ]]; then
  echo 'One of KUBELET_IMAGE KUBELET_IMAGE_TAG must be set'
  exit 1
fi
: "\${KUBELET_IMAGE_URL:=\${KUBELET_ACI:-docker://quay.io/coreos/hyperkube}}"
: "\${KUBELET_IMAGE:=$KUBELET_IMAGE_URL:$KUBELET_IMAGE_TAG}"

# Images of quay.io are signed, with a key that may be fetched from there. Docker's
# are not signed at all. rkt heeds only the last --insecure-options: for an image of
# docker's that is this one, whatever RKT_GLOBAL_ARGS, RKT_RUN_ARGS and RKT_OPTS say.
RKT_RUN_ARGS="$RKT_RUN_ARGS $RKT_OPTS"
case $KUBELET_IMAGE in
  quay.io | quay.io/*) RKT_RUN_ARGS="$RKT_RUN_ARGS --trust-keys-from-https" ;;
  docker: | docker:/*) RKT_RUN_ARGS="$RKT_RUN_ARGS --insecure-options=image" ;;
esac

# rkt wants the directories that it shares with the kubelet to be there.
mkdir --parents /etc/kubernetes
mkdir --parents /var/lib/docker
mkdir --parents /var/lib/kubelet
mkdir --parents /run/kubelet

: "\${RKT:=/usr/bin/rkt}"
decode_exact_words ${exactVariables.globalArgs}
decode_exact_words ${exactVariables.runArgs}
decode_exact_words ${exactVariables.stage1Arg}
decode_exact_words ${exactVariables.imageArgs}
if [[ -n $RKT_STAGE1_ARG ]]; then
  ${exactVariables.stage1Arg}=()
elif [[ \${#${exactVariables.stage1Arg}[@]} -eq 0 ]]; then
  RKT_STAGE1_ARG=--stage1-from-dir=stage1-fly.aci
fi
if [[ -n $KUBELET_IMAGE_ARGS ]]; then
  ${exactVariables.imageArgs}=()
elif [[ \${#${exactVariables.imageArgs}[@]} -eq 0 ]]; then
  KUBELET_IMAGE_ARGS=--exec=/kubelet
fi

# From here on the journal shows the command as it is run. A variable without quotes
# is split on purpose.
set -x
# shellcheck disable=SC2086
exec $RKT "\${${exactVariables.globalArgs}[@]}" $RKT_GLOBAL_ARGS \\
  run "\${${exactVariables.runArgs}[@]}" $RKT_RUN_ARGS \\
  --volume coreos-etc-kubernetes,kind=host,source=/etc/kubernetes,readOnly=false \\
  --volume coreos-etc-ssl-certs,kind=host,source=/etc/ssl/certs,readOnly=true \\
  --volume coreos-usr-share-certs,kind=host,source=/usr/share/ca-certificates,readOnly=true \\
  --volume coreos-var-lib-docker,kind=host,source=/var/lib/docker,readOnly=false \\
  --volume coreos-var-lib-kubelet,kind=host,source=/var/lib/kubelet,readOnly=false,recursive=true \\
  --volume coreos-var-log,kind=host,source=/var/log,readOnly=false \\
  --volume coreos-os-release,kind=host,source=/usr/lib/os-release,readOnly=true \\
  --volume coreos-run,kind=host,source=/run,readOnly=false \\
  --volume coreos-lib-modules,kind=host,source=/lib/modules,readOnly=true \\
  --volume coreos-etc-machine-id,kind=host,source=/etc/machine-id,readOnly=true \\
  --mount volume=coreos-etc-kubernetes,target=/etc/kubernetes \\
  --mount volume=coreos-etc-ssl-certs,target=/etc/ssl/certs \\
  --mount volume=coreos-usr-share-certs,target=/usr/share/ca-certificates \\
  --mount volume=coreos-var-lib-docker,target=/var/lib/docker \\
  --mount volume=coreos-var-lib-kubelet,target=/var/lib/kubelet \\
  --mount volume=coreos-var-log,target=/var/log \\
  --mount volume=coreos-os-release,target=/etc/os-release \\
  --mount volume=coreos-run,target=/run \\
  --mount volume=coreos-lib-modules,target=/lib/modules \\
  --mount volume=coreos-etc-machine-id,target=/etc/machine-id \\
  --hosts-entry host "\${${exactVariables.stage1Arg}[@]}" $RKT_STAGE1_ARG \\
  $KUBELET_IMAGE "\${${exactVariables.imageArgs}[@]}" $KUBELET_IMAGE_ARGS -- "$@"
`;
