/** The steps of one controller, whether it leads or only believes so, and of what it has sent. */

import {
  approves,
  at,
  decides,
  follows,
  hasLease,
  hasListed,
  hasReports,
  nodeField as N,
  orphans,
  presentTerm,
  type State,
  viewField as V,
  writeField as W,
  writeSize,
} from './layout.ts';
import type { Decision, Moment, PlannedWrite } from './leader.ts';
import { holds, type Stage } from './steps.ts';

const names = ['A', 'B'] as const;

export function controllerSteps(stage: Stage, state: State, c: number): void {
  const { changes, layout, rules } = stage;
  const o = layout.controller(c);
  const lead = at(state, o);
  if (lead >= hasListed || !rules.listsAfterTakeover) viewSteps(stage, state, c);
  officeSteps(stage, state, c);
  if (at(state, layout.write(c)) !== 0) answerSteps(stage, state, c);
  else if (at(state, layout.queued(c, 0)) !== 0)
    stage.step(
      () => `${names[c]} sends its next write`,
      (next) => send(stage, next, c),
    );
  else if (lead >= hasListed) passSteps(stage, state, c);
  if (at(state, layout.queued(c, 0)) !== 0)
    stage.step(
      () => `${names[c]} plans anew before it grants more`,
      (next) => changes.dropGrants(next, c),
    );
  if (c === 0) orphanSteps(stage, state);
}

/** Each object is seen by itself, at any time. */
function viewSteps(stage: Stage, state: State, c: number): void {
  const { changes, layout, rules } = stage;
  for (let n = 0; n < layout.nodes; n += 1) {
    const v = layout.view(c, n);
    const o = layout.node(n);
    const isWaiting = at(state, layout.controller(c)) === hasListed && rules.plansFirstOnList;
    if (at(state, v + V.isFresh) === 0 && !isWaiting)
      stage.step(
        () => `${names[c]} sees the NodeKubelet of n${n}`,
        (next) => {
          changes.see(next, c, n);
          changes.dropGrants(next, c);
        },
      );
    else if (!rules.doubtNeedsLaterVersion && at(state, v + V.sent) !== 0)
      stage.step(
        () => `${names[c]} sees the same version of n${n} again`,
        (next) => {
          next[v + V.sent] = 0;
        },
      );
    if (at(state, v + V.node) !== at(state, o + N.node) || at(state, v + V.isDown) !== at(state, o + N.isDown))
      stage.step(
        () => `${names[c]} sees the Node n${n}`,
        (next) => {
          changes.seeNode(next, c, n);
          changes.dropGrants(next, c);
        },
      );
  }
}

/** The Lease is taken, lost and given up. */
function officeSteps(stage: Stage, state: State, c: number): void {
  const { changes, layout, rules } = stage;
  const o = layout.controller(c);
  const lead = at(state, o);
  const isHolder = at(state, layout.lease) === c;
  const takeOffice = (next: State) => {
    if (!changes.abandon(next, c)) return false;
    changes.blank(next, c);
    changes.newTerm(next, c);
    next[o] = rules.listsAfterTakeover ? hasLease : decides;
    return true;
  };
  if (!isHolder) stage.fault('take', () => `${names[c]} takes the Lease`, takeOffice);
  else if (lead === follows) stage.step(() => `${names[c]} begins anew and takes the Lease again`, takeOffice);
  const [first, second] = rules.listsNodesLast ? ['NodeKubelets', 'Nodes'] : ['Nodes', 'NodeKubelets'];
  const list = (what: string | undefined, then: number) =>
    stage.step(
      () => `${names[c]} lists ${what}`,
      (next) => {
        for (let n = 0; n < layout.nodes; n += 1) {
          if (what === 'Nodes') changes.seeNode(next, c, n);
          else changes.see(next, c, n);
        }
        next[o] = then;
      },
    );
  if (lead === hasLease) list(first, hasReports);
  if (lead === hasReports) list(second, hasListed);
  const leave = (next: State) => {
    if (!changes.abandon(next, c)) return false;
    changes.blank(next, c);
    return true;
  };
  if (lead !== follows && at(state, o + 1) !== presentTerm)
    stage.step(() => `${names[c]} notices that it leads no longer`, leave);
  if (lead !== follows) stage.fault('crash', () => `${names[c]} crashes`, leave);
}

/** The write that is under way lands, or conflicts; or its answer gets lost. */
function answerSteps(stage: Stage, state: State, c: number): void {
  const { changes, layout, rules } = stage;
  const write = layout.write(c);
  const n = at(state, write + W.node);
  const isApproval = at(state, write) === approves;
  const what = () => `the ${isApproval ? 'approval' : 'revocation'} of n${n} by ${names[c]}`;
  const v = layout.view(c, n);
  const isFresh = at(state, write + W.isFresh) !== 0 && at(state, layout.node(n) + N.owner) !== 0;
  stage.step(
    () => `${what()} ${isFresh ? 'lands' : 'conflicts'}`,
    (next) => {
      let isChanged = true;
      if (isFresh) {
        isChanged = changes.land(next, write);
        changes.see(next, c, n);
        if (isApproval && !rules.remembersBeforeSending) remember(stage, next, c, n);
        if (!isApproval && !rules.revocationChanges) next[v + V.sent] = 0;
      }
      next.fill(0, write, write + writeSize);
      const endsNoDoubt = !isApproval && rules.revocationChanges && !isChanged;
      return endsNoDoubt ? `P3: the revocation of n${n} by ${names[c]} changes nothing, so it ends no doubt` : undefined;
    },
  );
  stage.fault(
    'lost',
    () => `the answer to ${what()} is lost`,
    (next) => {
      if (!rules.keepsDoubt) next[v + V.sent] = 0;
      return changes.abandon(next, c);
    },
  );
}

function passSteps(stage: Stage, state: State, c: number): void {
  const { layout } = stage;
  stage.step(
    () => `${names[c]} plans`,
    (next) => pass(stage, next, c, 'Now'),
  );
  let hasLapsed = false;
  for (let n = 0; n < layout.nodes; n += 1) {
    const v = layout.view(c, n);
    if (at(state, v + V.lapsed) !== 0) hasLapsed = true;
    if (at(state, v + V.unclaimed) !== 0)
      stage.fault(
        'revoke',
        () => `${names[c]} plans when n${n} has not claimed in time`,
        (next) => pass(stage, next, c, { overdue: n }),
      );
  }
  if (hasLapsed)
    stage.step(
      () => `${names[c]} plans ten minutes later`,
      (next) => pass(stage, next, c, 'Later'),
    );
}

/** @returns false if nothing came of it, or what the plan violates */
function pass(stage: Stage, next: State, c: number, moment: Moment): boolean | string {
  const { layout, leader } = stage;
  const o = layout.controller(c);
  const isFirst = at(next, o) === hasListed;
  if (isFirst) {
    next[o] = decides;
    for (let n = 0; n < layout.nodes; n += 1) next[layout.view(c, n) + V.inOffice] = at(next, layout.node(n) + N.node);
  }
  const decision = leader.decide(next, c, moment);
  const isChanged = writeMemory(stage, next, c, decision.memory);
  const violation = at(next, o + 1) === presentTerm ? wrongDecision(stage, next, c, decision) : undefined;
  for (const [index, { kind, node, place }] of decision.writes.entries()) {
    const write = layout.queued(c, index);
    const v = layout.view(c, node);
    next[write + W.kind] = kind;
    next[write + W.node] = node;
    next[write + W.request] = at(next, v + V.request);
    next[write + W.isFresh] = at(next, v + V.isFresh);
    next[write + W.place] = place;
  }
  if (decision.writes.length > 0) send(stage, next, c);
  return violation ?? (isFirst || isChanged || decision.writes.length > 0);
}

/** I1 and F1 at the moment of the decision, with the controller's own view of readiness. */
function wrongDecision(stage: Stage, next: State, c: number, { writes, known }: Decision): string | undefined {
  const { layout, world } = stage;
  const isDown = (n: number) => at(next, layout.view(c, n) + V.isDown) !== 0;
  const grants = writes.filter(({ kind }) => kind === approves);
  const wrong = (grant: PlannedWrite): string | undefined => {
    let taken = 1;
    for (let n = 0; n < layout.nodes; n += 1) {
      if (n === grant.node) continue;
      const isHolder = holds(next, layout, n) || grants.some(({ node }) => node === n);
      if (isHolder && !known.has(n)) return `I1: ${names[c]} does not know that n${n} holds a grant`;
      if (isHolder || (!grant.isRenewal && !isDown(grant.node) && isDown(n))) taken += 1;
    }
    return taken > world.most ? `F1: ${names[c]} decides that ${taken} nodes may change, allowed are ${world.most}` : undefined;
  };
  return grants.map(wrong).find((found) => found !== undefined);
}

/** Sends the first write of the queue. */
function send(stage: Stage, next: State, c: number): void {
  const { layout, rules } = stage;
  const write = layout.write(c);
  const n = at(next, layout.queued(c, 0) + W.node);
  next.copyWithin(write, layout.queued(c, 0), layout.queued(c, layout.nodes));
  next.fill(0, layout.queued(c, layout.nodes - 1), layout.queued(c, layout.nodes));
  if (at(next, write) !== approves) return;
  next[write + W.term] = at(next, layout.controller(c) + 1);
  if (rules.remembersBeforeSending) remember(stage, next, c, n);
}

function remember(stage: Stage, next: State, c: number, n: number): void {
  writeMemory(stage, next, c, stage.leader.remember(next, c, n));
}

/** @returns whether anything has changed */
function writeMemory({ layout }: Stage, next: State, c: number, memory: Decision['memory']): boolean {
  let isChanged = false;
  for (const [n, entries] of memory.entries()) {
    const first = layout.view(c, n) + V.sent;
    for (const [index, entry] of entries.entries()) {
      if (at(next, first + index) !== entry) isChanged = true;
      next[first + index] = entry;
    }
  }
  return isChanged;
}

function orphanSteps(stage: Stage, state: State): void {
  const { changes, layout } = stage;
  for (let i = 0; i < orphans; i += 1) {
    const orphan = layout.orphan(i);
    if (at(state, orphan) === 0) continue;
    const what = at(state, orphan) === approves ? 'approval' : 'revocation';
    stage.step(
      () => `the ${what} of n${at(state, orphan + W.node)}, long under way, lands`,
      (next) => {
        const write = next.slice(orphan, orphan + writeSize);
        changes.dropOrphan(next, i);
        changes.landCopy(next, write);
      },
    );
  }
}
