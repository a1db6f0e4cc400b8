import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openHostFiles } from '../../src/host/files.ts';
import { readJournal } from '../../src/node/transaction/journal.ts';
import { stateFile } from '../../src/node/transaction/state-file.ts';
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

test('a change that an earlier build undid is a failure of no request: no controller frees it, a person does', async () => {
  const here = host();
  const own = `${here.root}/var/lib/kubelet-config`;
  renameSync(`${own}/committed/000002`, `${own}/undone`);
  const verdict = { sequence: 2, kind: 'Failed', reason: 'it exited', at: '2026-11-20T09:00:00Z' };
  writeFileSync(`${own}/verdict.json`, stateFile(verdict).content, { mode: 0o600 });
  const { undone } = await readJournal(openHostFiles(here.root));
  expect(undone).toMatchObject({ revision: '959ad772b997422b', verdict: { kind: 'Failed' } });
  expect(undone).not.toHaveProperty('request');
  expect(await here.run(['retry', '--root', here.root])).toMatchObject({ exitCode: 0 });
});
