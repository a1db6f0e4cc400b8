/** A change is proved by what the kubelet itself says that it has in force, where it may be asked. */

import { describe, expect, test } from 'vitest';
import type { JsonMap } from '../../../src/api/json.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import type { AskKubelet } from '../../../src/node/ports/running-kubelet.ts';
import { assess } from '../../../src/node/report/assessment.ts';
import { describeOutcome } from '../../../src/node/report/describe-outcome.ts';
import { kubeletConfig } from '../../builders.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const kubelet = '/usr/bin/kubelet';
const others = `/etc/systemd/system/${unit}.d/90-others.conf`;
const wants = (configuration: JsonMap, more = {}) =>
  kubeletConfig('workers', {
    kubelet: { configuration },
    launcher: { host: {} },
    takeover: 'Replace',
    health: { minReadySeconds: 0, timeoutSeconds: 60 },
    ...more,
  });
const read = { kind: 'Read' } as const;
const committed = { kind: 'Changed', result: { kind: 'Committed', settings: read } };

/** Runs `act` when the kubelet has been restarted. */
function atRestart(act: () => void): Pick<ReconcileRequest, 'report'> {
  return { report: (event) => (event.kind === 'Done' && event.step.kind === 'Restart' ? act() : undefined) };
}

/** A node that runs with maxPods 64, by the object and by what its kubelet says. */
async function nodeWith64(): Promise<{ machine: MemoryMachine; asking: Pick<ReconcileRequest, 'askKubelet'> }> {
  const machine = await memoryMachine({ [kubelet]: '' }, undefined, { kubeletVersion: () => 'v1.36.2' });
  const asking = { askKubelet: machine.kubeletServer.ask };
  machine.kubeletServer.runs({ maxPods: 64, registryBurst: 10 });
  expect(await machine.apply([wants({ maxPods: 64 })], asking)).toMatchObject(committed);
  return { machine, asking };
}

describe('a change of which the kubelet says what it has in force', () => {
  test('is committed if that is what was promised, and both outcome and status say so', async () => {
    const { machine, asking } = await nodeWith64();
    const outcome = await machine.apply([wants({ maxPods: 32 })], {
      ...asking,
      ...atRestart(() => machine.kubeletServer.runs({ maxPods: 32, registryBurst: 10 })),
    });
    expect(outcome).toMatchObject(committed);
    expect(describeOutcome(outcome)).toContain('the kubelet itself says that it has these settings in force');
    const later = await machine.apply([wants({ maxPods: 32 })], asking);
    expect(later).toMatchObject({ kind: 'Unchanged', settings: read, warnings: [] });
    expect(assess(later, 'x').message).toContain('the kubelet itself says');
  });

  test.each<readonly [string, JsonMap, string]>([
    ['did not come true', { maxPods: 64, registryBurst: 10 }, 'maxPods is 64 instead of 32'],
    ['changed something else too', { maxPods: 32, registryBurst: 3 }, 'registryBurst is 3 instead of 10'],
  ])('is undone and remembered if it %s', async (_, fields, said) => {
    const { machine, asking } = await nodeWith64();
    const before = machine.host();
    const request = { ...asking, ...atRestart(() => machine.kubeletServer.runs(fields)) };
    const verdict = { kind: 'Failed', reason: expect.stringContaining(said) };
    expect(await machine.apply([wants({ maxPods: 32 })], request)).toMatchObject({ result: { kind: 'Undone', verdict } });
    expect(machine.host()).toEqual(before);
    machine.kubeletServer.runs({ maxPods: 64, registryBurst: 10 });
    const again = await machine.apply([wants({ maxPods: 32 })], { ...asking, retry: false });
    expect(again).toMatchObject({ kind: 'Kept', failedBefore: expect.stringContaining(said) });
  });

  test('is Interrupted if somebody changed files of the kubelet meanwhile', async () => {
    const { machine, asking } = await nodeWith64();
    const sneak = () => {
      machine.files.put(others, '[Service]\nEnvironment=HOME=/root\n');
      machine.kubeletServer.runs({ maxPods: 32, registryBurst: 3 });
    };
    const outcome = await machine.apply([wants({ maxPods: 32 })], { ...asking, ...atRestart(sneak) });
    const reason = expect.stringContaining(`registryBurst is 3 instead of 10; meanwhile ${others} changed`);
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted', reason } } });
  });

  test('is compared with what was promised alone if another version may have run before', async () => {
    const { machine, asking } = await nodeWith64();
    machine.files.put(kubelet, 'new', { changedAt: Date.UTC(2200, 0) });
    const now = { maxPods: 32, registryBurst: 99, newField: true };
    const outcome = await machine.apply([wants({ maxPods: 32 })], {
      ...asking,
      ...atRestart(() => machine.kubeletServer.runs(now)),
    });
    expect(outcome).toMatchObject(committed);
  });

  test('is not judged on the way back to what the node had', async () => {
    const { machine, asking } = await nodeWith64();
    machine.files.put(`/usr/lib/systemd/system/${unit}`, `[Service]\nExecStart=${kubelet}\n`);
    const outcome = await machine.apply([], { ...asking, ...atRestart(() => machine.kubeletServer.runs({ maxPods: 1 })) });
    expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  });
});

describe('a kubelet that does not answer', () => {
  const unknown = { kind: 'Unknown', reason: 'the kubelet does not let this user read /configz' } as const;

  test('is no failure: it is said in the outcome and in the status', async () => {
    const machine = await memoryMachine({ [kubelet]: '' });
    const outcome = await machine.apply([wants({ maxPods: 64 })], { askKubelet: machine.kubeletServer.ask });
    expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed', settings: unknown } });
    expect(describeOutcome(outcome).at(-1)).toBe(
      'the settings in force are known by arguments and files alone: the kubelet does not let this user read /configz',
    );
    const later = await machine.apply([wants({ maxPods: 64 })], { askKubelet: machine.kubeletServer.ask });
    expect(later).toMatchObject({ kind: 'Unchanged', settings: unknown });
  });

  test('is asked again for a while if it answered before', async () => {
    const { machine, asking } = await nodeWith64();
    let refusals = 1;
    const askKubelet: AskKubelet = {
      ...asking.askKubelet,
      healthz: async () => unknown,
      configuration: async (server) => {
        const found = await machine.kubeletServer.ask.configuration(server);
        if (isRestarted && refusals > 0) {
          refusals -= 1;
          return unknown;
        }
        return found;
      },
    };
    let isRestarted = false;
    const restarted = atRestart(() => {
      isRestarted = true;
      machine.kubeletServer.runs({ maxPods: 32, registryBurst: 10 });
    });
    expect(await machine.apply([wants({ maxPods: 32 })], { askKubelet, ...restarted })).toMatchObject(committed);
    expect(refusals).toBe(0);
  });

  test('is not waited for without end', async () => {
    const { machine } = await nodeWith64();
    let isRestarted = false;
    const askKubelet: AskKubelet = {
      healthz: async () => unknown,
      configuration: (server) => (isRestarted ? new Promise(() => undefined) : machine.kubeletServer.ask.configuration(server)),
    };
    const restarted = atRestart(() => {
      isRestarted = true;
    });
    const settings = { kind: 'Unknown', reason: expect.stringContaining('gave no answer within') };
    const outcome = await machine.apply([wants({ maxPods: 32 })], { askKubelet, ...restarted });
    expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed', settings } });
  });

  test('gives way to what is desired by now', async () => {
    const { machine, asking } = await nodeWith64();
    const superseded = new AbortController();
    const restarted = atRestart(() => machine.kubeletServer.answer({ configuration: unknown }));
    const askKubelet: AskKubelet = {
      healthz: async () => unknown,
      configuration: async (server) => {
        const answer = await machine.kubeletServer.ask.configuration(server);
        if (answer.kind === 'Unknown') superseded.abort();
        return answer;
      },
    };
    const outcome = await machine.apply([wants({ maxPods: 32 })], {
      ...asking,
      askKubelet,
      superseded: superseded.signal,
      ...restarted,
    });
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Superseded' } } });
  });
});

describe('a kubelet that runs with other settings than its files say by now', () => {
  const config = '/var/lib/kubelet/config.yaml';
  const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  const node = {
    [kubelet]: '',
    [unitFile]: `[Service]\nEnvironmentFile=-/etc/default/kubelet\nExecStart=${kubelet} --config=${config} $KUBELET_EXTRA_ARGS\n`,
    '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--v=4\n',
    [config]: `${header}maxPods: 64\n`,
  };
  const object = wants({}, { kubelet: { flags: { config, v: 4 } } });
  const runsWith = (v: number) => [{ pid: 1, words: [kubelet, `--config=${config}`, `--v=${v}`] }];

  async function nodeOf(processes = runsWith(2)) {
    // Since the first restart the kubelet runs with what its files say.
    const isFirst = () => machine.systemd.changes().filter((call) => call === `restart ${unit}`).length < 2;
    const machine: MemoryMachine = await memoryMachine(node, undefined, {
      kubeletVersion: () => 'v1.36.2',
      processes: () => (isFirst() ? processes : runsWith(4)),
    });
    await machine.systemd.restart(unit);
    machine.kubeletServer.runs({ maxPods: 110, logging: { verbosity: 2 } });
    return machine;
  }

  test('is told before the change, by the kubelet and by its arguments, and what a restart puts into force is no failure', async () => {
    const machine = await nodeOf();
    const asking = { askKubelet: machine.kubeletServer.ask };
    const preview = await machine.preview([object], asking);
    const [warning] = preview.desired.warnings.filter(({ code }) => code === 'ChangedSinceStart');
    expect(warning?.reason).toBe(
      `the kubelet runs since 1970-01-01T00:00:01Z with other settings than its files say by now: --v 2 → 4 (/etc/default/kubelet); maxPods 110 → 64 (${config})`,
    );
    const restarted = atRestart(() => machine.kubeletServer.runs({ maxPods: 64, logging: { verbosity: 4 } }));
    const outcome = await machine.apply([object], { ...asking, ...restarted });
    expect(outcome).toMatchObject(committed);
    expect(outcome.kind === 'Changed' && outcome.record.warnings).toBeUndefined();
    expect(outcome.kind === 'Changed' && outcome.warnings.map(({ code }) => code)).toContain('ChangedSinceStart');
  });

  test('is told by its arguments alone where it does not answer, and not at all where nothing can be known', async () => {
    const told = async (machine: MemoryMachine) =>
      (await machine.preview([object])).desired.warnings.flatMap(({ code, reason }) =>
        code === 'ChangedSinceStart' ? [reason] : [],
      );
    expect(await told(await nodeOf())).toEqual([expect.stringMatching(/by now: --v 2 → 4 \(\/etc\/default\/kubelet\)$/)]);
    expect(await told(await nodeOf([{ pid: 1, words: ['/usr/bin/sleep', 'infinity'] }]))).toEqual([]);
    expect(await told(await nodeOf(runsWith(4)))).toEqual([]);
  });

  test('is told after the change too, if its files change again', async () => {
    const machine = await nodeOf();
    const asking = { askKubelet: machine.kubeletServer.ask };
    await machine.apply([object], {
      ...asking,
      ...atRestart(() => machine.kubeletServer.runs({ maxPods: 64, logging: { verbosity: 4 } })),
    });
    expect(await machine.apply([object], asking)).toMatchObject({ kind: 'Unchanged' });
    machine.files.put(config, `${header}maxPods: 20\n`);
    expect(await machine.apply([object], asking)).toMatchObject({
      kind: 'Unchanged',
      warnings: expect.arrayContaining([
        expect.objectContaining({ code: 'ChangedSinceStart', reason: expect.stringContaining(`maxPods 64 → 20 (${config})`) }),
      ]),
    });
  });
});

test('an agent at rest asks a kubelet once for each of its runs', async () => {
  const { machine, asking } = await nodeWith64();
  const seenRuns = new Map();
  const asked = machine.kubeletServer.asked.length;
  for (let pass = 0; pass < 3; pass += 1)
    expect(await machine.apply([wants({ maxPods: 64 })], { ...asking, seenRuns })).toMatchObject({ kind: 'Unchanged' });
  expect(machine.kubeletServer.asked.length - asked).toBe(1);
  await machine.systemd.restart(unit);
  await machine.apply([wants({ maxPods: 64 })], { ...asking, seenRuns });
  expect(machine.kubeletServer.asked.length - asked).toBe(2);
});
