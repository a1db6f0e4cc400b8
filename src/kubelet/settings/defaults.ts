/**
 * The defaults that a kubelet of a release fills in, as its own code does it
 * (SetDefaults_KubeletConfiguration in pkg/kubelet/apis/config/v1beta1/defaults.go). Pure.
 */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import { nanosecondsOf } from '../../go/values.ts';
import {
  fieldDefaults,
  fieldsThatKeepZero,
  firstWithoutThresholds,
  gatedDefaults,
  legacyDefaults,
  otherDefaults,
} from '../data/kubelet-defaults.ts';
import { fieldRow, hasField } from '../field-table.ts';
import { knownRelease, type Release } from '../release.ts';
import { mergePatch, withField, withoutField } from './fields.ts';

const made = new Map<string, JsonMap>();

/**
 * The defaults of a release; an unknown one has those of the newest in our table.
 * @param hasFile without --config some defaults are those of the time before it
 */
export function defaultsOf(release: Release | undefined, hasFile: boolean): JsonMap {
  const key = `${release} ${hasFile}`;
  const defaults = made.get(key) ?? makeDefaults(release, hasFile);
  made.set(key, defaults);
  return defaults;
}

function makeDefaults(release: Release | undefined, hasFile: boolean): JsonMap {
  const others = otherDefaults.filter(({ from, before }) => isWithin(release, from, before));
  const whole = others.reduce<JsonMap>(
    (fields, { path, value }) => (value === undefined ? withoutField(fields, path) : withField(fields, path, value)),
    fieldDefaults,
  );
  const known = ofRelease(whole, release);
  if (hasFile) return known;
  const legacy = mergePatch(known, legacyDefaults);
  const hasThresholds = release !== undefined && release < knownRelease(firstWithoutThresholds);
  return hasThresholds ? legacy : withoutField(legacy, ['evictionHard']);
}

function isWithin(release: Release | undefined, from: string | undefined, before: string | undefined): boolean {
  if (release === undefined) return false;
  return (from === undefined || release >= knownRelease(from)) && (before === undefined || release < knownRelease(before));
}

/** Without the fields that the release does not have. */
function ofRelease(fields: JsonMap, release: Release | undefined, parent = ''): JsonMap {
  const known = Object.entries(fields).filter(([name]) => {
    const row = fieldRow(`${parent}${name}`);
    return row === undefined || hasField(row, release);
  });
  return Object.fromEntries(
    known.map(([name, value]) => [name, isJsonMap(value) ? ofRelease(value, release, `${parent}${name}.`) : value]),
  );
}

/** The fields with everything filled in that nobody says. */
export function filledIn(fields: JsonMap, defaults: JsonMap, release: Release | undefined): JsonMap {
  const { podPidsLimit, ...others } = withoutZeros(fields, release);
  // Every negative limit means none of its own.
  const isNone = podPidsLimit === undefined || (typeof podPidsLimit === 'number' && podPidsLimit < 0);
  const said = isNone ? others : { ...others, podPidsLimit };
  return withDefaults({ ...following(said, release), ...said }, gated(defaults, said, release));
}

const withoutGated = new WeakMap<JsonMap, Map<string, JsonMap>>();

/** Some defaults are there only with a feature gate. */
function gated(defaults: JsonMap, said: JsonMap, release: Release | undefined): JsonMap {
  const gates = said['featureGates'];
  const off = gatedDefaults.filter(({ gate, since }) => {
    const given = isJsonMap(gates) ? gates[gate] : undefined;
    return !(typeof given === 'boolean' ? given : release === undefined || release >= knownRelease(since));
  });
  const made = withoutGated.get(defaults) ?? new Map<string, JsonMap>();
  const key = JSON.stringify(off.map(({ path }) => path));
  const left = made.get(key) ?? off.reduce((whole, { path }) => withoutField(whole, path), defaults);
  withoutGated.set(defaults, made.set(key, left));
  return left;
}

/** The defaults that depend on what another field says. */
function following({ nodeStatusUpdateFrequency, maxParallelImagePulls }: JsonMap, release: Release | undefined): JsonMap {
  const parallel = typeof maxParallelImagePulls === 'number' && maxParallelImagePulls >= 2;
  const isParallel = parallel && (release === undefined || release >= knownRelease('1.27'));
  return {
    ...(nodeStatusUpdateFrequency !== undefined && { nodeStatusReportFrequency: nodeStatusUpdateFrequency }),
    ...(isParallel && { serializeImagePulls: false }),
  };
}

/** Fields that are maps of settings take a default one by one; a map of names takes it whole. */
function withDefaults(fields: JsonMap, defaults: JsonMap, path = ''): JsonMap {
  const result: Record<string, Json> = { ...defaults, ...fields };
  for (const [key, given] of Object.entries(fields)) {
    const value = defaults[key];
    const place = path === '' ? key : `${path}.${key}`;
    if (isJsonMap(given) && isJsonMap(value) && !isMapOfNames(place)) result[key] = withDefaults(given, value, place);
  }
  return result;
}

function isMapOfNames(path: string): boolean {
  return fieldRow(path)?.type.startsWith('map:') === true;
}

/** The fields without the zeros that a kubelet cannot tell from fields that are not there. */
export function withoutZeros(fields: JsonMap, release: Release | undefined, parent = ''): JsonMap {
  const kept = Object.entries(fields).flatMap(([name, value]): [string, Json][] => {
    const path = `${parent}${name}`;
    if (isJsonMap(value) && !isMapOfNames(path)) return [[name, withoutZeros(value, release, `${path}.`)]];
    return isZero(path, value) && !keepsZero(path, release) ? [] : [[name, value]];
  });
  return Object.fromEntries(kept);
}

/** Whether the field has the zero of its type in Go. */
function isZero(path: string, value: Json): boolean {
  switch (fieldRow(path)?.type) {
    case 'string':
      return value === '';
    case 'bool':
      return value === false;
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'float64':
      return value === 0;
    case 'duration':
    case 'duration?':
    case 'duration|nanoseconds':
      return value === 0 || (typeof value === 'string' && nanosecondsOf(value) === 0);
    default:
      return false;
  }
}

const keeping = new Map(fieldsThatKeepZero.map(({ path, since }) => [path, since === undefined ? 0 : knownRelease(since)]));

function keepsZero(path: string, release: Release | undefined): boolean {
  const since = keeping.get(path);
  return since !== undefined && (release === undefined || release >= since);
}
