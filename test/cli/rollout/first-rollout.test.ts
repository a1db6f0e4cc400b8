import { expect, test } from 'vitest';
import { textOf } from '../../manifests/documents.ts';
import { recordFirstRollout } from './first-rollout.ts';

/** `npx tsx hack/record-rollout.ts` writes the page anew. */
test('docs/rollout-recording.txt is what a person sees', async () => {
  expect(await recordFirstRollout()).toBe(textOf('docs/rollout-recording.txt'));
});
