/**
 * What `systemd-analyze verify` says of a unit, as problems of what a person wrote. Pure.
 *
 * Its exit status tells little: 0 although a value was ignored, 1 for a unit of somebody else. The lines are systemd's log messages; how they
 * begin and what they end in has been the same since 215, but for the words about an unknown key (`lvalue` until 245, `key name` until 251).
 */

import type { FieldPath, Problem } from '../../api/problem.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { readUnit, type UnitLine, valuesOf } from '../../systemd/unit-text.ts';
import type { StagedUnit } from './unit.ts';

export interface Verified {
  readonly unit: string;
  readonly staged: StagedUnit;
  readonly spec: EffectiveSpec;
  /** Files that this change writes: a program among them is not there yet. */
  readonly written: readonly string[];
  /** Of drop-ins of the unit that stay as they are. */
  readonly others: readonly string[];
  /** False where the restart is left to a later boot: until then a program may come. */
  readonly startsNow: boolean;
}

/** Without the object that is to blame. None where systemd has nothing to say of what is ours. */
export function complaints(output: string, verified: Verified): Problem[] {
  const lines = output.split('\n').filter((line) => line !== '');
  const isRefused = lines.some((line) => refuses(line, verified.unit));
  const found = lines.flatMap((line) => ofOurFile(line, isRefused, verified) ?? ofProgram(line, verified) ?? []);
  const isExplained = found.some(({ severity, reason }) => severity === 'error' && !isMissingProgram(reason));
  return isRefused && !isExplained ? [...found, refusal(lines, verified.unit)] : found;
}

function problem(severity: Problem['severity'], path: FieldPath, reason: string, remedy: string): Problem {
  return { severity, code: 'UnitInvalid', path, reason, remedy };
}

/** `/var/lib/kubelet-config/verify/kubelet.service:5: Failed to parse service type, ignoring: nonsense` */
function ofOurFile(line: string, isRefused: boolean, { staged, spec }: Verified): Problem[] | undefined {
  const [, name, number, words = ''] = /^\/.*?\/kubelet-config\/verify(\/[^:]+):(\d+): (.*)$/.exec(line) ?? [];
  const file = name === undefined ? undefined : staged.get(name);
  if (file === undefined) return undefined;
  if (file.ours === undefined) return [];
  const option = optionAt(file.content, Number(number));
  const path = fieldOf(option, file.ours, spec);
  const reason = `systemd says of ${optionWords(option)}${words}`;
  if (/^Unknown (lvalue|key|key name) /.test(words)) {
    return [problem('warning', path, reason, 'correct its spelling; if only a newer systemd knows it, leave it out')];
  }
  // A setting that systemd has outgrown still does what it did, or did nothing before either.
  const isOutgrown = /obsolete|deprecated|has been removed|please use/i.test(words);
  const isIgnored = /\bignor(ed|ing)\b|Missing '='/i.test(words);
  if (isOutgrown || !(isIgnored || isRefused)) {
    return [problem('warning', path, reason, 'see what systemd recommends, and change it when you can')];
  }
  return [problem('error', path, reason, "write what this node's systemd understands, or leave it out: systemd.directives(7)")];
}

const missingProgram = /^\S+: Command (\S+) is not executable: (.*)$/;

function isMissingProgram(reason: string): boolean {
  return reason.endsWith('is not executable');
}

/** `kubelet.service: Command /usr/bin/kubelet is not executable: No such file or directory` */
function ofProgram(line: string, verified: Verified): Problem[] | undefined {
  const { unit, spec, staged, written, others, startsNow } = verified;
  const [, program = ''] = missingProgram.exec(line) ?? [];
  if (program === '' || !line.startsWith(`${unit}: `)) return undefined;
  const texts = [...[...staged.values()].map(({ content }) => content), ...others];
  if (written.includes(program) || mayFail(program, texts)) return [];
  const reason = `${program}, which ${unit} would start, is not there or is not executable`;
  const remedy = 'install it on the node, or correct the path; the change waits until it is there';
  // What runs before may bring it.
  return [problem(startsNow && !preparesItself(texts, spec) ? 'error' : 'warning', programField(program, spec), reason, remedy)];
}

/** With `-` before it a command may be missing, of which systemd before 248 complains all the same. */
function mayFail(program: string, texts: readonly string[]): boolean {
  const starts = texts.flatMap((text) =>
    readUnit(text).filter(({ section, key }) => section === 'Service' && key?.startsWith('Exec')),
  );
  const commands = starts.map(({ value }) => /^([-@:+!|]*)"?([^\s"]+)/.exec(value) ?? []);
  const ofProgram = commands.filter(([, , path]) => path === program);
  return ofProgram.length > 0 && ofProgram.every(([, prefix = '']) => prefix.includes('-'));
}

/** Whether the unit runs something before its main program that may install that program. */
function preparesItself(texts: readonly string[], spec: EffectiveSpec): boolean {
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

/** The unit would not be loaded at all, or not be started. */
function refuses(line: string, unit: string): boolean {
  if (line.includes(`Unit ${unit} has a bad unit file setting`)) return true;
  return line.startsWith(`${unit}: `) && /Refusing\.?$|has fatal error|will not be started/.test(line);
}

function refusal(lines: readonly string[], unit: string): Problem {
  const said = lines.find((line) => refuses(line, unit)) ?? '';
  const remedy = 'see which options go together in systemd.service(5), and in drop-ins of this unit that are not ours';
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
