/** Lists: whole, or page by page from one consistent snapshot. */

import { type ApiObject, without } from './object.ts';
import { type ApiResource, apiVersionOf, storageKey } from './resource.ts';
import type { ObjectRoute } from './route.ts';
import { isSelective, selectorOf } from './selector.ts';
import { badRequest, expiredList, expiredVersion, StatusError } from './status.ts';
import type { Snapshot, Store } from './store.ts';

/** @throws StatusError 400; 410 for a page of a list that was forgotten; 504 for a revision that is yet to come */
export function listObjects(store: Store, { resource, namespace }: ObjectRoute, query: URLSearchParams): object {
  const matches = selectorOf(resource, query);
  const limit = wholeNumber(query.get('limit')) ?? 0;
  const position = positionOf(store, query);
  const { revision, objects } = snapshotAt(store, resource, position);
  const rest = objects
    .filter(([key]) => key > position.after)
    .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace);
  const found = rest.filter(([, object]) => matches(object));
  // The server's cache, which may answer when any revision will do, knows no pages.
  const page = limit === 0 || query.get('resourceVersion') === '0' ? found : found.slice(0, limit);
  const last = page.at(-1)?.[0] ?? '';
  // Whether something comes after a full page is known, but not whether it matches: the next page may be empty.
  const remaining = page.length < limit || limit === 0 ? 0 : rest.filter(([key]) => key > last).length;
  return {
    kind: resource.listKind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(revision),
      ...(remaining > 0 && { continue: continueToken(revision, last) }),
      ...(remaining > 0 && !isSelective(query) && { remainingItemCount: remaining }),
    },
    items: page.map(([, object]) => itemOf(resource, object)),
  };
}

/** The items of a built-in list say nothing of their kind. */
function itemOf({ builtIn }: ApiResource, object: ApiObject): object {
  return builtIn ? without(object, 'kind', 'apiVersion') : object;
}

interface Position {
  /** Undefined is the newest. */
  readonly revision: number | undefined;
  /** Items up to this key were on an earlier page. */
  readonly after: string;
}

function positionOf(store: Store, query: URLSearchParams): Position {
  const token = query.get('continue') ?? '';
  const match = query.get('resourceVersionMatch');
  const asked = resourceVersionOf(query);
  if (token !== '') {
    if (asked !== undefined && asked !== 0) throw badRequest('specifying resource version is not allowed when using continue');
    return readToken(token);
  }
  if (match !== null && asked === undefined) throw matchWithoutVersion();
  if (asked !== undefined && asked > store.revision) throw tooLarge(asked, store.revision);
  // Without a page, anything not older will do.
  const isExact = match === 'Exact' || (match === null && asked !== 0 && (wholeNumber(query.get('limit')) ?? 0) > 0);
  return { revision: isExact ? asked : undefined, after: '' };
}

function snapshotAt(store: Store, resource: ApiResource, { revision, after }: Position): Snapshot {
  try {
    return store.at(storageKey(resource), revision);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw after === '' ? expiredVersion() : expiredList(inconsistentToken(after));
  }
}

/** @throws StatusError 400 */
export function resourceVersionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
  );
}

/** @throws StatusError 400 */
export function wholeNumber(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
}

function continueToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url');
}

/** Goes on from the newest state. */
function inconsistentToken(after: string): string {
  return continueToken(-1, after);
}

function readToken(token: string): Position {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: string };
    return { revision: rv < 0 ? undefined : rv, after: start };
  } catch {
    throw badRequest('invalid continue token: continue key is not valid');
  }
}

function tooLarge(asked: number, newest: number): StatusError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${asked}, current: ${newest}`;
  return new StatusError(504, 'Timeout', message, { details: { causes, retryAfterSeconds: 1 } });
}

function matchWithoutVersion(): StatusError {
  const text = 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
  const causes = [{ reason: 'FieldValueForbidden', message: text, field: 'resourceVersionMatch' }];
  return new StatusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ${text}`, {
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes },
  });
}
