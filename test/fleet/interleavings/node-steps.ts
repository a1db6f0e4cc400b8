/** The steps of one agent, of its Node and its NodeKubelet. */

import { at, nodeField as N, presentTerm, type State } from './layout.ts';
import type { Stage } from './steps.ts';

export function nodeSteps(stage: Stage, state: State, n: number): void {
  const o = stage.layout.node(n);
  const is = (field: number) => at(state, o + field);
  if (is(N.change) === 0 && is(N.claim) !== 1 && is(N.owner) === is(N.node) && is(N.isDone) === 0) decideSteps(stage, state, n);
  if (is(N.claim) !== 0) claimSteps(stage, state, n);
  if (is(N.change) !== 0) changeSteps(stage, n);
  objectSteps(stage, state, n);
  if (is(N.isDown) !== 0)
    stage.step(
      () => `n${n} is ready again`,
      (next) => {
        next[o + N.isDown] = 0;
      },
    );
  else
    stage.fault(
      'down',
      () => `n${n} becomes NotReady`,
      (next) => {
        next[o + N.isDown] = 1;
      },
    );
}

function decideSteps(stage: Stage, state: State, n: number): void {
  const { agent, changes, layout, rules, world } = stage;
  const o = layout.node(n);
  const request = at(state, o + N.request);
  const decision = agent.decide(state, n);
  if (decision.kind === 'Ask' && at(state, o + N.next) <= world.requests)
    stage.step(
      () => `n${n} asks`,
      (next) => {
        next[o + N.next] = at(next, o + N.next) + 1;
        changes.report(next, n, decision.request);
      },
    );
  else if (decision.kind === 'Ask' && request !== 0)
    stage.step(
      () => `n${n} has no ids left and withdraws its request`,
      (next) => changes.report(next, n, 0),
    );
  if (decision.kind === 'Granted') grantedSteps(stage, state, n);
  if (rules.agentReads === 'BeforeApproval' && at(state, o + N.readEarlier) !== presentTerm)
    stage.step(
      () => `the agent of n${n} reads the Lease`,
      (next) => {
        next[o + N.readEarlier] = presentTerm;
      },
    );
  stage.fault(
    'edit',
    () => `n${n} is to get another revision`,
    (next) => {
      next[o + N.revision] = at(next, o + N.revision) + 1;
    },
  );
  if (request !== 0 && at(state, o + N.claimed) !== request)
    stage.fault(
      'edit',
      () => `n${n} has nothing to change for a moment and withdraws its request`,
      (next) => changes.report(next, n, 0),
    );
}

function grantedSteps(stage: Stage, state: State, n: number): void {
  const { agent, layout, rules } = stage;
  const o = layout.node(n);
  const read = rules.agentReads === 'BeforeApproval' ? at(state, o + N.readEarlier) : presentTerm;
  if (rules.agentReads !== 'Never' && !agent.mayClaim(state, n, read)) return;
  if (rules.agentClaims)
    stage.step(
      () => `n${n} sends its claim`,
      (next) => {
        next[o + N.claim] = 1;
        next[o + N.isClaimFresh] = 1;
      },
    );
  else
    stage.step(
      () => `n${n} begins without a claim`,
      (next) => begin(next, o),
    );
}

function begin(next: State, o: number): void {
  next[o + N.change] = at(next, o + N.request);
  next[o + N.used] = at(next, o + N.used) + 1;
}

/** A claim lands on the version that it was based on, or not at all. */
function claimSteps(stage: Stage, state: State, n: number): void {
  const { changes, layout } = stage;
  const o = layout.node(n);
  const isAwaited = at(state, o + N.claim) === 1;
  const lands = at(state, o + N.isClaimFresh) !== 0 && at(state, o + N.owner) !== 0;
  stage.step(
    () => `the claim of n${n} ${lands ? 'is stored' : 'conflicts'}`,
    (next) => {
      next[o + N.claim] = 0;
      if (!lands) return undefined;
      const request = at(next, o + N.request);
      const isApproved = at(next, o + N.approval) === request;
      next[o + N.claimed] = request;
      changes.touch(next, n);
      if (isAwaited) begin(next, o);
      return isApproved ? undefined : `I3: n${n} claims what is not approved`;
    },
  );
  if (!isAwaited) return;
  stage.fault(
    'detach',
    () => `n${n} gets no answer to its claim`,
    (next) => giveUpClaim(next, o),
  );
  stage.fault(
    'agent',
    () => `the agent of n${n} crashes with its claim under way`,
    (next) => giveUpClaim(next, o),
  );
}

function giveUpClaim(next: State, o: number): void {
  next[o + N.claim] = at(next, o + N.isClaimFresh) !== 0 ? 2 : 0;
}

function changeSteps(stage: Stage, n: number): void {
  const { changes, layout } = stage;
  const o = layout.node(n);
  stage.step(
    () => `n${n} has changed, and reports`,
    (next) => {
      next[o + N.change] = 0;
      next[o + N.isDone] = 1;
      if (at(next, o + N.request) !== 0 && at(next, o + N.owner) === at(next, o + N.node)) changes.report(next, n, 0);
      // Nothing of that means anything any more.
      for (const field of [N.next, N.used, N.revision, N.readEarlier]) next[o + field] = 0;
    },
  );
  stage.fault(
    'agent',
    () => `the agent of n${n} crashes, and its change is undone`,
    (next) => {
      next[o + N.change] = 0;
    },
  );
}

/** NodeKubelets come and go, and Nodes are registered anew. */
function objectSteps(stage: Stage, state: State, n: number): void {
  const { changes, layout, rules } = stage;
  const o = layout.node(n);
  const owner = at(state, o + N.owner);
  const isIdle = at(state, o + N.change) === 0 && at(state, o + N.claim) !== 1;
  if (owner === 0 && (isIdle || !rules.makesAnewOnlyWhenIdle))
    stage.step(
      () => `the agent of n${n} makes its NodeKubelet anew`,
      (next) => {
        next[o + N.owner] = at(next, o + N.node);
        changes.touch(next, n);
      },
    );
  if (owner !== 0 && owner !== at(state, o + N.node))
    stage.step(
      () => `the former NodeKubelet of n${n} is collected`,
      (next) => changes.remove(next, n),
    );
  stage.fault(
    'recreate',
    () => `the Node n${n} is registered anew`,
    (next) => {
      next[o + N.node] = at(next, o + N.node) + 1;
    },
  );
  const request = at(state, o + N.request);
  const isClaimed = request !== 0 && at(state, o + N.claimed) === request;
  // Admission refuses that in the middle of a change.
  if (owner !== 0 && owner === at(state, o + N.node) && !isClaimed)
    stage.fault(
      'recreate',
      () => `a person deletes the NodeKubelet of n${n}`,
      (next) => changes.remove(next, n),
    );
}
