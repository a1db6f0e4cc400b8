/** What the kubelet blames in its message, to compare with what we blame. */

import { fieldRows } from '../../../src/kubelet/data/kubelet-fields.ts';
import { flagNames } from '../../../src/kubelet/flag-table.ts';
import { gateNames } from '../../../src/kubelet/gate-table.ts';
import type { KubeletFault } from '../../../src/kubelet/plain-kubelet.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

/** `--max-pods`, `MaxPods` and `maxPods` are one name. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[-_]/g, '');
}

const known = new Set(
  [
    ...fieldRows.flatMap(({ path }) => path.replaceAll('[]', '').split('.')),
    ...flagNames(knownRelease('1.36')),
    ...gateNames(undefined),
  ].map(plain),
);

/** Words of the way to the message, and of many messages. */
const frame = new Set(
  `failed kubelet config configuration error invalid unable load file merge kubeletconfiguration while setting defaults
   validate flags parse decode decoder json yaml line cannot into value type field struct of string number argument flag
   with must have than that this provided with from only construct dependencies walk through dropin directory path create
   listen serve start match matching regular expression regex used validation kubeletconfig configs`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** The names of fields, flags and gates in it; if it has none, its words. */
function blamed(text: string): string[] {
  const names = [...text.matchAll(/--[a-z][a-z0-9_-]+|[A-Za-z]*[a-z][A-Z][A-Za-z0-9]*|[a-z]+(?:-[a-z]+)+/g)]
    .map(([name]) => plain(name))
    .filter((name) => known.has(name));
  if (names.length > 0) return names;
  return [...text.matchAll(/[\w.*/-]{3,}/g)].map(([word]) => plain(word)).filter((word) => word !== '' && !frame.has(word));
}

/** The parts of the kubelet's message of which none of the faults says anything. */
export function untoldCauses(message: string, faults: readonly KubeletFault[]): string[] {
  const told = plain(faults.map(({ place, reason }) => `${JSON.stringify(place)} ${reason}`).join('\n'));
  const said = message
    .replace(/^.*?(?:err="|Error: |panic: )/s, '')
    .replace(/, path: &TypeMeta.*| is missing in '.*|, please drain this node.*/s, '')
    .replace(
      /KubeletConfiguration while setting defaults|Go struct field KubeletConfiguration|kubelet\.config\.k8s\.io\/\w+/g,
      '',
    )
    .replace(/for "(?:[a-z-]+)" flag/g, '');
  const [first = '', ...others] = said.split('invalid configuration: ');
  return (others.length > 0 ? others : [first]).filter((part) => !blamed(part).some((word) => told.includes(word)));
}
