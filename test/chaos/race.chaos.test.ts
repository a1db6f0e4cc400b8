/** A commit and the script at the same moment, a thousand times: one of the two decides, never both and never neither. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TransactionRecord } from '../../src/node/model/record.ts';
import { sha256 } from '../../src/node/model/record.ts';
import { readOpen } from '../../src/node/transaction/journal.ts';
import { arm, commit } from '../../src/node/transaction/open-transaction.ts';
import { unmanaged } from '../../src/render/revision.ts';
import { scratchRoot } from '../host/scratch.ts';

const path = '/etc/kubernetes/f';
const owner = { mode: 0o644, uid: 0, gid: 0 };
const [before, after] = [Buffer.from('old'), Buffer.from('new')];

function record(sequence: number): TransactionRecord {
  const unit = { enabled: true, active: true };
  return {
    ...unmanaged,
    format: 1,
    sequence,
    revision: 'r',
    inputs: null,
    files: [
      {
        path,
        before: { kind: 'File', ...owner, sha256: sha256(before) },
        after: { kind: 'File', ...owner, sha256: sha256(after) },
      },
    ],
    originals: { files: [], unit },
    orphans: [],
    unit: { name: 'kubelet.service', before: unit, invocationBefore: '', after: unit },
  };
}

test('never both, never neither', { timeout: 600_000 }, async () => {
  const world = scratchRoot();
  const { files } = world;
  const won = { commit: 0, script: 0 };
  let longest = 4;
  try {
    for (let round = 1; round <= 1_000; round += 1) {
      await files.write(path, { ...owner, content: before });
      await arm(files, record(round), new Map([[path, { kind: 'File', ...owner, content: before }]]), new Map());
      await files.write(path, { ...owner, content: after });
      const script = spawn('/bin/sh', [world.at('/var/lib/kubelet-config/armed/undo.sh')], {
        env: { PATH: process.env['PATH'], KUBELET_CONFIG_ROOT: world.root },
        stdio: 'ignore',
      });
      const ended = once(script, 'close');
      await delay(Math.random() * longest);
      const isCommitted = await commit(files, record(round)).then(
        () => true,
        () => false,
      );
      await ended;
      won[isCommitted ? 'commit' : 'script'] += 1;
      // How long a shell needs until it comes to the rename depends on the machine: each side shall win half.
      longest *= isCommitted ? 1.05 : 0.95;
      const found = await files.read(path);
      expect(found.kind === 'File' && found.content.toString()).toBe(isCommitted ? 'new' : 'old');
      expect(await readOpen(files)).toBeUndefined();
      const committed = await files.list('/var/lib/kubelet-config/committed');
      expect(committed.includes(String(round).padStart(6, '0'))).toBe(isCommitted);
    }
  } finally {
    world.end();
  }
  process.stdout.write(`commit first: ${won.commit}, script first: ${won.script}\n`);
  // Else it was no race.
  expect(Math.min(won.commit, won.script)).toBeGreaterThan(50);
});
