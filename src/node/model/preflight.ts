/**
 * Preflight: the checks that may take long or fail without harm. They run before approval is asked for and
 * before anything is touched (design §4).
 */

import type { Problem } from '../../api/problem.ts';
import type { Effective } from '../../desired/effective.ts';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import type { Fetch } from '../../render/render.ts';
import type { FileContents } from './file-contents.ts';
import type { DropIn } from './observed.ts';
import type { TransactionRecord } from './record.ts';

/** The checks of one machine. */
export interface Preflight {
  /**
   * Checks the files that a change would write, and fetches its image.
   *
   * @returns problems; if one of them is an error, the change must not be asked for or made
   * @throws HostFileError if the host cannot be read, SystemdError if systemd does not answer
   */
  check(request: PreflightRequest): Promise<readonly Problem[]>;
  /** Removes the temporary files that a killed agent left behind. Never throws. */
  sweep(): Promise<void>;
}

/** One change to check. */
export interface PreflightRequest {
  readonly record: TransactionRecord;
  readonly effective: Effective;
  /** The bytes of every file that exists after the change. */
  readonly contents: FileContents;
  /** The drop-ins of the unit that are on the host now. */
  readonly dropIns: readonly DropIn[];
  /** Whether the kubelet is restarted by the change itself: not by a repair, and not with `--no-restart`. */
  readonly restarts: boolean;
  /** The node's own kubelet, as it would be without us; undefined if the launcher does not add to one. */
  readonly installed: InstalledKubelet | undefined;
  /** Whether this is a machine that runs: the tree of an image shows neither its size nor all its files. */
  readonly systemdRuns: boolean;
  /** The last known good; undefined if nothing was ever committed. */
  readonly committed: TransactionRecord | undefined;
  /** The command that fetches the image; absent if there is no image, or only the node knows which one. */
  readonly fetch?: Fetch | undefined;
  /** Asks the kubelet at this path for its version; undefined if it does not say it. */
  readonly kubeletVersion: (path: string) => Promise<string | undefined>;
  readonly report: (event: PreflightEvent) => void;
  readonly stop?: AbortSignal | undefined;
}

/** The events that preflight reports while it runs. */
export type PreflightEvent =
  /** No program on the host could check `what`. */
  | { readonly kind: 'Unverified'; readonly what: string; readonly reason: string }
  | { readonly kind: 'Fetching'; readonly image: string };
