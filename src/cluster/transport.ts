/** One HTTP request to the API server with the credentials of the moment, until its answer begins. */

import { type Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { orAborted } from '../loop/deadline.ts';
import type { Credentials, CurrentCredentials } from './credentials.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, or the answer that is being read, with the signal's reason. */
  readonly signal: AbortSignal;
}

export type Transport = (call: Call) => Promise<IncomingMessage>;

/** A peer that is gone is noticed although nobody has anything to say. */
const keepAliveMilliseconds = 30_000;

/** Rejects with the errors of the connection, of the credentials, or with the signal's reason. */
export function makeTransport(credentials: Credentials): Transport {
  const agentOf = sharedAgent();

  return async (call) => {
    // Plugins that make credentials have no time limit of their own.
    const current = await orAborted(call.signal, credentials.current());
    const answer = await send(call, current, agentOf(current));
    if (answer.statusCode === 401) credentials.forget();
    return answer;
  };
}

/** The same connections for as long as they would be made with the same certificates. */
function sharedAgent(): (current: CurrentCredentials) => Agent {
  let shared: { readonly agent: Agent; readonly connection: string } | undefined;
  return ({ agent, connection, server }) => {
    const name = `${server} ${connection}`;
    if (shared?.connection !== name) {
      closeIdle(shared?.agent);
      // The library makes one for a single request, and knows no option for more.
      shared = { agent: Object.assign(agent, { keepAlive: true }), connection: name };
    }
    return shared.agent;
  };
}

/** What is under way ends as it began; nothing new is sent there. */
function closeIdle(agent: Agent | undefined): void {
  if (agent === undefined) return;
  Object.assign(agent, { keepAlive: false });
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

function send(
  { method, path, headers, body, signal }: Call,
  current: CurrentCredentials,
  agent: Agent,
): Promise<IncomingMessage> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = {
    method,
    agent,
    signal,
    headers: { ...headers, ...current.headers, ...length },
    ...(current.auth !== undefined && { auth: current.auth }),
  };
  const start = current.server.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = start(`${current.server}${path}`, options, resolve);
    sent.on('socket', (socket) => {
      socket.setKeepAlive(true, keepAliveMilliseconds);
    });
    // Also after the answer has begun: then the reader of the answer gets it too, and this does nothing.
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.end(body);
  });
}
