/** Checks `launcher.podman.options`: which word is an option, and which of them the launcher sets itself. */

import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { runSwitches } from '../../../kubelet/installed/container-run.ts';

/** Another value would break the unit, or take from the kubelet what it needs of the host. */
const ours: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['name', 'replace', 'rm', 'detach', 'cgroups', 'sdnotify'].map((name) => [name, 'the unit stops and cleans up by it']),
    ['privileged', 'network', 'net', 'pid', 'ipc', 'uts', 'cgroupns', 'userns'].map((name) => [name, 'the kubelet needs it']),
    ['pod', 'pod-id-file', 'rootfs', 'help', 'interactive', 'tty', 'attach', 'detach-keys', 'restart', 'cgroup-parent'].map(
      (name) => [name, 'it does not go together with a service of systemd'],
    ),
  ].flat(),
);

/** Whether an object may not have this option, because the launcher says it, or cannot. */
export function isSetByPodmanLauncher(name: string): boolean {
  return Object.hasOwn(ours, name);
}

interface Option {
  /** Without its dashes. */
  readonly name: string;
  readonly value: string | undefined;
  /** Of the item in which it begins. */
  readonly index: number;
}

interface ReadOptions {
  readonly options: readonly Option[];
  /** Each option as one word, with its value behind a `=`: the image is the first word that is no option. */
  readonly words: readonly string[];
  readonly problems: readonly SpecProblem[];
}

const path = (index: number) => ['launcher', 'podman', 'options', index];

/** Reads the items as `podman run` would, and refuses an image among them and what the launcher sets. */
export function readOptions(items: readonly string[]): ReadOptions {
  const options: Option[] = [];
  const problems: SpecProblem[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] ?? '';
    const [, name, joined] = /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(item) ?? [];
    const next = items[index + 1];
    if (name === undefined) {
      problems.push(notAnOption(item, index));
    } else if (joined !== undefined || runSwitches.has(name)) {
      options.push({ name, value: joined, index });
    } else if (next === undefined || next.startsWith('-')) {
      problems.push(withoutValue(name, index));
    } else {
      options.push({ name, value: next, index });
      index += 1;
    }
  }
  return {
    options,
    words: options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`)),
    problems: [...problems, ...options.flatMap(setByLauncher)],
  };
}

function notAnOption(item: string, index: number): SpecProblem {
  const reason = `podman would take ${JSON.stringify(item)} for the image, or for an option in short`;
  const remedy =
    'write each option in its long form as one item, e.g. --volume=/srv:/srv; words of the kubelet belong to kubelet.flags';
  return refusal('PodmanRefuses', path(index), reason, remedy);
}

function withoutValue(name: string, index: number): SpecProblem {
  const reason = `--${name} has no value, so podman would take the next word for it`;
  return refusal(
    'PodmanRefuses',
    path(index),
    reason,
    `write --${name}=VALUE, and --${name}=true for an option that is on or off`,
  );
}

function setByLauncher({ name, index }: Option): SpecProblem[] {
  const why = Object.hasOwn(ours, name) ? ours[name] : undefined;
  if (why === undefined) return [];
  return [refusal('PodmanRefuses', path(index), `the launcher says --${name} itself, or leaves it out: ${why}`, 'remove it')];
}
