import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FieldPath, formatPath, hasErrors, type Problem } from '../../../src/api/problem.ts';
import { rootSchema, rulesOf, schemaNodes } from '../../../src/api/schema/walk.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { examplePath, installCrd, objectWith, verdictOn } from '../../cluster/kubelet-configs.ts';
import { describeCluster } from '../../cluster/tier.ts';
import { ruleVectors } from '../validate/rule-vectors.ts';
import { changed } from '../validate/valid.ts';

/** Each place that has a rule, with each vector of that rule. */
const vectors = schemaNodes(rootSchema).flatMap(({ path, node }) =>
  rulesOf(node).flatMap(({ rule }) =>
    ruleVectors
      .filter((vector) => vector.rule === rule)
      .map(({ self, holds }) => ({ place: path.join('.') || '(root)', path: examplePath(path), self, holds })),
  ),
);

/** The fault, the path that both report, and the server's word for it. */
type Refused = readonly [path: FieldPath, value: unknown, field: string, server: string, offline: Problem['code']];

const volumes: FieldPath = ['spec', 'launcher', 'rkt', 'volumes'];
const expressions: FieldPath = ['spec', 'nodeSelector', 'matchExpressions'];

const refused: readonly Refused[] = [
  // unknown fields, which the server finds when asked to be strict, as kubectl does
  [['spec', 'kubelet', 'flgas'], {}, 'spec.kubelet.flgas', 'unknown field', 'UnknownField'],
  [
    ['spec', 'launcher', 'rkt', 'volumes', 0, 'readonly'],
    true,
    'spec.launcher.rkt.volumes[0].readonly',
    'unknown field',
    'UnknownField',
  ],
  [['metadata', 'lables'], {}, 'metadata.lables', 'unknown field', 'UnknownField'],
  [['extra'], 1, 'extra', 'unknown field', 'UnknownField'],
  // missing
  [['spec'], undefined, 'spec', 'Required value', 'MissingField'],
  [['spec', 'nodeSelector'], undefined, 'spec.nodeSelector', 'Required value', 'MissingField'],
  [[...volumes, 0, 'name'], undefined, 'spec.launcher.rkt.volumes[0].name', 'Required value', 'MissingField'],
  [expressions, [{ key: 'a' }], 'spec.nodeSelector.matchExpressions[0].operator', 'Required value', 'MissingField'],
  // type
  [['spec', 'priority'], '10', 'spec.priority', 'must be of type integer', 'WrongType'],
  [['spec', 'priority'], 1.5, 'spec.priority', 'must be of type integer', 'WrongType'],
  [['spec', 'kubelet', 'version'], 1.36, 'spec.kubelet.version', 'must be of type string', 'WrongType'],
  [['spec', 'kubelet', 'flags'], ['v'], 'spec.kubelet.flags', 'must be of type object', 'WrongType'],
  [['spec', 'launcher', 'rkt', 'options'], '--net=host', 'spec.launcher.rkt.options', 'must be of type array', 'WrongType'],
  [[...volumes, 0, 'readOnly'], 'true', 'spec.launcher.rkt.volumes[0].readOnly', 'must be of type boolean', 'WrongType'],
  [['spec', 'files', 0, 'mode'], 420, 'spec.files[0].mode', 'must be of type string', 'WrongType'],
  // value
  [
    expressions,
    [{ key: 'a', operator: 'Exits' }],
    'spec.nodeSelector.matchExpressions[0].operator',
    'Unsupported value',
    'InvalidValue',
  ],
  [['spec', 'deletionPolicy'], 'orphan', 'spec.deletionPolicy', 'Unsupported value', 'InvalidValue'],
  [['spec', 'priority'], 1_000_001, 'spec.priority', 'should be less than or equal to 1000000', 'InvalidValue'],
  [
    ['spec', 'health', 'timeoutSeconds'],
    9,
    'spec.health.timeoutSeconds',
    'should be greater than or equal to 10',
    'InvalidValue',
  ],
  [['spec', 'files', 0, 'mode'], '644', 'spec.files[0].mode', 'should match', 'InvalidValue'],
  [['spec', 'rollout', 'maxUnavailable'], '0%', 'spec.rollout.maxUnavailable', 'should match', 'InvalidValue'],
  [['spec', 'kubelet', 'configurationPath'], 'etc/x', 'spec.kubelet.configurationPath', 'should match', 'InvalidValue'],
  // size
  [['spec', 'kubelet', 'image'], 'a'.repeat(1025), 'spec.kubelet.image', 'Too long', 'TooLarge'],
  [['spec', 'unit', 'environment'], entries(129), 'spec.unit.environment', 'Too many', 'TooLarge'],
  [['spec', 'launcher', 'rkt', 'options'], Array(65).fill('a'), 'spec.launcher.rkt.options', 'Too many', 'TooLarge'],
  // the members of launcher
  [['spec', 'launcher', 'host'], {}, 'spec.launcher', 'launcher needs exactly one of', 'RuleViolated'],
  [['spec', 'launcher'], {}, 'spec.launcher', 'launcher needs exactly one of', 'RuleViolated'],
  // twice
  [[...volumes, 1], { name: 'resolv', empty: {} }, 'spec.launcher.rkt.volumes[1]', 'Duplicate value', 'DuplicateItem'],
  [['spec', 'files', 1], { path: '/opt/bin/hello' }, 'spec.files[1]', 'Duplicate value', 'DuplicateItem'],
  // metadata
  [['metadata', 'name'], 'Workers', 'metadata.name', 'RFC 1123 subdomain', 'InvalidValue'],
  [['metadata', 'name'], 5, 'name', 'cannot unmarshal number into Go struct field ObjectMeta.name', 'WrongType'],
  [['metadata', 'uid'], 5, 'uid', 'cannot unmarshal number into Go struct field ObjectMeta.uid', 'WrongType'],
  [
    ['metadata', 'finalizers'],
    'x',
    'finalizers',
    'cannot unmarshal string into Go struct field ObjectMeta.finalizers',
    'WrongType',
  ],
  [['metadata', 'labels'], { 'Example.COM/role': 'a' }, 'metadata.labels', 'prefix part', 'InvalidValue'],
  [['metadata', 'labels'], { role: 'a b' }, 'metadata.labels', 'a valid label must be', 'InvalidValue'],
  [['metadata', 'annotations'], { 'a b': '' }, 'metadata.annotations', 'name part must consist of', 'InvalidValue'],
  [['metadata', 'annotations'], { a: 'a'.repeat(256 * 1024) }, 'metadata.annotations', 'Too long', 'TooLarge'],
];

const accepted: readonly (readonly [path: FieldPath, value: unknown])[] = [
  [['metadata', 'name'], 'a.b-c.0'],
  [['metadata', 'name'], 'a'.repeat(63)],
  [['metadata', 'creationTimestamp'], null],
  [['metadata', 'annotations'], { 'Example.COM/Role': 'a b\n' }],
  [['metadata', 'annotations'], { a: 'a'.repeat(256 * 1024 - 1) }],
  [['metadata', 'labels'], { 'example.com/Role_1': '' }],
  [['spec', 'nodeSelector'], { matchLabels: {} }],
  [['spec', 'launcher'], undefined],
  [['spec', 'kubelet', 'image'], 'a'.repeat(1024)],
  [['spec', 'files', 0, 'content'], '😀'.repeat(16 * 1024)],
];

function entries(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, 'v']));
}

describeCluster('the verdicts of an API server', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installCrd(plane);
  });
  afterAll(() => plane?.stop());

  describe('on the vectors of the rules', () => {
    it.each(vectors)('$place: $holds for $self', async ({ path, self, holds }) => {
      const object = objectWith(path, self);
      const verdict = await verdictOn(plane, object);
      const violated = validateKubeletConfig(object).filter(({ code }) => code === 'RuleViolated');
      expect(verdict.accepted).toBe(holds);
      // The server has no path for a rule of the whole object.
      const offline = violated.map(({ path, reason, remedy }) => ({
        field: formatPath(path) || '<nil>',
        text: `${reason}; ${remedy}`,
      }));
      expect(offline).toHaveLength(holds ? 0 : 1);
      expect(verdict.causes.map(({ field }) => field)).toEqual(offline.map(({ field }) => field));
      for (const [index, { text }] of offline.entries()) expect(verdict.causes[index]?.message).toContain(text);
    });
  });

  it.each<Refused>(refused)('refuses %j = %j, as we do', async (path, value, field, server, code) => {
    const object = changed(path, value);
    const { accepted, message } = await verdictOn(plane, object);
    expect(accepted).toBe(false);
    expect(message).toContain(field);
    expect(message).toContain(server);
    const problem = validateKubeletConfig(object).find((found) => found.code === code && found.severity === 'error');
    expect(formatPath(problem?.path ?? [])).toContain(field);
  });

  it.each(accepted)('accepts %j = %j, as we do', async (path, value) => {
    const object = changed(path, value);
    expect(await verdictOn(plane, object)).toMatchObject({ accepted: true });
    expect(hasErrors(validateKubeletConfig(object))).toBe(false);
  });
});
