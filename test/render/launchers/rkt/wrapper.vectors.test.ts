import { describe, expect, it } from 'vitest';

import { sampleOf } from '../../../runs.ts';

import {
  needsRoot,
  recordedCases,
  rootRefusal,
  runInRoot,
  runWithFunctions,
  unshareAsRoot,
  unshareAsUser,
} from '../../wrapper-runs.ts';

const unshare = [unshareAsUser, unshareAsRoot].find((flags) => rootRefusal(flags) === undefined);
if (unshare === undefined) {
  const reason = rootRefusal(unshareAsUser);
  const missed = recordedCases.filter(needsRoot).map(({ id }) => id);
  console.warn(`SKIPPED: no mount namespace to be had (${reason}). Only the host tier runs these cases: ${missed.join(', ')}`);
}

const withoutFiles = recordedCases.filter((recorded) => !needsRoot(recorded));

// The host tier runs all of them in a root.
describe.skipIf(unshare === undefined)(`the recorded cases of CoreOS's last wrapper, in a root of their own`, () => {
  it.each([...recordedCases.filter(needsRoot), ...sampleOf(withoutFiles, 3)])('$id: $desc', (recorded) => {
    expect(runInRoot(recorded, unshare ?? [])).toEqual(recorded.expected.last);
  });
});

describe('the recorded cases that need no files, without any privilege', () => {
  it.each(sampleOf(withoutFiles, 12))('$id: $desc', (recorded) => {
    expect(runWithFunctions(recorded)).toEqual(recorded.expected.last);
  });
});
