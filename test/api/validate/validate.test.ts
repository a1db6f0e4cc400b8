import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { hasErrors } from '../../../src/api/problem.ts';
import { validateKubeletConfig, validateMergedSpec } from '../../../src/api/validate/validate.ts';
import { largeness } from '../../runs.ts';
import { changed, summary, validObject } from './valid.ts';

/** The changed field, the problems, and a part of the reason and of the remedy. */
type Row = [path: FieldPath, value: unknown, found: readonly string[], reason?: string | undefined, remedy?: string];

const rows: readonly Row[] = [
  // the whole
  [['kind'], 'Deployment', ['kind: WrongKind'], 'expected kind KubeletConfig, found "Deployment"'],
  [['kind'], undefined, ['kind: WrongKind'], 'kind is missing'],
  [['apiVersion'], 'kubelet-config.dev/v1', ['apiVersion: WrongApiVersion'], 'kubelet-config.dev/v1alpha1'],
  [['spec'], undefined, ['spec: MissingField'], 'spec is missing'],
  [['spec'], null, ['spec: MissingField'], 'spec is missing'],
  [['metadata'], undefined, ['metadata: MissingField']],
  [['metadata', 'name'], undefined, ['metadata.name: MissingField']],
  [['metadata', 'name'], 'Workers', ['metadata.name: InvalidValue'], '"Workers" is not a name'],
  [['metadata', 'name'], 'a'.repeat(64), [': RuleViolated'], 'more than 63 characters'],
  [['metadata', 'lables'], {}, ['metadata.lables: UnknownField'], undefined, 'did you mean labels?'],
  [['metadata', 'labels'], { 'a b': 'x' }, ['metadata.labels["a b"]: InvalidValue']],
  [['metadata', 'annotations'], { 'a b': '' }, ['metadata.annotations["a b"]: InvalidValue']],
  [['metadata', 'uid'], 5, ['metadata.uid: WrongType']],
  [
    ['spec', 'patches'],
    [{ op: 'add', path: '/kubelet/flags/v', value: null }],
    ['spec.patches[0].value: MissingField', 'spec.patches[0].value: NullDropped'],
  ],

  // unknown fields
  [['spec', 'kubelet', 'flgas'], {}, ['spec.kubelet.flgas: UnknownField'], 'unknown field "flgas"', 'did you mean flags?'],
  [['spec', 'flags'], {}, ['spec.flags: UnknownField'], undefined, 'flags belongs at spec.kubelet.flags'],
  [['spec', 'kubeletConfig'], {}, ['spec.kubeletConfig: UnknownField'], undefined, 'write it as spec.kubelet.configuration'],
  [['spec', 'machineConfigPoolSelector'], {}, ['spec.machineConfigPoolSelector: UnknownField'], undefined, 'spec.nodeSelector'],
  [['spec', 'zzzzzz'], {}, ['spec.zzzzzz: UnknownField'], undefined, 'the fields here are nodeSelector, priority'],
  [
    ['spec', 'launcher', 'rkt', 'volumes', 0, 'readonly'],
    true,
    ['spec.launcher.rkt.volumes[0].readonly: UnknownField'],
    undefined,
    'readOnly',
  ],
  [['spec', 'constructor'], 1, ['spec.constructor: UnknownField']],

  // selector
  [
    ['spec', 'nodeSelector'],
    undefined,
    ['spec.nodeSelector: MissingField'],
    'nodeSelector is missing',
    'nodeSelector: {matchLabels: {}} to select every node',
  ],
  [['spec', 'nodeSelector'], { matchLabels: {} }, []],
  [
    ['spec', 'nodeSelector'],
    {},
    ['spec.nodeSelector: InvalidValue'],
    'nodeSelector is empty',
    'nodeSelector: {matchLabels: {}} to select every node',
  ],
  [
    ['spec', 'nodeSelector'],
    { matchLabel: {} },
    ['spec.nodeSelector.matchLabel: UnknownField'],
    undefined,
    'did you mean matchLabels?',
  ],
  ...(['kubelet', 'unit', 'health', 'rollout'] as const).map(
    (group): Row => [
      ['spec', group],
      {},
      [`spec.${group}: InvalidValue`],
      `${group} is empty`,
      `leave ${group} out, or set one of `,
    ],
  ),
  [
    ['spec', 'launcher', 'rkt'],
    { wrapper: {}, stage1: {} },
    ['spec.launcher.rkt.stage1: InvalidValue', 'spec.launcher.rkt.wrapper: InvalidValue'],
  ],
  [
    ['spec', 'nodeSelector', 'matchLabels'],
    { role: 5 },
    ['spec.nodeSelector.matchLabels.role: WrongType'],
    'found 5',
    'put it in quotes: "5"',
  ],
  [
    ['spec', 'nodeSelector', 'matchLabels'],
    { 'a/b/c': 'x' },
    ['spec.nodeSelector.matchLabels["a/b/c"]: InvalidValue'],
    'key of a label',
  ],
  [
    ['spec', 'nodeSelector', 'matchLabels'],
    { role: 'a b' },
    ['spec.nodeSelector.matchLabels.role: InvalidValue'],
    'value of a label',
  ],
  [
    ['spec', 'nodeSelector', 'matchExpressions'],
    [{ key: '-x', operator: 'In', values: ['ok', '-'] }],
    ['spec.nodeSelector.matchExpressions[0].key: InvalidValue', 'spec.nodeSelector.matchExpressions[0].values[1]: InvalidValue'],
  ],
  [
    ['spec', 'nodeSelector', 'matchExpressions'],
    [{ key: 'x', operator: 'Exits' }],
    ['spec.nodeSelector.matchExpressions[0].operator: InvalidValue'],
    '"Exits" is not a value',
    'did you mean Exists?',
  ],
  [
    ['spec', 'nodeSelector', 'matchExpressions'],
    [{ key: 'x', operator: 'In' }],
    ['spec.nodeSelector.matchExpressions[0]: RuleViolated'],
    'at least one value',
  ],

  // wrong types and values
  [['spec', 'priority'], '10', ['spec.priority: WrongType'], 'expected a whole number, found "10"', 'without quotes'],
  [['spec', 'priority'], 1.5, ['spec.priority: WrongType'], 'found 1.5'],
  [['spec', 'priority'], 2_000_000, ['spec.priority: InvalidValue'], 'too large', '1000000 or less'],
  [['spec', 'kubelet', 'version'], 1.36, ['spec.kubelet.version: WrongType'], 'found 1.36', 'put it in quotes: "1.36"'],
  [['spec', 'kubelet', 'version'], 'latest', ['spec.kubelet.version: InvalidValue'], '"latest"', 'v1.36.1'],
  [
    ['spec', 'kubelet'],
    null,
    ['spec.kubelet: NullDropped'],
    'null sets nothing',
    'use patches with op: remove and path: /kubelet',
  ],
  [['spec', 'kubelet', 'configuration', 'kind'], 'Kubelet', ['spec.kubelet.configuration.kind: InvalidValue']],
  [
    ['spec', 'kubelet', 'configurationPath'],
    'etc/x',
    ['spec.kubelet.configurationPath: InvalidValue'],
    '"etc/x"',
    'begins with /',
  ],
  [
    ['spec', 'launcher', 'rkt', 'options'],
    '--net=host',
    ['spec.launcher.rkt.options: WrongType'],
    'expected a list',
    '["--net=host"]',
  ],
  [
    ['spec', 'launcher', 'rkt', 'volumes', 0, 'readOnly'],
    'true',
    ['spec.launcher.rkt.volumes[0].readOnly: WrongType'],
    'true or false',
  ],
  [['spec', 'launcher', 'rkt', 'volumes', 0, 'name'], undefined, ['spec.launcher.rkt.volumes[0].name: MissingField']],
  [
    ['spec', 'unit', 'options', 'Service', 'RestartSec'],
    '5',
    ['spec.unit.options.Service.RestartSec: WrongType'],
    'expected a list',
  ],
  [['spec', 'files', 0, 'mode'], 420, ['spec.files[0].mode: WrongType'], 'found 420', 'put it in quotes: "0644"'],
  [['spec', 'files', 0, 'mode'], 644, ['spec.files[0].mode: WrongType'], 'found 644', 'put it in quotes: "0644"'],
  [['spec', 'files', 0, 'mode'], '644', ['spec.files[0].mode: InvalidValue'], '"644"', 'begins with 0'],
  [['spec', 'files', 0, 'path'], '/opt/bin/', ['spec.files[0].path: InvalidValue'], undefined, 'slash at its end'],
  [['spec', 'files', 0, 'path'], '/opt/bin/../x', ['spec.files[0]: RuleViolated'], '. or ..'],
  [['spec', 'deletionPolicy'], 'orphan', ['spec.deletionPolicy: InvalidValue'], undefined, 'did you mean Orphan?'],

  // launcher
  [['spec', 'launcher'], {}, ['spec.launcher: RuleViolated'], 'exactly one of rkt, podman, host, existing', 'leave launcher out'],
  [['spec', 'launcher', 'host'], {}, ['spec.launcher: RuleViolated']],
  [['spec', 'launcher'], undefined, []],
  [['spec', 'launcher'], { hots: {} }, ['spec.launcher.hots: UnknownField'], undefined, 'did you mean host?'],

  // across fields
  [['spec', 'files', 0, 'content'], 'é'.repeat(40_000), ['spec.files: TooLarge'], '80000 bytes'],
  [
    ['spec', 'files', 1],
    { path: '/opt/bin/hello' },
    ['spec.files[1].path: DuplicateItem'],
    'is also the path of spec.files[0].path',
  ],
  [
    ['spec', 'files', 1],
    { path: '/etc/kubernetes/kubelet-config.yaml' },
    ['spec.files[1].path: DuplicateItem'],
    'configurationPath',
  ],
  [
    ['spec', 'launcher', 'rkt', 'volumes', 1],
    { name: 'resolv', empty: {} },
    ['spec.launcher.rkt.volumes[1].name: DuplicateItem'],
    'already used at index 0',
  ],
];

describe('validateKubeletConfig', () => {
  it('accepts a valid object', () => {
    expect(validateKubeletConfig(validObject())).toEqual([]);
  });

  it.each<Row>(rows)('%j = %j', (path, value, found, reason = '', remedy = '') => {
    const problems = validateKubeletConfig(changed(path, value));
    expect(summary(problems)).toEqual(found);
    expect(problems[0]?.reason ?? '').toContain(reason);
    expect(problems[0]?.remedy ?? '').toContain(remedy);
  });

  it('takes a misspelt nodeSelector for one mistake', () => {
    const object = changed(['spec', 'nodeSelektor'], {});
    delete (object['spec'] as Record<string, unknown>)['nodeSelector'];
    expect(summary(validateKubeletConfig(object))).toEqual(['spec.nodeSelektor: UnknownField']);
  });

  it('names the object in every problem', () => {
    const problems = validateKubeletConfig(changed(['spec', 'priority'], 'x'));
    expect(problems.map(({ object }) => object)).toEqual(['workers']);
  });

  it('ends every sentence without a full stop', () => {
    const problems = rows.flatMap(([path, value]) => validateKubeletConfig(changed(path, value)));
    expect(
      problems.filter(({ reason, remedy }) => /\.$/.test(reason) || /\.$/.test(remedy) || reason === '' || remedy === ''),
    ).toEqual([]);
  });

  it('refuses what is no map, and what is nested without end', () => {
    expect(summary(validateKubeletConfig('text'))).toEqual([': WrongType']);
    expect(summary(validateKubeletConfig([validObject()]))).toEqual([': WrongType']);
    const endless: Record<string, unknown> = validObject();
    endless['spec'] = endless;
    expect(summary(validateKubeletConfig(endless))).toEqual([': TooLarge']);
  });

  it('never throws, whatever stands anywhere in the object', () => {
    const places: FieldPath[] = [
      [],
      ['metadata'],
      ['metadata', 'name'],
      ['spec'],
      ...['nodeSelector', 'kubelet', 'launcher', 'unit', 'files', 'patches', 'health', 'drift', 'rollout'].map((name) => [
        'spec',
        name,
      ]),
      ['spec', 'kubelet', 'flags'],
      ['spec', 'kubelet', 'configuration'],
      ['spec', 'launcher', 'rkt', 'volumes'],
      ['spec', 'unit', 'options'],
      ['spec', 'rollout', 'maxUnavailable'],
      ['spec', 'files', 0],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 4 }), (path, value) => {
        const object = path.length === 0 ? value : changed(path, value);
        for (const problem of validateKubeletConfig(object)) {
          expect(problem.reason).not.toBe('');
          expect(problem.remedy).not.toBe('');
        }
      }),
    );
  });

  const large = largeness(1_000_000);
  it.each<readonly [FieldPath, unknown]>([
    [['spec', 'launcher', 'rkt', 'options'], Array<unknown>(large / 5).fill(1)],
    [['spec', 'launcher', 'rkt', 'volumes'], Array<unknown>(large / 20).fill({ name: 'a' })],
    [['spec', 'files'], Array<unknown>(large / 20).fill({ path: '/etc/passwd' })],
    [['spec', 'files', 0, 'content'], '-'.repeat(large)],
    [['spec', 'files', 0, 'content'], '-eyJ'.repeat(large / 4)],
    [['spec', 'a'.repeat(large)], 1],
    [['spec', 'kubelet', 'version'], '1.'.repeat(large / 2)],
    [['spec', 'health'], Object.fromEntries(Array.from({ length: large / 20 }, (_, index) => [`a${index}`, 1]))],
  ])('ends with a large object at %j', (path, value) => {
    expect(validateKubeletConfig(changed(path, value)).length).toBeGreaterThan(0);
  });

  it('is not misled by keys that every JavaScript object has', () => {
    const object = JSON.parse(
      JSON.stringify(validObject()).replace('"priority":0', '"__proto__":{"nodeSelector":{}},"toString":1'),
    );
    expect(summary(validateKubeletConfig(object))).toEqual(['spec.__proto__: UnknownField', 'spec.toString: UnknownField']);
  });
});

describe('validateMergedSpec', () => {
  it('accepts the merged fields of a valid object and knows no object to blame', () => {
    const { kubelet, launcher } = validObject()['spec'] as Record<string, unknown>;
    expect(validateMergedSpec({ kubelet, launcher })).toEqual([]);
    const problems = validateMergedSpec({ kubelet: { flags: { '--v': 2 } } });
    expect(problems).toMatchObject([{ code: 'FlagInvalid', path: ['spec', 'kubelet', 'flags', '--v'] }]);
    expect(problems[0]).not.toHaveProperty('object');
  });

  it('refuses what a patch must not have made', () => {
    expect(hasErrors(validateMergedSpec({ launcher: { rkt: {}, host: {} } }))).toBe(true);
    expect(hasErrors(validateMergedSpec({ files: [{ path: '/etc/passwd' }] }))).toBe(true);
    expect(hasErrors(validateMergedSpec('nothing'))).toBe(false);
  });
});
