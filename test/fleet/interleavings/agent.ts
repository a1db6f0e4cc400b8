/** What an agent decides in a state: the real ruling and the real judgement of an approval. */

import type { DisruptionRequest } from '../../../src/api/types.ts';
import { isFor, whyOver } from '../../../src/cluster/judge-approval.ts';
import { rule } from '../../../src/node/decide/permission.ts';
import type { Disruption, Permission } from '../../../src/node/model/permission.ts';
import { at, codeOf, earlier, idIn, type Layout, nodeField as N, revisionIn, revoked, type State } from './layout.ts';

export type AgentDecision =
  | { readonly kind: 'Wait' }
  | { readonly kind: 'Ask'; readonly request: number }
  /** The request is approved, and may be claimed if the Lease is in that term. */
  | { readonly kind: 'Granted'; readonly request: number };

export class Agent {
  readonly #layout: Layout;
  readonly #rulings = new Map<string, AgentDecision>();
  readonly #judgements = new Map<string, boolean>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  decide(state: State, n: number): AgentDecision {
    const o = this.#layout.node(n);
    const fields = [N.request, N.claimed, N.approval, N.next, N.revision].map((field) => at(state, o + field));
    const key = fields.join();
    const known = this.#rulings.get(key);
    if (known) return known;
    const [request = 0, claimed = 0, approval = 0, next = 0, revision = 0] = fields;
    const found = decisionOf(request, claimed, approval, next, revision);
    this.#rulings.set(key, found);
    return found;
  }

  /** Whether the approval may be claimed when the Lease is in this term. */
  mayClaim(state: State, n: number, present: number): boolean {
    const o = this.#layout.node(n);
    const [request, approval, term] = [N.request, N.approval, N.term].map((field) => at(state, o + field));
    const key = `${request} ${approval} ${term} ${present}`;
    const known = this.#judgements.get(key);
    if (known !== undefined) return known;
    const found = approvalIn(approval ?? 0, term ?? 0);
    const evidence = { which: 'the Lease', present: `lease/${present}`, time: undefined };
    const may = found !== undefined && isFor(found, requestIn(request ?? 0)) && whyOver(found, evidence) === undefined;
    this.#judgements.set(key, may);
    return may;
  }
}

function decisionOf(request: number, claimed: number, approval: number, next: number, revision: number): AgentDecision {
  const newId = idIn(next);
  const permission: Permission = {
    kind: 'Controller',
    request: request === 0 ? undefined : requestIn(request),
    claimed: claimed === 0 ? undefined : idIn(claimed),
    approval: approvalIn(approval, 0),
    isUnregistered: false,
    newId,
  };
  const disruption: Disruption = {
    revision: revisionIn(codeOf(0, revision)),
    inputs: 'inputs',
    reason: 'Change',
    unitIsActive: true,
  };
  const ruling = rule(permission, disruption);
  const asked = ruling.kind === 'Granted' ? ruling.claim : ruling.request;
  if (asked === undefined) throw new Error('an agent permits itself what the controller has to permit');
  if (ruling.kind === 'Granted') return { kind: 'Granted', request };
  return asked.id === newId ? { kind: 'Ask', request: codeOf(next, revision) } : { kind: 'Wait' };
}

function requestIn(code: number): DisruptionRequest {
  return { id: idIn(code), revision: revisionIn(code), inputs: 'inputs', reason: 'Change' };
}

function approvalIn(code: number, term: number) {
  if (code === 0) return undefined;
  if (code === revoked) return { request: '' };
  if (code === earlier) return { request: 'earlier', revision: revisionIn(0) };
  return { request: idIn(code), revision: revisionIn(code), term: `lease/${term}` };
}
