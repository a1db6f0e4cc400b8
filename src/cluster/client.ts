/** The API server over HTTP, for whom the credentials say we are. */

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
  type Resource,
  type Selection,
} from './kubernetes-api.ts';
import { pathOf, type Query, withQuery } from './paths.ts';
import { type Call, makeTransport } from './transport.ts';
import { watch } from './watch.ts';

export interface ClientOptions {
  /** `kubelet-config/0.1.0` */
  readonly userAgent: string;
  /** Under whose name the server files the fields that are written; server-side apply names its own. */
  readonly fieldManager?: string;
  readonly requestMilliseconds?: number;
  /** For each page of a list. */
  readonly listMilliseconds?: number;
  readonly pageSize?: number;
  /** Gives up what is under way, and whatever comes after. */
  readonly abandon?: AbortSignal;
}

type Request = Pick<Call, 'method'> & {
  readonly path: string;
  readonly query?: Query;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly milliseconds?: number;
  readonly abandoned?: AbortSignal | undefined;
};

export function connect(credentials: Credentials, options: ClientOptions): KubernetesApi {
  const { fieldManager = 'kubelet-config', requestMilliseconds = 30_000, listMilliseconds = 60_000, pageSize = 500 } = options;
  const transport = makeTransport(credentials);
  const common = { accept: 'application/json', 'user-agent': options.userAgent };

  /** What the answer's JSON says. */
  function ask(what: string, request: Request): Promise<unknown> {
    const {
      method,
      path,
      query = {},
      contentType = 'application/json',
      body,
      milliseconds = requestMilliseconds,
      abandoned,
    } = request;
    return bounded(what, milliseconds, [abandoned, options.abandon], async (signal) => {
      const content = body === undefined ? {} : { 'content-type': contentType };
      const answer = await transport({
        method,
        path: withQuery(path, query),
        headers: { ...common, ...content },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
      });
      return readAnswer(what, answer);
    });
  }

  async function listOnce<Body extends KubernetesObject>(
    what: string,
    resource: Resource<Body>,
    selection: Selection,
    abandoned: AbortSignal | undefined,
  ): Promise<ObjectList<Body>> {
    const path = pathOf(resource);
    const items: Body[] = [];
    let resourceVersion: string | undefined;
    let next: string | undefined;
    do {
      const query = { ...selection, limit: String(pageSize), continue: next };
      const page = pageFrom(what, await ask(what, { method: 'GET', path, query, milliseconds: listMilliseconds, abandoned }));
      items.push(...page.items.map((item) => objectFrom(what, resource, item)));
      // All pages show the moment of the first.
      resourceVersion ??= page.resourceVersion;
      next = page.next;
    } while (next !== '');
    return { resourceVersion, items };
  }

  return {
    async get(resource, name) {
      const what = `get ${resource.plural} ${name}`;
      return objectFrom(what, resource, await ask(what, { method: 'GET', path: pathOf(resource, name) }));
    },

    async list(resource, selection = {}, signal) {
      const what = `list ${resource.plural}`;
      try {
        return await listOnce(what, resource, selection, signal);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 'Gone')) throw error;
        return listOnce(what, resource, selection, signal);
      }
    },

    watch: (resource, watchOptions, each) =>
      watch({ transport, headers: common, requestMilliseconds }, resource, watchOptions, each),

    async create(resource, object) {
      const what = `create ${resource.plural} ${object.metadata.name}`;
      const { apiVersion, kind } = resource;
      const body = { apiVersion, kind, ...object };
      return objectFrom(
        what,
        resource,
        await ask(what, { method: 'POST', path: pathOf(resource), query: { fieldManager }, body }),
      );
    },

    async patch(resource, name, patch, { subresource } = {}) {
      const what = `patch ${resource.plural} ${name}`;
      const path = pathOf(resource, name, subresource);
      const { query, ...content } = patchRequest(resource, patch);
      const request = { method: 'PATCH', path, query: { fieldManager, ...query }, ...content } as const;
      return objectFrom(what, resource, await ask(what, request));
    },

    async delete(resource, name, preconditions) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...(preconditions && { preconditions }) };
      await ask(`delete ${resource.plural} ${name}`, { method: 'DELETE', path: pathOf(resource, name), body });
    },
  };
}

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
      // JSON is YAML; a content type of its own for it is younger than the servers we support.
      return { query, contentType: 'application/apply-patch+yaml', body: { apiVersion, kind, ...patch.body } };
    }
    default:
      return patch satisfies never;
  }
}

/** @throws ApiError and nothing else */
async function bounded<Value>(
  what: string,
  milliseconds: number,
  abandoned: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  try {
    return await withDeadline(milliseconds, work, { signals: abandoned });
  } catch (error) {
    const isAbandoned = abandoned.some((signal) => signal?.aborted && signal.reason === error);
    throw unreachable(what, isAbandoned ? new Error('given up') : error);
  }
}
