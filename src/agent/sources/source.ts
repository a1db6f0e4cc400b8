/** Where the agent learns what its node should have, and where it reports the outcome. */

import type { Labels } from '../../api/types.ts';
import type { OpenMachine } from '../../host/machine.ts';
import type { SourceAnswer } from '../../node/model/desired-state.ts';
import type { Hold } from '../../node/model/hold.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import type { Authority } from '../../node/model/permission.ts';
import type { ReconcileRequest } from '../../node/model/preview.ts';
import type { ReadNodeReadiness } from '../../node/ports/node-readiness.ts';
import type { AskKubelet } from '../../node/ports/running-kubelet.ts';
import type { Progress } from '../../node/report/progress.ts';

/** Everything that a pass needs to know from outside of the machine, at one moment. */
export interface SourceSnapshot {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  /** The name and annotations of the node, as far as the source knows them. */
  readonly node?: ReconcileRequest['node'];
  readonly authority: Authority;
  /** A hold that is set outside of the host: the annotation of the Node. */
  readonly hold?: Hold | undefined;
  /** Present if the source is a cluster that knows this node. */
  readonly readNodeReadiness?: ReadNodeReadiness | undefined;
  /** Asks the kubelet that runs, with the credentials of the source. */
  readonly askKubelet?: AskKubelet | undefined;
}

export interface AgentSource {
  /** For the log: `cluster`, or the path of the directory. */
  readonly origin: string;
  /** Whether it has answered once: a pod that cannot reach the API server is not Ready. */
  isReady(): boolean;
  /** Never fails because the source is away: the snapshot then says so. */
  ask(machine: OpenMachine): Promise<SourceSnapshot>;
  /** @throws Error when the outcome could not be reported; the pass is then repeated */
  report(outcome: Outcome, machine: OpenMachine): Promise<void>;
  /** Tells how far a change is that is under way. Never throws, and never keeps the change waiting. */
  progressed?(progress: Progress): void;
  close(): Promise<void>;
}

/** @param onChange called when the source may have something new */
export type OpenSource = (onChange: () => void) => AgentSource;
