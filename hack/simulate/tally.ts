/** Counts what a run costs. */

import type { NodeKubelet } from '../../src/api/types.ts';
import { isClaimed } from '../../src/fleet/member.ts';
import type { TransactionResult } from '../../src/node/model/event.ts';
import type { Request } from './network.ts';
import type { SimulatedProcess } from './process.ts';

export class Tally {
  /** Requests that landed, by sender and words. */
  readonly requests = new Map<string, number>();
  /** Writes of NodeKubelets that were stored, by what they said. */
  readonly writes = new Map<string, number>();
  /** Changes of hosts, by their result. */
  readonly results = new Map<string, number>();
  /** Milliseconds of the real clock that each plan took. */
  readonly plans: number[] = [];

  landed({ name }: SimulatedProcess, { verb, plural, subresource }: Request): void {
    const sender = name.startsWith('agent') ? 'agents' : 'controllers';
    add(this.requests, `${sender}: ${verb} ${plural}${subresource === undefined ? '' : `/${subresource}`}`);
  }

  planned(milliseconds: number): void {
    this.plans.push(milliseconds);
  }

  ended(result: TransactionResult): void {
    add(this.results, result.kind === 'Undone' ? result.verdict.kind : result.kind);
  }

  changed(before: NodeKubelet | undefined, after: NodeKubelet): void {
    add(this.writes, kindOfWrite(before, after));
  }
}

function kindOfWrite(before: NodeKubelet | undefined, after: NodeKubelet): string {
  if (!before) return 'created';
  const { approval } = after.spec ?? {};
  if (JSON.stringify(before.spec?.approval) !== JSON.stringify(approval)) {
    if (approval?.request === '') return 'revocation';
    return approval?.request === before.spec?.approval?.request ? 'approval signed again' : 'approval';
  }
  if (before.status?.claimed !== after.status?.claimed) return 'claim';
  const { request } = after.status ?? {};
  if (request !== undefined && request.id !== before.status?.request?.id)
    return isClaimed(before) ? 'report and request' : 'request';
  if (request === undefined && before.status?.request !== undefined) return 'report';
  return isClaimed(after) ? 'progress' : 'other report';
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
