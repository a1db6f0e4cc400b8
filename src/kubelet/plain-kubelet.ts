/**
 * Judges a kubelet by everything that it is started with, as the kubelet of a release would: its words, its
 * files, its drop-ins. Nothing of ours needs to be in it. Pure.
 */

import { absolutePath } from '../api/kubelet-paths.ts';
import type { FieldPath } from '../api/problem.ts';
import { nearest } from '../api/validate/parts.ts';
import { fieldProblems } from './fields.ts';
import { flagValueFault } from './flag-grammar.ts';
import { flagNames, flagState } from './flag-table.ts';
import { type PlainConfiguration, type PlainFault, readPlainConfiguration } from './plain-configuration.ts';
import { formatRelease, type Release } from './release.ts';
import { KubeletInForce, type MachineForRules } from './rules/in-force.ts';
import { judge } from './rules/rules.ts';
import { type CommandLine, lastFlag, readCommandLine } from './settings/command-line.ts';
import { type ConfigurationSources, dropInsSince, readsDropIns } from './settings/configuration.ts';

/** Where a fault stands: in a file at a field, or at a flag. */
export interface KubeletFault {
  readonly kind: 'Refused' | 'Broken' | 'Odd';
  readonly place:
    | { readonly kind: 'File'; readonly path: string; readonly field: FieldPath }
    | { readonly kind: 'Flag'; readonly name: string }
    | { readonly kind: 'Field'; readonly field: FieldPath };
  /** `R12` for a rule; else what reads it: `flag`, `file`, `type`. */
  readonly rule: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface PlainKubelet {
  /** The words behind the program. */
  readonly words: readonly string[];
  /** These words as they were read already, where only the machine knows some of them. */
  readonly commandLine?: CommandLine;
  /** The text of a file; undefined if it is not there, or is none. */
  readonly read: (path: string) => string | undefined;
  /** Paths of the drop-ins in a directory, as the kubelet finds them; undefined if it is not there. */
  readonly dropIns: (directory: string) => readonly string[] | undefined;
  readonly workingDirectory: string;
  /**
   * Whether its environment has the variable without which 1.28 and 1.29 take no drop-ins; absent: not
   * known.
   */
  readonly hasDropInVariable?: boolean;
  readonly machine?: MachineForRules;
}

/**
 * Everything that a kubelet of the release refuses or takes for something else. Files are judged only if
 * the flags can be read.
 */
export function judgePlainKubelet(kubelet: PlainKubelet, release: Release): KubeletFault[] {
  const commandLine = commandLineOf(kubelet, release);
  const flags = flagFaults(commandLine, release);
  if (flags.some(({ kind }) => kind === 'Refused')) return flags;
  const { sources, faults } = readFiles(kubelet, commandLine, release);
  const unreadable = [...flags, ...faults];
  if (faults.some(({ kind }) => kind === 'Refused')) return unreadable;
  return [...unreadable, ...judgeSources(kubelet, sources, release)];
}

/** What a kubelet of the release reads, and everything that is wrong with it. */
export interface ReadPlainKubelet {
  /** Without the flags that it does not take. */
  readonly sources: ConfigurationSources;
  readonly faults: readonly KubeletFault[];
}

/** Judges to the end, where a kubelet would have ended before: each fault is one more thing to mend. */
export function judgeToTheEnd(kubelet: PlainKubelet, release: Release): ReadPlainKubelet {
  const given = commandLineOf(kubelet, release);
  const flags = flagFaults(given, release);
  const refused = new Set(flags.flatMap(({ kind, place }) => (kind === 'Refused' && place.kind === 'Flag' ? [place.name] : [])));
  const commandLine = { ...given, flags: given.flags.filter(({ name }) => !refused.has(name)) };
  const { sources, faults } = readFiles(kubelet, commandLine, release);
  return { sources, faults: [...flags, ...faults, ...judgeSources(kubelet, sources, release)] };
}

function commandLineOf({ words, commandLine }: PlainKubelet, release: Release): CommandLine {
  const given = words.map((text) => ({ text, by: '' }));
  return commandLine ?? readCommandLine(given, release);
}

function readFiles(kubelet: PlainKubelet, commandLine: CommandLine, release: Release): ReadPlainKubelet {
  const { main, dropIns, faults: ofFiles } = filesOf(kubelet, commandLine);
  const faults = [...ofFiles, ...variableFaults(kubelet, commandLine, release)];
  const types = [main, ...(dropIns ?? [])].flatMap((file) => (file ? typeFaults(file, release) : []));
  const sources = { main, dropIns, commandLine, release, workingDirectory: kubelet.workingDirectory };
  return { sources, faults: [...faults, ...types] };
}

function judgeSources({ machine = {} }: PlainKubelet, sources: ConfigurationSources, release: Release): KubeletFault[] {
  return judge(new KubeletInForce(sources, release, machine)).map(
    ({ place, ...fault }): KubeletFault => ({
      ...fault,
      place: 'flag' in place ? { kind: 'Flag', name: place.flag } : { kind: 'Field', field: place.field },
    }),
  );
}

function flagFaults({ flags, rest }: CommandLine, release: Release): KubeletFault[] {
  const fault = (name: string, reason: string, remedy: string): KubeletFault => ({
    kind: 'Refused',
    rule: 'flag',
    place: { kind: 'Flag', name },
    reason,
    remedy,
  });
  return [
    ...rest.map(({ text = '' }) => fault('', `unknown command ${text}`, 'remove the word')),
    ...flags.flatMap(({ name, value }) => {
      if (['h', 'help'].includes(name) || (name === 'version' && value !== 'false'))
        return [fault(name, `with ${name === 'h' ? '-h' : `--${name}`} a kubelet only prints`, 'remove the flag')];
      if (flagState(name, release).kind !== 'Present') {
        const { reason, remedy } = unknownFlag(name, value ?? '', release);
        return [fault(name, reason, remedy)];
      }
      const reason = value === undefined ? undefined : flagValueFault(name, value, release);
      return reason === undefined
        ? []
        : [fault(name, `invalid argument ${JSON.stringify(value)} for --${name}: ${reason}`, 'correct the value')];
    }),
  ];
}

/** A name of one letter stood behind a single dash, and what follows it counts as its value. */
function unknownFlag(name: string, value: string, release: Release) {
  const names = flagNames(release);
  const kubelet = `in kubelet ${formatRelease(release)}`;
  const [rest = ''] = value.split('=');
  const meant = names.find((one) => name.length === 1 && rest !== '' && one === `${name}${rest}`);
  if (meant !== undefined)
    return {
      reason: `unknown shorthand flag: ${JSON.stringify(name)} in -${meant}: a long name needs two dashes`,
      remedy: `write --${meant}`,
    };
  const near = nearest(name, names);
  return {
    reason: name.length === 1 ? `unknown shorthand flag: -${name} ${kubelet}` : `unknown flag: --${name} ${kubelet}`,
    remedy: near === undefined ? 'remove it' : `write --${near}`,
  };
}

interface ReadFiles {
  readonly main: PlainConfiguration | undefined;
  readonly dropIns: readonly PlainConfiguration[] | undefined;
  readonly faults: readonly KubeletFault[];
}

function variableFaults({ hasDropInVariable: isSet }: PlainKubelet, commandLine: CommandLine, release: Release): KubeletFault[] {
  const directory = lastFlag(commandLine, 'config-dir')?.value ?? '';
  if (directory === '' || isSet === true || readsDropIns(release, false)) return [];
  const reason = `kubelet ${formatRelease(release)} ends with --config-dir unless KUBELET_CONFIG_DROPIN_DIR_ALPHA is set`;
  const remedy = `set the variable in the unit, or run kubelet ${dropInsSince} or later`;
  return [
    { kind: isSet === false ? 'Refused' : 'Odd', rule: 'file', place: { kind: 'Flag', name: 'config-dir' }, reason, remedy },
  ];
}

function filesOf({ read, dropIns: list, workingDirectory }: PlainKubelet, commandLine: CommandLine): ReadFiles {
  const faults: KubeletFault[] = [];
  const pathOf = (flag: string) => {
    const value = lastFlag(commandLine, flag)?.value ?? '';
    return value === '' ? undefined : absolutePath(value, workingDirectory);
  };
  const load = (path: string): PlainConfiguration[] => {
    const text = read(path);
    if (text === undefined) {
      faults.push(
        fileFault('Refused', path, { field: [], reason: `open ${path}: no such file`, remedy: 'name a file that is there' }),
      );
      return [];
    }
    const file = readPlainConfiguration(path, text);
    faults.push(
      ...file.refused.map((one) => fileFault('Refused', path, one)),
      ...file.odd.map((one) => fileFault('Odd', path, one)),
    );
    return [file];
  };
  const [config, directory] = [pathOf('config'), pathOf('config-dir')];
  // A file that cannot be read is still one that the command names.
  const main = config === undefined ? undefined : (load(config)[0] ?? { path: config, fields: {}, refused: [], odd: [] });
  if (directory === undefined) return { main, dropIns: undefined, faults };
  const found = list(directory);
  if (found === undefined)
    faults.push(
      fileFault('Refused', directory, {
        field: [],
        reason: `lstat ${directory}: no such file or directory`,
        remedy: 'make the directory, or remove --config-dir',
      }),
    );
  return { main, dropIns: (found ?? []).flatMap(load), faults };
}

function fileFault(kind: 'Refused' | 'Odd', path: string, { field, reason, remedy }: PlainFault): KubeletFault {
  return { kind, rule: 'file', place: { kind: 'File', path, field }, reason, remedy };
}

function typeFaults({ path, fields }: PlainConfiguration, release: Release): KubeletFault[] {
  return fieldProblems(fields, release).map(({ severity, path: place, reason, remedy }) => ({
    kind: severity === 'error' ? 'Refused' : 'Odd',
    rule: 'type',
    place: { kind: 'File', path, field: place.slice(2) },
    reason,
    remedy,
  }));
}
