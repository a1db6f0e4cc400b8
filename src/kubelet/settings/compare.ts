/** Compares the settings of two kubelets: what a change does to the one that runs. Pure. */

import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../api/json.ts';
import { nanosecondsOf } from '../../go/values.ts';
import { hideSecrets } from '../../text/hide-secrets.ts';
import { type KubeletSettings, keyOf, type Setting, settingKinds } from './setting.ts';

/** One setting that is not the same before and after. */
export type SettingChange =
  | { readonly kind: 'Changed'; readonly from: Setting; readonly to: Setting }
  /** Only the kubelet before has it; the one after has nothing, or the default in `to`. */
  | { readonly kind: 'Lost'; readonly from: Setting; readonly to?: Setting | undefined }
  /** Only the kubelet after has it. */
  | { readonly kind: 'New'; readonly to: Setting };

export interface Comparison {
  /** By kind and name. */
  readonly changes: readonly SettingChange[];
  /** How many settings that a file or flag gives are the same on both sides. */
  readonly kept: number;
  /** What could not be read before or after. */
  readonly unread: readonly string[];
  /** The kubelet after allows everything to anybody, the one before does not, and it is one of a cluster. */
  readonly opens?: true;
}

/**
 * Compares two kubelets. A setting whose value somebody gave, and which has its default or nothing
 * afterwards, is lost; so is an empty list or map. Defaults are the same on both sides and cancel out.
 */
export function compareSettings(before: KubeletSettings, after: KubeletSettings): Comparison {
  const changes: SettingChange[] = [];
  let kept = 0;
  // The arguments that such a variable carries, or carried, are compared by themselves.
  const isCarrier = ({ kind, name }: Setting) => kind === 'Variable' && (before.carriers.has(name) || after.carriers.has(name));
  for (const [key, from] of before.settings) {
    if (isCarrier(from)) continue;
    const to = after.settings.get(key);
    if (to && sameValue(from.value, to.value)) kept += from.by === undefined ? 0 : 1;
    else if (isLost(from, to)) changes.push({ kind: 'Lost', from, ...(to && { to }) });
    else if (to) changes.push({ kind: 'Changed', from, to });
  }
  for (const [key, to] of after.settings) if (!before.settings.has(key) && !isCarrier(to)) changes.push({ kind: 'New', to });
  const opens = isOpen(after) && !isOpen(before) && (joins(before) || joins(after));
  const unread = [...new Set([...before.unread, ...after.unread])];
  return { changes: changes.sort(byName), kept, unread, ...(opens && { opens }) };
}

/** Whether a kubelet is told where its API server is. */
function joins({ settings }: KubeletSettings): boolean {
  const flags = ['--kubeconfig', '--bootstrap-kubeconfig', '--api-servers'];
  return flags.some((name) => settings.has(keyOf({ kind: 'Flag', name })));
}

/** Whether a kubelet asks nobody who they are, and allows them everything. */
function isOpen({ settings }: KubeletSettings): boolean {
  const inForce = (name: string) => settings.get(keyOf({ kind: 'Field', name }))?.value;
  const allows = inForce('authentication.anonymous.enabled') === true && inForce('authorization.mode') === 'AlwaysAllow';
  return allows && inForce('enableServer') !== false;
}

function isLost(from: Setting, to: Setting | undefined): boolean {
  return to === undefined || (from.by !== undefined && to.by === undefined);
}

/** Durations are equal however they are written; logging.flushFrequency may be a number of nanoseconds. */
export function sameValue(one: Json, other: Json): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  if (typeof one !== 'string' && typeof other !== 'string') return false;
  const length = lengthOf(one);
  return length !== undefined && length === lengthOf(other);
}

function lengthOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? nanosecondsOf(value) : undefined;
}

function byName(one: SettingChange, other: SettingChange): number {
  const [a, b] = [settingOf(one), settingOf(other)];
  const order = settingKinds.indexOf(a.kind) - settingKinds.indexOf(b.kind);
  return order !== 0 ? order : keyOf(a) < keyOf(b) ? -1 : 1;
}

/** The setting that a change is about. */
export function settingOf(change: SettingChange): Setting {
  return change.kind === 'Lost' ? change.from : change.to;
}

/** `maxPods 110`, with a value that looks like a secret hidden. */
export function describeSetting({ name, value }: Pick<Setting, 'name' | 'value'>): string {
  return value === true && isWhole(name) ? shownName(name) : `${shownName(name)} ${shownValue(name, value)}`;
}

/** `maxPods 110 → 64`, `clusterDNS ["10.96.0.10"] → nothing`, `Service.ExecStartPre=/bin/mount → nothing`. */
export function describeChange(change: SettingChange): string {
  const { name } = settingOf(change);
  if (isWhole(name)) return change.kind === 'New' ? `nothing → ${shownName(name)}` : `${shownName(name)} → nothing`;
  const from = change.kind === 'New' ? 'nothing' : shownValue(name, change.from.value);
  const to = change.to === undefined ? 'nothing' : shownValue(name, change.to.value);
  return `${shownName(name)} ${from} → ${to}`;
}

/**
 * Whether the name says all: one of the values of an option that has several, such as a command before the
 * start.
 */
function isWhole(name: string): boolean {
  return /^(Service|Unit)\.[A-Za-z0-9]+=/.test(name);
}

/** The name of a setting for a person; a command in it may hold a secret. */
export function shownName(name: string): string {
  return hideSecrets(name);
}

/** The value for a person; the header that the kubelet sends is never shown, whatever it looks like. */
export function shownValue(name: string, value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const key = name.replace(/\W+$/, '');
  const said = `${key.slice(Math.max(key.lastIndexOf('.'), key.lastIndexOf('"')) + 1)}=${text}`;
  const isSecret = /^(staticPodURLHeader|manifest-url-header)/.test(name) || hideSecrets(said) !== said;
  return isSecret ? '(not shown)' : text;
}
