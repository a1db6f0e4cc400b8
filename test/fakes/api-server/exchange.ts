/** One HTTP request: who asks for what, and the misfortune that is due. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Encounter, Misfortune, Misfortunes } from './misfortune.ts';
import { timestamp } from './object.ts';
import type { Answer } from './object-request.ts';
import { asAnswer, type Reply, send, sendHalf, sendText } from './reply.ts';
import { newRecord, type OpenRecord } from './request-record.ts';
import type { ApiResource } from './resource.ts';
import { type ObjectRoute, type Route, routeOf } from './route.ts';
import { StatusError } from './status.ts';
import type { Store } from './store.ts';
import { selfSubjectReview, type User, userOf } from './user.ts';
import { answerObject } from './verbs.ts';
import { Watch } from './watch.ts';

/** What the exchanges of one server share. */
export interface NodeReadinessProbe {
  readonly store: Store;
  readonly resources: readonly ApiResource[];
  readonly tokens: ReadonlyMap<string, User>;
  readonly misfortunes: Misfortunes;
  readonly watches: Set<Watch>;
  readonly records: OpenRecord[];
  readonly bookmarkMilliseconds: number;
  readonly now: () => number;
  readonly uid: () => string;
}

export async function exchange(server: NodeReadinessProbe, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const record = newRecord(request, url);
  server.records.push(record);
  response.on('close', () => {
    record.isOpen = false;
  });
  const text = await bodyText(request);
  const user = attempt(() => userOf(server.tokens, request.headers.authorization));
  const route = attempt(() => routeOf(server.resources, record.method, url));
  note(record, user, route);
  const contentType = request.headers['content-type']?.split(';')[0]?.trim() ?? '';
  const received: Received = { user, route, record, response, text, contentType, query: url.searchParams };
  const { method, path, verb, username } = record;
  const encounter = server.misfortunes.meet({ method, verb, path, username, query: url.searchParams });
  const reply: Reply = { watches: server.watches, record, response };
  await answerUnder(encounter, () => asAnswer(() => execute(server, received)), reply);
}

interface Received {
  readonly user: Outcome<User>;
  readonly route: Outcome<Route>;
  readonly record: OpenRecord;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly text: string;
}

async function answerUnder(encounter: Encounter | undefined, work: () => Answer | Watch, reply: Reply): Promise<void> {
  if (!encounter) return send(reply, work());
  const { misfortune, released } = encounter;
  switch (misfortune.type) {
    case 'Refuse':
      return send(
        reply,
        asAnswer(() => refuse(misfortune)),
      );
    case 'Garble': {
      const { status = 200, body = '<html><body>It works!', contentType = 'application/json' } = misfortune;
      return sendText(reply, status, body, { 'content-type': contentType });
    }
    case 'Cut':
      return cut(misfortune.when, work, reply);
    case 'Hold': {
      const early = misfortune.when === 'After' ? work() : undefined;
      await released;
      return send(reply, early ?? work());
    }
    case 'Ignore':
      return;
  }
}

function cut(when: 'Before' | 'After' | 'Within', work: () => Answer | Watch, reply: Reply): void {
  const answer = when === 'Before' ? undefined : work();
  if (when === 'Within' && answer) sendHalf(reply, answer);
  else reply.response.destroy();
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function refuse({ status, reason, retryAfterSeconds }: Extract<Misfortune, { type: 'Refuse' }>): never {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  throw new StatusError(status, reason ?? reasons[status] ?? '', `refused with ${status}, as the test wants`, details);
}

function execute(server: NodeReadinessProbe, received: Received): Answer | Watch {
  const { user, route, query, record } = received;
  if ('value' in route && route.value.type === 'Version') return { status: 200, body: version };
  if ('value' in route && route.value.type === 'Health') return { status: 200, body: 'ok' };
  const asker = gained(user);
  const asked = gained(route);
  if (asked.type === 'SelfSubjectReview') return { status: 201, body: selfSubjectReview(asker, timestamp(server.now())) };
  if (asked.type !== 'Object') return { status: 404, body: '404 page not found\n' };
  if (asked.verb === 'watch') return watchOf(server, asked, received);
  const { text, contentType } = received;
  const { userAgent } = record;
  const { now, uid } = server;
  return answerObject(server.store, { route: asked, query, contentType, text, userAgent, now: now(), uid });
}

const version = { major: '1', minor: '36', gitVersion: 'v1.36.0', platform: 'linux/amd64' };

function watchOf(server: NodeReadinessProbe, route: ObjectRoute, { query, record, response }: Received): Watch {
  const { store, misfortunes, bookmarkMilliseconds } = server;
  return new Watch({
    store,
    route,
    query,
    bookmarkMilliseconds,
    copies: (event) => misfortunes.copies(event),
    write: (line) => {
      record.bytesSent += Buffer.byteLength(line);
      response.write(line);
    },
    end: () => response.end(),
  });
}

type Outcome<Value> = { readonly value: Value } | { readonly error: unknown };

/** To be thrown later, when its turn has come. */
function attempt<Value>(get: () => Value): Outcome<Value> {
  try {
    return { value: get() };
  } catch (error) {
    return { error };
  }
}

function gained<Value>(outcome: Outcome<Value>): Value {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function note(record: OpenRecord, user: Outcome<User>, route: Outcome<Route>): void {
  if ('value' in user) record.username = user.value.username;
  if (!('value' in route) || route.value.type !== 'Object') return;
  const { verb, resource, namespace, name, subresource } = route.value;
  Object.assign(record, { verb, plural: resource.plural, namespace, name, subresource });
}

/** @throws when the client breaks off */
async function bodyText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
