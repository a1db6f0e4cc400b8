/** Reads the options of `podman run` in a command: those that the launcher sets itself are left out. Pure. */

import type { Problem } from '../api/problem.ts';
import { runSwitches } from '../kubelet/installed/container-run.ts';
import { isSetByPodmanLauncher } from '../render/launchers/podman/options.ts';

export interface RunOption {
  /** Long, without its dashes. */
  readonly name: string;
  /** Undefined for an option that is only on. */
  readonly value: string | undefined;
}

const longNames: Readonly<Record<string, string>> = {
  ...{ d: 'detach', e: 'env', h: 'hostname', i: 'interactive', l: 'label', m: 'memory', p: 'publish', P: 'publish-all' },
  ...{ q: 'quiet', t: 'tty', u: 'user', v: 'volume', w: 'workdir', c: 'cpu-shares', net: 'network' },
};

/** What the launcher says itself, by name; the switches have no value, or `true`. */
const own: Readonly<Record<string, string>> = {
  ...{ network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host', 'pids-limit': '-1' },
  ...{ 'log-driver': 'passthrough', pull: 'missing', privileged: 'true' },
};

/** The container belongs to the unit: its name, how it is detached, and its end are the launcher's. */
const ofTheUnit = [
  'name',
  'replace',
  'rm',
  'detach',
  'cgroups',
  'sdnotify',
  'cidfile',
  'conmon-pidfile',
  'pidfile',
  'sig-proxy',
  'quiet',
];

/** @param tell makes a problem of an option that is not in the object */
export function readRunOptions(
  words: readonly string[],
  tell: (reason: string, remedy: string, severity?: 'warning' | 'notice') => Problem,
): { readonly options: RunOption[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const options = split(words).filter(({ name, value }) => {
    if (ofTheUnit.includes(name) || own[name] === (value ?? 'true')) return false;
    if (!isSetByPodmanLauncher(name)) return true;
    const given = own[name] === undefined ? 'cannot be combined with a service' : `would need ${own[name]}`;
    problems.push(
      tell(
        `--${name}${value === undefined ? '' : `=${value}`} of podman is left out: with the launcher podman it ${given}`,
        'use --launcher existing if you need it',
      ),
    );
    return false;
  });
  return { options, problems };
}

function split(words: readonly string[]): RunOption[] {
  const found: RunOption[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, long, joined] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const short = long === undefined ? word.slice(1, 2) : undefined;
    const name = longNames[long ?? short ?? ''] ?? long ?? short ?? '';
    const glued = long === undefined && word.length > 2 ? word.slice(2).replace(/^=/, '') : joined;
    if (glued !== undefined && !(long === undefined && runSwitches.has(name))) found.push({ name, value: glued });
    else if (runSwitches.has(name)) found.push({ name, value: undefined });
    else {
      index += 1;
      found.push({ name, value: words[index] ?? '' });
    }
  }
  return found;
}
