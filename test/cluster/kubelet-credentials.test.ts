import { expect, test } from 'vitest';
import { CredentialsError } from '../../src/cluster/credentials-error.ts';
import { kubeletOwnCredentials, sharedCredentials } from '../../src/cluster/kubelet-credentials.ts';
import { memoryFiles } from '../fakes/files.ts';

const kubeconfig = '/etc/kubernetes/kubelet.conf';
const server = { address: '127.0.0.1', port: 10250, certificates: [], kubeconfig };

/** What the kubelet's kubeconfig with this user gives, on a host with these files. */
async function own(user: object | undefined, files: Record<string, string> = {}) {
  const text = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
  return kubeletOwnCredentials(memoryFiles({ ...(user && { [kubeconfig]: text }), ...files }))(server);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const unknown = (reason: string) => ({ kind: 'Unknown', reason: expect.stringContaining(reason) });

test("the kubelet's own certificate is read inside the root, through links and from where the kubeconfig lies", async () => {
  const files = memoryFiles({ '/var/lib/kubelet/pki/2024.pem': 'both' });
  await files.link('/var/lib/kubelet/pki/current.pem', '/var/lib/kubelet/pki/2024.pem');
  const text = (path: string) => `clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {client-certificate: ${path}, client-key: ${path}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;
  const write = (content: string) => files.write(kubeconfig, { mode: 0o600, uid: 0, gid: 0, content: Buffer.from(content) });
  for (const path of ['/var/lib/kubelet/pki/current.pem', '../../var/lib/kubelet/pki/current.pem']) {
    await write(text(path));
    expect(await kubeletOwnCredentials(files)(server)).toEqual({ kind: 'Found', certificate: { cert: 'both', key: 'both' } });
  }
});

test.each([
  [
    { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    { certificate: { cert: 'cert', key: 'key' } },
  ],
  [{ token: 'secret' }, { authorization: 'Bearer secret' }],
  [{ tokenFile: '/token' }, { authorization: 'Bearer from-file' }],
])('%j gives credentials', async (user, expected) => {
  expect(await own(user, { '/token': 'from-file\n' })).toEqual({ kind: 'Found', ...expected });
});

test.each([
  [{}, 'neither a certificate nor a token'],
  [{ 'client-certificate': '/none.crt', 'client-key': '/none.key' }, 'neither a certificate nor a token'],
  [
    { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: [] } },
    'from the program aws, which is not run',
  ],
  [undefined, `${kubeconfig} is not there`],
])('%j gives none, and says why', async (user, reason) => {
  expect(await own(user)).toEqual(unknown(reason));
});

test('a kubeconfig that is none, or a kubelet without one, is told', async () => {
  expect(await own({}, { [kubeconfig]: 'no: [kubeconfig' })).toEqual(unknown('is not a kubeconfig'));
  const none = kubeletOwnCredentials(memoryFiles({}));
  expect(await none({ ...server, kubeconfig: undefined })).toEqual(unknown('has no --kubeconfig'));
});

const current = { server: 'https://a', agent: {} as never, connection: '' };

test('what is shown to the API server is shown to the kubelet', async () => {
  const certificate = { cert: 'cert', key: 'key' };
  const shared = (one: object) => sharedCredentials({ current: async () => ({ ...current, headers: {}, ...one }) })(server);
  expect(await shared({ headers: { Authorization: 'Bearer t', Other: 'x' } })).toEqual({
    kind: 'Found',
    authorization: 'Bearer t',
  });
  expect(await shared({ certificate })).toEqual({ kind: 'Found', certificate });
  expect(await shared({})).toEqual(unknown('neither a token nor a certificate'));
  const failing = sharedCredentials({ current: () => Promise.reject(new CredentialsError('/a', 'it is gone', 'bring it back')) });
  expect(await failing(server)).toEqual(unknown('it is gone; bring it back'));
});
