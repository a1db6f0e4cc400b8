import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock } from '../../src/host/lock.ts';
import { openMachine } from '../../src/host/machine.ts';
import { checkOwnDirectories, isTrusted, untrustedFile, untrustedSource } from '../../src/host/trust.ts';

let root: string;
let state: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubelet-config-trust-'));
  state = join(root, 'var/lib/kubelet-config');
  mkdirSync(state, { recursive: true, mode: 0o755 });
  for (const path of [root, join(root, 'var'), join(root, 'var/lib'), state]) chmodSync(path, 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

test('root and the own user are trusted, and nobody else', () => {
  expect([0, process.geteuid?.() ?? 0, 65534, 12_345].map(isTrusted)).toEqual([true, true, false, false]);
});

describe('the state directory', () => {
  const refused = (path: string) => ({
    name: 'HostFileError',
    code: 'OthersMayWrite',
    path,
    remedy: expect.stringContaining(path),
  });

  test('of the own user is fine, and so is none', () => {
    checkOwnDirectories(root);
    rmSync(join(root, 'var'), { recursive: true });
    checkOwnDirectories(root);
  });

  test('that others may write is refused before anything in it is read', async () => {
    chmodSync(state, 0o777);
    expect(() => checkOwnDirectories(root)).toThrow(expect.objectContaining(refused('/var/lib/kubelet-config')));
    await expect(acquireLock(root)).rejects.toMatchObject(refused('/var/lib/kubelet-config'));
    await expect(openMachine(root)).rejects.toMatchObject(refused('/var/lib/kubelet-config'));
  });

  test('is no better with the sticky bit: others may put files there', () => {
    chmodSync(state, 0o1777);
    expect(() => checkOwnDirectories(root)).toThrow(expect.objectContaining(refused('/var/lib/kubelet-config')));
  });

  test('may not be replaced by others either', () => {
    chmodSync(join(root, 'var/lib'), 0o777);
    expect(() => checkOwnDirectories(root)).toThrow(expect.objectContaining(refused('/var/lib')));
    chmodSync(join(root, 'var/lib'), 0o1777);
    checkOwnDirectories(root);
  });

  test('behind a link is looked at where it is', () => {
    rmSync(state, { recursive: true });
    mkdirSync(join(root, 'data'));
    chmodSync(join(root, 'data'), 0o777);
    symlinkSync('/data', state);
    expect(() => checkOwnDirectories(root)).toThrow(expect.objectContaining(refused('/data')));
  });

  test.runIf(process.geteuid?.() === 0)('of another user is refused', async () => {
    const { chownSync } = await import('node:fs');
    chownSync(state, 65534, 65534);
    expect(() => checkOwnDirectories(root)).toThrow(expect.objectContaining(refused('/var/lib/kubelet-config')));
    expect(() => checkOwnDirectories(root)).toThrow('belongs to user 65534');
  });
});

describe('a directory of objects', () => {
  let directory: string;
  beforeEach(() => {
    directory = join(root, 'objects');
    mkdirSync(directory, { mode: 0o755 });
    writeFileSync(join(directory, 'a.yaml'), '# nothing');
  });

  test('that only the own user may write is fine; one that is not there is left to its reader', async () => {
    expect(await untrustedSource(directory)).toBeUndefined();
    expect(await untrustedSource(join(root, 'nowhere'))).toBeUndefined();
  });

  test.each<[string, string, number]>([
    ['the directory', 'objects', 0o777],
    ['the directory, though sticky', 'objects', 0o1777],
    ['a file in it', 'objects/a.yaml', 0o666],
    ['a directory above', '', 0o777],
  ])('that others may write is refused: %s', async (_what, path, mode) => {
    chmodSync(join(root, path), mode);
    const place = join(root, path).replace(/\/$/, '');
    expect(await untrustedSource(directory)).toEqual({
      reason: expect.stringContaining(`${place} may be written by every user (mode ${mode.toString(8).padStart(4, '0')})`),
      remedy: expect.stringContaining(`chmod go-w ${place}`),
    });
  });

  test('a link in it is as good as what it leads to', async () => {
    mkdirSync(join(root, 'open'));
    writeFileSync(join(root, 'open/b.yaml'), '# nothing');
    symlinkSync('../open/b.yaml', join(directory, 'b.yaml'));
    expect(await untrustedSource(directory)).toBeUndefined();
    chmodSync(join(root, 'open'), 0o777);
    expect(await untrustedSource(directory)).toMatchObject({ reason: expect.stringContaining(join(root, 'open')) });
  });

  test('the file with the labels is looked at alone', async () => {
    expect(await untrustedFile(join(directory, 'a.yaml'))).toBeUndefined();
    chmodSync(join(directory, 'a.yaml'), 0o622);
    expect(await untrustedFile(join(directory, 'a.yaml'))).toMatchObject({ reason: expect.stringContaining('a.yaml') });
  });
});
