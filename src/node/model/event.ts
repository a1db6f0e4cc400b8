/** What is told of a transaction while it runs, and what comes of it. */

import type { HostFileError } from '../ports/files.ts';
import type { Health } from './health.ts';
import type { PreflightEvent } from './preflight.ts';
import type { TransactionRecord } from './record.ts';
import type { Step } from './step.ts';
import type { Verdict } from './verdict.ts';

export type TransactionEvent =
  /** Before there is a transaction. */
  | PreflightEvent
  | { readonly kind: 'Armed'; readonly steps: readonly Step[]; readonly record: TransactionRecord }
  | { readonly kind: 'Done'; readonly step: Step }
  /** A file has been written, and has perhaps not the label that the host's policy wants. */
  | { readonly kind: 'NotLabelled'; readonly path: string; readonly reason: string }
  | { readonly kind: 'Proving'; readonly unit: string; readonly health: Health; readonly isNodeAsked: boolean }
  /** The kubelet is well, and the cluster cannot be asked: it is waited for once more. */
  | { readonly kind: 'Unproven'; readonly reason: string; readonly timeoutSeconds: number }
  | { readonly kind: 'Undoing'; readonly verdict: Verdict };

export type TransactionResult =
  | { readonly kind: 'Committed' }
  /** Nothing was touched. */
  | { readonly kind: 'Refused'; readonly errors: readonly HostFileError[] }
  /** The files are as they were; `kubeletDown` tells that the kubelet does not run with them either. */
  | { readonly kind: 'Undone'; readonly verdict: Verdict; readonly kubeletDown?: string }
  /** The host is somewhere in between; the transaction stays open and the next run tries again. */
  | { readonly kind: 'NotUndone'; readonly verdict: Verdict; readonly error: unknown };
