import { cpSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { session } from './session.ts';

/**
 * The root of a host on which the build of 2026-11 (commit e0a8d14) applied examples/host/kubelet.yaml and then
 * earlier-state.yaml, with its records as it wrote them.
 */
const state = fileURLToPath(new URL('../vectors/earlier-state', import.meta.url));
const objects = readFileSync(new URL('../vectors/earlier-state.yaml', import.meta.url), 'utf8');
const configuration = '/etc/kubernetes/kubelet-config.yaml';

function host() {
  const here = session();
  cpSync(state, here.root, { recursive: true, verbatimSymlinks: true });
  return here;
}

test('a revision that an earlier build committed stays as it is', async () => {
  const here = host();
  const before = here.host();
  const label = ['--label', 'role=host-worker'];
  expect(await here.on('diff', objects, ...label)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(await here.on('apply', objects, ...label)).toMatchObject({ exitCode: 0 });
  expect(here.host()).toEqual(before);
});

test('the revisions of an earlier build are in the history, and a person can go back to them', async () => {
  const here = host();
  const { stdout } = await here.run(['history', '--root', here.root, '-o', 'json']);
  const revisions = (JSON.parse(stdout).applied as { revision: string }[]).map(({ revision }) => revision);
  expect(revisions).toEqual(['959ad772b997422b', 'b9354c9ff787d2af']);
  expect(await here.run(['rollback', '--root', here.root])).toMatchObject({ exitCode: 0 });
  const first = readFileSync(`${state}/var/lib/kubelet-config/committed/000001/files${configuration}`, 'utf8');
  expect(here.managed()[configuration]).toContain(first);
});

test('the objects of an earlier build are withdrawn like any other', async () => {
  const here = host();
  expect(await here.on('apply', objects)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('WouldWithdraw') });
  expect(await here.withdraw()).toMatchObject({ exitCode: 0 });
  expect(here.managed()).toEqual({ '/etc': 'directory' });
});
