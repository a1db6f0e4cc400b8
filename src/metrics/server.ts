/**
 * /metrics for Prometheus, /healthz and /readyz for the kubelet's probes, over plain HTTP: none shows
 * anything secret.
 */

import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Registry } from 'prom-client';
import { ListenError } from './listen-error.ts';

export interface MetricsServer {
  /** Where it listens, such as `127.0.0.1:9345`; for port 0 with the port that the system chose. */
  readonly address: string;
  close(): Promise<void>;
}

type Registered = Pick<Registry, 'contentType' | 'metrics'>;

/**
 * Listens until closed; does not keep the process alive.
 * @param address HOST:PORT; the port is behind the last colon
 * @param isHealthy for /healthz: false asks for a restart
 * @param isReady for /readyz: false keeps an update of many pods from going on
 * @throws ListenError when the address is not HOST:PORT or cannot be listened at
 */
export async function serveMetrics(
  address: string,
  registry: Registered,
  isHealthy: () => boolean,
  isReady = isHealthy,
): Promise<MetricsServer> {
  const { host, port } = parse(address);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET\n');
    else if (path === '/healthz') answerProbe(response, isHealthy(), 'not healthy');
    else if (path === '/readyz') answerProbe(response, isReady(), 'not ready');
    else if (path === '/metrics') void answerMetrics(response, registry);
    else answer(response, 404, 'there is /metrics, /healthz and /readyz\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(address, error)));
    server.listen(port, host, resolve);
  });
  server.unref();
  const found = server.address() as AddressInfo;
  return {
    address: found.family === 'IPv6' ? `[${found.address}]:${found.port}` : `${found.address}:${found.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerProbe(response: ServerResponse, holds: boolean, otherwise: string): void {
  answer(response, holds ? 200 : 503, holds ? 'ok' : otherwise);
}

async function answerMetrics(response: ServerResponse, registry: Registered): Promise<void> {
  try {
    answer(response, 200, await registry.metrics(), registry.contentType);
  } catch (error) {
    answer(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function parse(address: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^[\]]+)):([0-9]{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  // A pod's own IPv6 address, as the downward API gives it, has no brackets.
  if (host === undefined || port > 65_535 || (host.includes(':') && !isIPv6(host))) {
    const reason = `${JSON.stringify(address)} is not HOST:PORT`;
    throw new ListenError('Malformed', reason, 'write --metrics-address=0.0.0.0:9345, or [::]:9345 for IPv6 too');
  }
  return { host, port };
}

function refusal(address: string, cause: Error): ListenError {
  const reason = `cannot listen at ${address}: ${cause.message}`;
  return new ListenError('Unavailable', reason, 'give another --metrics-address, or stop what listens there', { cause });
}
