/**
 * The faults that TypeBox's JSON Schema validator finds in a value. It interprets the schema: a validator
 * that compiles it (ajv) needs longer for its first answer than all the rest of a command.
 */

import { Check, Errors } from 'typebox/schema';
import { Settings } from 'typebox/system';
import type { FieldPath } from '../problem.ts';
import type { Schema } from '../schema/walk.ts';
import { at } from './parts.ts';

export interface ShapeFault {
  readonly keyword: string;
  /** The field; for a missing or unknown field that field itself. */
  readonly path: FieldPath;
  readonly schema: Schema;
  readonly value: unknown;
}

/** Enough for a person to read. An object with a million faults must not keep an agent busy. */
const mostFaults = 100;

/** The first 100 faults of a value, with the field, its schema and its value. */
export function shapeFaults(schema: Schema, value: unknown): ShapeFault[] {
  if (Check(schema, value)) return [];
  Settings.Set({ maxErrors: mostFaults });
  const [, errors] = Errors(schema, value);
  return errors.flatMap((found) => {
    const path = fieldPath(found.instancePath, value);
    const here = { keyword: found.keyword, schema: schemaAt(schema, path), value: at(value, ...path) };
    switch (found.keyword) {
      case 'required':
        return found.params.requiredProperties.map((name) => ({ ...here, path: [...path, name] }));
      case 'boolean':
        // `false`, the schema of each unknown field of a closed map.
        return [{ ...here, keyword: 'additionalProperties', path, schema: schemaAt(schema, path.slice(0, -1)) }];
      case 'additionalProperties':
        // The map around faulty fields. It comes after them, so the limit may cut it off.
        return [];
      default:
        return [{ ...here, path }];
    }
  });
}

/** A JSON pointer writes the index 0 like the key "0"; the value tells which it is. */
function fieldPath(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  for (const component of pointer.split('/').slice(1)) {
    const key = component.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at(root, ...path)) ? Number(key) : key);
  }
  return path;
}

function schemaAt(schema: Schema, path: FieldPath): Schema {
  return path.reduce<Schema>((node, key) => {
    if (typeof key === 'number') return node.items ?? {};
    const { properties = {}, additionalProperties } = node;
    return (Object.hasOwn(properties, key) ? properties[key] : additionalProperties || undefined) ?? {};
  }, schema);
}
