import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientOptions, connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import type { ApiError, KubernetesApi, WatchEvent, WatchOptions } from '../../src/cluster/kubernetes-api.ts';
import { leases, type Node, nodes, whoAmI } from '../../src/cluster/resources.ts';
import { eventually } from '../eventually.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { scratchDirectory } from './scratch.ts';
import { json, refusal, type StubServer, startStub } from './stub-server.ts';

type Answer = Parameters<typeof startStub>[0];

interface World {
  readonly api: KubernetesApi;
  readonly server: StubServer;
}

async function clientOf(answer: Answer, options: Partial<ClientOptions> = {}, path = ''): Promise<World> {
  const server = await startStub(answer);
  onTestFinished(() => server.stop());
  const kubeconfig = writeKubeconfig(scratchDirectory(), { server: `${server.url}${path}`, user: { token: 'secret' } });
  const credentials = loadCredentials({ kubeconfig, environment: {} });
  return { server, api: connect(credentials, { userAgent: 'kubelet-config/test', ...options }) };
}

const node = (name: string, resourceVersion = '1') => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, resourceVersion, managedFields: [{ manager: 'kubelet' }] },
});

const failure = (code: string, others: object = {}) => expect.objectContaining({ name: 'ApiError', code, ...others });

test('requests say who asks, and objects come without managedFields', async () => {
  const { api, server } = await clientOf((response) => json(response, 200, node('worker-1')), {}, '/k8s/clusters/c-1/');
  expect(await api.get(nodes, 'worker-1')).toEqual({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'worker-1', resourceVersion: '1' },
  });
  expect(server.requests).toMatchObject([
    {
      method: 'GET',
      url: '/k8s/clusters/c-1/api/v1/nodes/worker-1',
      headers: { authorization: 'Bearer secret', 'user-agent': 'kubelet-config/test', accept: 'application/json' },
    },
  ]);
});

test('one connection serves request after request', async () => {
  const { api, server } = await clientOf((response) => json(response, 200, node('worker-1')));
  for (let count = 0; count < 3; count += 1) await api.get(nodes, 'worker-1');
  expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
});

test.each([
  [{ type: 'Merge', body: { spec: {} } } as const, 'application/merge-patch+json', '?fieldManager=kubelet-config', { spec: {} }],
  [
    { type: 'Json', body: [{ op: 'remove', path: '/spec/taints/0' }] } as const,
    'application/json-patch+json',
    '?fieldManager=kubelet-config',
    [{ op: 'remove', path: '/spec/taints/0' }],
  ],
  [
    { type: 'Apply', body: { metadata: { name: 'a' } }, fieldManager: 'agent' } as const,
    'application/apply-patch+yaml',
    '?fieldManager=agent&force=true',
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } },
  ],
])('a patch is sent as what it is: %j', async (patch, contentType, query, body) => {
  const { api, server } = await clientOf((response) => json(response, 200, node('a')));
  await api.patch(nodes, 'a', patch, { subresource: 'status' });
  const [request] = server.requests;
  expect(request).toMatchObject({
    method: 'PATCH',
    url: `/api/v1/nodes/a/status${query}`,
    headers: { 'content-type': contentType },
  });
  expect(JSON.parse(request?.body ?? '')).toEqual(body);
});

test('a list is taken in pages, and begun anew once when it expires between two', async () => {
  const page = (names: string[], next?: string) => ({
    kind: 'NodeList',
    metadata: { resourceVersion: '7', continue: next },
    items: names.map((name) => ({ metadata: { name } })),
  });
  const { api, server } = await clientOf((response, _request, index) => {
    if (index === 1) json(response, 410, refusal(410, 'Expired', 'the continue token is too old'));
    else json(response, 200, index === 3 ? page(['b']) : page(['a'], 'x/y'));
  });
  expect(await api.list(nodes, { labelSelector: 'role in (a,b)' })).toEqual({
    resourceVersion: '7',
    items: [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'b' } },
    ],
  });
  const queries = server.requests.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams));
  const first = { labelSelector: 'role in (a,b)', limit: '500' };
  expect(queries).toEqual([first, { ...first, continue: 'x/y' }, first, { ...first, continue: 'x/y' }]);
});

test('a list that expires again is an error', async () => {
  const { api, server } = await clientOf((response) => json(response, 410, refusal(410, 'Expired', 'too old')));
  await expect(api.list(nodes)).rejects.toEqual(failure('Gone', { status: 410 }));
  expect(server.requests).toHaveLength(2);
});

test('a delete says of which object it speaks', async () => {
  const { api, server } = await clientOf((response) => json(response, 200, { kind: 'Status', status: 'Success' }));
  await api.delete(leases('kube-system'), 'a b', { uid: '1-2' });
  expect(server.requests[0]).toMatchObject({
    method: 'DELETE',
    url: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a%20b',
  });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ kind: 'DeleteOptions', preconditions: { uid: '1-2' } });
});

test.each([
  [401, refusal(401, 'Unauthorized', 'Unauthorized'), {}, 'Unauthorized'],
  [403, refusal(403, 'Forbidden', 'nodes is forbidden'), {}, 'Forbidden'],
  [404, refusal(404, 'NotFound', 'nodes "a" not found', { name: 'a', kind: 'nodes' }), {}, 'NotFound'],
  [409, refusal(409, 'Conflict', 'the object has been modified', { name: 'a' }), {}, 'Conflict'],
  [409, refusal(409, 'AlreadyExists', 'nodes "a" already exists', { name: 'a' }), {}, 'AlreadyExists'],
  [410, refusal(410, 'Gone', 'too old'), {}, 'Gone'],
  [400, refusal(400, 'BadRequest', 'no'), {}, 'Invalid'],
  [422, refusal(422, 'Invalid', 'no'), {}, 'Invalid'],
  [429, refusal(429, 'TooManyRequests', 'no', { retryAfterSeconds: 3 }), {}, 'TooManyRequests', 3],
  [429, 'slow down', { 'retry-after': '12' }, 'TooManyRequests', 12],
  [503, refusal(503, 'ServiceUnavailable', 'no'), { 'retry-after': '1' }, 'TooManyRequests', 1],
  [503, '<html>no backend</html>', {}, 'ServerError'],
  [500, refusal(500, 'InternalError', 'etcd is away'), {}, 'ServerError'],
  [302, '', { location: 'http://elsewhere/' }, 'Unreadable'],
])('HTTP %i with %j is told apart', async (status, body, headers: Record<string, string>, code, retryAfterSeconds?: number) => {
  const { api } = await clientOf((response) => json(response, status, body, headers));
  await expect(api.get(nodes, 'a')).rejects.toEqual(failure(code, { status, retryAfterSeconds }));
});

test.each([
  ['a kind that is not served', refusal(404, 'NotFound', 'the server could not find the requested resource', {})],
  ['somebody else on the way', '404 page not found'],
])('a 404 of %s is no evidence that the object is gone', async (_name, body) => {
  const { api } = await clientOf((response) => json(response, 404, body));
  await expect(api.get(nodes, 'a')).rejects.toEqual(failure('Unreadable', { status: 404 }));
});

test('what went wrong is said with what was asked for and by whom it was refused', async () => {
  const { api } = await clientOf((response) => json(response, 403, refusal(403, 'Forbidden', 'nodes "a" is forbidden: no')));
  await expect(api.get(nodes, 'a')).rejects.toThrow('get nodes a: nodes "a" is forbidden: no (HTTP 403 Forbidden)');
});

test.each([
  ['no JSON', 'OK'],
  ['no object', '[]'],
  ['another kind', JSON.stringify({ kind: 'Pod', metadata: { name: 'a' } })],
])('an answer that is %s is unreadable', async (_name, text) => {
  const { api } = await clientOf((response) => void response.end(text));
  await expect(api.get(nodes, 'a')).rejects.toEqual(failure('Unreadable'));
});

test('a list that hangs is given up when nobody needs it any more', async () => {
  const { api, server } = await clientOf(() => undefined);
  const stop = new AbortController();
  const listed = api.list(nodes, {}, stop.signal);
  await eventually(() => expect(server.requests).toHaveLength(1));
  stop.abort();
  await expect(listed).rejects.toEqual(failure('Unreachable'));
  await expect(api.list(nodes, {}, stop.signal)).rejects.toEqual(failure('Unreachable'));
  expect(server.requests).toHaveLength(1);
});

test('a list that is none is unreadable, never empty', async () => {
  const { api } = await clientOf((response) => json(response, 200, { kind: 'NodeList', metadata: {} }));
  await expect(api.list(nodes)).rejects.toEqual(failure('Unreadable'));
});

test('an answer that does not come, or stops half-way, is given up', async () => {
  const { api } = await clientOf(
    (response, { url }) => {
      if (url.endsWith('half')) response.writeHead(200).write('{"kind":');
    },
    { requestMilliseconds: 50 },
  );
  await expect(api.get(nodes, 'none')).rejects.toThrow('get nodes none: no answer within 50 ms');
  await expect(api.get(nodes, 'half')).rejects.toEqual(failure('Unreachable', { status: 0 }));
});

test('a connection that is cut, or refused, is unreachable', async () => {
  const { api, server } = await clientOf((response, { url }) => {
    if (url.endsWith('half')) response.writeHead(200, { 'content-length': '100' }).write('{"kind":');
    setImmediate(() => response.destroy());
  });
  await expect(api.get(nodes, 'none')).rejects.toEqual(failure('Unreachable'));
  await expect(api.get(nodes, 'half')).rejects.toEqual(failure('Unreachable'));
  await server.stop();
  await expect(api.get(nodes, 'none')).rejects.toThrow(/get nodes none: .*ECONNREFUSED/);
});

test('the server is asked for whom it takes us', async () => {
  const review = { kind: 'SelfSubjectReview', metadata: {}, status: { userInfo: { username: 'agent' } } };
  const { api, server } = await clientOf((response) => json(response, 201, review));
  expect(await whoAmI(api)).toEqual({ username: 'agent' });
  const url = '/apis/authentication.k8s.io/v1/selfsubjectreviews?fieldManager=kubelet-config';
  expect(server.requests[0]).toMatchObject({ method: 'POST', url });
});

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

interface Watching {
  readonly events: WatchEvent<Node>[];
  readonly ended: Promise<'ended' | ApiError>;
  readonly stop: () => void;
}

function watching(api: KubernetesApi, options: Partial<WatchOptions> = {}): Watching {
  const events: WatchEvent<Node>[] = [];
  const stopping = new AbortController();
  const all = { resourceVersion: '5', timeoutSeconds: 300, idleMilliseconds: 10_000, signal: stopping.signal, ...options };
  const ended = api
    .watch(nodes, all, (event) => events.push(event))
    .then(
      () => 'ended' as const,
      (error: ApiError) => error,
    );
  return { events, ended, stop: () => stopping.abort() };
}

test('a watch gives the events in their order, in whatever pieces they come', async () => {
  const text = line('ADDED', node('grün', '6')) + line('MODIFIED', node('b', '7')) + line('DELETED', node('b', '8'));
  const bytes = Buffer.from(text + line('BOOKMARK', { kind: 'Node', metadata: { resourceVersion: '9' } }));
  const { api, server } = await clientOf(async (response) => {
    for (let at = 0; at < bytes.length; at += 7) {
      response.write(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const { events, ended } = watching(api, { fieldSelector: 'metadata.name=a' });
  expect(await ended).toBe('ended');
  const object = (name: string, resourceVersion: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, resourceVersion },
  });
  expect(events).toEqual([
    { type: 'Added', object: object('grün', '6') },
    { type: 'Modified', object: object('b', '7') },
    { type: 'Deleted', object: object('b', '8') },
    { type: 'Bookmark', resourceVersion: '9' },
  ]);
  expect(Object.fromEntries(new URL(server.requests[0]?.url ?? '', server.url).searchParams)).toEqual({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '5',
    timeoutSeconds: '300',
    fieldSelector: 'metadata.name=a',
  });
});

test.each([
  ['an old resourceVersion', line('ERROR', refusal(410, 'Expired', 'too old resource version')), 'Gone'],
  ['a failure of the server', line('ERROR', refusal(500, 'InternalError', 'no')), 'ServerError'],
  ['half an event, and then nothing', '{"type":"ADDED","obj', 'Unreachable'],
  ['half an event, and then its end', '{"type":"ADDED","obj', 'Unreadable'],
  ['a line that is no JSON', 'upstream timed out\n', 'Unreadable'],
  ['an event of a type that nobody knows', line('RENAMED', node('a')), 'Unreadable'],
  ['an object of another kind', line('ADDED', { kind: 'Pod', metadata: { name: 'a' } }), 'Unreadable'],
])('a watch that brings %s ends with an error', async (_name, text, code) => {
  const { api } = await clientOf((response) => {
    response.write(line('ADDED', node('a')) + text);
    if (code === 'Unreachable') setImmediate(() => response.destroy());
    else response.end();
  });
  const { events, ended } = watching(api);
  expect(await ended).toEqual(failure(code));
  expect(events).toHaveLength(1);
});

test('a watch that is refused says so, as HTTP or as an event', async () => {
  const { api } = await clientOf((response) => json(response, 410, refusal(410, 'Expired', 'too old')));
  expect(await watching(api).ended).toEqual(failure('Gone', { status: 410 }));
});

test('a watch that is silent ends, one that brings bookmarks does not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let bookmark = () => {};
  const { api } = await clientOf((response) => {
    bookmark = () => response.write(line('BOOKMARK', { kind: 'Node', metadata: { resourceVersion: '9' } }));
    response.flushHeaders();
  });
  let opened = 0;
  const { events, ended } = watching(api, {
    idleMilliseconds: 500,
    opened: () => {
      opened += 1;
    },
  });
  // Not vi.waitFor: that moves the clock.
  const turns = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise(setImmediate);
  };
  await turns(() => opened === 1);
  for (let count = 1; count <= 6; count += 1) {
    vi.advanceTimersByTime(499);
    bookmark();
    await turns(() => events.length === count);
  }
  vi.advanceTimersByTime(500);
  expect(await ended).toBe('ended');
  expect(events).toHaveLength(6);
  expect(opened).toBe(1);
});

test('a watch that is not answered is given up', async () => {
  const { api } = await clientOf(() => undefined, { requestMilliseconds: 50 });
  expect(await watching(api).ended).toEqual(failure('Unreachable', { message: 'watch nodes: no answer within 50 ms' }));
});

test('a watch ends at once when it is no longer wanted, also before it was answered', async () => {
  const { api, server } = await clientOf((response, _request, index) => {
    if (index === 1) response.write(line('ADDED', node('a')));
  });
  const unanswered = watching(api);
  await expect.poll(() => server.requests.length).toBe(1);
  unanswered.stop();
  expect(await unanswered.ended).toBe('ended');
  const open = watching(api);
  await expect.poll(() => open.events.length).toBe(1);
  open.stop();
  expect(await open.ended).toBe('ended');
  const late = new AbortController();
  late.abort();
  expect(await watching(api, { signal: late.signal }).ended).toBe('ended');
  expect(server.requests).toHaveLength(2);
});

describe('the clock of the server', () => {
  const date = 'Sat, 31 Jan 2026 09:00:00 GMT';
  const minute = 60_000;
  const expected = Date.parse(date);
  const isNear = (time: number | undefined) => time !== undefined && time >= expected && time < expected + minute;

  test('is unknown before any answer, and then the date of the last one', async () => {
    const { api } = await clientOf((response) => json(response, 200, node('a'), { date }));
    expect(api.serverTime()).toBeUndefined();
    await api.get(nodes, 'a');
    expect(api.serverTime()).toSatisfy(isNear);
  });

  test('is read from failures too', async () => {
    const { api } = await clientOf((response) => json(response, 403, refusal(403, 'Forbidden', 'no'), { date }));
    await expect(api.get(nodes, 'a')).rejects.toEqual(failure('Forbidden'));
    expect(api.serverTime()).toSatisfy(isNear);
  });

  test('is read when a watch is opened', async () => {
    const { api } = await clientOf((response) => {
      response.writeHead(200, { date });
      response.flushHeaders();
    });
    const stopping = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const options = { resourceVersion: '1', timeoutSeconds: 60, idleMilliseconds: 60_000, signal: stopping.signal };
      api.watch(nodes, { ...options, opened: resolve }, () => undefined).catch(reject);
    });
    expect(api.serverTime()).toSatisfy(isNear);
    stopping.abort();
  });
});
