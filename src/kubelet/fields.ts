/**
 * Checks KubeletConfiguration against a release. The kubelet logs one line about an unknown field and ignores
 * it, but does not start with a value of the wrong type.
 */

import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';
import { nearest } from '../api/validate/parts.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { type FieldRow, newestFields, oldestFields } from './data/kubelet-fields.ts';
import { fieldOfFlag, fieldsOf, hasField } from './field-table.ts';
import { typeProblems } from './field-types.ts';
import { formatRelease, knownRelease, type Release } from './release.ts';

const firstWithFile = knownRelease('1.10');
const newest = knownRelease(newestFields);

/**
 * Problems of the fields of one object. Without a release, an error is a value that no release starts with.
 */
export function fieldProblems(configuration: JsonMap | undefined, release: Release | undefined): SpecProblem[] {
  if (configuration === undefined) return [];
  const path = ['kubelet', 'configuration'];
  if (release !== undefined && release < firstWithFile) {
    const reason = `kubelet ${formatRelease(release)} reads no KubeletConfiguration: that came with ${formatRelease(firstWithFile)}`;
    return [refusal('ConfigurationInvalid', path, reason, 'use kubelet.flags, or run a later kubelet')];
  }
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = configuration;
  return mapProblems(fields, '', path, release);
}

function mapProblems(map: JsonMap, parent: string, path: FieldPath, release: Release | undefined): SpecProblem[] {
  const known = fieldsOf(parent);
  return Object.entries(map).flatMap(([name, value]) => {
    const place = [...path, name];
    const row = known.get(name);
    if (row === undefined) return [unknown(name, parent, place, release)];
    // The kubelet ignores it with everything below it.
    if (release !== undefined && !hasField(row, release)) return [notYet(row, place, release)];
    return [...typeProblems({ value, type: row.type, path: place }), ...nested(row.path, value, place, release)];
  });
}

function nested(field: string, value: Json, path: FieldPath, release: Release | undefined): SpecProblem[] {
  if (isJsonMap(value) && fieldsOf(field).size > 0) return mapProblems(value, field, path, release);
  const item = `${field}[]`;
  if (!Array.isArray(value) || fieldsOf(item).size === 0) return [];
  return value.flatMap((inner: Json, index) => (isJsonMap(inner) ? mapProblems(inner, item, [...path, index], release) : []));
}

function notYet({ path: field, since }: FieldRow, path: FieldPath, release: Release): SpecProblem {
  const reason = `kubelet ${formatRelease(release)} ignores ${field}, which comes with ${since}`;
  return caution('ConfigurationInvalid', path, reason, `remove it, or run kubelet ${since} or later`);
}

function unknown(name: string, parent: string, path: FieldPath, release: Release | undefined): SpecProblem {
  const present = [...fieldsOf(parent)].filter(([, row]) => hasField(row, release));
  const names = present.map(([candidate]) => candidate);
  const otherCase = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const isKnown = release === undefined || release <= newest;
  if (otherCase !== undefined) {
    const reason = isKnown ? `the kubelet ignores ${name}` : `kubelets up to ${newestFields} ignore ${name}`;
    return caution('ConfigurationInvalid', path, `${reason}: names of fields are case-sensitive`, `write ${otherCase}`);
  }
  const setting = parent === '' ? fieldOfFlag(name, release) : undefined;
  const near = setting ?? nearest(name, names);
  const whole = parent === '' ? 'KubeletConfiguration' : parent;
  const outcome = isKnown ? 'the kubelet ignores it' : `whether ${formatRelease(release)} has it is not known`;
  const reason = `${whole} has no field ${name} from ${oldestFields} to ${newestFields}: ${outcome}`;
  const remedy =
    near === undefined ? 'look the field up in the reference of KubeletConfiguration, or remove it' : `write ${near}`;
  return caution('ConfigurationInvalid', path, reason, remedy);
}
