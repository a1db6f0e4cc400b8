import { expect, test } from 'vitest';
import type { TransactionEvent } from '../../../src/node/model/event.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import { describeProgress, type Progress, progressAfter } from '../../../src/node/report/progress.ts';

const record = {
  revision: 'r2',
  inputs: { objects: [{ name: 'workers', uid: 'u', generation: 3 }] },
} as unknown as TransactionRecord;
const health = { timeoutSeconds: 180, minReadySeconds: 10 };
const unit = 'kubelet.service';
const waits = (what: string, elapsedSeconds: number): TransactionEvent => ({
  kind: 'Waits',
  what,
  elapsedSeconds,
  timeoutSeconds: 180,
});

/** The text after each event, with the seconds since its step began. */
function told(events: readonly TransactionEvent[], elapsed?: number): string[] {
  let progress: Progress | undefined;
  return events.map((event) => {
    progress = progressAfter(progress, event, '2026-01-03T00:00:00Z');
    return progress === undefined ? '' : describeProgress(progress, elapsed);
  });
}

test('each step is named with its revision, its objects, and what it waits for', () => {
  const request = { id: 'q', revision: 'r2', inputs: 'i', reason: 'Change' } as const;
  const lines = told(
    [
      { kind: 'Granted', request, record },
      { kind: 'Armed', steps: [], record },
      { kind: 'Begun', step: { kind: 'Restart', unit } },
      { kind: 'Proving', unit, health, isNodeAsked: true },
      waits('Node Ready', 62),
    ],
    62,
  );
  expect(lines).toEqual([
    'revision r2 of workers (generation 3): granted by the controller',
    "revision r2 of workers (generation 3): armed: the dead-man's switch is set, and files are being written",
    'revision r2 of workers (generation 3): restarting the kubelet: waiting for systemd to restart kubelet.service, 62 s',
    'revision r2 of workers (generation 3): proving that the kubelet is healthy',
    'revision r2 of workers (generation 3): proving that the kubelet is healthy: waiting for Node Ready, 62 s of 180 s',
  ]);
});

test('seconds alone are no progress', () => {
  const first = progressAfter(undefined, { kind: 'Armed', steps: [], record }, 'then');
  const second = progressAfter(first, waits('Node Ready', 1), 'then');
  expect(progressAfter(second, waits('Node Ready', 2), 'later')).toBe(second);
});

test('a secret in what is waited for is hidden', () => {
  expect(told([{ kind: 'Armed', steps: [], record }, waits('healthz: --token=abcdef.0123456789abcdef', 1)]).join()).not.toContain(
    '0123456789abcdef',
  );
});
