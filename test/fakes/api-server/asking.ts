/** How the double's own tests ask it: plain HTTP, nothing of the product's client. */

import type { ApiObject } from './object.ts';
import { type ApiServerDouble, type ApiServerOptions, startApiServer } from './server.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** JSON where it is JSON. */
  readonly body: unknown;
}

export interface WatchLine {
  readonly type: string;
  readonly object: ApiObject;
}

export interface OpenWatch {
  readonly status: number;
  /** Live. */
  readonly events: readonly WatchLine[];
  /** Resolves when it has ended: in good order, or with the connection. */
  readonly ended: Promise<'Ended' | 'Broken'>;
  close(): void;
}

export const json = 'application/json';
export const mergePatch = 'application/merge-patch+json';
export const jsonPatch = 'application/json-patch+json';
export const applyPatch = 'application/apply-patch+yaml';

export interface Asking {
  readonly server: ApiServerDouble;
  /** As the administrator. `path` may have a query. */
  ask(method: string, path: string, body?: unknown, contentType?: string): Promise<Reply>;
  /** @throws Error unless it is a success */
  done(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiObject>;
  watch(path: string): Promise<OpenWatch>;
}

export async function startAsking(options: ApiServerOptions = {}): Promise<Asking> {
  const server = await startApiServer(options);
  const headers = { authorization: `Bearer ${server.adminToken}`, 'user-agent': 'asking/1.0' };
  const ask: Asking['ask'] = async (method, path, body, contentType = json) => {
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { ...headers, 'content-type': contentType },
      ...content,
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type') === json;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    server,
    ask,
    done: async (...request) => {
      const { status, body } = await ask(...request);
      if (status >= 300) throw new Error(`${request[0]} ${request[1]}: ${status} ${JSON.stringify(body)}`);
      return body as ApiObject;
    },
    watch: async (path) => {
      const stop = new AbortController();
      const answer = await fetch(`${server.url}${path}`, { headers, signal: stop.signal });
      const events: WatchLine[] = [];
      const ended = readLines(answer, (line) => events.push(JSON.parse(line) as WatchLine)).then(
        () => 'Ended' as const,
        () => 'Broken' as const,
      );
      return { status: answer.status, events, ended, close: () => stop.abort() };
    },
  };
}

async function readLines({ body }: Response, each: (line: string) => void): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) {
    const lines = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(each);
  }
}
