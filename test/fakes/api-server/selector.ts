/** Label and field selectors, as the query of a list or watch has them. */

import { type ApiObject, isMap } from './object.ts';
import type { ApiResource } from './resource.ts';
import { badRequest } from './status.ts';

export type Matches = (object: ApiObject) => boolean;

/** @throws StatusError 400 for a selector that cannot be read, or a field that cannot be selected by */
export function selectorOf(resource: ApiResource, query: URLSearchParams): Matches {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(resource, query.get('fieldSelector') ?? '');
  return (object) => byLabel(object.metadata.labels ?? {}) && byField(object);
}

export function isSelective(query: URLSearchParams): boolean {
  return (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== '';
}

/** `metadata.name=a,status.phase!=Failed`. What is absent is the empty string. */
function fieldSelector(resource: ApiResource, text: string): Matches {
  const terms = text.split(',').filter((term) => term !== '');
  const tests = terms.map((term): Matches => {
    const [, field, operator, value] = /^(.*?)(==|!=|=)(.*)$/.exec(term) ?? [];
    if (field === undefined || value === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    const known = ['metadata.name', ...(resource.namespaced ? ['metadata.namespace'] : []), ...resource.selectableFields];
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return (object) => (fieldText(object, field) === value) === (operator !== '!=');
  });
  return (object) => tests.every((test) => test(object));
}

function fieldText(object: ApiObject, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((inner, key) => (isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), object);
  return value === undefined || value === null ? '' : String(value);
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Those with `!=` and `notin` also take what does not have the label. */
function labelSelector(text: string): LabelTest {
  // A comma within parentheses parts values.
  const requirements = text.trim() === '' ? [] : text.split(/,(?![^()]*\))/);
  const tests = requirements.map((requirement) => labelTest(requirement.trim()));
  return (labels) => tests.every((test) => test(labels));
}

const key = '(?:[a-z0-9][-a-z0-9.]*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const value = '(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?';
const presence = new RegExp(`^(!?)\\s*(${key})$`);
const equality = new RegExp(`^(${key})\\s*(==|!=|=)\\s*(${value})$`);
const membership = new RegExp(`^(${key})\\s+(in|notin)\\s+\\(([^()]*)\\)$`);

function labelTest(requirement: string): LabelTest {
  const [, not, present] = presence.exec(requirement) ?? [];
  if (present !== undefined) return (labels) => Object.hasOwn(labels, present) === (not === '');
  const [, name = '', operator, wanted] = equality.exec(requirement) ?? membership.exec(requirement) ?? [];
  const values = wanted?.split(',').map((one) => one.trim()) ?? [];
  const isOneOf: LabelTest = (labels) => Object.hasOwn(labels, name) && values.includes(labels[name] ?? '');
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return isOneOf;
    case '!=':
    case 'notin':
      return (labels) => !isOneOf(labels);
    default:
      throw badRequest(`unable to parse requirement: found '${requirement}'`);
  }
}
