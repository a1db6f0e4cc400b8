/**
 * Compares what a running kubelet says that it has in force (its /configz) with what its files say: before a
 * change, and after it with what was predicted. A false alarm would undo a good change, so only fields of
 * which something is known take part. Pure.
 */

import type { Json, JsonMap } from '../../api/json.ts';
import { formatPath } from '../../api/problem.ts';
import { leaves } from '../../desired/tree.ts';
import { foreignLines } from '../../text/foreign-text.ts';
import { recordedDefaults } from '../data/kubelet-defaults.ts';
import { type FieldRow, newestFields } from '../data/kubelet-fields.ts';
import { fieldRow, hasField } from '../field-table.ts';
import { knownRelease, type Release } from '../release.ts';
import { type SettingChange, shownValue } from './compare.ts';
import { differsInForce, sameInForce } from './in-force.ts';
import type { KubeletSettings, Setting } from './setting.ts';

/** One field that is not in force as it was predicted. */
export interface FieldDifference {
  readonly name: string;
  /** Undefined for nothing. */
  readonly predicted: Json | undefined;
  readonly found: Json | undefined;
}

/** A kubelet before and after a change, as its files say. */
export interface PredictedKubelet {
  readonly before: KubeletSettings;
  readonly after: KubeletSettings;
  /** What the files say by now, if they were read again. */
  readonly now?: KubeletSettings | undefined;
  /** Of the kubelet after the change; undefined if it is not known. */
  readonly release: Release | undefined;
}

/** What the running kubelet said before and after the change. */
export interface RunningFields {
  /** Undefined if it was not read, or if another version of the kubelet may have said it. */
  readonly before: JsonMap | undefined;
  readonly after: JsonMap;
}

type Fields = ReadonlyMap<string, Json>;

/**
 * The fields that are not in force as predicted. A field that the files leave as it was may also have got the
 * value that its file gives: files that were edited since the kubelet's last start come into force as well.
 * Without an answer from before only the fields that a file or flag gives are compared.
 */
export function differencesFromPrediction(predicted: PredictedKubelet, running: RunningFields): FieldDifference[] {
  const context = contextOf(predicted, running.before && fieldsIn(running.before), fieldsIn(running.after));
  const { before } = context.runs;
  return namesIn(context).flatMap((name) => (before ? differenceFrom(name, before, context) : differenceAlone(name, context)));
}

/**
 * What a kubelet runs with although its files say something else by now: from what runs, to what the files
 * say. A restart puts the latter into force.
 */
export function changedSinceStart(files: KubeletSettings, running: JsonMap, release: Release | undefined): SettingChange[] {
  const fields = fieldsIn(running);
  const context = contextOf({ before: files, after: files, release }, fields, fields);
  return namesIn(context).flatMap((name) => changeSinceStart(name, fields, context));
}

function changeSinceStart(name: string, running: Fields, context: Context): SettingChange[] {
  const { after: files, release } = context;
  const [to, runs] = [settingOf(files, name), running.get(name)];
  // A release that we do not know may have another default, and may not have the field.
  const known = { isDefault: isDefaultKnown(name, runs, context), hasField: hasKnownField(name, release) };
  if (!differsInForce(to, runs, known)) return [];
  if (runs === undefined) return to ? [{ kind: 'New', to }] : [];
  const from: Setting = { kind: 'Field', name, value: runs, by: undefined };
  return to ? [{ kind: 'Changed', from, to }] : [{ kind: 'Lost', from }];
}

interface Context extends PredictedKubelet {
  readonly runs: { readonly before: Fields | undefined; readonly after: Fields };
  /** Feature gates decide whether some fields have a default. */
  readonly hasSameGates: boolean;
  readonly hasGates: boolean;
}

function contextOf(predicted: PredictedKubelet, ran: Fields | undefined, runs: Fields): Context {
  const names = [...fieldNames(predicted.before), ...fieldNames(predicted.after), ...(ran?.keys() ?? []), ...runs.keys()];
  const gates = names.filter((name) => name.startsWith('featureGates'));
  const hasSameGates = gates.every((name) => {
    const isKept = sameInForce(settingOf(predicted.before, name)?.value, settingOf(predicted.after, name)?.value);
    return isKept && (!ran || sameInForce(ran.get(name), runs.get(name)));
  });
  return { ...predicted, runs: { before: ran, after: runs }, hasSameGates, hasGates: gates.length > 0 };
}

/** The fields that take part, in order. */
function namesIn(context: Context): string[] {
  const { before, after, runs } = context;
  const names = [...fieldNames(before), ...fieldNames(after), ...(runs.before?.keys() ?? []), ...runs.after.keys()];
  return [...new Set(names)].sort().filter((name) => !isOfTheKubelet(name, context));
}

/** Compares with what ran before: the files need to be right only where they change something. */
function differenceFrom(name: string, ran: Fields, context: Context): FieldDifference[] {
  const { before, after, now, release, runs } = context;
  const [from, to] = [settingOf(before, name)?.value, settingOf(after, name)];
  const [had, found] = [ran.get(name), runs.after.get(name)];
  if (sameInForce(found, to?.value)) return [];
  if (sameInForce(from, to?.value)) {
    // A field that we do not know may follow from others, unless a file gives it by now.
    const isExplained = now !== undefined && !sameInForce(settingOf(now, name)?.value, to?.value);
    return sameInForce(found, had) || !(isField(name) || isExplained) ? [] : [{ name, predicted: had, found }];
  }
  const hasField = had !== undefined || hasKnownField(name, release);
  const known = { isDefault: isDefaultKnown(name, found, context), hasField };
  return differsInForce(to, found, known) ? [{ name, predicted: to?.value, found }] : [];
}

/**
 * Compares with the files alone: what a file or flag gives has to be in force, if that kubelet has the
 * field.
 */
function differenceAlone(name: string, { after, release, runs }: Context): FieldDifference[] {
  const to = settingOf(after, name);
  const found = runs.after.get(name);
  const known = { isDefault: false, hasField: hasKnownField(name, release) };
  return isField(name) && differsInForce(to, found, known) ? [{ name, predicted: to?.value, found }] : [];
}

const newestRelease = knownRelease(newestFields);
const recordedRelease = knownRelease(recordedDefaults);

/** Whether the default, or nothing, has to be in force where no file or flag gives the field. */
function isDefaultKnown(name: string, found: Json | undefined, { after, release, hasGates }: Context): boolean {
  if (release !== recordedRelease || after.unread.length > 0 || !isField(name)) return false;
  return found !== undefined || !hasGates;
}

/** The kubelet makes itself a certificate if it is given none, and says so. */
const selfMade: ReadonlySet<string> = new Set(['tlsCertFile', 'tlsPrivateKeyFile']);

/** Whether the kubelet itself decides the field, by something else than its value in a file or flag. */
function isOfTheKubelet(name: string, context: Context): boolean {
  const { before, after, hasSameGates } = context;
  const by = settingOf(after, name)?.by;
  // It holds secrets, and its values are not those of the file.
  if (name === 'kind' || name === 'apiVersion' || name.startsWith('staticPodURLHeader')) return true;
  if (by === undefined && selfMade.has(name)) return true;
  // Reserved CPUs are taken out of the one and put into the other.
  if (/^(kube|system)Reserved\.cpu$/.test(name) && anySide(context, 'reservedSystemCPUs')) return true;
  if (by === undefined && name.startsWith('evictionHard') && anySide(context, 'mergeDefaultEvictionSettings')) return true;
  return !hasSameGates && by === undefined && settingOf(before, name)?.by === undefined;
}

function anySide({ before, after, runs }: Context, name: string): boolean {
  const values = [settingOf(before, name)?.value, settingOf(after, name)?.value, runs.before?.get(name), runs.after.get(name)];
  return values.some((value) => !sameInForce(value, undefined));
}

/** The fields of a /configz, by name. */
export function fieldsIn(configuration: JsonMap): Fields {
  return new Map(leaves(configuration).map(({ path, value }) => [formatPath(path), value]));
}

function fieldNames({ settings }: KubeletSettings): string[] {
  return [...settings.values()].flatMap(({ kind, name }) => (kind === 'Field' ? [name] : []));
}

function settingOf({ settings }: KubeletSettings, name: string): Setting | undefined {
  return settings.get(`Field ${name}`);
}

/** The row of the field, or of the map in which it is a key. */
function rowOf(name: string): FieldRow | undefined {
  const bracket = name.indexOf('[');
  const parts = (bracket < 0 ? name : name.slice(0, bracket)).split('.');
  const rows = parts.flatMap((_, index) => fieldRow(parts.slice(0, index + 1).join('.')) ?? []);
  return rows.find(({ type }) => type !== 'object') ?? (rows.length === parts.length ? rows.at(-1) : undefined);
}

/** Whether any kubelet that we know has the field. */
export function isField(name: string): boolean {
  return rowOf(name) !== undefined;
}

/** Whether a kubelet of this release is known to have the field. */
function hasKnownField(name: string, release: Release | undefined): boolean {
  const row = rowOf(name);
  return row !== undefined && release !== undefined && release <= newestRelease && hasField(row, release);
}

const mostDescribed = 12;

/** `maxPods is 110 instead of 64; …`, with values that look like secrets hidden. */
export function describeDifferences(differences: readonly FieldDifference[]): string {
  const shown = (name: string, value: Json | undefined) => (value === undefined ? 'nothing' : shownValue(name, value));
  const named = differences
    .slice(0, mostDescribed)
    .map(({ name, predicted, found }) => `${name} is ${shown(name, found)} instead of ${shown(name, predicted)}`);
  const more = differences.length > mostDescribed ? ` and ${differences.length - mostDescribed} more` : '';
  return foreignLines(`${named.join('; ')}${more}`);
}
