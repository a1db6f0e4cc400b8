/** What the kubelet that runs has in force, beside what its files say by now. Pure. */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import { formatPath } from '../../api/problem.ts';
import { leaves } from '../../desired/tree.ts';
import { hideSetting } from '../configz.ts';
import { fieldRow } from '../field-table.ts';
import { type InstalledKubelet, isKubeletProgram, kubeletWords, type Launch, launchOf } from '../installed/installed.ts';
import { releaseOf } from '../release.ts';
import { kubeletServer } from '../server.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { sameValue, shownValue } from './compare.ts';
import { type KubeletSettings, keyOf, type Setting, settingsOf } from './settings.ts';

/** What is known of the kubelet that runs. */
export interface RunningKubelet {
  /** What its /configz says; undefined if that could not be read. */
  readonly configuration?: JsonMap | undefined;
  /** The command line of its process, with the program; undefined if that is not known. */
  readonly words?: readonly string[] | undefined;
}

/** A setting with the value that the running kubelet has. */
export interface SettingInForce {
  readonly name: string;
  /** Undefined if the kubelet does not have what its files say. */
  readonly value: Json | undefined;
  /** What the files say; undefined if they say nothing. Counts from the next start on. */
  readonly files: Setting | undefined;
  readonly isSame: boolean;
}

export interface InForce {
  readonly settings: readonly SettingInForce[];
  /** What could not be read from files. */
  readonly unread: readonly string[];
  /** Flags as `--name=value` that only the running kubelet has, and those that only the files give. */
  readonly words: { readonly running: readonly string[]; readonly files: readonly string[] };
}

/** Makes a text that stands for a secret: the same for the same one. */
export type Digest = (secret: string) => string;

/**
 * Lays what the running kubelet says over what its files say by now. Its /configz has the fields, its
 * arguments have the flags, and the fields that flags set; where neither is known, the files count.
 *
 * @param digest as in `configuration`
 */
export function inForce(installed: InstalledKubelet, { configuration, words }: RunningKubelet, digest: Digest): InForce {
  const launch = launchOf(installed);
  const files = settingsOf(installed);
  const commandLine = words && runningCommandLine(words, installed.version);
  const byArguments = commandLine && settingsOf(installed, { ...launch, commandLine });
  const running = {
    Field: (configuration && fieldsOf(configuration)) ?? hidden(valuesOf(byArguments, 'Field'), digest),
    Flag: valuesOf(byArguments, 'Flag'),
  };
  const own = new Set(configuration && ownFields(configuration, files));
  const keys = new Set([...files.settings.keys(), ...keysOf('Field', running.Field), ...keysOf('Flag', running.Flag)]);
  const settings = [...keys].flatMap((key): SettingInForce[] => {
    const said = files.settings.get(key);
    const [kind, name] = kindAndName(key);
    const values = kind === 'Field' || kind === 'Flag' ? running[kind] : undefined;
    if (values === undefined) return said ? [{ name, value: said.value, files: said, isSame: true }] : [];
    const value = values.get(name);
    return settingAt(name, said, value, digest, own.has(name));
  });
  return { settings, unread: files.unread, words: differingWords(launch, commandLine) };
}

function settingAt(
  name: string,
  said: Setting | undefined,
  value: Json | undefined,
  digest: Digest,
  isOwn: boolean,
): SettingInForce[] {
  const expected = said && hideSetting(name, said.value, digest);
  if (said === undefined && isEmpty(value)) return [];
  // A default that this release does not have, or an empty value, which /configz leaves out.
  if (said && value === undefined && (said.by === undefined || isEmpty(expected)))
    return [{ name, value: said.value, files: said, isSame: true }];
  const isSame = expected !== undefined && value !== undefined && sameValue(expected, value);
  if (isSame) return [{ name, value: said?.value, files: said, isSame }];
  // What a file said at the kubelet's start, and what a later release has as its default, cannot be told
  // apart.
  const isNews = said !== undefined || (!isOwn && (name.startsWith('--') || fieldRow(fieldName(name)) !== undefined));
  return [{ name, value, files: said, isSame: !isNews }];
}

/** The command line of a kubelet's process; undefined if none of its words is a kubelet. */
function runningCommandLine(words: readonly string[], version: string | undefined): CommandLine | undefined {
  const kubelet = kubeletWords(words.map((text) => ({ text, by: '' })));
  const release = version === undefined ? undefined : releaseOf(version);
  return kubelet.length === 0 ? undefined : readCommandLine(kubelet.slice(1), release);
}

/**
 * The command line of the kubelet among the processes of its unit; undefined if none can be recognised,
 * as in a container, whose processes are another unit's.
 */
export function kubeletProcess(commandLines: readonly (readonly string[])[]): readonly string[] | undefined {
  const itself = commandLines.find(([program = '']) => isKubeletProgram(program));
  return itself ?? commandLines.find((words) => kubeletWords(words.map((text) => ({ text, by: '' }))).length > 0);
}

function fieldsOf(configuration: JsonMap): Map<string, Json> {
  return new Map(leaves(configuration).map(({ path, value }) => [formatPath(path), value]));
}

function valuesOf(settings: KubeletSettings | undefined, kind: 'Field' | 'Flag'): Map<string, Json> | undefined {
  if (settings === undefined) return undefined;
  const ofKind = [...settings.settings.values()].filter((setting) => setting.kind === kind);
  return new Map(ofKind.map(({ name, value }) => [name, value]));
}

/** As /configz has them: what files say is compared in the same form. */
function hidden(values: ReadonlyMap<string, Json> | undefined, digest: Digest): Map<string, Json> | undefined {
  return values && new Map([...values].map(([name, value]) => [name, hideSetting(name, value, digest)]));
}

function keysOf(kind: 'Field' | 'Flag', values: ReadonlyMap<string, Json> | undefined): string[] {
  return [...(values?.keys() ?? [])].map((name) => keyOf({ kind, name }));
}

function kindAndName(key: string): [Setting['kind'], string] {
  const blank = key.indexOf(' ');
  return [key.slice(0, blank) as Setting['kind'], key.slice(blank + 1)];
}

/** The fields that a kubelet sets by itself: the certificate that it has made, for it was given none. */
function ownFields(configuration: JsonMap, files: KubeletSettings): string[] {
  const certificate = configuration['tlsCertFile'];
  const isOwn = typeof certificate === 'string' && kubeletServer(files).certificates.includes(certificate);
  return isOwn ? ['tlsCertFile', 'tlsPrivateKeyFile'] : [];
}

/** `evictionHard` of `evictionHard["memory.available"]`. */
function fieldName(name: string): string {
  return /^\w+/.exec(name)?.[0] ?? '';
}

/** What Go leaves out of JSON. */
function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonMap(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

/** Nothing is said where only the machine knows what a word of the files becomes. */
function differingWords({ commandLine: files }: Launch, running: CommandLine | undefined): InForce['words'] {
  if (running === undefined || files.hasUnknown) return { running: [], files: [] };
  return { running: without(running, files), files: without(files, running) };
}

function without({ flags }: CommandLine, others: CommandLine): string[] {
  const left = others.flags.map(({ name, value }) => `--${name}=${value}`);
  return flags.flatMap(({ name, value = '' }) => {
    const at = left.indexOf(`--${name}=${value}`);
    if (at >= 0) left.splice(at, 1);
    return at >= 0 ? [] : [`--${name}=${shownValue(name, value)}`];
  });
}
