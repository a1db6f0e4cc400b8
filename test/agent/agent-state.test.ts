import { describe, expect, test } from 'vitest';
import { AgentStateTracker } from '../../src/agent/agent-state.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';

const settings = '/etc/kubernetes/kubelet-config.yaml';
const inOrder = (invocation: string): Outcome => ({ kind: 'Unchanged', revision: 'r', warnings: [], invocation });
const repaired = (isUnnoticed: boolean): Outcome => ({
  kind: 'Changed',
  record: {} as TransactionRecord,
  result: { kind: 'Committed' },
  warnings: [],
  foreign: [],
  reason: 'Drift',
  drifted: [{ path: settings, kind: 'Changed' }],
  isUnnoticed,
});

function tracker(): { readonly agent: AgentStateTracker; wait(milliseconds: number): void } {
  let now = 0;
  return {
    agent: new AgentStateTracker(() => now),
    wait: (milliseconds) => {
      now += milliseconds;
    },
  };
}

describe('which run is known to have begun with the files in order', () => {
  type Step = Outcome | 'File' | 'UnitFile';
  test.each<[string, readonly Step[], readonly string[]]>([
    ['none before anything was seen', [], []],
    ['the one that was seen', [inOrder('a')], ['a']],
    ['the next one too, where nobody touched a file', [inOrder('a'), inOrder('b')], ['b']],
    ['not one that began while somebody touched them', [inOrder('a'), 'File', inOrder('b')], ['a']],
    ['nor does it become one by being looked at again', [inOrder('a'), 'UnitFile', inOrder('b'), inOrder('b')], ['a']],
    ['but the one after it', [inOrder('a'), 'File', inOrder('b'), inOrder('c')], ['c']],
    ['the same one, whatever was touched', [inOrder('a'), 'File', inOrder('a')], ['a']],
    ['none where nothing is ours', [{ ...inOrder('a'), revision: null } as Outcome], []],
  ])('%s', (_what, steps, provenInvocations) => {
    const { agent } = tracker();
    for (const step of steps) typeof step === 'string' ? agent.noticed(step) : agent.passed(step);
    expect(agent.agentState().provenInvocations).toEqual(provenInvocations);
  });
});

describe('a reload is due', () => {
  type Event = 'File' | 'UnitFile' | 'Reloaded' | 'ours';
  test.each<[readonly Event[], boolean]>([
    [['UnitFile', 'Reloaded'], true],
    [['UnitFile'], false],
    [['Reloaded'], false],
    [['Reloaded', 'UnitFile'], false],
    [['File', 'Reloaded'], false],
    [['UnitFile', 'Reloaded', 'ours'], false],
    [['UnitFile', 'ours', 'Reloaded'], false],
  ])('after %j: %s', (events, isDue) => {
    const { agent } = tracker();
    for (const event of events) event === 'ours' ? agent.reloaded() : agent.noticed(event);
    expect(agent.isReloadDue(inOrder('a'))).toBe(isDue);
    expect(agent.isReloadDue({ kind: 'Kept', problems: [] })).toBe(false);
  });
});

describe('a file that somebody else changes again and again', () => {
  test.each([
    ['without a restart', true, 5],
    ['with one', false, 3],
  ])('%s, it is left alone after so many times, and not for ever', (_what, isUnnoticed, most) => {
    const { agent, wait } = tracker();
    for (let time = 1; time < most; time += 1) agent.passed(repaired(isUnnoticed));
    expect(agent.agentState().flapping.size).toBe(0);
    agent.passed(repaired(isUnnoticed));
    expect(agent.agentState().flapping.get(settings)).toMatchObject({ code: 'Contested' });
    const rest = agent.nextLook() ?? 0;
    wait(rest - 1);
    expect([agent.agentState().flapping.size, agent.nextLook()]).toEqual([1, 1]);
    wait(1);
    expect([agent.agentState().flapping.size, agent.nextLook()]).toEqual([0, undefined]);
  });

  test('what was refused or undone is no repair', () => {
    const { agent } = tracker();
    const undone = { kind: 'Undone', verdict: { kind: 'Interrupted', reason: '' } } as const;
    for (let time = 1; time < 9; time += 1) agent.passed({ ...repaired(true), result: undone } as Outcome);
    expect(agent.agentState().flapping.size).toBe(0);
  });
});

test('a unit that goes up and down all the time is not looked at each time, but in the end', () => {
  const { agent } = tracker();
  const due = Array.from({ length: 12 }, () => {
    // Told in parts.
    agent.noticed('Unit');
    const last = agent.noticed('Unit');
    if (last === 0) agent.passed(inOrder('a'));
    return last;
  });
  expect(due).toEqual([...Array(8).fill(0), ...Array(4).fill(10_000)]);
});
