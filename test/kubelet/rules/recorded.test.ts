import { describe, expect, it } from 'vitest';
import { untoldCauses } from './cause.ts';
import { judgeRecorded, type RecordedCase, readRecording } from './recorded.ts';

const names = ['kubelet-1.36.json', 'kubelet-1.36-composite-given.json', 'kubelet-1.36-probes.json'];

/** Every case in which we say otherwise than the kubelet did, and why. */
const disagreements: Readonly<Record<string, string>> = {
  'q-label-role-cp': 'the recorded kubelet is a fork that lets node-role.kubernetes.io labels pass; others refuse them',
};

/** Every case in which the kubelet exits without naming a cause. */
const withoutCause: Readonly<Record<string, string>> = {
  'flagform-short-h': 'it prints how it is used',
  'flagform-long-help': 'it prints how it is used',
  'flagform-version': 'it prints its version',
  'flagform-version-raw': 'it prints its version',
};

describe.each(names)('%s', (name) => {
  const { minimal, cases } = readRecording(name);
  const judged = cases
    .filter(({ environment }) => environment !== true)
    .map((one) => ({ one, refused: judgeRecorded(one, minimal).filter(({ kind }) => kind === 'Refused') }));
  const listed = (list: Readonly<Record<string, string>>) => cases.map(({ id }) => id).filter((id) => Object.hasOwn(list, id));
  const ids = (kept: readonly { readonly one: RecordedCase }[]) => kept.map(({ one }) => one.id);

  it('refuses what the kubelet refused, and nothing else', () => {
    const other = judged.filter(({ one, refused }) => refused.length > 0 !== (one.verdict === 'exited'));
    expect(ids(other)).toEqual(listed(disagreements));
  });

  it('names the cause that the kubelet named', () => {
    const both = judged.filter(({ one, refused }) => one.verdict === 'exited' && refused.length > 0);
    const untold = both.filter(({ one, refused }) => untoldCauses(one.message, refused).length > 0);
    expect(ids(untold)).toEqual(listed(withoutCause));
  });
});
