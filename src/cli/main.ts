/** The commands of `kubelet-config`, and the one place where errors become exit codes. */

import yargs from 'yargs';
import { nearest } from '../api/validate/parts.ts';
import { LockHeldError } from '../host/lock.ts';
import { HostFileError } from '../node/ports/files.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import type { Command, CommandContext } from './command.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import { standardInput } from './flags/options.ts';
import type { Terminal } from './print/terminal.ts';
import { version } from './version.ts';

/** In the order of --help. Each comes with libraries that the others do without, so it is loaded when it is needed. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
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
  explain: async () => (await import('./commands/explain.ts')).explain,
};

/** Never throws. */
export async function main(words: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const run = async (action: (context: CommandContext) => Promise<ExitCode>) => {
    exitCode = await action(context).catch((error: unknown) => report(error, context.terminal));
  };
  const program = yargs()
    .scriptName('kubelet-config')
    .usage('$0 <command>\n\nDeclarative kubelet configuration for any Kubernetes cluster, made safe.')
    .parserConfiguration({
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .strict()
    .demandCommand(1, 'name a command')
    .completion('completion', 'Print a script for shell completion')
    .version(version)
    .help()
    .alias('h', 'help')
    .wrap(context.terminal.width)
    .exitProcess(false)
    .fail((message, error) => {
      // The parser's own errors are about the words too.
      throw error && error.name !== 'YError' ? error : usageFailure(message || error.message, words[0]);
    });
  for (const command of await commandsFor(words)) command.register(program, run);
  try {
    const spoken = words.map((word) => (word === '-' ? standardInput : word));
    // Without the callback the parser would print help itself, past the terminal.
    await program.parseAsync(spoken, {}, (_error, _flags, help) => {
      if (help) context.terminal.out(help);
    });
    return exitCode;
  } catch (error) {
    return report(error, context.terminal);
  }
}

function usageFailure(message: string, first = ''): CommandFailure {
  const names = Object.keys(commands);
  if (names.includes(first)) return new CommandFailure(exitCodes.usage, message, `see kubelet-config ${first} --help`);
  if (first === '' || first.startsWith('-')) return new CommandFailure(exitCodes.usage, message, 'see kubelet-config --help');
  const near = nearest(first, names);
  const remedy = near === undefined ? 'see kubelet-config --help' : `did you mean ${near}?`;
  return new CommandFailure(exitCodes.usage, `there is no command ${first}`, remedy);
}

/** Only the one that the first word names; all of them for --help, completion and a misspelt name. */
function commandsFor([name = '']: readonly string[]): Promise<Command[]> {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all((named ? [named] : Object.values(commands)).map((load) => load()));
}

function report(error: unknown, { err, colours }: Terminal): ExitCode {
  const say = (reason: string, remedy?: string) => {
    err(`${colours.bold(colours.red('error:'))} ${reason}`);
    if (remedy !== undefined) err(colours.dim(`    → ${remedy}`));
  };
  if (error instanceof CommandFailure) {
    say(error.message, error.remedy);
    return error.exitCode;
  }
  if (error instanceof HostFileError || error instanceof LockHeldError) {
    say(error.message, error.remedy);
    return exitCodes.host;
  }
  if (error instanceof SystemdError) {
    say(error.message, 'see whether systemd and dbus run on the host, then try again; nothing was changed');
    return exitCodes.host;
  }
  // With its stack: this is a bug, and whoever reports it needs it.
  err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say('this is a bug in kubelet-config', 'please report it with the lines above');
  return exitCodes.internal;
}
