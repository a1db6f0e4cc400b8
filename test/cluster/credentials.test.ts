import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/cluster/client.ts';
import { type Credentials, loadCredentials } from '../../src/cluster/credentials.ts';
import { nodes } from '../../src/cluster/resources.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { scratchDirectory } from './scratch.ts';
import { json, refusal, type SeenRequest, type StubServer, startStub } from './stub-server.ts';

const node = { kind: 'Node', metadata: { name: 'a' } };

async function server(isRefused: (request: SeenRequest, index: number) => boolean = () => false): Promise<StubServer> {
  const stub = await startStub((response, request, index) => {
    if (isRefused(request, index)) json(response, 401, refusal(401, 'Unauthorized', 'Unauthorized'));
    else json(response, 200, node);
  });
  onTestFinished(() => stub.stop());
  return stub;
}

const ask = (credentials: Credentials) => connect(credentials, { userAgent: 'test' }).get(nodes, 'a');
const authorizations = ({ requests }: StubServer) => requests.map(({ headers }) => headers.authorization);
const file = (path: string, content: string) => writeFileSync(path, content);

describe('where credentials are looked for', () => {
  test('a file that a person names is the only one', async () => {
    const directory = scratchDirectory();
    const kubeconfig = writeKubeconfig(directory, { server: 'http://one:1', user: { token: 't' } });
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: join(directory, 'other') };
    const credentials = loadCredentials({ kubeconfig, environment });
    expect(credentials).toMatchObject({ origin: kubeconfig, namespace: 'space' });
    expect(await credentials.current()).toMatchObject({ server: 'http://one:1', headers: { Authorization: 'Bearer t' } });
    expect(() => loadCredentials({ kubeconfig: join(directory, 'missing'), environment })).toThrow(
      expect.objectContaining({ name: 'CredentialsError', path: join(directory, 'missing'), remedy: expect.any(String) }),
    );
  });

  test('then the service account of the pod', async () => {
    const directory = scratchDirectory();
    file(join(directory, 'token'), 'of-the-pod\n');
    file(join(directory, 'ca.crt'), 'authority');
    file(join(directory, 'namespace'), 'kubelet-config');
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443', KUBECONFIG: '/nowhere' };
    const credentials = loadCredentials({ environment, serviceAccountDirectory: directory });
    expect(credentials).toMatchObject({ origin: directory, namespace: 'kubelet-config' });
    expect(await credentials.current()).toMatchObject({
      server: 'https://[fd00::1]:6443',
      headers: { Authorization: 'Bearer of-the-pod' },
    });
  });

  test('in a pod without a token nothing else is tried', () => {
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const directory = scratchDirectory();
    expect(() => loadCredentials({ environment, serviceAccountDirectory: directory })).toThrow(
      expect.objectContaining({
        path: join(directory, 'token'),
        remedy: expect.stringContaining('automountServiceAccountToken'),
      }),
    );
  });

  test('then KUBECONFIG, of which the first file to name something wins and missing ones are skipped', async () => {
    const directory = scratchDirectory();
    const first = writeKubeconfig(directory, { server: 'http://first:1', user: { token: '1' } }, 'first');
    const second = writeKubeconfig(directory, { server: 'http://second:1', user: { token: '2' } }, 'second');
    const environment = { KUBECONFIG: `${join(directory, 'missing')}::${first}:${second}`, HOME: directory };
    const credentials = loadCredentials({ environment });
    expect(credentials.origin).toBe(`${first}, ${second}`);
    expect(await credentials.current()).toMatchObject({ server: 'http://first:1', headers: { Authorization: 'Bearer 1' } });
  });

  test('then the home directory', async () => {
    const home = scratchDirectory();
    mkdirSync(join(home, '.kube'));
    writeKubeconfig(join(home, '.kube'), { server: 'http://home:1/' }, 'config');
    expect(await loadCredentials({ environment: { HOME: home } }).current()).toMatchObject({ server: 'http://home:1' });
  });

  test.each([
    ['nowhere', { HOME: '/nonexistent' }, /there is no \/nonexistent\/.kube\/config/],
    ['in a file that is gone', { KUBECONFIG: '/nonexistent/a', HOME: '/nonexistent' }, /KUBECONFIG names \/nonexistent\/a/],
  ])('%s: that is said, and no server of this machine is tried instead', (_name, environment, message) => {
    expect(() => loadCredentials({ environment })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), remedy: expect.stringContaining('--kubeconfig') }),
    );
  });
});

describe('a kubeconfig that cannot be used names itself and what is wrong', () => {
  const cluster = { name: 'c', cluster: { server: 'https://c:1' } };
  const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
  test.each([
    ['nothing', '', /it is empty/],
    ['no YAML', '{', /it is not YAML/],
    ['no map', '- a', /it is not a map/],
    ['no list', JSON.stringify({ clusters: {} }), /clusters is not a list/],
    ['no name', JSON.stringify({ clusters: [{}] }), /clusters\[0\] has no name/],
    ['no current context', JSON.stringify({ contexts: [context] }), /no current context/],
    ['no such context', JSON.stringify({ contexts: [context], 'current-context': 'y' }), /no context y/],
    ['no such cluster', JSON.stringify({ contexts: [context], 'current-context': 'x' }), /cluster c has no server/],
    ['no such user', JSON.stringify({ contexts: [context], clusters: [cluster], 'current-context': 'x' }), /no user u/],
  ])('%s', (_name, content, message) => {
    const path = join(scratchDirectory(), 'kubeconfig');
    file(path, content);
    expect(() => loadCredentials({ kubeconfig: path, environment: {} })).toThrow(
      expect.objectContaining({ path, message: expect.stringMatching(message), remedy: expect.stringMatching(/./) }),
    );
  });

  test('but not what is wrong with contexts, clusters and users that are not asked for', async () => {
    const path = join(scratchDirectory(), 'kubeconfig');
    const contexts = [{ name: 'broken' }, { name: 'null', context: null }, context];
    const clusters = [{ name: 'bare', cluster: {} }, cluster];
    const users = [
      { name: 'odd', user: { exec: 'no map' } },
      { name: 'u', user: { token: 'secret' } },
    ];
    file(path, JSON.stringify({ contexts, clusters, users, 'current-context': 'x' }));
    const credentials = loadCredentials({ kubeconfig: path, environment: {} });
    expect(await credentials.current()).toMatchObject({ server: 'https://c:1', headers: { Authorization: 'Bearer secret' } });
  });

  test('unless another context of it is asked for', async () => {
    const path = join(scratchDirectory(), 'kubeconfig');
    file(path, JSON.stringify({ contexts: [context], clusters: [cluster], users: [{ name: 'u', user: {} }] }));
    const credentials = loadCredentials({ kubeconfig: path, context: 'x', environment: {} });
    expect(await credentials.current()).toMatchObject({ server: 'https://c:1' });
  });
});

describe('credentials that change', () => {
  test('a token file is read again when the server no longer takes the token', async () => {
    const directory = scratchDirectory();
    const token = join(directory, 'token');
    file(token, 'first\n');
    const stub = await server(({ headers }) => headers.authorization === 'Bearer first');
    const kubeconfig = writeKubeconfig(directory, { server: stub.url, user: { tokenFile: 'token', token: 'overruled' } });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    file(token, 'second\n');
    expect(await credentials.current()).toMatchObject({ headers: { Authorization: 'Bearer second' } });
    file(token, 'first\n');
    credentials.forget();
    await expect(ask(credentials)).rejects.toMatchObject({ code: 'Unauthorized' });
    file(token, 'third\n');
    await ask(credentials);
    expect(authorizations(stub)).toEqual(['Bearer first', 'Bearer third']);
  });

  test('a kubeconfig is read again when the server no longer takes what is in it', async () => {
    const directory = scratchDirectory();
    const stub = await server((_request, index) => index === 0);
    const kubeconfig = writeKubeconfig(directory, { server: 'http://127.0.0.1:1', user: { token: 'old' } });
    writeKubeconfig(directory, { server: stub.url, user: { token: 'old' } });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    writeKubeconfig(directory, { server: stub.url, user: { token: 'new' } });
    await expect(ask(credentials)).rejects.toMatchObject({ code: 'Unauthorized' });
    await ask(credentials);
    expect(authorizations(stub)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('what cannot be read at the moment is an ApiError that names it', async () => {
    const directory = scratchDirectory();
    const kubeconfig = writeKubeconfig(directory, { server: 'http://127.0.0.1:1', user: { tokenFile: 'token' } });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    await expect(ask(credentials)).rejects.toMatchObject({
      name: 'ApiError',
      code: 'Unreachable',
      message: expect.stringContaining(join(directory, 'token')),
    });
  });
});

describe('a plugin', () => {
  /** A plugin whose token counts its calls. It keeps the input that it gets. */
  function plugin(directory: string, script: string) {
    const path = join(directory, 'plugin.sh');
    file(path, `#!/bin/sh\ncd "$(dirname "$0")"\n${script}`);
    chmodSync(path, 0o755);
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin.sh', provideClusterInfo: true } };
  }
  const counting = `echo x >> calls; printf '%s' "$KUBERNETES_EXEC_INFO" > told
    printf '{"kind":"ExecCredential","status":{"token":"%s"}}' "token-$(wc -l < calls | tr -d ' ')"`;

  test('is told what it needs, and asked once for what is wanted at once', async () => {
    const directory = scratchDirectory();
    const stub = await server();
    const kubeconfig = writeKubeconfig(directory, { server: stub.url, user: plugin(directory, counting) });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    await Promise.all([ask(credentials), ask(credentials)]);
    await ask(credentials);
    expect(authorizations(stub)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
    expect(JSON.parse(readFileSync(join(directory, 'told'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: stub.url } },
    });
  });

  test('is asked again when the server no longer takes its token', async () => {
    const directory = scratchDirectory();
    const stub = await server(({ headers }) => headers.authorization === 'Bearer token-1');
    const kubeconfig = writeKubeconfig(directory, { server: stub.url, user: plugin(directory, counting) });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    await expect(ask(credentials)).rejects.toMatchObject({ code: 'Unauthorized' });
    await ask(credentials);
    expect(authorizations(stub)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('that fails is quoted', async () => {
    const directory = scratchDirectory();
    const user = plugin(directory, 'echo "log in first" >&2; exit 3');
    const kubeconfig = writeKubeconfig(directory, { server: 'http://127.0.0.1:1', user });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    await expect(ask(credentials)).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringMatching(/get nodes a: no credentials from .*kubeconfig: log in first; check/),
    });
  });

  test('may bring a client certificate, and a new one makes new connections', async () => {
    const directory = scratchDirectory();
    const stub = await server();
    const certificates = `echo x >> calls; count=$(wc -l < calls | tr -d ' ')
      printf '{"status":{"clientCertificateData":"certificate-%s","clientKeyData":"key-%s"}}' "$count" "$count"`;
    const user = plugin(directory, certificates);
    const overTls = writeKubeconfig(directory, { server: 'https://127.0.0.1:1', user }, 'tls');
    const { agent } = await loadCredentials({ kubeconfig: overTls, environment: {} }).current();
    expect(agent).toMatchObject({ options: { cert: 'certificate-1', key: 'key-1' } });

    const credentials = loadCredentials({ kubeconfig: writeKubeconfig(directory, { server: stub.url, user }), environment: {} });
    const api = connect(credentials, { userAgent: 'test' });
    for (const isForgotten of [false, false, true]) {
      if (isForgotten) credentials.forget();
      await api.get(nodes, 'a');
    }
    const [first, second, third] = stub.requests.map(({ port }) => port);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('that hangs is not waited for longer than for an answer', async () => {
    const directory = scratchDirectory();
    const user = plugin(directory, 'exec sleep 2');
    const kubeconfig = writeKubeconfig(directory, { server: 'http://127.0.0.1:1', user });
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    const api = connect(credentials, { userAgent: 'test', requestMilliseconds: 50 });
    await expect(api.get(nodes, 'a')).rejects.toMatchObject({
      code: 'Unreachable',
      message: 'get nodes a: no answer within 50 ms',
    });
  });
});

test('the proxy of the kubeconfig is used, and one connection through it serves request after request', async () => {
  const stub = await server();
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const { port } = new URL(stub.url);
    const through = connectSocket(Number(port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    through.pipe(socket).pipe(through);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const kubeconfig = writeKubeconfig(scratchDirectory(), {
    server: 'http://cluster.test:80',
    cluster: { 'proxy-url': proxyUrl },
  });
  const credentials = loadCredentials({ kubeconfig, environment: {} });
  const api = connect(credentials, { userAgent: 'test' });
  await api.get(nodes, 'a');
  await api.get(nodes, 'a');
  expect(stub.requests).toHaveLength(2);
  expect(tunnels).toEqual(['cluster.test:80']);
});
