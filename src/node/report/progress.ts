/** Which step a change is at, and what it waits for, in logs, reports and the status. Pure. */

import type { ObjectReference } from '../../desired/effective.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { TransactionEvent } from '../model/event.ts';
import type { TransactionRecord } from '../model/record.ts';
import { describeObjects } from './describe-step.ts';

export type ProgressStep = 'Fetching' | 'Granted' | 'Armed' | 'Restarting' | 'Proving' | 'Undoing';

/** One step of a change; it is kept on disk while the change runs. */
export interface Progress {
  readonly step: ProgressStep;
  /** Id of the revision, null for the originals; absent before the change has begun. */
  readonly revision?: string | null;
  readonly objects: readonly ObjectReference[];
  /** When the step began, RFC 3339. */
  readonly since: string;
  /** Completes "waiting for …"; absent if it waits for nothing. */
  readonly waitsFor?: string;
  /** Seconds that the step may take; absent if it has no limit of its own. */
  readonly timeoutSeconds?: number;
}

/**
 * The progress after an event. An event that begins no step, and changes nothing that is waited for, returns
 * `before` itself.
 *
 * @param at the date of the event, RFC 3339
 */
export function progressAfter(before: Progress | undefined, event: TransactionEvent, at: string): Progress | undefined {
  const subject = before === undefined ? { objects: [] } : subjectOf(before);
  switch (event.kind) {
    case 'Fetching':
      return { step: 'Fetching', objects: [], since: at, waitsFor: `the image ${event.image}` };
    case 'Granted':
      return { step: 'Granted', ...recorded(event.record), since: at };
    case 'Armed':
      return { step: 'Armed', ...recorded(event.record), since: at };
    case 'Begun':
      if (event.step.kind !== 'Restart') return before;
      return { step: 'Restarting', ...subject, since: at, waitsFor: `systemd to restart ${event.step.unit}` };
    case 'Proving':
      return { step: 'Proving', ...subject, since: at, timeoutSeconds: event.health.timeoutSeconds };
    case 'Unproven':
      return { step: 'Proving', ...subject, since: at, waitsFor: event.reason, timeoutSeconds: event.timeoutSeconds };
    case 'Waits':
      return before === undefined || before.waitsFor === event.what ? before : { ...before, waitsFor: event.what };
    case 'Undoing':
      return { step: 'Undoing', ...subject, since: at, waitsFor: 'the host to be as it was before' };
    case 'Asked':
    case 'Unverified':
    case 'NotLabelled':
    case 'Done':
    case 'Undone':
      return before;
    default:
      return event satisfies never;
  }
}

function subjectOf({ revision, objects }: Progress): Pick<Progress, 'revision' | 'objects'> {
  return { objects, ...(revision !== undefined && { revision }) };
}

function recorded({ revision, inputs }: TransactionRecord): Pick<Progress, 'revision' | 'objects'> {
  return { revision, objects: inputs?.objects ?? [] };
}

/** `revision 3fa94c of workers`; the way back if the revision is null. */
export function describeSubject({ revision, objects }: Pick<Progress, 'revision' | 'objects'>): string {
  if (revision === undefined) return 'a change';
  if (revision === null) return 'the way back to what was there before';
  return objects.length === 0 ? `revision ${revision}` : `revision ${revision} of ${describeObjects(objects)}`;
}

const stepWords: Readonly<Record<ProgressStep, string>> = {
  Fetching: 'being prepared',
  Granted: 'granted by the controller',
  Armed: "armed: the dead-man's switch is set, and files are being written",
  Restarting: 'restarting the kubelet',
  Proving: 'proving that the kubelet is healthy',
  Undoing: 'being undone',
};

/**
 * `revision 3fa94c of workers: proving that the kubelet is healthy: waiting for Node Ready, 62 s of 180 s`.
 *
 * @param elapsedSeconds since the step began; left out of the text if undefined
 */
export function describeProgress(progress: Progress, elapsedSeconds?: number): string {
  const { step, waitsFor } = progress;
  const waits = waitsFor === undefined ? '' : `: ${describeWait(progress, elapsedSeconds)}`;
  return hideInReason(`${describeSubject(progress)}: ${stepWords[step]}${waits}`);
}

/** `waiting for Node Ready, 62 s of 180 s`. */
export function describeWait(
  { waitsFor, timeoutSeconds }: Pick<Progress, 'waitsFor' | 'timeoutSeconds'>,
  elapsed?: number,
): string {
  if (elapsed === undefined) return `waiting for ${waitsFor}`;
  const limit = timeoutSeconds === undefined ? '' : ` of ${timeoutSeconds} s`;
  return `waiting for ${waitsFor}, ${elapsed} s${limit}`;
}
