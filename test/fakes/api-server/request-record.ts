/** What a test may know of each request: who asked for what, and what it cost. */

import type { IncomingMessage } from 'node:http';
import type { Verb } from './route.ts';

export interface RequestRecord {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** Undefined when the token was none. */
  readonly username: string | undefined;
  /** These are undefined for what is no object: /version, or a path that is not served. */
  readonly verb: Verb | undefined;
  readonly plural: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: 'status' | 'eviction' | undefined;
  /** Undefined until there is an answer. */
  readonly status: number | undefined;
  /** Of the answer's body so far: that of a watch grows. */
  readonly bytesSent: number;
  /** While the answer is not complete and the connection is there. */
  readonly isOpen: boolean;
}

/** The server's own view, which it may write. */
export type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] };

export function newRecord({ method = '', headers }: IncomingMessage, url: URL): OpenRecord {
  return {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    userAgent: headers['user-agent'] ?? '',
    username: undefined,
    verb: undefined,
    plural: undefined,
    namespace: undefined,
    name: undefined,
    subresource: undefined,
    status: undefined,
    bytesSent: 0,
    isOpen: true,
  };
}
