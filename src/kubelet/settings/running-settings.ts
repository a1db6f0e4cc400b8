/** What the kubelet that runs has in force, beside what its files say by now. Pure. */

import type { Json, JsonMap } from '../../api/json.ts';
import { hideSetting } from '../configz.ts';
import { type InstalledKubelet, launchOf } from '../installed/installed.ts';
import { kubeletServer } from '../server.ts';
import { fieldOf } from './flag-field.ts';
import { differsInForce, sameInForce } from './in-force.ts';
import { fieldsIn, isField } from './running.ts';
import { flagsSinceStart, runningCommandLine } from './running-flags.ts';
import { type KubeletSettings, keyOf, type Setting } from './setting.ts';
import { settingsOf } from './settings.ts';

/** What is known of the kubelet that runs. */
export interface RunningKubelet {
  /** What its /configz says; undefined if that could not be read. */
  readonly configuration?: JsonMap | undefined;
  /** The command lines of the processes of its unit; empty if they are not known. */
  readonly processes?: readonly (readonly string[])[] | undefined;
  /** The variables that systemd itself gives to every unit; undefined if they are not known. */
  readonly managerEnvironment?: readonly string[] | undefined;
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
}

/** Makes a text that stands for a secret: the same for the same one. */
export type Digest = (secret: string) => string;

/**
 * Lays what the running kubelet says over what its files say by now. Its /configz has the fields, its
 * arguments have the flags, and the fields that flags set; where neither is known, the files count.
 *
 * @param digest as in `configuration`
 */
export function inForce(installed: InstalledKubelet, running: RunningKubelet, digest: Digest): InForce {
  const { configuration, processes = [], managerEnvironment } = running;
  const files = settingsOf(installed);
  const commandLine = runningCommandLine(processes, installed.version);
  const byArguments = commandLine && settingsOf(installed, { ...launchOf(installed), commandLine });
  const values = {
    Field: (configuration && fieldsIn(configuration)) ?? hidden(valuesOf(byArguments, 'Field'), digest),
    Flag: valuesOf(byArguments, 'Flag'),
  };
  const changed = flagsSinceStart(installed, processes, managerEnvironment)?.map(({ name }) => name) ?? [];
  const own = new Set(configuration && ownFields(configuration, files));
  const keys = new Set([...files.settings.keys(), ...keysOf('Field', values.Field), ...keysOf('Flag', values.Flag)]);
  const settings = [...keys].flatMap((key): SettingInForce[] => {
    const said = files.settings.get(key);
    const [kind, name] = kindAndName(key);
    const found = kind === 'Field' || kind === 'Flag' ? values[kind] : undefined;
    if (found === undefined) return said ? [{ name, value: said.value, files: said, isSame: true }] : [];
    const value = found.get(name);
    const mayDiffer = kind === 'Field' && configuration ? true : isOfFlag(kind, name, changed);
    if (!mayDiffer) return unchanged(name, said, value);
    return settingAt(name, said, value, digest, own.has(name));
  });
  return { settings, unread: files.unread };
}

/** Where only the machine knows what the files give, the kubelet's own value is shown. */
function unchanged(name: string, said: Setting | undefined, value: Json | undefined): SettingInForce[] {
  if (said === undefined) return value === undefined ? [] : [{ name, value, files: undefined, isSame: true }];
  const known = said.value === '?' && value !== undefined ? { ...said, value } : said;
  return [{ name, value: known.value, files: known, isSame: true }];
}

/** Whether one of these flags, or a part of it, is the setting, or sets the field. */
function isOfFlag(kind: Setting['kind'], name: string, flags: readonly string[]): boolean {
  const whole = kind === 'Flag' ? flags : flags.flatMap((flag) => fieldOf(flag.slice(2), undefined) ?? []);
  return whole.some((one) => name === one || name.startsWith(`${one}.`) || name.startsWith(`${one}[`));
}

function settingAt(
  name: string,
  said: Setting | undefined,
  value: Json | undefined,
  digest: Digest,
  isOwn: boolean,
): SettingInForce[] {
  if (said === undefined && sameInForce(undefined, value)) return [];
  const expected = said && { ...said, value: hideSetting(name, said.value, digest) };
  // What a file said at the kubelet's start, and what a later release has as its default, cannot be told
  // apart; a default that the kubelet does not have is one of another release.
  const isKnown = said !== undefined || (!isOwn && (name.startsWith('--') || isField(name)));
  const isSame = !differsInForce(expected, value, { isDefault: value !== undefined && isKnown, hasField: true });
  return [{ name, value: isSame && said ? said.value : value, files: said, isSame }];
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
