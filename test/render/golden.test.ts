import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { desiredFor } from '../../src/desired/effective.ts';
import type { HostFacts } from '../../src/render/facts.ts';
import { render } from '../../src/render/render.ts';
import { renderingVersion } from '../../src/render/revision.ts';
import { type Example, examples } from '../examples.ts';
import { coreos, unknown } from './subject.ts';

/**
 * What every example renders to, byte for byte. A node keeps its committed revision as long as its inputs are
 * the same, and `renderingVersion` is among them (design N3a): bytes that change without it would reach one
 * node now and another one years later, each with a restart that nobody asked for.
 */
const law = `The rendered bytes changed, and renderingVersion (src/render/revision.ts) did not.
Either the change was not meant: then mend the renderer.
Or it must reach every node, at the price of one restart each: then raise renderingVersion and update the golden files with
  npx vitest run --project unit test/render/golden.test.ts -u
Only while no release has rendered the old bytes may the golden file be removed and written anew.`;

const golden = join(import.meta.dirname, 'golden');

const machines: Readonly<Record<string, HostFacts>> = {
  unknown,
  'coreos-1010.5.0': coreos('1010.5.0'),
  'coreos-2512.3.0': coreos('2512.3.0'),
};

const cases = examples.flatMap((example) => Object.keys(machines).map((machine) => ({ example, machine })));

function goldenName({ name }: Example, machine: string): string {
  return `${name.replace(/\.[a-z]+$/, '').replaceAll('/', '-')}--${machine}.txt`;
}

function renderExample({ name, objects, labels }: Example, facts: HostFacts): string {
  const desired = desiredFor(objects, labels, defaultAllowance);
  if (desired.kind !== 'Effective') throw new Error(`${name}: ${JSON.stringify(desired)}`);
  const rendered = render(desired.effective, facts);
  if (rendered.kind === 'Refused') throw new Error(`${name}: ${JSON.stringify(rendered.problems)}`);
  const { revision } = rendered;
  const contents = revision.files.map(
    ({ path: at, mode, uid, gid, content }) => `### ${at} ${mode.toString(8)} ${uid}:${gid}\n${content}`,
  );
  return `renderingVersion: ${renderingVersion}\nrevision: ${revision.id}\nunit: ${JSON.stringify(revision.unit)}\n\n${contents.join('\n')}`;
}

describe('the bytes of', () => {
  test.each(cases)('$example.name on $machine', async ({ example, machine }) => {
    const facts = machines[machine] ?? unknown;
    const actual = renderExample(example, facts);
    const path = join(golden, goldenName(example, machine));
    const recorded = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    // Before the snapshot, which an update would let pass.
    if (recorded?.startsWith(`renderingVersion: ${renderingVersion}\n`)) expect(actual, law).toBe(recorded);
    await expect(actual).toMatchFileSnapshot(path);
  });
});

test('there is no golden file of an example that is gone', () => {
  expect(readdirSync(golden).sort()).toEqual(cases.map(({ example, machine }) => goldenName(example, machine)).sort());
});
