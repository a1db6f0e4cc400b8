/** Where the agent learns what its node should have, and whom it tells what came of it. */

import type { Labels } from '../../api/types.ts';
import type { OpenMachine } from '../../host/machine.ts';
import type { SourceAnswer } from '../../node/model/desired-state.ts';
import type { Hold } from '../../node/model/hold.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import type { Authority } from '../../node/model/permission.ts';
import type { ReadNodeReadiness } from '../../node/ports/node-readiness.ts';

/** Everything that a pass needs to know from outside of the machine, at one moment. */
export interface SourceSnapshot {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  readonly authority: Authority;
  /** Where the source has one to tell of. */
  readonly hold?: Hold | undefined;
  /** Where the source is a cluster that knows this node. */
  readonly readNodeReadiness?: ReadNodeReadiness | undefined;
}

export interface AgentSource {
  /** For the log. */
  readonly origin: string;
  ask(machine: OpenMachine): Promise<SourceSnapshot>;
  /** @throws Error when it could not be told, and the pass is to be repeated */
  report(outcome: Outcome, machine: OpenMachine): Promise<void>;
  close(): Promise<void>;
}
