/** The answer to one request on the wire, whole or not, and what it counts for. */

import type { ServerResponse } from 'node:http';
import type { Answer } from './object-request.ts';
import type { OpenRecord } from './request-record.ts';
import { StatusError, statusObject } from './status.ts';
import { Watch } from './watch.ts';

export interface Reply {
  readonly watches: Set<Watch>;
  readonly record: OpenRecord;
  readonly response: ServerResponse;
}

export function send(reply: Reply, answer: Answer | Watch): void {
  if (answer instanceof Watch) {
    begin(reply, answer);
    return;
  }
  const { status, body, warnings = [] } = answer;
  const retryAfter = typeof body === 'string' ? undefined : retryAfterOf(body);
  sendText(reply, status, textOf(answer), {
    'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    ...(warnings.length > 0 && { warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`) }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
}

export function sendText({ record, response }: Reply, status: number, text: string, headers: Headers): void {
  if (response.destroyed) return;
  const length = Buffer.byteLength(text);
  record.status = status;
  record.bytesSent += length;
  response.writeHead(status, { ...headers, 'content-length': length });
  response.end(text);
}

type Headers = Readonly<Record<string, string | string[]>>;

/** The answer says how long it is, and then is not. */
export function sendHalf({ record, response }: Reply, answer: Answer | Watch): void {
  if (answer instanceof Watch) {
    response.destroy();
    return;
  }
  const text = textOf(answer);
  const half = text.slice(0, text.length / 2);
  record.status = answer.status;
  record.bytesSent += Buffer.byteLength(half);
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(half, () => response.destroy());
}

/** What a failure says is an answer too. */
export function asAnswer<Value>(get: () => Value): Value | Answer {
  try {
    return get();
  } catch (error) {
    if (error instanceof StatusError) return { status: error.code, body: statusObject(error) };
    throw error;
  }
}

function begin({ watches, record, response }: Reply, watch: Watch): void {
  if (response.destroyed) return;
  response.on('close', () => {
    watch.close();
    watches.delete(watch);
  });
  record.status = 200;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  watches.add(watch);
  watch.start();
}

function textOf({ body }: Answer): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function retryAfterOf(body: object): number | undefined {
  return (body as { details?: { retryAfterSeconds?: number } }).details?.retryAfterSeconds;
}
