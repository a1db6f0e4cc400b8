/** From the words of the command line to an exit code. */

import yargs, { type Argv } from 'yargs';
import { Parser } from 'yargs/helpers';
import { nearest } from '../api/validate/parts.ts';
import { type Action, asOneWord, type CommandContext } from './command.ts';
import { completeWord } from './completion/word.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import { standardInput } from './flags/options.ts';
import type { Given } from './print/pasteable.ts';
import { printError } from './print/print-error.ts';
import { reportFormats } from './print/reported.ts';
import { formats } from './print/terminal.ts';
import { commands, commandsOf, groups, withWholeName } from './registry.ts';
import { version } from './version.ts';

/** Runs the command that the words name. Never throws: every error is printed and becomes an exit code. */
export async function main(given: readonly string[], outer: CommandContext): Promise<ExitCode> {
  if (given[0] === completeWord) return answerShell(given.slice(1), outer);
  const words = withWholeName(asOptions(given));
  const context = printingAs(outputOf(words), givenIn(words), outer);
  if (given[0] === 'help' && !isHelpable(given[1])) return printError(usageFailure('', given[1]), context.terminal);
  if (words.length === 1 && words[0] === '--version') {
    context.terminal.out(version);
    return exitCodes.ok;
  }
  return parseAndRun(words, context);
}

async function parseAndRun(words: readonly string[], context: CommandContext): Promise<ExitCode> {
  const group = groupOf(words[0]);
  if (group !== undefined && !asksForHelp(words[1])) return printError(groupFailure(words), context.terminal);
  let chosen: Action | undefined;
  const program = parserFor(words, group, context.terminal);
  // The parser formats its help after each command that it runs, in case the command throws. So we run the
  // command afterwards, and the parser need not break that help into lines: nobody reads it.
  await registerFor(words, program, (action) => {
    chosen = action;
    program.wrap(null);
  });
  try {
    const [first = '', ...others] = words.map((word) => (word === '-' ? standardInput : word));
    const parsed = group === undefined ? [asOneWord(first), ...others] : others;
    // Without the callback, the parser would write the help to the process's own standard output.
    await program.parseAsync(parsed, {}, (_error, _flags, help) => {
      if (help) context.terminal.out(help);
    });
    return chosen === undefined ? exitCodes.ok : await (chosen as Action)(context);
  } catch (error) {
    return printError(error, context.terminal);
  }
}

/** @param group what the commands are for whose first word is given alone */
function parserFor(words: readonly string[], group: string | undefined, { width }: CommandContext['terminal']): Argv {
  return yargs()
    .scriptName('kubelet-config')
    .usage(`$0 ${group === undefined ? '' : `${words[0]} `}<command>\n\n${group ?? purpose}`)
    .parserConfiguration({
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .strict()
    .demandCommand(1, 'name a command')
    .epilogue('kubelet-config help COMMAND, or COMMAND --help, shows its options and examples.')
    .version(version)
    .help()
    .alias('h', 'help')
    .wrap(width)
    .exitProcess(false)
    .fail((message, error) => {
      // A YError is the parser's own: it is about the words, as a message is.
      throw error && error.name !== 'YError' ? error : usageFailure(message || error.message, words[0]);
    });
}

const purpose = 'Declarative kubelet configuration for any Kubernetes cluster, made safe.';

/** The value of -o, looked for before the words are checked: a complaint about them is for a program too. */
function outputOf(words: readonly string[]): string | undefined {
  const { output } = Parser([...words], { alias: { output: ['o'] }, string: ['output'] }) as { output?: unknown };
  const last: unknown = Array.isArray(output) ? output.at(-1) : output;
  return typeof last === 'string' ? last : undefined;
}

/** What messages repeat, as it was typed: a complaint about other words repeats it too. */
function givenIn(words: readonly string[]): Given {
  const typed = words.map((word) => (word === '-' ? standardInput : word));
  const { root, file } = Parser(typed, { string: ['root', 'file'], array: ['file'], alias: { file: ['f'] } }) as {
    root?: unknown;
    file?: unknown;
  };
  const texts = (value: unknown) => [value].flat(2).filter((one): one is string => typeof one === 'string');
  return { root: texts(root).at(-1), files: texts(file).map((path) => (path === standardInput ? '-' : path)) };
}

/** The context is read member by member: to read `stop` means to end by oneself. */
function printingAs(output: string | undefined, given: Given, context: CommandContext): CommandContext {
  const format = formats.find((one) => one === output);
  const reportFormat = reportFormats.find((one) => one === output);
  // GitHub counts the paths of annotations from the root of the checkout, wherever a step runs.
  const base = context.environment['GITHUB_WORKSPACE'] || process.cwd();
  const terminal = { ...context.terminal, format, report: reportFormat && { format: reportFormat, base }, given };
  return Object.create(context, { terminal: { value: terminal, enumerable: true } }) as CommandContext;
}

/** `help render` is `render --help`, `version` is `--version`, and no word at all asks for help. */
function asOptions(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || first === 'help') return [...rest, '--help'];
  return first === 'version' ? ['--version'] : words;
}

function isHelpable(name: string | undefined): boolean {
  return name === undefined || name.startsWith('-') || Object.hasOwn(commands, name) || Object.hasOwn(groups, name);
}

/** What the commands of a group are for; undefined if the word names none. */
function groupOf(word = ''): string | undefined {
  return Object.hasOwn(groups, word) ? groups[word] : undefined;
}

function asksForHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h';
}

/** The first of several words is there, and the second is missing or wrong. */
function groupFailure([first = '', second]: readonly string[]): CommandFailure {
  const names = commandsOf(first);
  const remedy = `name one of ${names.join(', ')}`;
  if (second === undefined || second.startsWith('-'))
    return new CommandFailure(exitCodes.usage, `${first} alone does nothing`, remedy);
  const near = nearest(`${first} ${second}`, names);
  const reason = `there is no command ${first} ${second}`;
  return new CommandFailure(exitCodes.usage, reason, near === undefined ? remedy : `did you mean ${near}?`);
}

/** Never complains: whatever is printed would stand in the middle of what a person types. */
async function answerShell(words: readonly string[], { terminal }: CommandContext): Promise<ExitCode> {
  const { complete, completionLines } = await import('./completion/complete.ts');
  const completion = await complete(words).catch(() => undefined);
  if (completion) terminal.out(completionLines(completion).join('\n'));
  return exitCodes.ok;
}

function usageFailure(message: string, first = ''): CommandFailure {
  const names = [...Object.keys(commands), ...Object.keys(groups)];
  if (names.includes(first)) return new CommandFailure(exitCodes.usage, message, `see kubelet-config ${first} --help`);
  if (first === '' || first.startsWith('-')) return new CommandFailure(exitCodes.usage, message, 'see kubelet-config --help');
  const near = nearest(first, names);
  const remedy = near === undefined ? 'see kubelet-config --help' : `did you mean ${near}?`;
  return new CommandFailure(exitCodes.usage, `there is no command ${first}`, remedy);
}

/** The command that the first word names. For --help alone, no more than it prints; else all commands. */
async function registerFor(words: readonly string[], program: Argv, choose: (action: Action) => void): Promise<void> {
  const [first = ''] = words;
  const named = Object.hasOwn(commands, first) ? commands[first] : undefined;
  const isGroup = Object.hasOwn(groups, first);
  if (isGroup || (words.length === 1 && asksForHelp(first))) {
    const shown = Object.entries(commands).filter(([name]) => !isGroup || commandsOf(first).includes(name));
    for (const [name, { positional, summary }] of shown)
      program.command(positional === undefined ? name : `${name} [${positional}]`, summary);
    return;
  }
  const asked = named ? [named] : Object.values(commands);
  const loaded = await Promise.all(asked.map(async ({ summary, load }) => ({ summary, command: await load() })));
  for (const { summary, command } of loaded) command.register(program, summary, choose);
}
