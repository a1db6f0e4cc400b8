/** Describes a fault of the shape: what was expected, what was found, what to write instead. */

import { type FieldPath, formatPath, type Problem } from '../problem.ts';
import { expectsKeyword } from '../schema/parts.ts';
import { rootSchema, type Schema, schemaNodes } from '../schema/walk.ts';
import { error, nearest, show } from './parts.ts';
import type { ShapeFault } from './shape-faults.ts';

/** The problem that a person reads, for one fault. */
export function shapeProblem(fault: ShapeFault): Problem {
  const { keyword, path, schema, value } = fault;
  const found = show(value);
  switch (keyword) {
    case 'additionalProperties':
      return unknownField(path, schema);
    case 'required':
      return missingField(path, schema);
    case 'type':
      return error('WrongType', path, `expected ${typeWords(schema)}, found ${found}`, typeRemedy(schema, value));
    case 'enum': {
      const values = (schema['enum'] as readonly string[]) ?? [];
      const near = nearest(String(value), values);
      const choice = values.length === 1 ? `write ${values[0]}` : `write one of ${values.join(', ')}`;
      return error('InvalidValue', path, `${found} is not a value of this field`, near ? `did you mean ${near}?` : choice);
    }
    case 'pattern':
      return error(
        'InvalidValue',
        path,
        `${found} is not valid here`,
        `write ${String(schema[expectsKeyword] ?? 'another value')}`,
      );
    case 'minProperties':
      return emptyGroup(path, schema);
    default:
      return beyondLimit(fault);
  }
}

function unknownField(path: FieldPath, schema: Schema): Problem {
  const name = String(path.at(-1));
  const known = Object.keys(schema.properties ?? {});
  return error('UnknownField', path, `unknown field ${show(name)}`, unknownRemedy(name, known));
}

/** Fields of the objects that others have for kubelets (OpenShift, Talos, kubeadm), and where ours are. */
const fieldsOfOthers: Readonly<Record<string, string>> = {
  machineConfigPoolSelector: 'spec.nodeSelector',
  kubeletConfig: 'spec.kubelet.configuration',
  extraConfig: 'spec.kubelet.configuration',
  extraArgs: 'spec.kubelet.flags',
  kubeletExtraArgs: 'spec.kubelet.flags',
};

function unknownRemedy(name: string, known: readonly string[]): string {
  if (Object.hasOwn(fieldsOfOthers, name)) return `write it as ${fieldsOfOthers[name]}`;
  const near = nearest(name, known);
  if (near) return `did you mean ${near}?`;
  const elsewhere = schemaNodes(rootSchema).find(({ path }) => path[0] === 'spec' && path.at(-1) === name && !path.includes('*'));
  if (elsewhere) return `${name} belongs at ${formatPath(elsewhere.path)}`;
  return `remove it; the fields here are ${known.join(', ')}`;
}

function missingField(path: FieldPath, schema: Schema): Problem {
  const name = String(path.at(-1));
  if (name === 'nodeSelector') return error('MissingField', path, 'nodeSelector is missing', selectorRemedy);
  const description = schema.properties?.[name]?.description;
  return error('MissingField', path, `${name} is missing`, description ? `add it: ${lowerFirst(description)}` : `add ${name}`);
}

const selectorRemedy = 'select nodes by their labels, or write nodeSelector: {matchLabels: {}} to select every node';

function emptyGroup(path: FieldPath, schema: Schema): Problem {
  const name = String(path.at(-1));
  if (name === 'nodeSelector') return error('InvalidValue', path, 'nodeSelector is empty', selectorRemedy);
  const fields = Object.keys(schema.properties ?? {});
  return error('InvalidValue', path, `${name} is empty`, `leave ${name} out, or set one of ${fields.join(', ')}`);
}

function beyondLimit({ keyword, path, schema, value }: ShapeFault): Problem {
  const limit = String(schema[keyword]);
  switch (keyword) {
    case 'minimum':
      return error('InvalidValue', path, `${show(value)} is too small`, `write ${limit} or more`);
    case 'maximum':
      return error('InvalidValue', path, `${show(value)} is too large`, `write ${limit} or less`);
    case 'maxLength':
      return error('TooLarge', path, `the value is longer than ${limit} characters`, 'shorten it');
    case 'maxItems':
      return error('TooLarge', path, `the list has more than ${limit} items`, 'remove some of them');
    case 'maxProperties':
      return error('TooLarge', path, `the map has more than ${limit} entries`, 'remove some of them');
    default:
      return error('InvalidValue', path, `${show(value)} is not valid here (${keyword} ${limit})`, 'change the value');
  }
}

const words: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
};

function typeWords({ type = [] }: Schema): string {
  return [type]
    .flat()
    .map((name) => words[name] ?? name)
    .join(' or ');
}

function typeRemedy(schema: Schema, value: unknown): string {
  if (value === null) return `give it a value${schema.type === 'object' ? ' (an empty map is {})' : ''} or leave the field out`;
  if (schema.type === 'object' && schema.additionalProperties && Array.isArray(value)) return mapRemedy(value);
  if (schema.type === 'string' && typeof value === 'number') return `put it in quotes: "${quotable(schema, value)}"`;
  if (schema.type === 'string' && typeof value === 'boolean') return `put it in quotes: "${value}"`;
  if (schema.type === 'array' && typeof value !== 'object') return `write a list, also for a single item: [${show(value)}]`;
  if ((schema.type === 'integer' || schema.type === 'boolean') && typeof value === 'string') {
    return `write ${typeWords(schema)}, without quotes`;
  }
  return `write ${typeWords(schema)}`;
}

/** k3s and RKE2 write flags as a list of name=value. */
function mapRemedy(list: readonly unknown[]): string {
  const [, name, value] = /^-{0,2}([\w.-]{1,60})=(.{0,60})$/.exec(String(list[0])) ?? [];
  return `write a map of names to values${name === undefined ? '' : `, e.g. ${name}: ${JSON.stringify(value)}`}`;
}

/** YAML reads an unquoted 0644 as the number 420; the person meant the octal digits. */
function quotable(schema: Schema, value: number): string {
  const isMode = String(schema['pattern']).startsWith('^0[0-7]');
  if (!isMode) return String(value);
  const digits = value > 0o777 || value < 0 ? String(value) : value.toString(8);
  return `0${digits.padStart(3, '0')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
