/** The shape of every command: its words for --help, and a function from arguments to an exit code. */

import type { Readable } from 'node:stream';
import type { Argv, InferredOptionTypes, Options } from 'yargs';
import { nearest } from '../api/validate/parts.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import { standardInput } from './flags/options.ts';
import type { Terminal } from './print/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** Asked to stop: SIGTERM, SIGINT. */
  readonly stop: AbortSignal;
  /** Where the agent's log goes. */
  readonly log: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Of the process: NODE_NAME, and what credentials for an API server are found by. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `-f -` reads. */
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
  /** What to say after the options. */
  readonly epilogue?: string;
  run(flags: InferredOptionTypes<Flags>, context: CommandContext): Promise<ExitCode>;
}

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

/** Before the parser asks for what is missing: it may be there, misspelt. @throws CommandFailure with the nearest name */
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

/** One line to copy for each example, so not in yargs' two columns. */
function closing(examples: readonly (readonly [string, string])[], epilogue: string | undefined): string {
  const lines = examples.map(([line, what]) => `  # ${what}\n  kubelet-config ${line}`);
  return [`Examples:\n${lines.join('\n')}`, ...(epilogue === undefined ? [] : [epilogue])].join('\n\n');
}
