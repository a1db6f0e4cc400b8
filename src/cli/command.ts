/** The shape of every command: its texts for --help, and a function from flags to an exit code. */

import type { Readable } from 'node:stream';
import type { Argv, InferredOptionTypes, Options } from 'yargs';
import { nearest } from '../api/validate/parts.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import { standardInput } from './flags/options.ts';
import type { Terminal } from './print/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by the first SIGTERM or SIGINT. A command that has not read it yet is ended by the signal. */
  readonly stop: AbortSignal;
  /** Where agent and controller write their log. */
  readonly log: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The environment of the process: NODE_NAME, and where credentials for an API server are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Read by `-f -`. */
  readonly standardInput: Readable;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly register: (yargs: Argv, run: (action: (context: CommandContext) => Promise<ExitCode>) => Promise<void>) => Argv;
}

export interface CommandParts<Flags extends Record<string, Options>> {
  readonly name: string;
  readonly summary: string;
  readonly options: Flags;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Printed after the examples. */
  readonly epilogue?: string;
  run(flags: InferredOptionTypes<Flags>, context: CommandContext): Promise<ExitCode>;
}

/** Makes a command of its parts. Unknown options are refused, with the nearest one as a hint. */
export function command<Flags extends Record<string, Options>>(parts: CommandParts<Flags>): Command {
  const { name, summary, options, examples, epilogue } = parts;
  return {
    name,
    summary,
    register: (yargs, run) =>
      yargs.command(
        name,
        summary,
        (builder) =>
          builder
            .usage(`$0 ${name} [options]\n\n${summary}`)
            .options(options)
            .epilogue(closing(examples, epilogue))
            .middleware((flags) => checkNames(flags, name, options), true),
        (flags) => run((context) => parts.run(flags as unknown as InferredOptionTypes<Flags>, context)),
      ),
  };
}

/**
 * Runs before the parser asks for missing options: one of them may be there, but misspelt.
 * @throws CommandFailure with the nearest name
 */
function checkNames(flags: Readonly<Record<string, unknown>>, command: string, options: Readonly<Record<string, Options>>): void {
  const aliases = Object.values(options).flatMap(({ alias }) => alias ?? []);
  const known = [...Object.keys(options), ...aliases, 'help', 'h'];
  for (const [name, value] of Object.entries(flags)) {
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    if (value === standardInput && name.length > 1) {
      throw new CommandFailure(exitCodes.usage, `${option} cannot be -`, 'standard input can only be given to --file');
    }
    if (name === '_' || name === '$0' || known.some((one) => one === name || camelCase(one) === name)) continue;
    const near = nearest(name, [...Object.keys(options), 'help']);
    const remedy = near === undefined ? `see kubelet-config ${command} --help` : `did you mean --${near}?`;
    throw new CommandFailure(exitCodes.usage, `there is no option ${option}`, remedy);
  }
}

/** The parser gives each option under this name too. */
function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}

/** Examples, each on a line of its own to be copied; yargs would print two columns. */
function closing(examples: readonly (readonly [string, string])[], epilogue: string | undefined): string {
  const lines = examples.map(([line, what]) => `  # ${what}\n  kubelet-config ${line}`);
  return [`Examples:\n${lines.join('\n')}`, ...(epilogue === undefined ? [] : [epilogue])].join('\n\n');
}
