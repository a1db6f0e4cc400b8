/** The archive's install.sh, into the root of an image, with a stand-in for the program. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { archiveEntries } from '../../../hack/release/archive.ts';
import { makeDocuments } from '../../../hack/release/documents.ts';
import { debianScripts, rpmScriptlets } from '../../../hack/release/scripts.ts';
import { writeTree } from '../../../hack/release/tree.ts';

const place = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
const [from, root] = [join(place, 'from'), join(place, 'root')];
const documents = await makeDocuments('', 0);
writeFileSync(join(place, 'program'), '#!/bin/sh\necho 0.0.0\n');
writeTree(from, archiveEntries(join(place, 'program'), documents), 0);
afterAll(() => rmSync(place, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  execFileSync('mkdir', ['-p', root]);
});

const install = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(join(from, 'install.sh'), words, { encoding: 'utf8' });
  return { exitCode: status, stdout, stderr };
};
const at = (path: string) => join(root, path);

test('installs the program, both services, and the file of their options', () => {
  expect(install('--root', root)).toMatchObject({ exitCode: 0, stderr: '' });
  const program = at('/opt/kubelet-config/bin/kubelet-config');
  expect(statSync(program).mode & 0o777).toBe(0o755);
  expect(readlinkSync(at('/opt/bin/kubelet-config'))).toBe('../kubelet-config/bin/kubelet-config');
  for (const name of ['kubelet-config-agent', 'kubelet-config-cluster-agent']) {
    const unit = readFileSync(at(`/etc/systemd/system/${name}.service`), 'utf8');
    expect(unit).toContain('\nExecStart=/opt/kubelet-config/bin/kubelet-config agent ');
    expect(unit).not.toContain('/usr/local');
  }
  expect(existsSync(at('/etc/kubelet-config.d'))).toBe(true);
});

test('an update leaves the options of the services alone', () => {
  install('--root', root);
  writeFileSync(at('/etc/default/kubelet-config'), 'ours\n');
  expect(install('--root', root).exitCode).toBe(0);
  expect(readFileSync(at('/etc/default/kubelet-config'), 'utf8')).toBe('ours\n');
});

test('elsewhere, it links nothing into /opt/bin', () => {
  expect(install('--root', root, '--prefix', '/srv/kc').exitCode).toBe(0);
  expect(readFileSync(at('/etc/systemd/system/kubelet-config-agent.service'), 'utf8')).toContain(
    'ExecStart=/srv/kc/bin/kubelet-config ',
  );
  expect(existsSync(at('/opt'))).toBe(false);
});

test('a removal takes what it installed, and leaves objects and options', () => {
  install('--root', root);
  writeFileSync(at('/etc/kubelet-config.d/workers.yaml'), '# ours\n');
  expect(install('--root', root, '--uninstall')).toMatchObject({ exitCode: 0, stderr: '' });
  const left = execFileSync('find', ['.', '-type', 'f', '-o', '-type', 'l'], { cwd: root, encoding: 'utf8' });
  expect(left.trim().split('\n').sort()).toEqual(['./etc/default/kubelet-config', './etc/kubelet-config.d/workers.yaml']);
});

test.each([
  { words: ['--root', '/nowhere'], exitCode: 1, says: '--root: /nowhere is no directory' },
  { words: ['--prefix', 'here'], exitCode: 1, says: '--prefix: here is no absolute path' },
  { words: ['--nonsense'], exitCode: 2, says: 'Usage: ./install.sh' },
  { words: ['--root', root, '--uninstall'], exitCode: 1, says: 'there is no kubelet-config below' },
])('$words is refused', ({ words, exitCode, says }) => {
  expect(install(...words)).toMatchObject({ exitCode, stderr: expect.stringContaining(says) });
});

test.skipIf(spawnSync('shellcheck', ['--version']).status !== 0)('shellcheck has nothing to say about the scripts', () => {
  const scripts = {
    ...debianScripts,
    ...Object.fromEntries(Object.entries(rpmScriptlets).map(([name, text]) => [name, `#!/bin/sh\n${text}`])),
    install: readFileSync(join(from, 'install.sh'), 'utf8'),
  };
  for (const [name, text] of Object.entries(scripts)) {
    const { stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], { input: text, encoding: 'utf8' });
    expect(stdout, name).toBe('');
  }
});
