import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../eventually.ts';
import { type Asking, startAsking } from './asking.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
beforeEach(async () => {
  asking = await startAsking({ crds: [thingCrd] });
});
afterEach(() => asking.server.stop());

const ask: Asking['ask'] = (...request) => asking.ask(...request);

/** What fetch says of a request that gets no answer. */
const broken = { name: 'TypeError' };

describe('who asks', () => {
  function asWhom(path: string, token?: string) {
    return fetch(`${asking.server.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  }

  test('is nobody without a token that the server knows', async () => {
    for (const token of [undefined, '', 'guessed']) {
      const answer = await asWhom(things, token);
      expect([answer.status, await answer.json()]).toMatchObject([401, { reason: 'Unauthorized', message: 'Unauthorized' }]);
    }
    const { server } = asking;
    server.tokens.set('guessed', { username: 'somebody' });
    expect((await asWhom(things, 'guessed')).status).toBe(200);
    server.tokens.delete('guessed');
    expect((await asWhom(things, 'guessed')).status).toBe(401);
    expect((await asWhom('/readyz')).status).toBe(200);
  });

  test('is told by a review of oneself', async () => {
    const extra = { 'authentication.kubernetes.io/node-name': ['n'] };
    asking.server.tokens.set('t', { username: 'agent', groups: ['system:serviceaccounts'], extra });
    const answer = await fetch(`${asking.server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      201,
      { status: { userInfo: { username: 'agent', groups: ['system:serviceaccounts', 'system:authenticated'], extra } } },
    ]);
  });

  test('reads where and who in a kubeconfig', () => {
    expect(JSON.parse(asking.server.kubeconfig('t'))).toMatchObject({
      clusters: [{ cluster: { server: asking.server.url } }],
      users: [{ user: { token: 't' } }],
    });
  });
});

test.each([
  ['GET', '/nothing', 404],
  ['GET', '/apis/other.dev/v1/things', 404],
  ['GET', '/apis/probe.dev/v1/others', 404],
  ['GET', '/api/v1/others', 404],
  ['GET', `${things}/a/scale`, 404],
  ['DELETE', things, 405],
  ['POST', '/api/v1/nodes/n', 405],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases', 405],
  ['GET', '/version', 200],
  ['GET', '/readyz', 200],
  ['GET', '/apis/coordination.k8s.io/v1/leases', 200],
])('%s %s is answered with %i', async (method, path, status) => {
  expect(await ask(method, path)).toMatchObject({ status });
});

describe('counts', () => {
  test('each request, who it was and what it cost', async () => {
    const { body } = await ask('GET', `${things}?limit=1`);
    await ask('PATCH', `${things}/a/status`, {}, 'application/merge-patch+json');
    expect(asking.server.requests).toEqual([
      {
        method: 'GET',
        path: things,
        query: { limit: '1' },
        userAgent: 'asking/1.0',
        username: 'admin',
        verb: 'list',
        plural: 'things',
        namespace: undefined,
        name: undefined,
        subresource: undefined,
        status: 200,
        bytesSent: JSON.stringify(body).length,
        isOpen: false,
      },
      expect.objectContaining({ verb: 'patch', name: 'a', subresource: 'status', status: 404 }),
    ]);
  });

  test('what a watch has sent so far', async () => {
    const open = await asking.watch(`${things}?watch=1`);
    asking.server.put(thing('a'));
    await eventually(() => expect(open.events).toHaveLength(1));
    const sent = JSON.stringify(open.events[0]).length + 1;
    expect(asking.server.requests).toMatchObject([{ verb: 'watch', status: 200, bytesSent: sent, isOpen: true }]);
  });

  test('nothing that a test does directly', () => {
    const { server } = asking;
    const first = server.put(thing('a'));
    const second = server.put(thing('a', { count: 4 }));
    expect(second.metadata).toEqual({ ...first.metadata, generation: 2, resourceVersion: server.resourceVersion });
    expect(server.objects('things')).toEqual([second]);
    server.remove('things', 'a');
    expect(server.objects('things')).toEqual([]);
    expect(() => server.object('things', 'a')).toThrow('there is no a');
    expect(() => server.objects('others')).toThrow('the API server has no others');
    expect(server.requests).toEqual([]);
  });
});

describe('misbehaves', () => {
  test('as often as it is told, to those it is told', async () => {
    const mishap = asking.server.misbehave(
      { method: 'GET', path: (path) => path === things, times: 2 },
      { type: 'Refuse', status: 500 },
    );
    expect(await ask('GET', `${things}/a`)).toMatchObject({ status: 404 });
    expect(await ask('GET', things)).toMatchObject({ status: 500, body: { kind: 'Status', reason: 'InternalError' } });
    expect(mishap.met).toBe(1);
    expect(await ask('GET', things)).toMatchObject({ status: 500 });
    expect(await ask('GET', things)).toMatchObject({ status: 200 });
  });

  test('with a time to wait', async () => {
    asking.server.misbehave({}, { type: 'Refuse', status: 429, retryAfterSeconds: 7 });
    const { status, headers, body } = await ask('POST', things, thing('a'));
    expect([status, headers.get('retry-after'), body]).toMatchObject([429, '7', { details: { retryAfterSeconds: 7 } }]);
    expect(asking.server.objects('things')).toEqual([]);
  });

  test('with nonsense', async () => {
    asking.server.misbehave({ verb: 'list' }, { type: 'Garble', body: '{"kind":' });
    await expect(ask('GET', things)).rejects.toThrow(SyntaxError);
  });

  test.each([
    ['Before', 0],
    ['After', 1],
    ['Within', 1],
  ] as const)('by cutting the connection: %s', async (when, stored) => {
    asking.server.misbehave({ verb: 'create' }, { type: 'Cut', when });
    await expect(ask('POST', things, thing('a'))).rejects.toMatchObject(broken);
    expect(asking.server.objects('things')).toHaveLength(stored);
  });

  test.each([
    ['Before', 0],
    ['After', 1],
  ] as const)('by holding on: %s', async (when, stored) => {
    const mishap = asking.server.misbehave({ verb: 'create' }, { type: 'Hold', when });
    const answer = ask('POST', things, thing('a'));
    await eventually(() => expect(mishap.met).toBe(1));
    expect(asking.server.objects('things')).toHaveLength(stored);
    mishap.release();
    expect(await answer).toMatchObject({ status: 201 });
    expect(await ask('POST', things, thing('b'))).toMatchObject({ status: 201 });
  });

  test('by never answering, until it is stopped', async () => {
    const mishap = asking.server.misbehave({}, { type: 'Ignore' });
    const answer = ask('GET', things).catch((error: unknown) => error);
    await eventually(() => expect(mishap.met).toBe(1));
    expect(asking.server.requests).toMatchObject([{ isOpen: true, status: undefined }]);
    await asking.server.stop();
    expect(await answer).toMatchObject(broken);
  });

  test('no more when that is taken back', async () => {
    asking.server.misbehave({ times: Number.POSITIVE_INFINITY }, { type: 'Refuse', status: 503 }).cancel();
    expect(await ask('GET', things)).toMatchObject({ status: 200 });
  });
});

test('stopped it is not there, and comes back at the same address with what it stored', async () => {
  const { server } = asking;
  const stored = server.put(thing('a'));
  const open = await asking.watch(`${things}?watch=1`);
  await server.stop();
  await server.stop();
  expect(await open.ended).toBe('Broken');
  await expect(ask('GET', `${things}/a`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  server.put(thing('b'));
  await server.restart();
  expect(await ask('GET', `${things}/a`)).toMatchObject({ status: 200, body: stored });
  const goesOn = await asking.watch(`${things}?watch=1&resourceVersion=${stored.metadata.resourceVersion}`);
  await eventually(() => expect(goesOn.events).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'b' } } }]));
});
