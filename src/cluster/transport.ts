/**
 * Sends one HTTP request to the API server, with the current credentials, and waits until its answer begins.
 */

import { type Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { orAborted } from '../loop/deadline.ts';
import type { Credentials, CurrentCredentials } from './credentials.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, or the answer that is being read. */
  readonly signal: AbortSignal;
}

export type Transport = (call: Call) => Promise<IncomingMessage>;

/** TCP keep-alive: the kernel notices that a peer is gone even if nothing is sent. */
const keepAliveMilliseconds = 30_000;

/**
 * Requests share connections.
 * @returns a function that rejects with errors of the connection, a CredentialsError, or the reason of the
 * signal
 */
export function makeTransport(credentials: Credentials): Transport {
  const agentOf = sharedAgent();

  return async (call) => {
    // A plugin that makes credentials has no time limit of its own.
    const current = await orAborted(call.signal, credentials.current());
    const answer = await send(call, current, agentOf(current));
    if (answer.statusCode === 401) credentials.forget();
    return answer;
  };
}

/** Keeps an agent, with its connections, as long as server and certificates stay the same. */
function sharedAgent(): (current: CurrentCredentials) => Agent {
  let shared: { readonly agent: Agent; readonly connection: string } | undefined;
  return ({ agent, connection, server }) => {
    const name = `${server} ${connection}`;
    if (shared?.connection !== name) {
      closeIdle(shared?.agent);
      // The library makes an agent for one request, and has no option to keep it.
      shared = { agent: Object.assign(agent, { keepAlive: true }), connection: name };
    }
    return shared.agent;
  };
}

/** Closes idle connections. Requests under way are not disturbed. */
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
    // After the answer has begun this does nothing: then the reader of the answer gets the error.
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.end(body);
  });
}
