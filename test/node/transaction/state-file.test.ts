/** Whatever a disk has made of one of our own files: it is what was written, or it is damaged. */

import { describe, expect, test } from 'vitest';
import { DamagedState, readState, stateFile } from '../../../src/node/transaction/state-file.ts';
import { memoryFiles } from '../../fakes/files.ts';

const path = '/var/lib/kubelet-config/committed/000001/record.json';
const value = {
  format: 1,
  sequence: 1,
  revision: 'a1b2',
  files: [{ path: '/etc/kubernetes/ä.yaml', mode: 0o644 }],
  inputs: null,
};
const whole = stateFile(value).content;

/** @returns what is read, or 'Damaged' */
async function readOf(content: Buffer): Promise<unknown> {
  const files = memoryFiles();
  await files.write(path, { ...stateFile(value), content });
  return readState(files, path).catch((error: unknown) => {
    if (error instanceof DamagedState) return 'Damaged';
    throw error;
  });
}

test('whole it is read', async () => {
  expect(await readOf(whole)).toEqual(value);
});

test('cut off at each length', async () => {
  for (let length = 0; length < whole.length; length += 1) {
    // But for the newline at its end nothing of it may be missing.
    const expected = length === whole.length - 1 ? value : 'Damaged';
    expect(await readOf(whole.subarray(0, length)), `${length} bytes`).toEqual(expected);
  }
});

describe('each bit flipped', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('bit %i', async (bit) => {
    for (let index = 0; index < whole.length; index += 1) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(whole.readUInt8(index) ^ (1 << bit), index);
      // White space counts for nothing, and may become other white space.
      expect([value, 'Damaged'], `byte ${index}`).toContainEqual(await readOf(flipped));
    }
  });
});

test('followed by what stood there before', async () => {
  expect(await readOf(Buffer.concat([whole, whole]))).toBe('Damaged');
  expect(await readOf(Buffer.concat([whole, Buffer.alloc(512)]))).toBe('Damaged');
});
