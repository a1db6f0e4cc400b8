/** All commands, in the order of --help. A new command is a file in commands/ and a line here. */

import type { Command } from './command.ts';

/** What --help says of a command, without loading it. */
interface Registered {
  readonly summary: string;
  /** The name of its one word without an option. */
  readonly positional?: string;
  /** Several bring libraries that the others do without. */
  readonly load: () => Promise<Command>;
}

export const commands: Readonly<Record<string, Registered>> = {
  render: {
    summary: 'Print the files that a node would get, or write them to a directory',
    load: async () => (await import('./commands/render.ts')).render,
  },
  validate: {
    summary: 'Check objects without a cluster, and with --root against the kubelet of a machine',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  diff: {
    summary: 'Show what apply would change on a host',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  apply: {
    summary: 'Change a host to what the objects say, once; undo it if the kubelet does not come up',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  agent: {
    summary: 'Keep a host at what its objects say, until stopped',
    load: async () => (await import('./commands/agent.ts')).agent,
  },
  controller: {
    summary: 'Let the nodes of a cluster change as their objects allow, until stopped',
    load: async () => (await import('./commands/controller.ts')).controller,
  },
  status: {
    summary: 'Show how a host is: its kubelet, its agent, what is applied, what is wrong or waits, and what to do',
    load: async () => (await import('./commands/status.ts')).status,
  },
  history: {
    summary: 'Show the revisions that were applied to a host, the newest first',
    load: async () => (await import('./commands/history.ts')).history,
  },
  rollback: {
    summary: 'Go back to a revision that was applied before, and stay there until the objects change',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  retry: {
    summary: 'Retry what failed or was rolled back on this host',
    load: async () => (await import('./commands/retry.ts')).retry,
  },
  hold: {
    summary: 'Stop all changes on this host until it is released',
    load: async () => (await import('./commands/hold.ts')).hold,
  },
  import: {
    positional: 'directory',
    summary: 'Print the KubeletConfig that describes the kubelet of a machine',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  'upgrade-check': {
    summary: 'Show what another release of the kubelet would refuse of the settings in use, or take for something else',
    load: async () => (await import('./commands/upgrade-check.ts')).upgradeCheck,
  },
  'rollout status': {
    positional: 'name',
    summary: 'Show how far the nodes of a cluster are with their objects, and why they wait',
    load: async () => (await import('./commands/rollout-status.ts')).rolloutStatus,
  },
  'rollout pause': {
    positional: 'name',
    summary: 'Change no further node to an object, until it is resumed',
    load: async () => (await import('./commands/rollout-pause.ts')).rolloutPause,
  },
  'rollout resume': {
    positional: 'name',
    summary: 'Let nodes change to an object again that was paused',
    load: async () => (await import('./commands/rollout-pause.ts')).rolloutResume,
  },
  'rollout retry': {
    positional: 'name',
    summary: 'Let the nodes try an object again on which it failed',
    load: async () => (await import('./commands/rollout-retry.ts')).rolloutRetry,
  },
  'rollout approve': {
    positional: 'name',
    summary: 'Approve an object for further nodes, where rollout.approval is Manual',
    load: async () => (await import('./commands/rollout-approve.ts')).rolloutApprove,
  },
  explain: {
    summary: 'Show each effective field of a node, its value and which object set it',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  completion: {
    positional: 'shell',
    summary: 'Print a script for shell completion',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
};

/** Commands of two words, by the first one: what they are for. */
export const groups: Readonly<Record<string, string>> = {
  rollout: 'How changes go through the nodes of a cluster.',
};

/** The whole names of the commands of a group. */
export function commandsOf(group: string): string[] {
  return Object.keys(commands).filter((name) => name.startsWith(`${group} `));
}

/** The words with the name of a command of two words as the first of them. */
export function withWholeName(words: readonly string[]): readonly string[] {
  const [first, second, ...others] = words;
  const name = `${first} ${second}`;
  return Object.hasOwn(commands, name) ? [name, ...others] : words;
}
