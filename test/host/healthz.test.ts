import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { healthzProbe, portTaken } from '../../src/host/healthz.ts';
import type { Listener } from '../../src/host/listener.ts';

const askHealthz = healthzProbe();

async function serving(answer: RequestListener, address = '127.0.0.1') {
  const server = createServer(answer);
  return listening(server, address, () => server.closeAllConnections());
}

async function listening(server: ReturnType<typeof createTcpServer>, address: string, end: () => void) {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  onTestFinished(() => {
    end();
    server.close();
  });
  return { address, port: (server.address() as AddressInfo).port };
}

test('200 and ok is healthy, with or without an end of line', async () => {
  for (const body of ['ok', 'ok\n'])
    expect(await askHealthz(await serving((_request, response) => response.end(body)))).toEqual({
      kind: 'Ok',
      socket: expect.stringMatching(/^\d+$/),
    });
});

test('also at an IPv6 address', async () => {
  expect(await askHealthz(await serving((_request, response) => response.end('ok'), '::1'))).toEqual({
    kind: 'Ok',
    socket: expect.stringMatching(/^\d+$/),
  });
});

test('it asks for /healthz, and for nothing else', async () => {
  const asked: string[] = [];
  const endpoint = await serving(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.end('ok');
  });
  await askHealthz(endpoint);
  expect(asked).toEqual(['GET /healthz']);
});

test.each<[string, number, string, string]>([
  [
    'in the words of the kubelet',
    500,
    '[+]ping ok\n[-]syncloop failed: reason withheld\n',
    'answered 500: [+]ping ok | [-]syncloop failed: reason withheld',
  ],
  ['without words', 503, '', 'answered 503: nothing'],
  ['with something else', 200, '<html>', 'answered 200: <html>'],
])('what is not healthy, %s', async (_what, status, body, reason) => {
  const endpoint = await serving((_request, response) => response.writeHead(status).end(body));
  expect(await askHealthz(endpoint)).toEqual({ kind: 'NotOk', reason: `http://127.0.0.1:${endpoint.port}/healthz ${reason}` });
});

test('of a long answer, the beginning', async () => {
  const endpoint = await serving((_request, response) => response.writeHead(500).end('x'.repeat(1_000_000)));
  const answer = await askHealthz(endpoint);
  expect(answer).toMatchObject({ kind: 'NotOk', reason: expect.stringMatching(/answered 500: x{499}…$/) });
});

test('nobody there', async () => {
  const endpoint = await serving(() => undefined);
  const answer = await askHealthz({ ...endpoint, address: '127.0.0.2' });
  expect(answer).toMatchObject({ kind: 'NotOk', reason: expect.stringContaining('refused the connection') });
});

test('no answer within two seconds, and one that does not end by then', async () => {
  const silent = await serving(() => undefined);
  const endless = await serving((_request, response) => void response.writeHead(200).write('o'));
  const answers = await Promise.all([silent, endless].map(askHealthz));
  expect(answers).toEqual(
    [silent, endless].map(({ port }) => ({
      kind: 'NotOk',
      reason: `http://127.0.0.1:${port}/healthz did not answer within 2 s`,
    })),
  );
});

test('somebody who speaks no HTTP, and one who hangs up', async () => {
  for (const greet of [(socket: Socket) => void socket.write('SSH-2.0-OpenSSH\r\n'), (socket: Socket) => void socket.destroy()]) {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => {
      sockets.push(socket);
      greet(socket);
    });
    const endpoint = await listening(server, '127.0.0.1', () => {
      for (const socket of sockets) socket.destroy();
    });
    expect(await askHealthz(endpoint)).toMatchObject({ kind: 'NotOk', reason: expect.stringContaining('could not be asked') });
  }
});

const root: Listener = { uid: 0, inode: '1' };
const nobody: Listener = { uid: 65534, inode: '2' };

/** What the kernel says at each look, one after the other. */
function seen(...looks: readonly (Listener | undefined)[]) {
  const rest = [...looks];
  return () => rest.shift();
}

test("another user's answer is none, whatever it says, and that user is not even asked", async () => {
  let asked = 0;
  const endpoint = await serving((_request, response) => {
    asked += 1;
    response.end('ok');
  });
  expect(await healthzProbe(seen(nobody, nobody))(endpoint)).toEqual({
    kind: 'PortTaken',
    reason: `a program of user 65534, which cannot be the kubelet, listens at 127.0.0.1:${endpoint.port} (\`ss -ltnp sport = :${endpoint.port}\` shows it)`,
  });
  expect(asked).toBe(0);
});

test.each<[string, readonly (Listener | undefined)[], string]>([
  ['taken while it was asked', [root, nobody], 'PortTaken'],
  ['opened while it was asked', [undefined, root], 'NotOk'],
  ['closed while it was asked', [root, undefined], 'NotOk'],
  ['opened anew while it was asked', [root, { uid: 0, inode: '3' }], 'NotOk'],
  ['nowhere to be seen', [undefined, undefined], 'NotOk'],
  ['there all the time', [root, root], 'Ok'],
])('ok from a socket that was %s', async (_what, looks, kind) => {
  const endpoint = await serving((_request, response) => response.end('ok'));
  expect((await healthzProbe(seen(...looks))(endpoint)).kind).toBe(kind);
});

test('before a change the port is looked at without a connection', () => {
  const endpoint = { address: '127.0.0.1', port: 10248 };
  expect(portTaken(seen(undefined))(endpoint)).toBeUndefined();
  expect(portTaken(seen(root))(endpoint)).toBeUndefined();
  expect(portTaken(seen(nobody))(endpoint)).toContain('user 65534');
});
