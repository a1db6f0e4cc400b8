import { expect, test } from 'vitest';
import { readConfigz } from '../../src/kubelet/configz.ts';

const read = (answer: string) => readConfigz(answer, (secret) => `digest of ${secret.length}`);

test('the fields are read, without what names the file', () => {
  const kubeletconfig = { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', maxPods: 64 };
  expect(read(JSON.stringify({ kubeletconfig }))).toEqual({ maxPods: 64 });
});

test.each(['ok', '', 'null', '[]', '{}', '{"kubeletconfig": []}', '{"kubeletconfig": null}'])('%j is no answer', (answer) => {
  expect(read(answer)).toBeUndefined();
});

test.each([
  [
    { A: ['secret', 'b'], B: [] },
    { A: ['digest of 8', 'digest of 3'], B: [] },
  ],
  [{ A: 'secret' }, { A: 'digest of 8' }],
  ['secret', 'digest of 8'],
  [[{ deep: { down: 1 } }], [{ deep: { down: 'digest of 1' } }]],
  [null, null],
])('of the headers %j nothing but the names is left', (staticPodURLHeader, expected) => {
  expect(read(JSON.stringify({ kubeletconfig: { staticPodURLHeader } }))).toEqual({ staticPodURLHeader: expected });
});
