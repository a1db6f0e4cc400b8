/** However an expression is written, it takes bounded processor time: what could take longer is refused. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { type Compiled, compile } from '../../src/computed/compile.ts';
import { estimate, mostWork } from '../../src/computed/estimate.ts';
import { computeWith } from '../../src/computed/evaluate.ts';
import type { ExpressionFacts } from '../../src/computed/facts.ts';
import { kubeletConfig } from '../builders.ts';
import { generatedSlow } from '../runs.ts';
import { facts } from './facts.ts';

/** As many annotations, and as long ones, as an API server takes. */
const crowded: ExpressionFacts = {
  ...facts,
  node: {
    ...facts.node,
    annotations: {
      value: {
        long: 'a'.repeat(200_000),
        ...Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, 'v'])),
      },
    },
    labels: { value: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`example.org/l${index}`, 'x'.repeat(63)])) },
  },
};

/** Seconds of processor time; a busy machine does not make them more. */
function secondsOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

const most = 2;

const run = (expression: string, path = 'kubelet.configuration.maxPods') =>
  computeWith(crowded, defaultAllowance)(kubeletConfig('a', { computed: [{ path, expression }] }));

const items = `[${Array.from({ length: 32 }, (_, index) => index).join(',')}]`;
const repeated = (text: string, of: (inner: string) => string, times: number): string =>
  Array.from({ length: times }).reduce<string>((inner) => of(inner), text);

describe('the worst of each kind', () => {
  test.each([
    `${items}.map(a, ${items}.map(b, a * b)).size()`,
    'node.annotations["long"].split("").map(a, node.annotations["long"].split("").map(b, b)).size()',
    'node.labels.map(a, node.labels.map(b, a + b)).size()',
    'node.labels.filter(a, node.labels.exists(b, a.contains(b))).size()',
    'node.annotations.all(a, node.annotations.exists(b, b.indexOf(a) > 5)) ? 1 : 2',
    'node.annotations["long"].split("").join(node.annotations["long"]).size()',
    `${repeated('"aaaaaaaaaaaaaaaa"', (inner) => `${inner}.split("").join("bbbbbbbbbbbbbbbb")`, 10)}.size()`,
    'cel.bind(a, node.annotations["long"], cel.bind(b, a + a + a + a + a + a + a + a, b + b + b + b + b + b + b + b + b)).size()',
    'node.annotations["long"].contains(node.annotations["long"] + "b") ? 1 : 2',
    'node.annotations["long"].indexOf("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")',
    `${'!'.repeat(120)}true ? 1 : 2`,
    Array.from({ length: 60 }, () => 'machine.cpus')
      .join(' + ')
      .slice(0, 500)
      .replace(/\W*\w*$/, ''),
  ])('%s', (expression) => {
    expect(secondsOf(() => run(expression))).toBeLessThan(most);
  });

  test('what is just not refused', () => {
    const labels = Object.fromEntries(Array.from({ length: 680 }, (_, index) => [`l${index}`, 'v']));
    const compute = computeWith({ ...facts, node: { ...facts.node, labels: { value: labels } } }, defaultAllowance);
    const expression = 'node.labels.map(a, node.labels.map(b, b)).size()';
    const object = kubeletConfig('a', { computed: [{ path: 'kubelet.configuration.maxPods', expression }] });
    let result: unknown;
    expect(secondsOf(() => (result = compute(object)))).toBeLessThan(most);
    expect(result).toMatchObject({ values: [{ value: 680 }] });
  });

  test('what could take long is refused, and says so', () => {
    expect(run('node.annotations.map(a, node.annotations.map(b, a + b)).size()').problems).toMatchObject([
      { code: 'ComputedFailed', reason: expect.stringContaining('could take too long to evaluate') },
    ]);
  });

  test('what is not long is not refused', () => {
    const expression = 'node.labels.map(a, a.split("/")[1]).filter(a, a.startsWith("l99")).size()';
    expect(run(expression)).toMatchObject({ values: [{ value: 11 }], problems: [] });
  });
});

/** Texts, numbers and lists, put together at random within the limits of depth. */
const { text } = fc.letrec<{ text: string; list: string; number: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('node.annotations["long"]', 'machine.hostname', '"aaaaaaaa"', 'node.labels["example.org/l1"]'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('list'), tie('text')).map(([a, b]) => `${a}.join(${b})`),
    fc.tuple(tie('number'), tie('text')).map(([a, b]) => `(${a} > 3 ? ${b} : "")`),
    tie('text').map((a) => `${a}.upperAscii()`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `cel.bind(t, ${a}, t + t + ${b})`),
  ),
  list: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('node.labels.map(k, k)', '["a", "b"]'),
    fc.tuple(tie('text'), fc.constantFrom('""', '"a"')).map(([a, b]) => `${a}.split(${b})`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('list'), tie('text')).map(([a, b]) => `${a}.map(x, x + ${b})`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `${a}.filter(x, x in ${b})`),
  ),
  number: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('machine.cpus', '7'),
    tie('text').map((a) => `size(${a})`),
    tie('list').map((a) => `${a}.size()`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a}.indexOf(${b})`),
  ),
}));

test('any expression within the limits ends soon, or is refused', () => {
  const property = fc.property(text, (expression) => {
    expect(secondsOf(() => run(expression, 'kubelet.configuration.providerID'))).toBeLessThan(most);
  });
  fc.assert(property, { numRuns: 4 * generatedSlow });
});

test('the estimate is never below the size of the result', () => {
  const context = {
    node: { labels: new Map([['example.org/l1', 'x'.repeat(50)]]), annotations: new Map([['long', 'ab'.repeat(50)]]) },
    machine: { hostname: 'a.b.c', cpus: 8n },
  };
  const property = fc.property(text, (expression) => {
    const compilation = compile(expression, []);
    if (compilation.kind === 'Refused') return;
    const { compiled }: { compiled: Compiled } = compilation;
    const { work, characters } = estimate(compiled.tree, context);
    if (work > mostWork) return;
    const value = compiled.evaluate({
      ...context,
      node: { name: '', ...context.node },
      machine: { ...machine, ...context.machine },
    });
    expect(String(value).length).toBeLessThanOrEqual(characters);
  });
  fc.assert(property, { numRuns: 4 * generatedSlow });
});

const machine = { memoryGiB: 1n, ipv4: '', ipv6: '', architecture: '', osRelease: new Map() };
