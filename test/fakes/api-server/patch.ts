/** JSON patch (RFC 6902) and JSON merge patch (RFC 7386). */

import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { isMap, type JsonMap } from './object.ts';
import { badRequest, StatusError } from './status.ts';

/** @throws StatusError 400 for what is no patch, 422 for one that cannot be carried out */
export function jsonPatched(object: JsonMap, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp');
  }
  try {
    // The library changes the object that it is given.
    return (patch as readonly Operation[]).reduce<JsonMap>(
      (document, operation) => fastJsonPatch.applyOperation(document, lenient(document, operation), true).newDocument,
      structuredClone(object),
    );
  } catch {
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {} });
  }
}

/** The server's library adds what `replace` does not find. */
function lenient(object: JsonMap, operation: Operation): Operation {
  if (operation.op !== 'replace') return operation;
  const path = operation.path.split('/').slice(1);
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => (isMap(value) ? value[unescaped(key)] : undefined), object);
  const isAbsent = isMap(holder) && !Object.hasOwn(holder, unescaped(path.at(-1) ?? ''));
  return isAbsent ? { ...operation, op: 'add' } : operation;
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** @throws StatusError 400 */
export function mergePatched(object: JsonMap, patch: unknown): unknown {
  if (isMap(patch)) return merged(object, patch);
  const found = Array.isArray(patch) ? 'array' : typeof patch;
  throw badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
