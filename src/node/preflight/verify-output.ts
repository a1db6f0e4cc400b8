/**
 * Turns the output of `systemd-analyze verify` into problems with the fields of the object. Pure.
 *
 * Its exit status says little: it is 0 although a value was ignored, and 1 for a problem in another unit. The
 * lines are systemd's log messages. Their beginnings and ends have been the same since version 215, but for
 * the words about an unknown key (`lvalue` until 245, `key name` until 251).
 */

import type { FieldPath, Problem } from '../../api/problem.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { readUnit, type UnitLine, valuesOf } from '../../systemd/unit-text.ts';
import { cut } from '../../text/cut.ts';
import { foreignText } from '../../text/foreign-text.ts';
import type { StagedUnit } from './unit.ts';

/** What was shown to systemd-analyze, and what is needed to understand its output. */
export interface Verified {
  readonly unit: string;
  readonly staged: StagedUnit;
  readonly spec: EffectiveSpec;
  /** Paths that this change writes: a program among them does not exist yet. */
  readonly written: readonly string[];
  /** The contents of the unit's drop-ins that do not change. */
  readonly others: readonly string[];
  /** False if the restart is left to a later boot: a missing program may be installed until then. */
  readonly startsNow: boolean;
}

/**
 * The problems that systemd has with our files. Their code is UnitInvalid; the object is not filled in yet.
 *
 * @param output stdout and stderr of `systemd-analyze verify`, as they came
 * @returns empty if no line is about our files
 */
export function problemsIn(output: string, verified: Verified): Problem[] {
  const raw = output.split('\n').filter((line) => line !== '');
  const lines = raw.map((line) => foreignText(line));
  const isRefused = lines.some((line) => refuses(line, verified.unit));
  const found = raw.flatMap((whole, index) => {
    const line = lines[index] ?? '';
    if (isCut(whole)) return cutProblems(line, verified);
    return fileProblems(line, isRefused, verified) ?? programProblems(line, verified) ?? [];
  });
  const isExplained = found.some(({ severity, reason }) => severity === 'error' && !isMissingProgram(reason));
  return isRefused && !isExplained ? [...found, refusedUnit(lines, verified.unit)] : found;
}

function problem(severity: Problem['severity'], path: FieldPath, reason: string, remedy: string): Problem {
  return { severity, code: 'UnitInvalid', path, reason, remedy };
}

/**
 * systemd cuts its messages at 2,048 bytes (LINE_MAX in its log.c), with the name of the field before them.
 * What it does about a long value often stands behind that value: `Failed to resolve … in VALUE, ignoring`.
 */
function isCut(line: string): boolean {
  return Buffer.byteLength(line) >= 2048 - 'MESSAGE='.length - 1;
}

/** Without its end, a complaint about our files is an error, unless its beginning says that it is none. */
function cutProblems(line: string, verified: Verified): Problem[] {
  const begin = `${cut(line, 600)} (systemd cuts long messages)`;
  const inFile = fileProblems(begin, true, verified);
  if (inFile !== undefined) return inFile;
  if (!line.startsWith(`${verified.unit}: `)) return [];
  return [problem('error', ['spec', 'unit'], `systemd says about ${begin}`, 'use a shorter value, or correct it')];
}

const verifyDirectory = '/kubelet-config/verify';
const obsolete = /obsolete|deprecated|has been removed|please use/i;
/** Begins behind the directory, so that no part of a long line is read twice. */
const complaint = /(\/[^:]+):(\d+): (.*)$/y;

/** `/var/lib/kubelet-config/verify/kubelet.service:5: Failed to parse service type, ignoring: nonsense` */
function fileProblems(line: string, isRefused: boolean, { staged, spec }: Verified): Problem[] | undefined {
  const at = line.startsWith('/') ? line.indexOf(`${verifyDirectory}/`) : -1;
  complaint.lastIndex = at + verifyDirectory.length;
  const [, name, number, words = ''] = (at > 0 && complaint.exec(line)) || [];
  const file = name === undefined ? undefined : staged.get(name);
  if (file === undefined) return undefined;
  if (file.ours === undefined) return [];
  const option = optionAt(file.content, Number(number));
  const path = fieldOf(option, file.ours, spec);
  const reason = `systemd says about ${optionWords(option)}${words}`;
  if (/^Unknown (lvalue|key|key name) /.test(words)) {
    return [problem('warning', path, reason, 'correct its spelling; if only a newer systemd knows it, leave it out')];
  }
  // The command runs, with the backslash as text. An assignment is ignored, in other words of systemd.
  if (words.startsWith('Ignoring unknown escape sequences: ')) {
    return [problem('warning', path, reason, 'write \\\\ for each backslash that is text')];
  }
  // An obsolete setting still has its effect, or had none before either.
  const isObsolete = obsolete.test(words) && !obsolete.test(option?.value ?? '');
  const isIgnored = /\bignor(ed|ing)\b|Missing '='/i.test(words);
  if (isObsolete || !(isIgnored || isRefused)) {
    return [problem('warning', path, reason, 'replace it by what systemd recommends when you can')];
  }
  return [
    problem('error', path, reason, "use a value that this node's systemd accepts, or leave it out; see systemd.directives(7)"),
  ];
}

const missingProgram = /^\S+: Command (\S+) is not executable: (.*)$/;

function isMissingProgram(reason: string): boolean {
  return reason.endsWith('is missing or not executable');
}

/** `kubelet.service: Command /usr/bin/kubelet is not executable: No such file or directory` */
function programProblems(line: string, verified: Verified): Problem[] | undefined {
  const { unit, spec, staged, written, others, startsNow } = verified;
  const [, program = ''] = missingProgram.exec(line) ?? [];
  if (program === '' || !line.startsWith(`${unit}: `)) return undefined;
  const texts = [...[...staged.values()].map(({ content }) => content), ...others];
  if (written.includes(program) || mayFail(program, texts)) return [];
  const reason = `${program}, which ${unit} would start, is missing or not executable`;
  const remedy = 'install it on the node, or correct the path; until then the change waits';
  // A command that runs before it may install it.
  return [problem(startsNow && !preparesItself(texts, spec) ? 'error' : 'warning', programField(program, spec), reason, remedy)];
}

/** True if `-` before the command allows it to be missing. systemd before 248 reports it all the same. */
function mayFail(program: string, texts: readonly string[]): boolean {
  const starts = texts.flatMap((text) =>
    readUnit(text).filter(({ section, key }) => section === 'Service' && key?.startsWith('Exec')),
  );
  const commands = starts.map(({ value }) => /^([-@:+!|]*)"?([^\s"]+)/.exec(value) ?? []);
  const itsCommands = commands.filter(([, , path]) => path === program);
  return itsCommands.length > 0 && itsCommands.every(([, prefix = '']) => prefix.includes('-'));
}

/** True if the unit runs a command before its main program that may install that program. */
export function preparesItself(texts: readonly string[], spec: EffectiveSpec): boolean {
  const cleanups = launcherOf(spec).cleanups();
  return texts
    .flatMap((text) => valuesOf(text, 'Service', 'ExecStartPre'))
    .some((value) => value !== '' && !cleanups.includes(value));
}

function programField(program: string, spec: EffectiveSpec): FieldPath {
  const launcher = launcherOf(spec);
  const field = launcher.fieldOfProgram(program);
  if (field !== undefined) return ['spec', ...field];
  const inOption = Object.entries(spec.unit.options['Service'] ?? {}).find(([, values]) =>
    values.some((value) => value.includes(program)),
  );
  return inOption ? ['spec', 'unit', 'options', 'Service', inOption[0]] : ['spec', 'launcher', launcher.kind];
}

/** True for a line that says that systemd would not load or not start the unit. */
function refuses(line: string, unit: string): boolean {
  if (line.includes(`Unit ${unit} has a bad unit file setting`)) return true;
  return line.startsWith(`${unit}: `) && /Refusing\.?$|has fatal error|will not be started/.test(line);
}

function refusedUnit(lines: readonly string[], unit: string): Problem {
  const said = lines.find((line) => refuses(line, unit)) ?? '';
  const remedy = `see in systemd.service(5) which options exclude each other, and in 'systemctl cat ${unit}' the drop-ins of other programs`;
  return problem('error', ['spec', 'unit', 'options'], `systemd would refuse the unit: ${said}`, remedy);
}

function optionWords(option: UnitLine | undefined): string {
  if (option === undefined) return 'the unit: ';
  return option.key === undefined ? `[${option.section}]: ` : `${option.key}= in [${option.section}]: `;
}

/** The option on the line that systemd names; undefined outside of any section. */
function optionAt(text: string, number: number): UnitLine | undefined {
  return readUnit(text).find(({ first, last, section }) => first <= number && number <= last && section !== '');
}

function fieldOf(option: UnitLine | undefined, ours: string, { unit, files }: EffectiveSpec): FieldPath {
  if (files.some(({ path }) => path === ours)) return ['spec', 'files', ours];
  const options = option && unit.options[option.section];
  if (!option || !options) return option?.key === 'Environment' ? ['spec', 'unit', 'environment'] : ['spec', 'unit'];
  const path = ['spec', 'unit', 'options', option.section];
  if (option.key === undefined) return path;
  if (options[option.key] !== undefined) return [...path, option.key];
  return option.key === 'Environment' ? ['spec', 'unit', 'environment'] : ['spec', 'unit'];
}
