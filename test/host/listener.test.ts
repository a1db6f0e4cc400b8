import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { findListener } from '../../src/host/listener.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubelet-config-net-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** As the kernel prints it on this machine. @param bytes of the address, in network order */
function row(bytes: readonly number[], port: number, state: string, uid: number, inode: number): string {
  const address = Buffer.from(bytes);
  if (endianness() === 'LE') address.swap32();
  const local = `${address.toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
}

const loopback = [127, 0, 0, 1];
const any = [0, 0, 0, 0];
const any6 = Array.from({ length: 16 }, () => 0);
const mapped = [...Array.from({ length: 10 }, () => 0), 0xff, 0xff, ...loopback];
const loopback6 = [...Array.from({ length: 15 }, () => 0), 1];
const endpoint = { address: '127.0.0.1', port: 10248 };

test.each<[string, string, string, string, number | undefined]>([
  ['nobody', '127.0.0.1', '', '', undefined],
  ['exactly there', '127.0.0.1', row(loopback, 10248, '0A', 65534, 7), '', 65534],
  ['at another port', '127.0.0.1', row(loopback, 10249, '0A', 65534, 7), '', undefined],
  ['at another address', '127.0.0.1', row([10, 0, 0, 1], 10248, '0A', 65534, 7), '', undefined],
  ['on all addresses', '127.0.0.1', row(any, 10248, '0A', 65534, 7), '', 65534],
  ['there, before all addresses', '127.0.0.1', row(any, 10248, '0A', 1, 7) + row(loopback, 10248, '0A', 2, 8), '', 2],
  ['on both families', '127.0.0.1', '', row(any6, 10248, '0A', 65534, 7), 65534],
  ['there by IPv6', '127.0.0.1', '', row(mapped, 10248, '0A', 65534, 7), 65534],
  ['at ::1', '::1', row(loopback, 10248, '0A', 1, 7), row(loopback6, 10248, '0A', 2, 7), 2],
  ['at ::1, spelt out', '0:0:0:0:0:0:0:1', '', row(loopback6, 10248, '0A', 2, 7), 2],
  ['of two users', '127.0.0.1', row(loopback, 10248, '0A', 0, 7) + row(loopback, 10248, '0A', 65534, 8), '', 65534],
  ['connected only', '127.0.0.1', row(loopback, 10248, '01', 65534, 7), '', undefined],
  [
    'behind a connection that is being opened',
    '127.0.0.1',
    row(loopback, 10248, '03', 0, 7) + row(loopback, 10248, '0A', 65534, 7),
    '',
    65534,
  ],
])('who listens: %s', (_who, address, tcp, tcp6, uid) => {
  writeFileSync(join(directory, 'tcp'), header + tcp);
  writeFileSync(join(directory, 'tcp6'), header + tcp6);
  expect(findListener({ address, port: 10248 }, directory)?.uid).toBe(uid);
});

test('a kernel without IPv6, and an address that is none', () => {
  writeFileSync(join(directory, 'tcp'), header + row(loopback, 10248, '0A', 3, 7));
  expect(findListener(endpoint, directory)).toEqual({ uid: 3, inode: '7' });
  expect(findListener({ address: 'localhost', port: 10248 }, directory)).toBeUndefined();
});

test('a long list is read across the borders of its pieces, and only as far as sockets listen', () => {
  const others = Array.from({ length: 2_000 }, (_, index) => row(loopback, 20_000 + index, '0A', 0, index)).join('');
  const connection = row(loopback, 10248, '01', 0, 1);
  writeFileSync(join(directory, 'tcp'), header + others + row(loopback, 10248, '0A', 5, 9) + connection);
  expect(findListener(endpoint, directory)).toEqual({ uid: 5, inode: '9' });
  writeFileSync(join(directory, 'tcp'), header + others + connection + row(loopback, 10248, '0A', 5, 9));
  expect(findListener(endpoint, directory)).toBeUndefined();
});

test('as this kernel prints it', async () => {
  for (const address of ['127.0.0.1', '::1']) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    onTestFinished(() => void server.close());
    const bound = server.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    expect(findListener({ address, port })).toEqual({ uid: process.geteuid?.(), inode: expect.stringMatching(/^[1-9]/) });
  }
});
