/** The events that a transaction reports while it runs, and its result. */

import type { DisruptionRequest } from '../../api/types.ts';
import type { HostFileError } from '../ports/files.ts';
import type { Asked } from './asked.ts';
import type { Awaited, Health } from './health.ts';
import type { PreflightEvent } from './preflight.ts';
import type { TransactionRecord } from './record.ts';
import type { SettingsRead } from './settings-read.ts';
import type { Step } from './step.ts';
import type { Verdict } from './verdict.ts';

/** An event of a transaction, reported when it happens. */
export type TransactionEvent =
  /** Reported before the transaction is armed. */
  | PreflightEvent
  /** The pass carries out what a person asked of this node. */
  | { readonly kind: 'Asked'; readonly asked: Asked }
  /** The controller has granted the change, and the grant is claimed. */
  | { readonly kind: 'Granted'; readonly request: DisruptionRequest; readonly record: TransactionRecord }
  | { readonly kind: 'Armed'; readonly steps: readonly Step[]; readonly record: TransactionRecord }
  | { readonly kind: 'Begun'; readonly step: Step }
  | { readonly kind: 'Done'; readonly step: Step }
  /** A file was written, but setting the SELinux label that the host's policy asks for failed. */
  | { readonly kind: 'NotLabelled'; readonly path: string; readonly reason: string }
  | { readonly kind: 'Proving'; readonly unit: string; readonly health: Health; readonly isNodeAsked: boolean }
  /** What the proof still waits for: told when it becomes something else, and about once a second. */
  | ({ readonly kind: 'Waits' } & Awaited)
  /** The kubelet is healthy, but the cluster cannot be asked about its Node; the proof waits once more. */
  | { readonly kind: 'Unproven'; readonly reason: string; readonly timeoutSeconds: number }
  | { readonly kind: 'Undoing'; readonly verdict: Verdict }
  /** The host is as it was before, and systemd has read its unit files since. */
  | { readonly kind: 'Undone' };

/** The result of a transaction. */
export type TransactionResult =
  /** `settings` is absent if the kubelet was not restarted, or if nobody was there to ask it. */
  | { readonly kind: 'Committed'; readonly settings?: SettingsRead }
  /** Nothing was touched. */
  | { readonly kind: 'Refused'; readonly errors: readonly HostFileError[] }
  /** The files are as they were before. `kubeletDown` says why the kubelet does not run with them either. */
  | { readonly kind: 'Undone'; readonly verdict: Verdict; readonly kubeletDown?: string }
  /**
   * The undo failed: some files may be new and some old. The transaction stays open; the next pass undoes it.
   * With `leftovers` the undo has ended and nothing is open any more, but these parts of the host are not as
   * they were before: only a person can put them right.
   */
  | {
      readonly kind: 'NotUndone';
      readonly verdict: Verdict;
      readonly error: unknown;
      readonly leftovers?: readonly string[];
    };

/** True if the transaction is still open after it ended like this: a later pass undoes it. */
export function isOpen(result: TransactionResult): boolean {
  return result.kind === 'NotUndone' && result.leftovers === undefined;
}
