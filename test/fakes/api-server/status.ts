/** The failures of the API server as it words them: each is an HTTP status and a `Status` object. */

import type { ApiResource } from './resource.ts';

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

interface StatusFacts {
  readonly details?: StatusDetails;
  /** Where a list that expired may go on from, inconsistently. */
  readonly continueToken?: string;
}

export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly continueToken: string | undefined;

  constructor(code: number, reason: string, message: string, { details, continueToken }: StatusFacts = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }
}

export function statusObject({ code, reason, message, details, continueToken }: StatusError): object {
  const metadata = continueToken === undefined ? {} : { continue: continueToken };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    ...(reason && { reason }),
    ...(details && { details }),
    code,
  };
}

/** `nodes`, `kubeletconfigs.kubelet-config.dev`. */
function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

/** Of a resource, what an error names of it. */
type Named = Pick<ApiResource, 'group' | 'plural'>;

function detailsOf({ group }: Pick<ApiResource, 'group'>, kind: string, name: string): StatusDetails {
  return { ...(name !== '' && { name }), ...(group !== '' && { group }), kind };
}

export function notFound(resource: Named, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" not found`;
  return new StatusError(404, 'NotFound', message, { details: detailsOf(resource, resource.plural, name) });
}

export function unknownResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

export function alreadyExists(resource: Named, name: string, isDying: boolean): StatusError {
  const message = `${isDying ? 'object is being deleted: ' : ''}${qualified(resource.plural, resource.group)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, { details: detailsOf(resource, resource.plural, name) });
}

export function conflict(resource: Named, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource.plural, resource.group)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, { details: detailsOf(resource, resource.plural, name) });
}

export const modified = 'the object has been modified; please apply your changes to the latest version and try again';

/** `causes` must not be empty. */
export function invalid(resource: ApiResource, name: string, causes: readonly Cause[]): StatusError {
  const texts = causes.map(({ field, message }) => `${field ?? '<nil>'}: ${message}`);
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const message = `${qualified(resource.kind, resource.group)} "${name}" is invalid: ${all}`;
  return new StatusError(422, 'Invalid', message, { details: { ...detailsOf(resource, resource.kind, name), causes } });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });
}

/** A watch from a resourceVersion that the server has forgotten. */
export function tooOld(asked: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${asked} (${oldest})`);
}

/** A list of a state that the server has forgotten. */
export function expiredVersion(): StatusError {
  return new StatusError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
}

/** A page of such a list. */
export function expiredList(continueToken: string): StatusError {
  return new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    { continueToken },
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}
