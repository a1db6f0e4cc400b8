import { expect, test } from 'vitest';
import type { TransactionResult } from '../../../src/node/model/event.ts';
import { systemdFault } from '../../../src/node/model/host-fault.ts';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import type { Verdict } from '../../../src/node/model/verdict.ts';
import { HostFileError } from '../../../src/node/ports/files.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';
import { describeOutcome } from '../../../src/node/report/describe-outcome.ts';
import { unmanaged } from '../../../src/render/revision.ts';

const state = { enabled: true, active: true };
const record: TransactionRecord = {
  ...unmanaged,
  format: 1,
  sequence: 1,
  revision: 'r1',
  inputs: null,
  files: [],
  originals: { files: [], unit: state },
  orphans: [],
  unit: { name: 'kubelet.service', before: state, invocationBefore: '', after: state },
};
const changed = (result: TransactionResult): Outcome => ({
  kind: 'Changed',
  record,
  result,
  warnings: [],
  foreign: [],
  reason: 'Change',
});
const undone = (kind: Verdict['kind']) => changed({ kind: 'Undone', verdict: { kind, reason: 'it exited' } });
const verdict = { kind: 'Failed', reason: 'it exited' } as const;
const full = new HostFileError('NoSpace', '/etc/x', 'cannot write /etc/x', 'Free space there');
const bus = systemdFault(new SystemdError('Disconnected', 'x', 'no connection to systemd'));

test.each<[string, Outcome, string]>([
  [
    'a host that refuses',
    changed({ kind: 'Refused', errors: [full] }),
    'error[NoSpace]: cannot write /etc/x; nothing was changed',
  ],
  [
    'a host without a bus',
    { kind: 'Unreadable', error: bus },
    'error[Disconnected]: no connection to systemd; nothing was changed',
  ],
  ['a change that failed', undone('Failed'), 'error[Undone]: the change was undone: it exited'],
  [
    'one that failed before',
    { kind: 'Kept', problems: [], failedBefore: 'it exited' },
    'error[Undone]: nothing was changed: the same',
  ],
  ['one that cannot be undone', changed({ kind: 'NotUndone', verdict, error: full }), 'error[NotUndone]: the change failed: it'],
  ['one that is tried again', undone('Interrupted'), 'error[Interrupted]: the change was undone: it exited'],
  ['one that is wanted no more', undone('Superseded'), 'notice[Superseded]: the change was undone: it exited'],
])('an error of the host begins with its code: %s', (_what, outcome, expected) => {
  expect(describeOutcome(outcome)[0]).toContain(expected);
});
