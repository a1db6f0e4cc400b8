/** `rollout status` against a cluster: what it says, and how it ends. */

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../../eventually.ts';
import { type Ran, run } from '../in-process.ts';
import { type Cluster, cluster } from '../rollout/cluster.ts';
import { screenOf } from '../rollout/screen.ts';

const five = ['a', 'b', 'c', 'd', 'e'];

/** The agents go on step by step until the command has ended. */
async function stepping(here: Cluster, ended: Promise<Ran>, failing?: Readonly<Record<string, string>>): Promise<Ran> {
  let ran: Ran | undefined;
  void ended.then((one) => {
    ran = one;
  });
  return eventually(() => {
    here.step(failing);
    if (ran === undefined) throw new Error('the command has not ended');
    return ran;
  });
}

describe('with a real controller and agents that follow the protocol', () => {
  test('--wait says each change once and ends with 0 when all nodes have the object', async () => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 2 } });
    here.controller();
    const ended = here.rollout(['status', 'workers', '--wait']);
    const { exitCode, stdout, stderr } = await stepping(here, ended);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-1)).toEqual(['workers: ready: All 5 nodes run it.']);
    expect(lines).toContain('workers: 5 of 5 nodes updated');
    expect(new Set(lines).size).toBe(lines.length);
    expect(await here.rollout(['status'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('--wait ends with 4 when the object has stalled, and says on which node and what to type', async () => {
    const here = await cluster(five);
    here.put('workers');
    here.controller();
    const ended = here.rollout(['status', '--wait']);
    const { exitCode, stdout } = await stepping(here, ended, { a: 'the kubelet did not come up' });
    expect(exitCode).toBe(4);
    expect(stdout).toContain('workers: a failed: the kubelet did not come up → kubectl describe nodekubelet a says more');
    expect(stdout).toContain('kubelet-config rollout retry workers');
    expect(stdout).toContain('workers: stalled (NodesFailed): ');
    expect((await here.rollout(['status', 'workers'])).exitCode).toBe(4);
  });

  test('on a terminal the picture is drawn anew in place', async () => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 5 } });
    here.controller();
    const ended = here.rollout(['status', '--wait'], { isTerminal: true });
    const { exitCode, stdout } = await stepping(here, ended);
    expect(exitCode).toBe(0);
    const screen = screenOf(100, 24);
    screen.stream.write(stdout);
    expect(screen.text().split('\n').slice(0, -1)).toEqual([
      `workers  [${'#'.repeat(60)}] 100 %  ready`,
      '  All 5 nodes run it.',
      '',
    ]);
    expect(screen.text()).toContain('Ctrl-C ends this command, and not the rollout');
  });

  test('-o json prints a line for each change', async () => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 2 } });
    here.controller();
    const ended = here.rollout(['status', '--wait', '-o', 'json']);
    const lines = (await stepping(here, ended)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({
      object: 'workers',
      state: 'Ready',
      generation: 1,
      total: 5,
      updated: { count: 5, nodes: five },
      changing: { count: 0, nodes: [] },
    });
    expect(lines.every(({ at }) => Date.parse(at) > 0)).toBe(true);
    for (const { updated, changing, waiting } of lines) {
      const waits = waiting.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
      expect(updated.count + changing.count + waits).toBe(5);
    }
  });
});

describe('a single look', () => {
  test('says who waits for what, and counts as changing only what the controller has approved', async () => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 2, batches: 'Full' } });
    here.step();
    const { exitCode, stdout } = await here.rollout(['status']);
    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      [
        `workers  [${'.'.repeat(60)}]   0 %  not seen yet`,
        '  0 of 5 nodes updated, 5 waiting',
        '  3 waiting: rollout.maxUnavailable of workers is 2 here, used by a (changing), b (changing) (c, d, e)',
        '  2 waiting: it may change now, and the controller has not approved it yet (a, b)',
        '  The controller has not looked at this object yet. If that stays so, see whether it runs.',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('-o %s has the name of each node', async (format, read) => {
    const here = await cluster(five);
    here.put('workers', { rollout: { maxUnavailable: 2, paused: true } });
    here.step();
    const ran = await here.rollout(['status', '-o', format]);
    expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
    expect(read(ran.stdout)).toMatchObject({
      objects: [
        {
          object: 'workers',
          state: 'Unobserved',
          paused: true,
          waiting: [{ kind: 'Paused', count: 5, nodes: five }],
          failed: { count: 0, nodes: [] },
        },
      ],
    });
  });

  test('a status of an earlier generation says nothing', async () => {
    const here = await cluster(five);
    const conditions = [{ type: 'Ready', status: 'True', observedGeneration: 1, reason: 'AllNodesUpdated', message: 'All.' }];
    here.put('workers', {}, {
      metadata: { name: 'workers', generation: 2 },
      status: { observedGeneration: 1, conditions },
    } as never);
    expect(await here.rollout(['status'])).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('not seen yet') });
  });

  test('a stalled object that a person has asked to retry since is not stalled for good', async () => {
    const here = await cluster(five);
    const conditions = [{ type: 'Stalled', status: 'True', observedGeneration: 1, reason: 'NodesFailed', message: 'Failed.' }];
    const status = { observedGeneration: 1, conditions };
    here.put('workers', {}, { status } as never);
    expect((await here.rollout(['status'])).exitCode).toBe(4);
    const annotations = { 'kubelet-config.dev/retry': 'now' };
    here.put('workers', {}, { metadata: { name: 'workers', annotations }, status } as never);
    expect((await here.rollout(['status'])).exitCode).toBe(1);
    here.put('workers', {}, {
      metadata: { name: 'workers', annotations },
      status: { ...status, rollout: { retried: 'now' } },
    } as never);
    expect((await here.rollout(['status'])).exitCode).toBe(4);
  });
});

describe('ends with an error', () => {
  test('for an object that is not there, with the nearest name', async () => {
    const here = await cluster([]);
    here.put('workers');
    expect(await here.rollout(['status', 'worker'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('did you mean workers?'),
    });
    expect((await here.rollout(['status', 'else', '--wait'])).stderr).toContain('it has workers');
  });

  test('for an object that is deleted while it is waited for', async () => {
    const here = await cluster([]);
    here.put('workers');
    const said: string[] = [];
    const ended = here.rollout(['status', 'workers', '--wait'], { heard: (text) => void said.push(text) });
    await eventually(() => expect(said.join('')).toContain('workers'));
    here.server.remove('kubeletconfigs', 'workers');
    expect(await ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('workers was deleted') });
  });

  test('when the time is over, which the rollout does not mind', async () => {
    const here = await cluster(five);
    here.put('workers');
    const ran = await here.rollout(['status', '--wait', '--timeout', '1ms']);
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--timeout') });
  });

  test.each([
    [['status', '--timeout', '1h'], 'nothing is waited for'],
    [['status', '--wait', '--timeout', 'soon'], '--timeout soon is no length of time'],
    [['status', '--wait', '--timeout', '0'], '--timeout 0 is no length of time'],
    [['status', '--wiat'], 'did you mean --wait?'],
  ])('%j', async (words, reason) => {
    expect(await run(['rollout', ...words])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(reason) });
  });

  test.each([
    [403, 'Forbidden', 'use credentials that may list and watch kubeletconfigs, nodekubelets and nodes'],
    [401, 'Unauthorized', 'log in to the cluster again'],
    [404, undefined, 'kubectl apply -f crds/'],
  ])('when the API server answers %i', async (code, reason, remedy) => {
    const here = await cluster([]);
    for (const words of [['status'], ['status', '--wait'], ['pause', 'x'], ['approve', 'x']]) {
      here.server.misbehave({ verb: 'list', times: 3 }, { type: 'Refuse', status: code, ...(reason && { reason }) });
      const ran = await here.rollout(words);
      expect({ words, exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ words, exitCode: 7, stdout: '' });
      if (words[0] !== 'pause' || code !== 403) expect(ran.stderr).toContain(remedy);
    }
  });
});
