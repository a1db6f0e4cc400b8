import { Counter, Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MetricsServer, serveMetrics } from '../../src/metrics/server.ts';

function registryWithOne(): Registry {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  return registry;
}

async function serving(
  registry: Parameters<typeof serveMetrics>[1] = registryWithOne(),
  isHealthy = () => true,
): Promise<MetricsServer> {
  const server = await serveMetrics('127.0.0.1:0', registry, isHealthy);
  onTestFinished(() => server.close());
  return server;
}

async function get({ address }: MetricsServer, path: string, method = 'GET') {
  const response = await fetch(`http://${address}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

test('serves the registry as Prometheus reads it', async () => {
  const { status, type, body } = await get(await serving(), '/metrics');
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(body).toContain('things_total 3\n');
});

test('says whether all is well, as it is at that moment', async () => {
  let isHealthy = true;
  const server = await serving(registryWithOne(), () => isHealthy);
  expect(await get(server, '/healthz?verbose')).toMatchObject({ status: 200, body: 'ok' });
  isHealthy = false;
  expect(await get(server, '/healthz')).toMatchObject({ status: 503 });
});

test('has nothing else, and takes nothing', async () => {
  const server = await serving();
  expect(await get(server, '/')).toMatchObject({ status: 404 });
  expect(await get(server, '/metrics', 'POST')).toMatchObject({ status: 405 });
  expect(await get(server, '/healthz', 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('goes on when the metrics cannot be collected', async () => {
  const failing = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('broken')) } as unknown as Registry;
  const server = await serving(failing);
  expect(await get(server, '/metrics')).toMatchObject({ status: 500, body: 'broken\n' });
  expect(await get(server, '/healthz')).toMatchObject({ status: 200 });
});

test('listens on IPv6 too, and no longer once it is closed', async () => {
  const server = await serveMetrics('[::1]:0', registryWithOne(), () => true);
  expect(server.address).toMatch(/^\[::1\]:\d+$/);
  expect(await get(server, '/healthz')).toMatchObject({ status: 200 });
  await server.close();
  await expect(get(server, '/healthz')).rejects.toThrow('fetch failed');
});

describe('refuses', () => {
  test.each(['', '9345', ':9345', 'localhost', 'a:b:9345', 'localhost:99999', 'localhost:http'])('%j', async (address) => {
    await expect(serveMetrics(address, registryWithOne(), () => true)).rejects.toMatchObject({ code: 'Malformed' });
  });

  test('an address that is taken', async () => {
    const { address } = await serving();
    await expect(serveMetrics(address, registryWithOne(), () => true)).rejects.toMatchObject({
      code: 'Unavailable',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});
