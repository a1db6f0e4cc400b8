/** Changes of single fields of a configuration. Pure. */

import { isJsonMap, type Json, type JsonMap } from '../../api/json.ts';
import type { FieldPath } from '../../api/problem.ts';

/** The map with one field set, in maps that are made where they are missing. Lists are left alone. */
export function withField(map: JsonMap, [name, ...rest]: FieldPath, value: Json): JsonMap {
  if (typeof name !== 'string') return map;
  if (rest.length === 0) return { ...map, [name]: value };
  const inner = map[name];
  if (Array.isArray(inner)) return map;
  return { ...map, [name]: withField(isJsonMap(inner) ? inner : {}, rest, value) };
}

/** The map without one field; a map that gets empty by that stays. */
export function withoutField(map: JsonMap, [name, ...rest]: FieldPath): JsonMap {
  if (typeof name !== 'string' || map[name] === undefined) return map;
  const { [name]: inner, ...others } = map;
  return rest.length > 0 && isJsonMap(inner) ? { ...map, [name]: withoutField(inner, rest) } : others;
}

/** RFC 7386: maps merge, null removes, everything else replaces. */
export function mergePatch(below: JsonMap, patch: JsonMap): JsonMap {
  const result: Record<string, Json> = { ...below };
  for (const [key, value] of Object.entries(patch)) {
    const inner = result[key];
    if (value === null) delete result[key];
    else result[key] = isJsonMap(value) ? mergePatch(isJsonMap(inner) ? inner : {}, value) : value;
  }
  return result;
}
