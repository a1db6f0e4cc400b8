/** docs/rollout.md: its commands are run on a cluster, and its tables, examples and pictures are what is true. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rolloutSchema } from '../../src/api/schema/rollout.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { heldUp } from '../../src/fleet/finding.ts';
import type { Member } from '../../src/fleet/member.ts';
import type { Budget } from '../../src/fleet/plan/budget.ts';
import { describeWaiting, type Waiting } from '../../src/fleet/plan/waiting.ts';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import { type Cluster, cluster, host } from '../cli/rollout/cluster.ts';
import { workers } from '../cli/session.ts';
import { limit } from '../eventually.ts';
import { textOf } from '../manifests/documents.ts';
import { stepsIn, wordsOf } from './page.ts';

const page = textOf('docs/rollout.md');
const steps = stepsIn(page);

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

describe('the fields', () => {
  const documented = new Map(
    rows.flatMap(([field = '', value = '']) =>
      [...field.matchAll(/^\[`(\w+)`\]/g)].map(([, name = '']) => [name, value] as const),
    ),
  );

  test('are all in the table, and no others', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(rolloutSchema.properties).sort());
  });

  const defaults = Object.entries(rolloutSchema.properties).flatMap(([field, schema]) => {
    const description = 'description' in schema ? String(schema.description) : '';
    const [, value] = /(\w+), the default|Default (\w+)\./.exec(description)?.filter((found) => found !== undefined) ?? [];
    return value === undefined ? [] : [[field, value] as const];
  });

  test('have the defaults that the schema says', () => {
    expect(defaults.map(([field]) => field)).toEqual([
      'paused',
      'maxUnavailable',
      'batches',
      'maxFailures',
      'drain',
      'approval',
      'dryRun',
    ]);
    for (const [field, value] of defaults) expect(documented.get(field), field).toBe(`\`${value}\``);
  });

  const pieces = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => parse(text) as KubeletConfig);

  test.each(pieces.map(({ spec }) => spec))('the example %j is valid', async (spec) => {
    const object = { ...parse(workers), spec: { ...parse(workers).spec, ...spec } };
    expect(await run(['validate', '-f', '-'], { stdin: JSON.stringify(object) })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('have an example each, here or on the page about drains', () => {
    const shown = pieces.flatMap(({ spec }) => Object.keys(spec.rollout ?? {}));
    const elsewhere = ['maxFailures', 'paused', 'drain', 'drainOptions'];
    expect([...new Set([...shown, ...elsewhere])].sort()).toEqual([...documented.keys()].sort());
    const example = parse(readFileSync(join(import.meta.dirname, '../../examples/rollout/workers.yaml'), 'utf8'));
    expect(Object.keys(example.spec.rollout).sort()).toEqual([...documented.keys()].sort());
  });
});

describe('what nodes wait for', () => {
  const object = 'workers';
  const budget = (kind: Budget['kind'], name: string, maxUnavailable: number, cause: 'NotReady' | 'Changing'): Waiting => {
    const granted = new Set(cause === 'Changing' ? [name] : []);
    return { kind: 'NoRoom', budget: { kind, object, maxUnavailable, taken: new Map([[name, cause]]), granted } };
  };
  const canary = { kind: 'Canary', object, left: undefined, places: ['worker-1'], unavailable: [] } as const;
  const opening = { kind: 'Closed', opensAt: Date.parse('2026-01-31T01:00:00Z'), timeZone: 'Europe/Berlin' } as const;
  const [time, batch] = [Date.parse('2026-01-29T01:00:00Z'), { kind: 'Batch', object, limit: 1, proved: 0 } as const];
  const kinds: readonly Waiting[] = [
    budget('Object', 'worker-7', 1, 'Changing'),
    { ...batch, onTrial: false },
    { ...batch, onTrial: true },
    { kind: 'Topology', object, key: 'topology.kubernetes.io/zone', first: 'a' },
    budget('NewNodes', 'worker-7', 10, 'Changing'),
    { kind: 'Recording', object },
    { kind: 'OutOfStep', object },
    budget('Object', 'worker-7', 1, 'NotReady'),
    budget('ControlPlane', 'master-1', 1, 'NotReady'),
    canary,
    { ...canary, left: 90_000 },
    { ...canary, unavailable: ['worker-1'] },
    { kind: 'Window', object, state: opening, time },
    { kind: 'Respected', object, mark: 'a cordon' },
    { kind: 'Manual', object, approved: 3 },
    { kind: 'NotDrained', why: '' },
    { kind: 'Paused', object },
    { kind: 'DryRun', object },
  ];
  const stalled: readonly [string, Waiting][] = [
    ['NodesFailed', { kind: 'Stopped', object }],
    ['KubeletRefuses', { kind: 'Refused', object }],
    ['NoWindow', { kind: 'Window', object, state: { kind: 'Never', why: 'TooShort' }, time }],
  ];
  const member: Member = { name: 'worker-2', selecting: [] };
  const wordOf = (waiting: Waiting) => heldUp([member], new Map([[member, waiting]]))?.reason ?? 'RollingOut';
  // A row without a word has that of the row above.
  let word = '';
  const table = rows.map(([first = '', sentence = '']) => {
    word = /^`(\w+)`/.exec(first)?.[1] ?? word;
    return { word, sentence: /^`([^`]+)`/.exec(sentence)?.[1] };
  });

  test.each([...kinds.map((waiting) => [wordOf(waiting), waiting] as const), ...stalled])('%s: %j', (expected, waiting) => {
    expect(table).toContainEqual({ word: expected, sentence: describeWaiting(waiting) });
  });

  test('is complete: each kind has a row, but for nodes that are gone or have no agent', () => {
    const source = readFileSync(join(import.meta.dirname, '../../src/fleet/finding.ts'), 'utf8');
    const [, block = ''] = /const reasons[^{]*\{([\s\S]*?)\};/.exec(source) ?? [];
    const all = [...block.matchAll(/^ {2}(\w+): '/gm)].map(([, kind]) => kind);
    const told = [...kinds, ...stalled.map(([, waiting]) => waiting)].map(({ kind }) => kind);
    expect([...new Set([...told, 'NodeGone', 'AgentMissing'])].sort()).toEqual(all.sort());
  });
});

test('its pictures are frames of the recording, of which another test says that it is real', () => {
  const frames = textOf('docs/rollout-recording.txt')
    .split(/^.+:\n\n(?=workers)/m)
    .slice(1);
  const shown = [...page.matchAll(/^```\n(workers {2}\[[\s\S]*?)^```$/gm)].map(([, picture = '']) => picture.trimEnd());
  expect(shown).toHaveLength(2);
  expect(frames.map((frame) => frame.trimEnd())).toEqual(expect.arrayContaining(shown));
});

test('the scripts that it names are there', () => {
  const { scripts } = JSON.parse(textOf('package.json'));
  const named = [...page.matchAll(/^npm (?:run )?([\w:]+)/gm)].map(([, name = '']) => name);
  expect(named).toEqual(['test', 'test:sweeps', 'simulate']);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});

test('every command of it does what the page says', async () => {
  const here = await cluster(Array.from({ length: 20 }, (_, index) => `worker-${String(index + 1).padStart(2, '0')}`));
  const failing = { 'worker-01': 'the kubelet ended' };
  const put = (spec: Partial<KubeletConfigSpec>) => here.put('workers', { ...host, ...spec });
  const next = { ...host, kubelet: { configuration: { maxPods: 80 } }, rollout: { maxUnavailable: '10%' } };
  const file = here.session.write('workers.yaml', JSON.stringify(kubeletConfig('workers', next)));
  put({ kubelet: { configuration: { maxPods: 64 } } });
  here.controller();
  let output = '';
  const seen: string[] = [];
  for (const step of steps) {
    if (step.kind === 'Output') {
      // The pictures are of another cluster, and have a test of their own.
      for (const line of step.lines.some((one) => one.startsWith('workers  [')) ? [] : step.lines) expect(output).toContain(line);
    } else if (step.kind === 'Command' && step.line.startsWith('kubectl apply')) put(next);
    else if (step.kind === 'Command' && step.line.startsWith('kubelet-config ')) {
      const words = wordsOf(step.line).words.slice(1);
      if (words[1] === 'approve') put({ rollout: { approval: 'Manual', maxUnavailable: 2 } });
      const ran = await follow(
        here,
        words.map((word) => (word === 'workers.yaml' ? file : word)),
        failing,
      );
      expect(ran, step.line).toMatchObject({ stderr: expect.not.stringContaining('error') });
      output = ran.stdout;
      // How far the rollout is when a watch ends is not said.
      const isWatch = words.includes('--watch');
      if (isWatch) expect(output).toContain('workers');
      seen.push(`${words.slice(0, 2).join(' ')} ${isWatch ? 'watched' : ran.exitCode}`);
    }
  }
  expect(seen).toEqual([
    'diff -f 1',
    ...Array(3).fill('rollout approve 0'),
    'rollout status watched',
    'rollout status 4',
    'rollout pause 0',
    'rollout resume 0',
    'rollout status 4',
    'rollout retry 0',
  ]);
});

/** Runs a command while the agents go on. One that watches is stopped when it has shown something. */
async function follow(here: Cluster, words: readonly string[], failing: Readonly<Record<string, string>>) {
  const stop = new AbortController();
  const isWatch = words.includes('--watch');
  const isLook = words[1] === 'status' && words.length === 3;
  if (isLook) await expect.poll(() => stalledIn(here), limit).toBe(true);
  let ended = false;
  const running = here.session.run([...words, '--kubeconfig', here.kubeconfig], {
    stop: stop.signal,
    heard: () => isWatch && stop.abort(),
  });
  void running.finally(() => {
    ended = true;
  });
  await expect
    .poll(() => {
      here.step(failing);
      return ended;
    }, limit)
    .toBe(true);
  return running;
}

/** Whether the controller says so of the object as it is now. */
function stalledIn(here: Cluster): boolean {
  const { metadata, status } = here.object('workers');
  const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.status === 'True' && stalled.observedGeneration === metadata.generation;
}
