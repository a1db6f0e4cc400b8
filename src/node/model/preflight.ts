/** Preflight: all that may take long or fail without harm, before anything is asked for or touched (design §4). */

import type { Problem } from '../../api/problem.ts';
import type { Effective } from '../../desired/effective.ts';
import type { Fetch } from '../../render/render.ts';
import type { FileContents } from './file-contents.ts';
import type { DropIn } from './observed.ts';
import type { TransactionRecord } from './record.ts';

export interface Preflight {
  /** Problems of what is to be there. Errors are obstacles: nothing is to be asked for or touched. @throws HostFileError, and SystemdError when systemd is out of reach */
  check(request: PreflightRequest): Promise<readonly Problem[]>;
  /** Removes what an agent that was killed has left. Never throws. */
  sweep(): Promise<void>;
}

export interface PreflightRequest {
  readonly record: TransactionRecord;
  readonly effective: Effective;
  /** The bytes of every file of the record that is to be there. */
  readonly contents: FileContents;
  /** Those on the host now. */
  readonly dropIns: readonly DropIn[];
  readonly committed: TransactionRecord | undefined;
  /** What fetches the image; absent where there is none, or it is known on the node only. */
  readonly fetch?: Fetch | undefined;
  readonly report: (event: PreflightEvent) => void;
  readonly stop?: AbortSignal | undefined;
}

export type PreflightEvent =
  /** Nobody could say whether it is right. */
  | { readonly kind: 'Unverified'; readonly what: string; readonly reason: string }
  | { readonly kind: 'Fetching'; readonly image: string };
