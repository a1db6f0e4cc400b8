/** All commands, in the order of --help. A new command is a file in commands/ and a line here. */

import type { Command } from './command.ts';

/** Each is loaded only when it is needed: several bring libraries that the others do without. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  render: async () => (await import('./commands/render.ts')).render,
  validate: async () => (await import('./commands/validate.ts')).validate,
  diff: async () => (await import('./commands/diff.ts')).diff,
  apply: async () => (await import('./commands/apply.ts')).apply,
  agent: async () => (await import('./commands/agent.ts')).agent,
  controller: async () => (await import('./commands/controller.ts')).controller,
  status: async () => (await import('./commands/status.ts')).status,
  history: async () => (await import('./commands/history.ts')).history,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  retry: async () => (await import('./commands/retry.ts')).retry,
  hold: async () => (await import('./commands/hold.ts')).hold,
  import: async () => (await import('./commands/import.ts')).importCommand,
  'upgrade-check': async () => (await import('./commands/upgrade-check.ts')).upgradeCheck,
  explain: async () => (await import('./commands/explain.ts')).explain,
  completion: async () => (await import('./commands/completion.ts')).completion,
};
