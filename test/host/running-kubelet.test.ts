/** Stubs of the kubelet's own server, with the right certificate and with others: what is sent to them, and what is told. */

import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { askKubeletOver } from '../../src/host/running-kubelet.ts';
import type { KubeletServer } from '../../src/kubelet/server.ts';
import type { KubeletCredentials, NoAnswer } from '../../src/node/ports/running-kubelet.ts';
import { type Certificate, selfSigned } from '../certificates.ts';
import { memoryFiles } from '../fakes/files.ts';

const own = selfSigned('node');
const other = selfSigned('node');
const client = selfSigned('system:node:node');
const file = '/var/lib/kubelet/pki/kubelet.crt';
const token: KubeletCredentials = { kind: 'Found', authorization: 'Bearer secret-token' };
const uid = process.getuid?.() ?? 0;

interface Seen {
  readonly connections: number;
  readonly requests: readonly {
    readonly url: string | undefined;
    readonly authorization: string | undefined;
    readonly peer: string;
  }[];
  readonly server: KubeletServer;
}

/** A server that shows this certificate. */
async function serving(answer: RequestListener, { cert, key }: Certificate = own, options: ServerOptions = {}): Promise<Seen> {
  const requests: { url: string | undefined; authorization: string | undefined; peer: string }[] = [];
  let connections = 0;
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket;
    const peer = String(socket.getPeerCertificate().subject?.CN ?? '');
    requests.push({ url: request.url, authorization: request.headers.authorization, peer });
    answer(request, response);
  });
  server.on('secureConnection', () => (connections += 1));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    requests,
    get connections() {
      return connections;
    },
    server: serverAt((server.address() as AddressInfo).port),
  };
}

function serverAt(port: number, certificates = [file]): KubeletServer {
  return { address: '127.0.0.1', port, certificates };
}

const pem = (content: string) => memoryFiles({ [file]: content });
/** Asks a server on whose host this certificate lies. */
function asking(credentials: KubeletCredentials | NoAnswer = token, files = pem(own.cert), listener = { uid, inode: '7' }) {
  return askKubeletOver({ files, credentials: async () => credentials, find: () => listener });
}
const impatient = askKubeletOver({
  files: pem(own.cert),
  credentials: async () => token,
  find: () => ({ uid, inode: '7' }),
  timeoutMilliseconds: 100,
});
const configz = (configuration: object) => JSON.stringify({ kubeletconfig: configuration });
const unknown = (reason: RegExp) => ({ kind: 'Unknown', reason: expect.stringMatching(reason) });

test('the kubelet answers with its configuration, and gets the token', async () => {
  const { server, requests } = await serving((_request, response) => response.end(configz({ maxPods: 64 })));
  expect(await asking().configuration(server)).toEqual({ kind: 'Read', configuration: { maxPods: 64 } });
  expect(requests).toEqual([{ url: '/configz', authorization: 'Bearer secret-token', peer: '' }]);
});

test('a client certificate takes the place of the token', async () => {
  const { server, requests } = await serving((_request, response) => response.end(configz({ maxPods: 64 })));
  const credentials: KubeletCredentials = { kind: 'Found', certificate: client };
  expect(await asking(credentials).configuration(server)).toMatchObject({ kind: 'Read' });
  expect(requests).toEqual([{ url: '/configz', authorization: undefined, peer: 'system:node:node' }]);
});

test('a file may have the key, and those that signed, beside the certificate', async () => {
  const { server } = await serving((_request, response) => response.end(configz({})));
  const files = pem(`${own.key}\n${own.cert}\n${other.cert}`);
  expect(await asking(token, files).configuration(server)).toMatchObject({ kind: 'Read' });
});

test.each([
  ['a token', token],
  ['a client certificate', { kind: 'Found', certificate: client } as const],
])('a program with another certificate gets neither %s nor a request', async (_what, credentials) => {
  const { server, requests } = await serving((_request, response) => response.end(configz({ maxPods: 64 })), other);
  // What signed the kubelet's certificate counts for nothing.
  for (const files of [pem(own.cert), pem(`${own.cert}${other.cert}`)]) {
    expect(await asking(credentials, files).configuration(server)).toEqual(
      unknown(/shows another certificate than .*kubelet\.crt/),
    );
    expect(await asking(credentials, files).healthz(server)).toEqual(unknown(/shows another certificate/));
  }
  expect(requests).toEqual([]);
});

test('a program of another user is not even connected to', async () => {
  const stub = await serving((_request, response) => response.end(configz({})));
  const ask = asking(token, pem(own.cert), { uid: 65_534, inode: '7' });
  expect(await ask.configuration(stub.server)).toEqual(unknown(/a program of user 65534/));
  expect(await ask.healthz(stub.server)).toMatchObject({ kind: 'PortTaken' });
  expect(stub.connections).toBe(0);
});

test('without its certificate on the host nothing is asked', async () => {
  const stub = await serving((_request, response) => response.end(configz({})));
  for (const files of [memoryFiles({}), pem('no certificate')])
    expect(await asking(token, files).configuration(stub.server)).toEqual(
      unknown(/serving certificate is not at .*kubelet\.crt/),
    );
  expect(stub.connections).toBe(0);
});

test('without credentials nothing is asked', async () => {
  const stub = await serving((_request, response) => response.end(configz({})));
  const none = { kind: 'Unknown', reason: 'there are none' } as const;
  expect(await asking(none).configuration(stub.server)).toEqual(none);
  const broken = { kind: 'Found', certificate: { cert: 'x', key: 'y' } } as const;
  expect(await asking(broken).healthz(stub.server)).toEqual(unknown(/client certificate or its key cannot be read/));
  expect(stub.connections).toBe(0);
});

test.each([
  [401, 'Unauthorized', /does not know who asks .*authentication\.webhook\.enabled/],
  [
    403,
    'Forbidden (user=system:serviceaccount:kubelet-config:agent, verb=get, resource=nodes, subresource(s)=[configz proxy])',
    /does not let system:serviceaccount:kubelet-config:agent read \/configz .*kubelet-config-agent.*get on nodes\/configz.*30 s/,
  ],
  [403, 'Forbidden (user=system:node:a, verb=get, resource=nodes, subresource(s)=[configz proxy])', /to the group system:nodes/],
  [403, 'Forbidden (user=u, verb=get, resource=nodes, subresource=proxy)', /from Kubernetes 1\.33 on/],
  [404, '404 page not found', /enableDebuggingHandlers/],
  [500, 'Authorization error (user=u, verb=get)', /once it reaches the API server again/],
  [503, '', /answered 503: nothing/],
])('%i %s is no answer, and it is told what would give one', async (status, body, reason) => {
  const { server } = await serving((_request, response) => response.writeHead(status).end(body));
  expect(await asking().configuration(server)).toEqual(unknown(reason));
});

test('a refusal of /healthz says nothing about health; another failure does', async () => {
  let answer: [number, string] = [200, 'ok'];
  const { server, requests } = await serving((_request, response) => response.writeHead(answer[0]).end(answer[1]));
  expect(await asking().healthz(server)).toEqual({ kind: 'Ok', socket: '7' });
  expect(requests).toMatchObject([{ url: '/healthz' }]);
  answer = [403, 'Forbidden (user=u, verb=get, resource=nodes, subresource(s)=[healthz proxy])'];
  expect(await asking().healthz(server)).toEqual(unknown(/get on nodes\/healthz/));
  answer = [401, 'Unauthorized'];
  expect(await asking().healthz(server)).toMatchObject({ kind: 'Unknown' });
  answer = [500, '[-]syncloop failed'];
  expect(await asking().healthz(server)).toEqual({
    kind: 'NotOk',
    reason: expect.stringMatching(/answered 500: \[-\]syncloop failed/),
  });
});

test.each([
  ['garbage', 'ok'],
  ['something else', '{"kubeletconfig": 1}'],
  ['nothing', ''],
  ['half of it', '{"kubeletconfig": {'],
])('%s is no configuration, and is not shown', async (_what, body) => {
  const { server } = await serving((_request, response) => response.end(body));
  expect(await asking().configuration(server)).toEqual(unknown(/configz answered with no configuration$/));
});

test('an answer without end is not read to its end', async () => {
  let sent = 0;
  const { server } = await serving((_request, response) => {
    const piece = Buffer.alloc(256 * 1024, 'x');
    const more = () => {
      for (let isFree = true; isFree && !response.destroyed; sent += piece.length) isFree = response.write(piece);
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  });
  expect(await asking().configuration(server)).toEqual(unknown(/sent more than any kubelet does/));
});

test('a kubelet that hangs, one that is not up, and a program without TLS are no answer; for health that is not ok', async () => {
  const { server: hanging } = await serving(() => undefined);
  const tcp = createTcpServer(() => undefined).listen(0, '127.0.0.1');
  const plain = createHttpServer((_request, response) => response.end(configz({}))).listen(0, '127.0.0.1');
  await Promise.all([once(tcp, 'listening'), once(plain, 'listening')]);
  onTestFinished(() => void plain.close());
  onTestFinished(() => void tcp.close());
  const closed = serverAt((tcp.address() as AddressInfo).port);
  tcp.close();
  const servers: [KubeletServer, RegExp][] = [
    [hanging, /did not answer within 0.1 s/],
    [closed, /refused the connection/],
    [serverAt((plain.address() as AddressInfo).port), /could not be asked/],
  ];
  await Promise.all(
    servers.map(async ([server, reason]) => {
      const ask = server === hanging ? impatient : asking();
      expect(await ask.configuration(server)).toEqual(unknown(reason));
      expect(await ask.healthz(server)).toEqual({ kind: 'NotOk', reason: expect.stringMatching(reason) });
    }),
  );
  const nobody = askKubeletOver({ files: pem(own.cert), credentials: async () => token, find: () => undefined });
  expect(await nobody.configuration(closed)).toEqual(unknown(/no program listens at 127\.0\.0\.1/));
  expect(await nobody.healthz(closed)).toMatchObject({ kind: 'NotOk' });
});

test('a kubelet without a server is not asked', async () => {
  expect(await asking().configuration(serverAt(0))).toEqual(unknown(/enableServer: false/));
  expect(await asking().healthz(serverAt(0))).toMatchObject({ kind: 'Unknown' });
});

test('the header of static pods never leaves it, and a change of it is still seen', async () => {
  let secret = 'Bearer topsecret';
  const { server } = await serving((_request, response) =>
    response.end(configz({ staticPodURLHeader: { Authorization: [secret], Other: ['plain'] }, maxPods: 64 })),
  );
  const read = async () => await asking().configuration(server);
  const [first, again] = [await read(), await read()];
  expect(first).toEqual({
    kind: 'Read',
    configuration: {
      staticPodURLHeader: { Authorization: [expect.stringMatching(/^hidden-/)], Other: [expect.stringMatching(/^hidden-/)] },
      maxPods: 64,
    },
  });
  expect(again).toEqual(first);
  expect(JSON.stringify(first)).not.toMatch(/topsecret|plain/);
  secret = 'Bearer changed';
  expect(await read()).not.toEqual(first);
});
