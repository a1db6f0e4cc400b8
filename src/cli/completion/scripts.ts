/** The scripts of `completion`. They ask the program itself, so they stay right when it is updated. */

import { completeWord } from './word.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/**
 * bash splits what was typed also at = and :, and puts a reply in place of the last piece alone. Works with
 * bash 3.2, and without the package bash-completion.
 */
const bash = `# Completion of kubelet-config for bash.
_kubelet_config() {
  local word joined='' i last typed before kind='' prefix='' line value
  local words=()
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    last=$((\${#words[@]} - 1))
    if ((last >= 0)) && [[ $joined || $word == [=:] ]]; then words[last]+=$word; else words+=("$word"); fi
    if [[ $word == [=:] ]]; then joined=yes; else joined=''; fi
  done
  typed=\${COMP_WORDS[COMP_CWORD]}
  [[ $typed != [=:] ]] || typed=''
  word=\${words[\${#words[@]} - 1]}
  before=\${word%"$typed"}
  while IFS= read -r line; do
    if [[ ! $kind ]]; then
      kind=$line
      IFS= read -r prefix
      continue
    fi
    line=\${line%%$'\\t'*}
    COMPREPLY+=("\${line#"$before"}")
  done < <(kubelet-config ${completeWord} "\${words[@]}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -ne 1 || \${COMPREPLY[0]} != *: ]] || compopt -o nospace 2>/dev/null
  case $kind in
    files) value=-f ;;
    directories) value=-d ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do
    line=$prefix$line
    COMPREPLY+=("\${line#"$before"}")
  done < <(compgen "$value" -- "\${word#"$prefix"}")
}
complete -F _kubelet_config kubelet-config
`;

const zsh = `#compdef kubelet-config
# Completion of kubelet-config for zsh.
_kubelet_config() {
  local -a lines found open
  local line prefix
  lines=("\${(@f)$(kubelet-config ${completeWord} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  prefix=\${lines[2]:-}
  for line in "\${(@)lines[3,-1]}"; do
    [[ -n $line ]] || continue
    if [[ $line == *: ]]; then open+=("$line"); else found+=("\${\${line//:/\\\\:}/$'\\t'/:}"); fi
  done
  (( \${#found} )) && _describe kubelet-config found
  (( \${#open} )) && compadd -S '' -- "\${open[@]}"
  case $lines[1] in
    files) compset -P "\${(b)prefix}"; _files ;;
    directories) compset -P "\${(b)prefix}"; _files -/ ;;
  esac
}
if (( $+functions[compdef] )); then compdef _kubelet_config kubelet-config; fi
if [[ \${funcstack[1]:-} == (_kubelet-config|_kubelet_config) ]]; then _kubelet_config "$@"; fi
`;

const fish = `# Completion of kubelet-config for fish.
function __kubelet_config_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l lines (kubelet-config ${completeWord} $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -l prefix "$lines[2]"
    set -e lines[1..2]
    for line in $lines
        echo $line
    end
    set -l value (string replace -- "$prefix" '' "$current")
    switch "$kind"
        case files
            for path in (__fish_complete_path "$value")
                echo $prefix$path
            end
        case directories
            for path in (__fish_complete_directories "$value" '')
                echo $prefix$path
            end
    end
end
complete -c kubelet-config -f -a '(__kubelet_config_complete)'
`;

/** The text of each script. */
export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
