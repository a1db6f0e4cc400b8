/** The host may change while a pass looks at it. */

import { expect, test } from 'vitest';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine, unit, unitFile } from '../machine.ts';

test('a unit file that is removed while its unit is looked at is written again', async () => {
  let isRemoved = true;
  const machine = await memoryMachine({}, undefined, {
    beforeStatus: async () => {
      if (isRemoved) return;
      isRemoved = true;
      await machine.files.past.remove(unitFile);
      machine.systemd.change(unit, { unitFileState: '' });
    },
  });
  const objects = [kubeletConfig('workers', { launcher: { host: {} } })];
  await machine.apply(objects);
  const before = machine.host();
  isRemoved = false;
  expect(await machine.apply(objects)).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  expect(machine.host()).toEqual(before);
});
