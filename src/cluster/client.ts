/** The API server over HTTP, with the credentials that we were given. */

import { systemClock } from '../loop/clock.ts';
import { withDeadline } from '../loop/deadline.ts';
import { objectFrom, pageFrom, readAnswer } from './answer.ts';
import { unreachable } from './api-failure.ts';
import type { Credentials } from './credentials.ts';
import {
  ApiError,
  type KubernetesApi,
  type KubernetesObject,
  type ObjectList,
  type Patch,
  type PatchOptions,
  type Resource,
  type Selection,
} from './kubernetes-api.ts';
import { pathOf, type Query, withQuery } from './paths.ts';
import { ServerClock } from './server-clock.ts';
import { type Call, makeTransport, type Transport } from './transport.ts';
import { watch } from './watch.ts';

export interface ClientOptions {
  /** `kubelet-config/0.1.0` */
  readonly userAgent: string;
  /**
   * The field manager of every write but server-side apply, which names its own. `kubelet-config` by default.
   */
  readonly fieldManager?: string;
  /** Time limit of every request but a list; 30000 by default. */
  readonly requestMilliseconds?: number;
  /** Time limit of each page of a list; 60000 by default. */
  readonly listMilliseconds?: number;
  /** Objects in one page of a list; 500 by default. */
  readonly pageSize?: number;
  /** Once aborted, all requests fail, those under way and all later ones. A watch has a signal of its own. */
  readonly abandon?: AbortSignal;
}

interface Connection {
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  readonly fieldManager: string;
  readonly requestMilliseconds: number;
  readonly listMilliseconds: number;
  readonly pageSize: number;
  readonly abandon: AbortSignal | undefined;
}

/** Makes no request yet: the first call connects. */
export function connect(credentials: Credentials, options: ClientOptions): KubernetesApi {
  const { requestMilliseconds = 30_000 } = options;
  const clock = new ServerClock(systemClock);
  const transport = noting(clock, makeTransport(credentials));
  const headers = { accept: 'application/json', 'user-agent': options.userAgent };
  const connection: Connection = {
    transport,
    headers,
    fieldManager: options.fieldManager ?? 'kubelet-config',
    requestMilliseconds,
    listMilliseconds: options.listMilliseconds ?? 60_000,
    pageSize: options.pageSize ?? 500,
    abandon: options.abandon,
  };
  return {
    get: (resource, name) => getObject(connection, resource, name),
    list: (resource, selection = {}, signal) => listObjects(connection, resource, selection, signal),
    watch: (resource, watchOptions, each) => watch({ transport, headers, requestMilliseconds }, resource, watchOptions, each),
    create: (resource, object) => createObject(connection, resource, object),
    createOn: (resource, name, subresource, body) => createOn(connection, resource, name, subresource, body),
    patch: (resource, name, patch, options = {}) => patchObject(connection, resource, name, patch, options),
    delete: (resource, name, preconditions) => deleteObject(connection, resource, name, preconditions),
    serverTime: () => clock.now(),
  };
}

/** Tells the clock the date of every answer, as soon as it begins; a watch has one too. */
function noting(clock: ServerClock, transport: Transport): Transport {
  return async (call) => {
    const answer = await transport(call);
    clock.answered(answer.headers.date);
    return answer;
  };
}

async function getObject<Body extends KubernetesObject>(
  connection: Connection,
  resource: Resource<Body>,
  name: string,
): Promise<Body> {
  const what = `get ${resource.plural} ${name}`;
  return objectFrom(what, resource, await send(connection, what, { method: 'GET', path: pathOf(resource, name) }));
}

/** A list whose pages expire while they are read is begun again, once. */
async function listObjects<Body extends KubernetesObject>(
  connection: Connection,
  resource: Resource<Body>,
  selection: Selection,
  signal: AbortSignal | undefined,
): Promise<ObjectList<Body>> {
  try {
    return await listOnce(connection, resource, selection, signal);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'Gone')) throw error;
    return listOnce(connection, resource, selection, signal);
  }
}

async function listOnce<Body extends KubernetesObject>(
  connection: Connection,
  resource: Resource<Body>,
  selection: Selection,
  abandoned: AbortSignal | undefined,
): Promise<ObjectList<Body>> {
  const what = `list ${resource.plural}`;
  const path = pathOf(resource);
  const items: Body[] = [];
  let resourceVersion: string | undefined;
  let next: string | undefined;
  do {
    const query = { ...selection, limit: String(connection.pageSize), continue: next };
    const request = { method: 'GET', path, query, milliseconds: connection.listMilliseconds, abandoned } as const;
    const page = pageFrom(what, await send(connection, what, request));
    items.push(...page.items.map((item) => objectFrom(what, resource, item)));
    // All pages show the state at the moment of the first one.
    resourceVersion ??= page.resourceVersion;
    next = page.next;
  } while (next !== '');
  return { resourceVersion, items };
}

async function createObject<Body extends KubernetesObject>(
  connection: Connection,
  resource: Resource<Body>,
  object: Body,
): Promise<Body> {
  const what = `create ${resource.plural} ${object.metadata.name}`;
  const { apiVersion, kind } = resource;
  const query = { fieldManager: connection.fieldManager };
  const request = { method: 'POST', path: pathOf(resource), query, body: { apiVersion, kind, ...object } } as const;
  return objectFrom(what, resource, await send(connection, what, request));
}

async function createOn(
  connection: Connection,
  resource: Resource<KubernetesObject>,
  name: string,
  subresource: string,
  body: KubernetesObject,
): Promise<void> {
  const what = `create ${resource.plural}/${subresource} ${name}`;
  const query = { fieldManager: connection.fieldManager };
  await send(connection, what, { method: 'POST', path: pathOf(resource, name, subresource), query, body });
}

async function patchObject<Body extends KubernetesObject>(
  connection: Connection,
  resource: Resource<Body>,
  name: string,
  patch: Patch,
  { subresource }: PatchOptions,
): Promise<Body> {
  const what = `patch ${resource.plural} ${name}`;
  const path = pathOf(resource, name, subresource);
  const { query, ...content } = patchRequest(resource, patch);
  const request = { method: 'PATCH', path, query: { fieldManager: connection.fieldManager, ...query }, ...content } as const;
  return objectFrom(what, resource, await send(connection, what, request));
}

async function deleteObject(
  connection: Connection,
  resource: Resource<KubernetesObject>,
  name: string,
  preconditions: { readonly uid?: string } | undefined,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...(preconditions && { preconditions }) };
  await send(connection, `delete ${resource.plural} ${name}`, { method: 'DELETE', path: pathOf(resource, name), body });
}

type Request = Pick<Call, 'method'> & {
  readonly path: string;
  readonly query?: Query;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly milliseconds?: number;
  readonly abandoned?: AbortSignal | undefined;
};

function patchRequest(
  resource: Resource<KubernetesObject>,
  patch: Patch,
): Required<Pick<Request, 'query' | 'contentType' | 'body'>> {
  switch (patch.type) {
    case 'Merge':
      return { query: {}, contentType: 'application/merge-patch+json', body: patch.body };
    case 'Json':
      return { query: {}, contentType: 'application/json-patch+json', body: patch.body };
    case 'Apply': {
      const { apiVersion, kind } = resource;
      const query = { fieldManager: patch.fieldManager, force: 'true' };
      // The body is JSON, which is YAML too. `application/apply-patch+json` is newer than the servers we
      // support.
      return { query, contentType: 'application/apply-patch+yaml', body: { apiVersion, kind, ...patch.body } };
    }
    default:
      return patch satisfies never;
  }
}

/** Sends one request and reads the JSON of its answer. @throws ApiError and nothing else */
async function send(connection: Connection, what: string, request: Request): Promise<unknown> {
  const { method, path, query = {}, contentType = 'application/json', body } = request;
  const { milliseconds = connection.requestMilliseconds, abandoned } = request;
  const signals = [abandoned, connection.abandon];
  try {
    return await withDeadline(
      milliseconds,
      async (signal) => {
        const content = body === undefined ? {} : { 'content-type': contentType };
        const answer = await connection.transport({
          method,
          path: withQuery(path, query),
          headers: { ...connection.headers, ...content },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal,
        });
        return readAnswer(what, answer);
      },
      { signals },
    );
  } catch (error) {
    const isAbandoned = signals.some((signal) => signal?.aborted && signal.reason === error);
    throw unreachable(what, isAbandoned ? new Error('the request was abandoned') : error);
  }
}
