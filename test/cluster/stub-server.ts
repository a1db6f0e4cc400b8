/** An HTTP server whose answers the test writes, for answers that no healthy API server gives. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The peer's port: equal for requests on one connection. */
  readonly port: number | undefined;
}

export interface StubServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Cuts all connections and closes. */
  stop(): Promise<void>;
}

/** @param answer is called for each request, with its number from 0 */
export async function startStub(
  answer: (response: ServerResponse, request: SeenRequest, index: number) => void,
): Promise<StubServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then((seen) => {
      requests.push(seen);
      answer(response, seen, requests.length - 1);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  const { method = '', url = '', headers, socket } = request;
  return { method, url, headers, body, port: socket.remotePort };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A metav1.Status of a failure. */
export function refusal(code: number, reason: string, message: string, details?: object) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message, details };
}
