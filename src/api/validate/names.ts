/** Checks names and labels: those in metadata, in nodeSelector, and the names in spec.unit. */

import { isDnsSubdomain, isLabelValue, isQualifiedName } from '../names.ts';
import type { FieldPath, Problem } from '../problem.ts';
import { at, entries, error, items, show } from './parts.ts';

/** The problems of the names and labels of an object. */
export function nameProblems(value: unknown): Problem[] {
  const selector = ['spec', 'nodeSelector'];
  return [
    ...objectName(at(value, 'metadata', 'name')),
    ...labels(at(value, 'metadata', 'labels'), ['metadata', 'labels']),
    ...annotations(at(value, 'metadata', 'annotations'), ['metadata', 'annotations']),
    ...labels(at(value, ...selector, 'matchLabels'), [...selector, 'matchLabels']),
    ...items(at(value, ...selector, 'matchExpressions')).flatMap((expression, index) =>
      labelExpression(expression, [...selector, 'matchExpressions', index]),
    ),
    ...unitNames(value),
  ];
}

function objectName(name: unknown): Problem[] {
  if (typeof name !== 'string' || isDnsSubdomain(name)) return [];
  const remedy = 'use lower case letters, digits, - and ., with a letter or digit at both ends, e.g. gpu-workers';
  return [error('InvalidValue', ['metadata', 'name'], `${show(name)} is not a name that Kubernetes accepts`, remedy)];
}

function labels(value: unknown, path: FieldPath): Problem[] {
  return entries(value).flatMap(([key, text]) => [...labelKey(key, [...path, key]), ...labelValue(text, [...path, key])]);
}

const annotationsLimit = 256 * 1024;

/** Like ValidateAnnotations of k8s.io/apimachinery/pkg/api/validation: the case of a key does not matter. */
function annotations(value: unknown, path: FieldPath): Problem[] {
  const keys = entries(value).flatMap(([key]) =>
    isQualifiedName(key.toLowerCase()) ? [] : [keyProblem(key, [...path, key], 'an annotation')],
  );
  const total = entries(value).reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(text)), 0);
  if (total <= annotationsLimit) return keys;
  const reason = `the annotations have ${total} bytes together; the limit is ${annotationsLimit}`;
  return [...keys, error('TooLarge', path, reason, 'remove some of them')];
}

function labelExpression(expression: unknown, path: FieldPath): Problem[] {
  return [
    ...labelKey(at(expression, 'key'), [...path, 'key']),
    ...items(at(expression, 'values')).flatMap((text, index) => labelValue(text, [...path, 'values', index])),
  ];
}

function labelKey(key: unknown, path: FieldPath): Problem[] {
  return typeof key !== 'string' || isQualifiedName(key) ? [] : [keyProblem(key, path, 'a label')];
}

function keyProblem(key: string, path: FieldPath, what: string): Problem {
  const remedy =
    'write at most 63 letters, digits, -, _ and ., e.g. role, or a DNS name and / before them, e.g. example.com/role';
  return error('InvalidValue', path, `${show(key)} cannot be the key of ${what}`, remedy);
}

function labelValue(text: unknown, path: FieldPath): Problem[] {
  if (typeof text !== 'string' || isLabelValue(text)) return [];
  const remedy = 'write at most 63 letters, digits, -, _ and ., with a letter or digit at both ends';
  return [error('InvalidValue', path, `${show(text)} cannot be the value of a label`, remedy)];
}

function unitNames(value: unknown): Problem[] {
  const environment = ['spec', 'unit', 'environment'];
  const options = ['spec', 'unit', 'options'];
  return [
    ...entries(at(value, ...environment)).flatMap(([name]) => variableName(name, [...environment, name])),
    ...entries(at(value, ...options)).flatMap(([section, keys]) => [
      ...optionName(section, [...options, section], 'section'),
      ...entries(keys).flatMap(([key]) => optionName(key, [...options, section, key], 'key')),
    ]),
  ];
}

function variableName(name: string, path: FieldPath): Problem[] {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [];
  const remedy = 'write letters, digits and _, and begin with a letter or _';
  return [error('UnitInvalid', path, `${show(name)} cannot be the name of an environment variable`, remedy)];
}

/**
 * Other characters would change the structure of the unit file: after `=` or a newline begins a value or a
 * line.
 */
function optionName(name: string, path: FieldPath, what: string): Problem[] {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) return [];
  return [
    error(
      'UnitInvalid',
      path,
      `${show(name)} cannot be a ${what} of a unit file`,
      'write letters, digits and -, e.g. Service or RestartSec',
    ),
  ];
}
