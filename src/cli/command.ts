/** The shape of every command: its texts for --help, and a function from flags to an exit code. */

import type { Readable } from 'node:stream';
import type { Argv, InferredOptionTypes } from 'yargs';
import { nearest } from '../api/validate/parts.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import type { CommandOption } from './flags/command-option.ts';
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

/**
 * The word that a command takes without an option: one of several, the path of a directory, or the name of an
 * object.
 */
export interface Positional {
  readonly name: string;
  readonly describe: string;
  /** Absent for a path or a name. */
  readonly choices?: readonly string[];
  /** The name of an object of the cluster, which a shell cannot complete. */
  readonly isObject?: boolean;
  /** Whether the command does something else without it. */
  readonly isOptional?: boolean;
  /** Whether there may be several: the command is then given a list. */
  readonly isMany?: boolean;
}

export type Action = (context: CommandContext) => Promise<ExitCode>;

export interface Command {
  readonly name: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly positional: Positional | undefined;
  /** Tells the parser of it; if the words name it, `choose` is given what it does. */
  readonly register: (yargs: Argv, summary: string, choose: (action: Action) => void) => Argv;
}

export interface CommandParts<Flags extends Record<string, CommandOption>> {
  readonly name: string;
  readonly positional?: Positional;
  readonly options: Flags;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Printed after the examples. */
  readonly epilogue?: string;
  run(flags: InferredOptionTypes<Flags>, context: CommandContext): Promise<ExitCode>;
}

/** Makes a command of its parts. Unknown options are refused, with the nearest one as a hint. */
export function command<Flags extends Record<string, CommandOption>>(parts: CommandParts<Flags>): Command {
  const { name, positional, options, examples, epilogue } = parts;
  const usage = usageOf(name, positional);
  return {
    name,
    options,
    positional,
    register: (yargs, summary, choose) =>
      yargs.command(
        // Whether it is there is checked by the command, whose message says what to type.
        `${asOneWord(name)}${positional ? ` [${positional.name}${positional.isMany ? '..' : ''}]` : ''}`,
        summary,
        (builder) =>
          withPositional(builder, positional)
            .usage(`$0 ${usage}\n\n${summary}`)
            .options(options)
            .epilogue(closing(examples, epilogue))
            .middleware((flags) => checkNames(flags, parts), true),
        (flags) => choose((context) => parts.run(flags as unknown as InferredOptionTypes<Flags>, context)),
      ),
  };
}

function usageOf(name: string, positional: Positional | undefined): string {
  if (!positional) return `${name} [options]`;
  const more = positional.isMany ? '...' : '';
  return positional.isOptional
    ? `${name} [options] [${positional.name}${more}]`
    : `${name} <${positional.name}${more}> [options]`;
}

/** The parser takes a command for one word; `rollout status` are two. */
export function asOneWord(name: string): string {
  return name.replace(' ', '-');
}

function withPositional(builder: Argv, positional: Positional | undefined): Argv {
  if (!positional) return builder;
  const { name, describe, choices } = positional;
  return builder.positional(name, { describe, type: 'string', ...(choices && { choices }) });
}

/**
 * Runs before the parser asks for missing options: one of them may be there, but misspelt.
 * @throws CommandFailure with the nearest name
 */
function checkNames(
  flags: Readonly<Record<string, unknown>>,
  { name: command, options, positional }: Pick<CommandParts<Record<string, CommandOption>>, 'name' | 'options' | 'positional'>,
): void {
  const aliases = Object.values(options).flatMap(({ alias }) => alias ?? []);
  const known = [...Object.keys(options), ...aliases, 'help', 'h', ...(positional ? [positional.name] : [])];
  for (const [name, value] of Object.entries(flags)) {
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    if (value === standardInput && name.length > 1) {
      throw new CommandFailure(exitCodes.usage, `${option} cannot be -`, 'standard input can only be given to --file');
    }
    if (name === '_' || name === '$0' || known.some((one) => one === name || camelCase(one) === name)) continue;
    throw new CommandFailure(exitCodes.usage, `there is no option ${option}`, remedyFor(name, command, Object.keys(options)));
  }
}

/** What to type instead of an option that is not there. */
function remedyFor(name: string, command: string, options: readonly string[]): string {
  const ours = elsewhere[name];
  if (ours !== undefined && options.includes(ours)) return `did you mean --${ours}?`;
  if (name === 'dry-run' && command !== 'diff')
    return '`kubelet-config diff -f PATH` shows what apply would change, and changes nothing';
  const near = nearest(name, [...options, 'help']);
  return near === undefined ? `see kubelet-config ${command} --help` : `did you mean --${near}?`;
}

/** Names that kubectl and others have for options of ours. */
const elsewhere: Readonly<Record<string, string>> = {
  filename: 'file',
  recursive: 'file',
  selector: 'label',
  format: 'output',
  context: 'kubeconfig',
  n: 'namespace',
};

/** The parser gives each option under this name too. */
function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}

/** Examples, each on a line of its own to be copied; yargs would print two columns. */
function closing(examples: readonly (readonly [string, string])[], epilogue: string | undefined): string {
  const lines = examples.map(([line, what]) => `  # ${what}\n  kubelet-config ${line}`);
  return [`Examples:\n${lines.join('\n')}`, ...(epilogue === undefined ? [] : [epilogue])].join('\n\n');
}
