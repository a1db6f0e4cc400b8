/** The request for a pass over one node, and the preview: what that pass would do. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Labels } from '../../api/types.ts';
import type { HostFactsForExpressions, NodeFacts } from '../../computed/facts.ts';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import type { Comparison } from '../../kubelet/settings/compare.ts';
import type { ProgramPaths } from '../../render/capabilities.ts';
import type { HostFacts } from '../../render/facts.ts';
import type { ReadNodeReadiness } from '../ports/node-readiness.ts';
import type { AskKubelet } from '../ports/running-kubelet.ts';
import type { Action, Rest } from './action.ts';
import type { DesiredRevision, DesiredState, SourceAnswer } from './desired-state.ts';
import type { AgentState } from './drift.ts';
import type { TransactionEvent } from './event.ts';
import type { FileContents } from './file-contents.ts';
import type { Hold } from './hold.ts';
import type { Journal } from './journal.ts';
import type { Observed } from './observed.ts';
import type { Authority } from './permission.ts';
import type { Pin } from './pin.ts';
import type { RunningKubelet, SeenRuns } from './running.ts';
import type { SettingsRead } from './settings-read.ts';

/** The node's own kubelet, as it would be without us. */
export interface InstalledRequest {
  readonly unit: string;
  /** What stands at our paths without us: the bytes of the original; undefined if there was none. */
  readonly without: ReadonlyMap<string, Buffer | undefined>;
}

/** Everything that a pass needs besides the machine. */
export interface ReconcileRequest {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  /** What the source knows of the Node besides its labels; expressions may use it. */
  readonly node?: Partial<Pick<NodeFacts, 'name' | 'annotations'>> | undefined;
  /**
   * Reads the facts of the machine for expressions; asked only if an object that selects the node computes
   * something.
   * @param lastMemoryGiB the memory that was told last
   */
  readonly machineFacts?: ((lastMemoryGiB: number | undefined) => Promise<HostFactsForExpressions>) | undefined;
  /**
   * Asks for the facts of the host, with the versions of the programs at these paths, and with the node's own
   * kubelet if that is asked for.
   */
  readonly facts: (programs: ProgramPaths, installed?: InstalledRequest) => Promise<HostFacts>;
  /** The paths that objects may write on this host. */
  readonly allowance: PathAllowance;
  /** The current time for the record, RFC 3339. */
  readonly at?: string;
  /** False for `--no-restart`. */
  readonly restart: boolean;
  /**
   * True if a person asked for the pass: inputs that failed before are then tried again, and a pin does not
   * count.
   */
  readonly retry: boolean;
  /** True if a person has just asked this node to try again what failed: its request says so. */
  readonly isRetryAsked?: boolean;
  /** True for the pass of a rollback: the pin counts although a person asked for the pass. */
  readonly goesBack?: boolean;
  /** The change that was interrupted a short time ago and is not tried again yet. */
  readonly resting?: Rest | undefined;
  /** The knowledge of the running agent from earlier passes; absent for a command that runs once. */
  readonly agentState?: AgentState | undefined;
  /** A hold that is not set on the host but by the annotation of the Node. */
  readonly hold?: Hold | undefined;
  /** Asks the cluster whether this Node is Ready; absent if there is no cluster to ask. */
  readonly readNodeReadiness?: ReadNodeReadiness | undefined;
  /** Asks the kubelet that runs at its own server; absent if the root is not the running machine. */
  readonly askKubelet?: AskKubelet | undefined;
  /** What the running agent saw of the kubelet in earlier passes. */
  readonly seenRuns?: SeenRuns | undefined;
  readonly authority: Authority;
  /** Aborted when the agent stops: a running proof then ends, and the change is undone. */
  readonly stop?: AbortSignal;
  /** Aborted when another revision is desired: a running proof then ends, and the change is undone. */
  readonly superseded?: AbortSignal;
  readonly report: (event: TransactionEvent) => void;
}

/** Everything that a pass has read and decided, before it does anything. */
export interface Preview {
  readonly journal: Journal;
  /** The pin that a rollback left; undefined if there is none. */
  readonly pin: Pin | undefined;
  readonly desired: DesiredState;
  /** The desired revision without the pin. */
  readonly unpinned: DesiredRevision;
  readonly observed: Observed;
  readonly action: Action;
  /** The bytes of every file that exists after the action. */
  readonly contents: FileContents;
  /** The memory that expressions were told, if it is another than before. */
  readonly newMemoryGiB?: number;
  /** What the change does to the settings of the kubelet; absent if nothing changes. */
  readonly comparison?: Comparison;
  /** The node's own kubelet, as it would be without us; absent if no launcher adds to it. */
  readonly installed?: InstalledKubelet;
  /** The kubelet of the host before and after the change, by its files; absent if nothing changes. */
  readonly kubelets?: { readonly before: InstalledKubelet; readonly coming: InstalledKubelet };
  /** The kubelet that runs; absent if it was not looked at. */
  readonly running?: RunningKubelet;
  /** Whether the kubelet itself was asked for its settings when the committed revision was proved. */
  readonly settingsRead?: SettingsRead;
}
