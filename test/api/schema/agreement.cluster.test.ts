import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasErrors } from '../../../src/api/problem.ts';
import { rootSchema, type Schema, schemaNodes } from '../../../src/api/schema/walk.ts';
import { ruleProblems } from '../../../src/api/validate/rules.ts';
import { shapeProblems } from '../../../src/api/validate/shape.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { examplePath, installCrd, objectWith, resource, verdictOn } from '../../cluster/kubelet-configs.ts';
import { describeCluster } from '../../cluster/tier.ts';

/** Texts for which patterns, characters and lengths might differ between Go and JavaScript. */
const texts = [
  ...['', 'a', 'a\n', '\na', 'é', '\0', 'a\0b', 'K', 'ſ', '٣', '\ud800', 'Restore', 'In', '2020-01-01T00:00:00Z'],
  ...['/', '//', '/a', '/a/', '/a\n', '/a\x7f', '/a\u2028b', '/\ud800', '/a//b', '/a/../b', '/.', '/..', '/...', '/a/./b'],
  ...['0755', '0755\n', '755', '0855', '00755', 'v1.2.3', '1.2.3-', 'v1.2.3\n', 'v1.2.3_coreos.0', '1.2', 'vv1.2.3'],
  ...[
    'kubelet.service',
    'x.service\n',
    'a b.service',
    '/kubelet/~2',
    '/kubelet/~',
    '/kubelet/~01',
    '/kubelet/a\n',
    '/files',
    'x',
  ],
  ...['1', '10%', '0%', '09%', '100%', '101%', '%', '10%\n'],
];
const numbers = [0, -0, 1, -1, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1];
const others = [true, false, {}, [], [null], [[]], [{}], ['a'], { a: 'b' }, { a: {} }, { a: [] }, { a: [1] }];

/** Values at the limits of a field, just inside and just outside them, and many of other types. */
function candidates(schema: Schema): unknown[] {
  const limit = (keyword: string) => (typeof schema[keyword] === 'number' ? [schema[keyword]] : []);
  return [
    ...texts,
    ...numbers,
    ...others,
    ...((schema['enum'] as readonly unknown[] | undefined) ?? []),
    ...[...limit('minimum'), ...limit('maximum')].flatMap((bound) => [bound - 1, bound - 0.5, bound, bound + 0.5, bound + 1]),
    // Both count a character as one, however many bytes or units it has.
    ...limit('maxLength').flatMap((length) =>
      ['a', 'é', '😀'].flatMap((letter) => [
        letter.repeat(length),
        letter.repeat(length + 1),
        `/${letter.repeat(length - 1)}`,
        `/${letter.repeat(length)}`,
      ]),
    ),
    ...limit('maxItems').flatMap((count) => [Array(count).fill('a'), Array(count + 1).fill('a')]),
    ...limit('maxProperties').flatMap((count) => [entries(count), entries(count + 1)]),
  ];
}

function entries(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}

/** The part of the offline validation that the server does too. In the rest we are stricter, never laxer. */
function acceptedBySchema(object: object): boolean {
  const shape = shapeProblems(object);
  return [
    ...shape,
    ...ruleProblems(
      object,
      shape.map(({ path }) => path),
    ),
  ].every(({ severity }) => severity !== 'error');
}

const fields = schemaNodes(rootSchema)
  .filter(({ path }) => path[0] === 'spec')
  .map(({ path, node }) => ({ name: path.join('.'), path: examplePath(path), node }));

describeCluster('the schema on an API server and offline', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installCrd(plane);
  });
  afterAll(() => plane?.stop());

  it.each(fields)('agrees on any value of $name', async ({ path, node }) => {
    const verdicts = await Promise.all(
      candidates(node).map(async (value) => {
        const object = objectWith(path, value);
        const { accepted, message } = await verdictOn(plane, object);
        return { value: JSON.stringify(value).slice(0, 80), server: accepted, offline: acceptedBySchema(object), message };
      }),
    );
    expect(verdicts.filter(({ server, offline }) => server !== offline)).toEqual([]);
    expect(verdicts.some(({ server }) => !server) || node['x-kubernetes-preserve-unknown-fields']).toBeTruthy();
  });

  it('has a patch lose the value null on the server, so offline it is refused', async () => {
    const patch = { op: 'add', path: '/kubelet/configuration/maxPods' };
    const object = objectWith(['spec', 'patches'], [{ ...patch, value: null }]);
    const path = ['spec', 'patches', 0, 'value'];
    expect(validateKubeletConfig(object)).toMatchObject([
      { code: 'MissingField', path },
      { code: 'NullDropped', path },
    ]);
    const { body } = await plane.request('POST', `${resource}?dryRun=All`, object);
    expect(body).toMatchObject({ spec: { patches: [patch] } });
    expect(body).not.toHaveProperty('spec.patches.0.value');
  });

  describe('null sets nothing, on the server and offline, where nobody takes it for a value', () => {
    const nullable = fields.filter(({ path }) => typeof path.at(-1) !== 'number');
    it.each(nullable)('at $name', async ({ path }) => {
      const object = objectWith(path, null);
      const problems = validateKubeletConfig(object);
      expect(hasErrors(problems) || problems.some(({ code }) => code === 'NullDropped')).toBe(true);
      const { status, body } = await plane.request('POST', `${resource}?dryRun=All`, object);
      if (status === 201) expect(JSON.stringify((body as { spec: unknown }).spec)).not.toContain('null');
    });
  });
});
