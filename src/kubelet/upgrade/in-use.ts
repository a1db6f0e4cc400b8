/**
 * The settings of a kubelet as its agent reports them, so that another release can be compared from afar; and
 * the kubelet that such a report describes. What may be secret stays on the node. Pure.
 */

import { posix } from 'node:path';
import type { Json, JsonMap } from '../../api/json.ts';
import { absoluteConfiguration, absolutePath } from '../../api/kubelet-paths.ts';
import {
  largestInUse,
  longestFlagInUse,
  longestNameInUse,
  mostFlagsInUse,
  mostUnreadInUse,
  mostWithheldInUse,
} from '../../api/schema/node-kubelet.ts';
import type { SettingsInUse } from '../../api/types.ts';
import { cut } from '../../text/cut.ts';
import { hideSecrets } from '../../text/hide-secrets.ts';
import { fieldsOf } from '../field-table.ts';
import { isFlagOfAnyRelease } from '../flag-table.ts';
import type { PlainKubelet } from '../plain-kubelet.ts';
import { type CommandLine, type GivenFlag, lastFlag } from '../settings/command-line.ts';
import { type ConfigurationFile, readConfiguration } from '../settings/configuration.ts';
import { mergePatch } from '../settings/fields.ts';

/** What was read of the kubelet of one machine. */
export interface SettingsOnMachine {
  readonly commandLine: CommandLine;
  /** The texts of the configuration by path: the file of `--config`, then its drop-ins. */
  readonly configuration: ReadonlyMap<string, string>;
  /** Paths of files that are there and cannot be read. */
  readonly unread: readonly string[];
  readonly workingDirectory: string;
  readonly cgroupVersion?: 1 | 2 | undefined;
}

/** Their values may hold the credentials of a server of static pods, in an address or in a header. */
const secretFlags: ReadonlySet<string> = new Set(['manifest-url', 'manifest-url-header']);
const secretFields: ReadonlySet<string> = new Set(['staticPodURL', 'staticPodURLHeader']);

/** The same settings give the same report. It has at most `largestInUse` bytes of JSON. */
export function settingsInUse(machine: SettingsOnMachine): SettingsInUse {
  const { commandLine, cgroupVersion } = machine;
  const { fields, unread } = mergedConfiguration(machine);
  const paths = [...machine.unread, ...unread];
  const named = commandLine.flags.filter(({ name }) => name !== 'config-dir');
  const kept = Object.entries(fields ?? {}).filter(([name, value]) => mayBeTold(name, value));
  const withheld = Object.keys(fields ?? {}).filter((name) => !kept.some(([one]) => one === name));
  const whole: Parts = {
    flags: new Map([...new Set(named.map(({ name }) => name))].map((name) => [name, textsOf(name, named)])),
    fields: fields && new Map(kept),
    withheld,
    rest: {
      ...(paths.length > 0 && { unread: paths.slice(0, mostUnreadInUse).map((path) => cut(path, longestNameInUse)) }),
      ...(commandLine.hasUnknown && { argumentsUnknown: true }),
      ...(cgroupVersion !== undefined && { cgroupVersion }),
    },
  };
  return bounded(whole);
}

/** A report that is not cut to its limits yet. */
interface Parts {
  /** By name, with dashes; undefined for a flag whose value stays on the node. */
  readonly flags: ReadonlyMap<string, readonly string[] | undefined>;
  /** Undefined without a configuration. */
  readonly fields: ReadonlyMap<string, Json> | undefined;
  readonly withheld: readonly string[];
  readonly rest: Pick<SettingsInUse, 'unread' | 'argumentsUnknown' | 'cgroupVersion'>;
}

/** The words of one flag. A value of a flag that no kubelet has says nothing to another release. */
function textsOf(name: string, flags: readonly GivenFlag[]): readonly string[] | undefined {
  const given = flags.filter((flag) => flag.name === name);
  const isTold = ({ value }: GivenFlag) =>
    value !== undefined && isPlain(value) && value.length <= longestFlagInUse - name.length;
  const mayBe = isFlagOfAnyRelease(name) && !secretFlags.has(name) && given.every(isTold);
  return mayBe ? given.map(({ value }) => `${name}=${value}`) : undefined;
}

/** Whether a value may leave the node: a field that no kubelet has says nothing to another release. */
function mayBeTold(name: string, value: Json): boolean {
  return fieldsOf('').has(name) && !secretFields.has(name) && isPlain(JSON.stringify(value));
}

function isPlain(text: string): boolean {
  return hideSecrets(text) === text;
}

/** The file with its drop-ins, without the defaults; undefined where no file can be read. */
function mergedConfiguration({ commandLine, configuration, workingDirectory }: SettingsOnMachine): {
  readonly fields: JsonMap | undefined;
  readonly unread: readonly string[];
} {
  const config = lastFlag(commandLine, 'config')?.value ?? '';
  const main = config === '' ? undefined : absolutePath(config, workingDirectory);
  const unread: string[] = main !== undefined && !configuration.has(main) ? [main] : [];
  let fields: JsonMap | undefined;
  for (const [path, text] of configuration) {
    const read = readConfiguration(path, text);
    if (typeof read === 'string') unread.push(path);
    else fields = mergePatch(fields ?? {}, absolute(read, path === main ? posix.dirname(path) : workingDirectory));
  }
  return { fields, unread };
}

function absolute({ fields }: ConfigurationFile, folder: string): JsonMap {
  return absoluteConfiguration(fields, folder);
}

/** Withholds the largest values until the report is small: there is one for each of thousands of nodes. */
function bounded(whole: Parts): SettingsInUse {
  let parts = whole;
  for (;;) {
    const report = reportOf(parts);
    const isSmall = Buffer.byteLength(JSON.stringify(report)) <= largestInUse && (report.flags ?? []).length <= mostFlagsInUse;
    const next = isSmall ? undefined : withoutLargest(parts);
    if (next === undefined) return report;
    parts = next;
  }
}

function withoutLargest({ flags, fields, withheld, rest }: Parts): Parts | undefined {
  const sizes = [
    ...[...flags].map(([name, texts]) => ({ kind: 'Flag', name, size: JSON.stringify(texts ?? '').length })),
    ...[...(fields ?? [])].map(([name, value]) => ({ kind: 'Field', name, size: JSON.stringify(value).length })),
  ].filter(({ kind, name }) => kind === 'Field' || flags.get(name) !== undefined);
  const [largest] = sizes.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  if (!largest) return undefined;
  if (largest.kind === 'Flag') return { flags: new Map(flags).set(largest.name, undefined), fields, withheld, rest };
  const others = new Map([...(fields ?? [])].filter(([name]) => name !== largest.name));
  return { flags, fields: others, withheld: [...withheld, largest.name], rest };
}

function reportOf({ flags, fields, withheld, rest }: Parts): SettingsInUse {
  const names = [...[...flags].flatMap(([name, texts]) => (texts ? [] : [`--${name}`])), ...withheld].sort();
  const shown = names.slice(0, mostWithheldInUse).map((name) => cut(name, longestNameInUse));
  const texts = [...flags.values()].flatMap((one) => one ?? []);
  return {
    ...(texts.length > 0 && { flags: texts }),
    ...(fields && { configuration: Object.fromEntries(fields) }),
    ...(shown.length > 0 && { withheld: shown }),
    ...(names.length > shown.length && { withheldMore: names.length - shown.length }),
    ...rest,
  };
}

/** The kubelet that a report describes, as far as the report goes. */
export function kubeletInUse({
  flags = [],
  configuration,
  withheld = [],
  argumentsUnknown,
  cgroupVersion,
}: SettingsInUse): PlainKubelet {
  const given = flags.map((text): GivenFlag => {
    const equals = text.indexOf('=');
    return { name: text.slice(0, equals), value: text.slice(equals + 1), by: '' };
  });
  const nameless = withheld.flatMap((name) => (name.startsWith('--') ? [{ name: name.slice(2), value: undefined, by: '' }] : []));
  // The drop-ins are in the one configuration already, which may be all that there is.
  const named = lastFlag({ flags: given, rest: [], hasUnknown: false }, 'config')?.value ?? '';
  const isAlone = configuration !== undefined && named === '';
  const all = isAlone ? [...given, { name: 'config', value: '/config.yaml', by: '' }] : given;
  const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  const text = configuration && JSON.stringify({ ...configuration, ...head });
  return {
    words: [],
    commandLine: { flags: [...all, ...nameless], rest: [], hasUnknown: argumentsUnknown === true },
    read: () => text,
    dropIns: () => [],
    workingDirectory: '/',
    machine: cgroupVersion === 1 || cgroupVersion === 2 ? { cgroupVersion } : {},
  };
}

/** Whether a field or a flag, as a finding names it, has a value that the report does not tell. */
export function isWithheld({ withheld = [] }: SettingsInUse, subject: string): boolean {
  return withheld.some((name) => subject === name || subject.startsWith(`${name}.`));
}
