/**
 * The values that two releases of the kubelet have in force for the same settings, and where they differ.
 * Pure.
 */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import { consequences, fieldsOfGates, saysTheSame, waysToStay } from '../data/changed-meanings.ts';
import { fieldRow } from '../field-table.ts';
import { formatRelease, knownRelease } from '../release.ts';
import { shownValue } from '../settings/compare.ts';
import { defaultsOf } from '../settings/defaults.ts';
import { sameInForce } from '../settings/in-force.ts';
import type { UpgradeFinding } from './finding.ts';
import { byAge, type Pair, type Step } from './step.ts';

/** Every default that changes and that the settings leave open, and every value that is read otherwise. */
export function changedValues(pair: Pair): UpgradeFinding[] {
  const { from, to } = pair;
  const [before, after] = [valuesOf(from.kubelet.configuration), valuesOf(to.kubelet.configuration)];
  const fields = [...new Set([...before.keys(), ...after.keys()])];
  return fields.flatMap((field): UpgradeFinding[] => {
    const [old, now] = [before.get(field), after.get(field)];
    // A flag that one of them does not take is told as a flag, and a flag that both take means the same.
    const isByFlag = from.kubelet.isByFlag(field) || to.kubelet.isByFlag(field);
    if (sameInForce(old, now) || isByFlag || !isInUse(field, pair) || hasNoEffect(field, pair)) return [];
    const isSaid = saysField(to, field) || saysField(from, field);
    if (isNewField(field, pair)) return isSaid && !isDefault(field, pair) ? [read(field, pair)] : [];
    if (!isSaid && saysTheSame.has(field)) return [];
    return [changed(field, old, now, isSaid, pair)];
  });
}

/** A map of names is one value; the feature gates are told by themselves. */
function valuesOf(fields: JsonMap, parent = ''): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const [name, value] of Object.entries(fields)) {
    const path = `${parent}${name}`;
    const isWhole = !isJsonMap(value) || fieldRow(path)?.type.startsWith('map:') === true;
    if (path === 'featureGates') continue;
    if (isWhole) found.set(path, value);
    else for (const [inner, one] of valuesOf(value, `${path}.`)) found.set(inner, one);
  }
  return found;
}

/**
 * A field that needs a feature gate counts only where that is on for both: else the gate makes the
 * difference.
 */
function isInUse(field: string, { from, to }: Pair): boolean {
  const gate = fieldsOfGates[field];
  return gate === undefined || (from.kubelet.gate(gate) && to.kubelet.gate(gate));
}

/** On a machine with cgroup v2 nothing asks whether the kubelet starts on v1. */
function hasNoEffect(field: string, { to }: Pair): boolean {
  return field === 'failCgroupV1' && to.kubelet.machine.cgroupVersion === 2;
}

/** Whether a file of the settings gives the field, also where a release ignores it. */
export function saysField({ read: { sources } }: Step, field: string): boolean {
  return [sources.main, ...(sources.dropIns ?? [])].some(
    (file) => file !== undefined && valueAt(file.fields, field) !== undefined,
  );
}

function isNewField(field: string, pair: Pair): boolean {
  const { older, newer } = byAge(pair);
  const names = field.split('.');
  return names.some((_, index) => {
    const since = fieldRow(names.slice(0, index + 1).join('.'))?.since;
    return since !== undefined && older.release < knownRelease(since) && knownRelease(since) <= newer.release;
  });
}

/** Whether the newer one has its default in force, said or not. */
export function isDefault(field: string, pair: Pair): boolean {
  const { release, kubelet, read: found } = byAge(pair).newer;
  return sameInForce(kubelet.value(field), valueAt(defaultsOf(release, found.sources.main !== undefined), field));
}

function read(field: string, pair: Pair): UpgradeFinding {
  const { older, newer } = byAge(pair);
  const [last, first] = [formatRelease(older.release), formatRelease(newer.release)];
  const isForward = pair.from === older;
  return {
    kind: 'Meaning',
    place: { kind: 'Field', field: field.split('.') },
    release: newer.release,
    reason: `it comes with ${first}: kubelets up to ${last} ignore it, and from ${first} on it takes effect`,
    remedy: isForward
      ? `remove it to go on as before, or check that its value is meant`
      : `check what the kubelet does without it`,
  };
}

function changed(field: string, old: Json | undefined, now: Json | undefined, isSaid: boolean, pair: Pair): UpgradeFinding {
  const { older, newer } = byAge(pair);
  const isForward = pair.from === older;
  const [name, earlier, later] = inOneKey(field, ...(isForward ? ([old, now] as const) : ([now, old] as const)));
  const shown = (value: Json | undefined) => {
    if (value === undefined) return 'nothing';
    // A default is no secret, whatever its field is called.
    return isSaid ? shownValue(field, value) : textOf(value);
  };
  const [last, first] = [formatRelease(older.release), formatRelease(newer.release)];
  const what = name === field ? 'it' : name;
  const whose = isSaid ? `${what} is taken as` : `the settings leave ${what} open, and its default is`;
  const effect = consequences[field];
  const keep = old === undefined ? `check that ${field}: ${shown(now)} is meant` : `write ${field}: ${shown(old)} to keep it`;
  return {
    kind: 'Meaning',
    place: { kind: 'Field', field: field.split('.') },
    release: newer.release,
    reason: `${whose} ${shown(earlier)} up to ${last} and ${shown(later)} from ${first} on${effect === undefined ? '' : `: ${effect}`}`,
    remedy: (isForward ? waysToStay[field] : undefined) ?? keep,
    ...(!isSaid && { isOpen: true as const }),
  };
}

/** Of two maps that differ in one key, that key with its two values. */
function inOneKey(
  field: string,
  one: Json | undefined,
  other: Json | undefined,
): readonly [name: string, one: Json | undefined, other: Json | undefined] {
  if (!isJsonMap(one) || !isJsonMap(other)) return [field, one, other];
  const [key, ...more] = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => !sameInForce(one[name], other[name]),
  );
  return key === undefined || more.length > 0 ? [field, one, other] : [`${field}[${JSON.stringify(key)}]`, one[key], other[key]];
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function valueAt(fields: JsonMap, field: string): Json | undefined {
  return field.split('.').reduce<Json | undefined>((value, name) => (isJsonMap(value) ? value[name] : undefined), fields);
}
