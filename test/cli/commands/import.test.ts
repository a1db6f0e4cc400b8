import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../in-process.ts';

const nodes = 'test/fixtures/nodes';
const page = readFileSync(join(import.meta.dirname, '../../../docs/importing.md'), 'utf8');
const lines = [...page.matchAll(/^npx kubelet-config (import .*)$/gm)].map(([, line = '']) => line);

test('the page has commands', () => {
  expect(lines.length).toBeGreaterThan(3);
});

describe.each(lines)('docs/importing.md: kubelet-config %s', (line) => {
  test('prints an object that is valid', async () => {
    const { exitCode, stdout } = await run(line.split(' '));
    expect(exitCode).toBe(0);
    expect(await run(['validate', '-f', '-'], { stdin: stdout })).toMatchObject({ exitCode: 0 });
  });
});

test('standard output has the object alone, and standard error what it does not carry, in every format', async () => {
  const { stdout, stderr } = await run(['import', '--launcher', 'host', '--root', `${nodes}/kops`, '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'KubeletConfig', spec: { unit: { environment: { HOME: '/root' } } } });
  expect(stderr).toContain('/var/lib/kubelet/kubelet.conf:2:1: notice[NotImported]: --config names');
});

test('what was imported from a tree changes nothing there, or loses nothing', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'import-')), 'node.yaml');
  const imported = async (shape: string, launcher: string) => {
    writeFileSync(file, (await run(['import', '--launcher', launcher, '--root', `${nodes}/${shape}`])).stdout);
    return run(['diff', '-f', file, '--label', 'kubelet-config.dev/imported=true', '--root', `${nodes}/${shape}`, '-o', 'json']);
  };
  expect(await imported('kubeadm-deb', 'existing')).toMatchObject({ exitCode: 0 });
  const taken = await imported('kops', 'host');
  expect(taken.exitCode).toBe(1);
  expect(JSON.parse(taken.stdout)).not.toHaveProperty('error');
  expect(taken.stdout).not.toContain('Lost');
});

test('a kubelet that cannot be described is refused with the line and what to use', async () => {
  const { exitCode, stdout, stderr } = await run(['import', '--launcher', 'host', '--root', `${nodes}/typhoon-fcos`]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toMatch(/kubelet\.service:12:1: error\[NotImported\]: podman runs[\s\S]*→ use --launcher existing/);
});

test('places are those of the files that were given', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'import-')), 'mine.service');
  writeFileSync(file, '[Service]\nExecStart=/usr/bin/kubelet --hostname-override=%H\n');
  const { exitCode, stderr } = await run(['import', '--launcher', 'host', '-f', file]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`${file}:2:`);
  expect(await run(['import', '-f', '/nowhere/kubelet.service'])).toMatchObject({ exitCode: 2 });
});

test.each([
  ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'it is no text, but a binary file'],
  ['a compressed file', Buffer.from([0x1f, 0x8b, 8, 0]), 'it is compressed with gzip'],
  ['another encoding', Buffer.from('A=\xe4\n', 'latin1'), 'it is not UTF-8'],
])('%s is refused with its name, the reason and what to do', async (_name, bytes, reason) => {
  const file = join(mkdtempSync(join(tmpdir(), 'import-')), 'kubelet.service');
  writeFileSync(file, bytes);
  const { exitCode, stdout, stderr } = await run(['import', '-f', file]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`cannot import ${file}: ${reason}`);
  expect(stderr).toContain('→ ');
});

test('a huge file and a directory are refused, too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'import-'));
  const file = join(directory, 'kubelet.service');
  writeFileSync(file, '[Service]\n');
  truncateSync(file, 2 ** 40);
  expect((await run(['import', '-f', file])).stderr).toContain('it is longer than 3 MiB');
  const given = await run(['import', '-f', directory]);
  expect(given).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`\`--root ${directory}\` for the tree of a machine`),
  });
});
