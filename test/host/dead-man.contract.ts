/** What the dead-man's switch does to files: the fake and the script do the same. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { absent, recordedState, type TransactionRecord } from '../../src/node/model/record.ts';
import type { DeadMansSwitch } from '../../src/node/ports/dead-man.ts';
import type { FileState, HostFiles } from '../../src/node/ports/files.ts';
import { readJournal, readOpen } from '../../src/node/transaction/journal.ts';
import { arm, recordVerdict, reopen } from '../../src/node/transaction/open-transaction.ts';
import { unmanaged } from '../../src/render/revision.ts';

export interface DeadManWorld {
  readonly files: HostFiles;
  readonly deadMan: DeadMansSwitch;
  end(): void;
}

const unit = 'kubelet.service';
const [kept, gone, fresh] = ['/etc/kubernetes/a', '/etc/kubernetes/b', '/opt/bin/new/c'];
const file = (content: string, mode = 0o644) => ({ mode, uid: 0, gid: 0, content: Buffer.from(content) });

export function deadManContract(name: string, open: () => DeadManWorld): void {
  describe(`the dead-man's switch: ${name}`, () => {
    let world: DeadManWorld;
    beforeEach(() => {
      world = open();
    });
    afterEach(() => world.end());

    const state = async () => Promise.all([kept, gone, fresh].map(async (path) => recordedState(await world.files.read(path))));

    async function changed() {
      const { files } = world;
      await files.write(kept, file('old', 0o600));
      await files.write(gone, file('old'));
      const before = await state();
      const images = new Map<string, FileState>();
      for (const path of [kept, gone]) images.set(path, await files.read(path));
      const idle = { enabled: false, active: false };
      const record: TransactionRecord = {
        ...unmanaged,
        format: 1,
        sequence: 7,
        revision: 'r',
        inputs: null,
        files: [kept, gone, fresh].map((path, index) => ({ path, before: before[index] ?? absent, after: absent })),
        originals: { files: [], unit: idle },
        orphans: [],
        unit: { name: unit, before: idle, invocationBefore: '', after: idle },
      };
      await arm(files, record, images, new Map());
      await files.write(kept, file('new'));
      await files.remove(gone);
      await files.write(fresh, file('new', 0o755));
      return { before, record };
    }

    test('brings back what was there, with its mode, and takes away what was not', async () => {
      const { before } = await changed();
      await world.deadMan.pull(unit);
      expect(await state()).toEqual(before);
      expect(await readOpen(world.files)).toBeUndefined();
    });

    test('leaves word of what was undone, and why', async () => {
      const { record } = await changed();
      await recordVerdict(world.files, record, { kind: 'Failed', reason: 'it exited' });
      await world.deadMan.pull(unit);
      const { undone, lastSequence } = await readJournal(world.files);
      expect(undone).toMatchObject({ revision: 'r', verdict: { kind: 'Failed', reason: 'it exited' } });
      expect(lastSequence).toBe(7);
    });

    test('where nobody has said why, it was an interruption', async () => {
      await changed();
      await world.deadMan.pull(unit);
      expect((await readJournal(world.files)).undone).toMatchObject({ verdict: { kind: 'Interrupted' } });
    });

    test('does nothing where nothing is open', async () => {
      const { before } = await changed();
      await world.deadMan.pull(unit);
      await world.files.write(kept, file('later'));
      await world.deadMan.pull(unit);
      expect((await state())[0]).not.toEqual(before[0]);
    });

    test('opened again, it is done once more', async () => {
      const { before, record } = await changed();
      await world.deadMan.pull(unit);
      await world.files.write(kept, file('a step that was under way'));
      await reopen(world.files, record);
      await world.deadMan.pull(unit);
      expect(await state()).toEqual(before);
    });

    test('can be set, cleared and removed, more than once', async () => {
      for (let round = 0; round < 2; round += 1) {
        await world.deadMan.set(unit, 60_000);
        await world.deadMan.clear();
        await world.deadMan.remove();
      }
      await world.deadMan.clear();
    });
  });
}
