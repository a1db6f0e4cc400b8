/**
 * An informer and the client against a server that fails in many ways, one after the other: in the end all
 * agree again.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { Informer } from '../../src/cluster/informer.ts';
import { ApiError, type KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { eventually, limit } from '../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { manualClock } from '../fakes/clock.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { scratchDirectory } from './scratch.ts';
import { type Widget, widgets, widgetsCrd } from './widgets.ts';

interface ConnectError {
  readonly server: ApiServerDouble;
  readonly api: KubernetesApi;
  readonly informer: Informer<Widget>;
  /** Codes of the errors that the informer logged. */
  readonly errors: string[];
  resize(name: string, size: number): Promise<unknown>;
  /** Moves the clock over the informer's pauses until the check succeeds. */
  passing(check: () => void): Promise<void>;
  sizes(): Record<string, number | undefined>;
  lists(): number;
}

async function begun(tokenFile?: string): Promise<ConnectError> {
  const server = await startApiServer({ crds: [widgetsCrd] });
  onTestFinished(() => server.stop());
  const user = tokenFile === undefined ? { token: server.adminToken } : { tokenFile };
  if (tokenFile !== undefined) writeFileSync(tokenFile, server.adminToken);
  const kubeconfig = writeKubeconfig(scratchDirectory(), { server: server.url, user });
  const connection = () => connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' });
  const api = connection();
  const clock = manualClock();
  const errors: string[] = [];
  const informer = new Informer<Widget>({
    api: connection(),
    resource: widgets,
    clock,
    random: () => 0,
    onChange: () => undefined,
    log: (error) => errors.push(error instanceof ApiError ? error.code : String(error)),
  });
  onTestFinished(() => informer.stop());
  await api.create(widgets, { metadata: { name: 'a' }, spec: { size: 1 } });
  await api.create(widgets, { metadata: { name: 'b' }, spec: { size: 1 } });
  informer.start();
  expect(await informer.whenSynced()).toBe(true);
  await eventually(() => expect(server.watches).toBe(1));
  return {
    server,
    api,
    informer,
    errors,
    resize: (name, size) => api.patch(widgets, name, { type: 'Merge', body: { spec: { size } } }),
    passing: (check) =>
      vi.waitFor(
        async () => {
          await clock.advance(500);
          check();
        },
        { ...limit, interval: 5 },
      ),
    sizes: () => Object.fromEntries([...informer.objects.values()].map(({ metadata, spec }) => [metadata.name, spec?.size])),
    lists: () =>
      server.requests.filter(({ method, path }) => method === 'GET' && /widgets(\?|$)/.test(path) && !path.includes('watch'))
        .length,
  };
}

test('a connection that is cut: it goes on where it was', async () => {
  const { server, informer, errors, resize, passing, sizes } = await begun();
  server.cutConnections();
  await eventually(() => expect(errors).toEqual(['Unreachable']));
  expect(informer.contact.answering).toBe(false);
  expect(sizes()).toEqual({ a: 1, b: 1 });
  await resize('a', 2);
  await passing(() => expect(sizes()).toEqual({ a: 2, b: 1 }));
  expect(informer.contact.answering).toBe(true);
});

test('a history that is gone: what happened meanwhile is found by a new list', async () => {
  const { server, api, errors, resize, passing, sizes } = await begun();
  await server.stop();
  await eventually(() => expect(errors.length).toBeGreaterThan(0));
  await server.restart();
  await resize('a', 2);
  await api.delete(widgets, 'b');
  server.compact();
  await passing(() => expect(sizes()).toEqual({ a: 2 }));
  expect(errors).toContain('Gone');
});

test.each([
  ['429', { type: 'Refuse', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 2 }, 'TooManyRequests'],
  ['500', { type: 'Refuse', status: 500, reason: 'InternalError' }, 'ServerError'],
  ['403', { type: 'Refuse', status: 403, reason: 'Forbidden' }, 'Forbidden'],
  ['something else than JSON', { type: 'Garble' }, 'Unreadable'],
  ['nothing', { type: 'Cut', when: 'Before' }, 'Unreachable'],
] as const)('an answer of %s, several times: it comes back', async (_name, misfortune, code) => {
  const { server, informer, errors, resize, passing, sizes } = await begun();
  const mishap = server.misbehave({ method: 'GET', times: 3 }, misfortune);
  server.endWatches();
  server.cutConnections();
  await passing(() => expect(mishap.met).toBe(3));
  expect(errors).toContain(code);
  expect(sizes()).toEqual({ a: 1, b: 1 });
  await resize('a', 2);
  await passing(() => expect(sizes()).toEqual({ a: 2, b: 1 }));
  expect(informer.contact.answering).toBe(true);
});

test('events that come twice, or an answer that overtakes them, change nothing', async () => {
  const { server, api, informer, resize, sizes } = await begun();
  server.repeatEvents({ times: 10 });
  await resize('a', 2);
  informer.absorb(await api.patch(widgets, 'b', { type: 'Merge', body: { spec: { size: 3 } } }));
  await resize('a', 4);
  await eventually(() => expect(sizes()).toEqual({ a: 4, b: 3 }));
});

test('a token that is no longer taken: the new one is read from its file', async () => {
  const tokenFile = join(scratchDirectory(), 'token');
  const { server, errors, passing, resize, sizes } = await begun(tokenFile);
  server.tokens.clear();
  server.tokens.set('rotated', { username: 'admin', groups: ['system:masters'] });
  server.cutConnections();
  await passing(() => expect(errors).toContain('Unauthorized'));
  writeFileSync(tokenFile, 'rotated');
  await passing(() => expect(server.watches).toBe(1));
  // The writer has not noticed yet.
  await expect(resize('a', 2)).rejects.toMatchObject({ code: 'Unauthorized' });
  await resize('a', 2);
  await eventually(() => expect(sizes()).toEqual({ a: 2, b: 1 }));
});
