import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFileErrorCode } from '../../src/node/ports/files.ts';
import { edited, type Session, session, workers } from './session.ts';

/** What may be wrong with a host. It is found before anything is written, and told with the path, the reason and the remedy. */

const unit = '/etc/systemd/system/kubelet.service';
const configured = edited(workers, '    flags:', '    configuration: {maxPods: 10}\n    flags:');
const isRoot = process.getuid?.() === 0;

async function refused(here: Session, code: HostFileErrorCode, message: string, remedy: string): Promise<void> {
  const before = here.host();
  const { exitCode, stdout, stderr } = await here.on('apply', configured);
  expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: '' });
  expect(stdout).toBe(`error[${code}]: ${message}; nothing was changed\n    → ${remedy}\n`);
  expect(here.host()).toEqual(before);
}

test('a path through a file', async () => {
  const here = session();
  here.put('/etc/kubernetes', 'a file');
  await refused(
    here,
    'PathThroughFile',
    '/etc/kubernetes/kubelet-config.yaml leads through kubernetes, which is not a directory',
    'Move kubernetes away, or choose another path',
  );
});

test('a directory where a file should be', async () => {
  const here = session();
  mkdirSync(join(here.root, unit), { recursive: true });
  await refused(here, 'NotAFile', `${unit} is a directory, not a file`, 'Move it away, or choose another path');
});

test('a host that does not let itself be locked', async () => {
  const here = session();
  here.put('/run', 'a file');
  const before = here.host();
  const { exitCode, stderr } = await here.on('apply', configured);
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(/^error\[PathThroughFile\]: .*\/run.*; nothing was changed\n    → /);
  expect(here.host()).toEqual(before);
});

test('a link where a file should be', async () => {
  const here = session();
  here.put('/etc/other', 'of somebody else');
  mkdirSync(join(here.root, '/etc/kubernetes'));
  symlinkSync('/etc/other', join(here.root, '/etc/kubernetes/kubelet-config.yaml'));
  await refused(
    here,
    'SymlinkInTheWay',
    '/etc/kubernetes/kubelet-config.yaml is a symlink to /etc/other, and the file that it leads to may belong to another program',
    'Replace the symlink by a file, or name the path that it leads to',
  );
});

test('a masked unit', async () => {
  const here = session();
  mkdirSync(join(here.root, '/etc/systemd/system'), { recursive: true });
  symlinkSync('/dev/null', join(here.root, unit));
  await refused(
    here,
    'SymlinkInTheWay',
    `kubelet.service is masked: ${unit} is a symlink to /dev/null`,
    'Run `systemctl unmask kubelet.service` if it is to be configured here',
  );
});

describe('a link that leaves the root', () => {
  test('by going up is refused', async () => {
    const here = session();
    here.put('/etc/hostname', 'n1\n');
    mkdirSync(join(here.directory, 'outside'));
    symlinkSync('../../outside', join(here.root, 'etc/kubernetes'));
    await refused(
      here,
      'LeavesRoot',
      "/etc/kubernetes/kubelet-config.yaml leads above the host's root",
      "Use an absolute path, and symlinks that stay inside the host's root",
    );
    expect(existsSync(join(here.directory, 'outside/kubelet-config.yaml'))).toBe(false);
  });

  test('by an absolute path is taken as the host takes it: inside', async () => {
    const here = session();
    here.put('/etc/hostname', 'n1\n');
    mkdirSync(join(here.directory, 'outside'));
    symlinkSync(join(here.directory, 'outside'), join(here.root, 'etc/kubernetes'));
    expect(await here.on('apply', configured)).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(here.directory, 'outside/kubelet-config.yaml'))).toBe(false);
    expect(here.host()[`${here.directory}/outside/kubelet-config.yaml`]).toContain('maxPods: 10');
  });
});

// To root no mode is a bar; the host tier has file systems that are really read-only.
test.skipIf(isRoot)('a directory that cannot be written', async () => {
  const here = session();
  here.put('/etc/kubernetes/other', '');
  chmodSync(join(here.root, 'etc/kubernetes'), 0o555);
  await refused(
    here,
    'PermissionDenied',
    'cannot write /etc/kubernetes/kubelet-config.yaml: permission is denied',
    'Run this as root',
  );
  chmodSync(join(here.root, 'etc/kubernetes'), 0o755);
});

test.each(['apply', 'diff'])('a root that is not there, for %s', async (command) => {
  const { run, write, directory } = session();
  const words = [command, '-f', write('a.yaml', workers), '--root', join(directory, 'gone')];
  const { exitCode, stdout, stderr } = await run(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
  expect(stderr).toMatch(
    /error\[Missing\]: cannot .* it is not there(; nothing was changed)?\n +→ Check the path, and whether another program has removed it/,
  );
  expect(existsSync(join(directory, 'gone'))).toBe(false);
});

test('every refusal is told at once, also as data', async () => {
  const here = session();
  const link = (path: string) => {
    here.put(`${path}-of-others`, '');
    symlinkSync(`${path}-of-others`, join(here.root, path));
  };
  link('/etc/kubernetes/kubelet-config.yaml');
  link(unit);
  const { exitCode, stdout } = await here.on('apply', configured, '-o', 'json');
  expect(exitCode).toBe(6);
  const { outcome, message, steps } = JSON.parse(stdout);
  expect({ outcome, steps }).toEqual({ outcome: 'Refused', steps: [] });
  expect(message.match(/^error\[SymlinkInTheWay\]: /gm)).toHaveLength(2);
});

test('diff of such a host ends with 6 too', async () => {
  const here = session();
  here.put('/etc/kubernetes', 'a file');
  const { exitCode, stdout, stderr } = await here.on('diff', configured);
  expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
  expect(stderr).toMatch(
    /error\[PathThroughFile\]: .* leads through kubernetes, which is not a directory\n +→ Move kubernetes away/,
  );
});
