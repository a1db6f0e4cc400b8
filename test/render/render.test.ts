import { describe, expect, test } from 'vitest';
import { formatPath } from '../../src/api/problem.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { readManifests } from '../../src/manifest/read/read.ts';
import { render } from '../../src/render/render.ts';
import { renderingVersion } from '../../src/render/revision.ts';
import { kubeletConfig } from '../builders.ts';
import { checkWrites, effectiveOf, legacy, rendered, unitPath, unknown, withRkt } from './subject.ts';

const hook = { path: '/opt/bin/hook', mode: '0755', content: '#!/bin/sh\n' };

test('a revision holds every file, sorted, and the unit', () => {
  const { revision } = rendered({ kubelet: { configuration: { maxPods: 1 } }, files: [hook, { path: '/etc/kubernetes/a' }] });
  expect(revision.files.map(({ path, mode, uid, gid }) => [path, mode, uid, gid])).toEqual([
    ['/etc/kubernetes/a', 0o644, 0, 0],
    ['/etc/kubernetes/kubelet-config.yaml', 0o644, 0, 0],
    [unitPath, 0o644, 0, 0],
    ['/opt/bin/hook', 0o755, 0, 0],
  ]);
  expect(revision.unit).toEqual({ name: 'kubelet.service', enabled: true });
  expect(revision.id).toMatch(/^[0-9a-f]{16}$/);
});

describe('the id of a revision', () => {
  const idOf = (yaml: string) => {
    const { documents, problems } = readManifests(yaml, 'a.yaml');
    expect(problems).toEqual([]);
    const found = render(effectiveOf(...documents.map(({ value }) => value as KubeletConfig)), unknown);
    return found.kind === 'Rendered' ? { revision: found.revision.id, inputs: found.traits.inputs.id } : found;
  };
  const object = (kubelet: string, launcher = 'host: {}') =>
    `apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: a}\nspec:\n  nodeSelector: {matchLabels: {}}\n${kubelet}  launcher: {${launcher}}\n`;
  const plain = object('  kubelet:\n    flags: {v: 2, max-pods: 3}\n    configuration: {a: {b: 1, c: 2}, d: 3}\n');

  test('is the same for other comments and another order of keys, and so is that of its inputs', () => {
    const reordered = object(
      '  # why\n  kubelet:\n    configuration: {d: 3, a: {c: 2, b: 1}}\n    flags: {"max-pods": 3, v: 2}\n',
    );
    expect(idOf(reordered)).toEqual(idOf(plain));
  });

  test.each([
    ['a flag', plain.replace('v: 2', 'v: 3')],
    ['a setting', plain.replace('d: 3', 'd: 4')],
    ['the launcher', plain.replace('host: {}', 'host: {binary: /opt/bin/kubelet}')],
    ['the mode of a file', `${plain}  files: [{path: /opt/bin/x, mode: "0755"}]\n`],
  ])('is another for %s', (_what, changed) => {
    expect(idOf(changed)).not.toEqual(idOf(plain));
  });

  test('says nothing of what is no byte: who said it, and how long to wait', () => {
    const [one, other] = [
      kubeletConfig('one', { launcher: { host: {} } }),
      kubeletConfig('two', { launcher: { host: {} }, health: { minReadySeconds: 9 } }),
    ];
    const ids = [one, other]
      .map((object) => render(effectiveOf(object), unknown))
      .map((found) => found.kind === 'Rendered' && found.revision.id);
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('the inputs', () => {
  test('name the objects, the renderer, and the capabilities that were read', () => {
    const { inputs } = rendered(withRkt(), legacy).traits;
    expect(inputs).toMatchObject({ rendering: renderingVersion, objects: [{ name: 'workers', uid: '', generation: 0 }] });
    expect(inputs.capabilities).toEqual({
      hasShippedWrapper: true,
      rktAtLeast_1_0_0: null,
      shippedWrapper: 3,
      shippedWrapperStarts: true,
    });
  });

  test.each([
    ['host without a version', {}, {}],
    ['host with one', { kubelet: { version: 'v1.30.1' } }, { 'kubeletIs_v1.30.1': null }],
    ['a wrapper that is ours for sure', withRkt({ wrapper: { source: 'Managed' } }), { rktAtLeast_1_15_0: null }],
  ])('hold nothing else for %s', (_what, spec, capabilities) => {
    expect(rendered(spec).traits.inputs.capabilities).toEqual(capabilities);
  });
});

describe('files that stay', () => {
  const host = kubeletConfig('base', { launcher: { host: {} } });
  const orphansOf = (...objects: KubeletConfig[]) => {
    const found = render(effectiveOf(...objects), unknown);
    return found.kind === 'Rendered' ? found.traits.orphans : undefined;
  };

  test('none, unless an object says Orphan', () => {
    expect(orphansOf(host, kubeletConfig('more', { files: [hook] }))).toEqual([]);
  });

  test('of an Orphan: its own files, and what several make together', () => {
    expect(orphansOf(host, kubeletConfig('more', { files: [hook], deletionPolicy: 'Orphan' }))).toEqual([
      unitPath,
      '/opt/bin/hook',
    ]);
  });

  test('another object’s file goes', () => {
    expect(
      orphansOf({ ...host, spec: { ...host.spec, deletionPolicy: 'Orphan' } }, kubeletConfig('more', { files: [hook] })),
    ).toEqual([unitPath]);
  });
});

describe('problems', () => {
  test('name the object that set the field', () => {
    const base = kubeletConfig('base', { launcher: { host: {} }, kubelet: { version: 'v1.30.0' } });
    const wrong = kubeletConfig('wrong', { priority: 1, kubelet: { flags: { 'container-runtime': 'remote' } } });
    const found = render(effectiveOf(base, wrong), unknown);
    expect(found).toMatchObject({
      kind: 'Refused',
      problems: [{ code: 'FlagInvalid', object: 'wrong', path: ['spec', 'kubelet', 'flags', 'container-runtime'] }],
    });
  });

  test('are all told at once', () => {
    const spec = {
      kubelet: { image: 'x', flags: { 'root-dir': '\ufffe' } },
      unit: { options: { Service: { ExecStart: ['x'] } } },
    };
    expect(checkWrites(spec).map((text) => text.split(': ').slice(0, 2).join(': '))).toEqual([
      'spec.kubelet.flags["root-dir"]: FlagInvalid',
      'spec.unit.options.Service.ExecStart: UnitInvalid',
    ]);
  });

  test.each([
    ['files over the unit', { files: [{ path: unitPath }] }, `spec.files["${unitPath}"]`],
    [
      'files over the configuration',
      { kubelet: { configuration: {} }, files: [{ path: '/etc/kubernetes/kubelet-config.yaml' }] },
      'spec.files["/etc/kubernetes/kubelet-config.yaml"]',
    ],
    [
      'configuration over the unit',
      { kubelet: { configuration: {}, configurationPath: unitPath } },
      'spec.kubelet.configurationPath',
    ],
    ['wrapper over the unit', withRkt({ wrapper: { path: unitPath } }), 'spec.launcher.rkt.wrapper.path'],
    ['uuidFile over the wrapper', withRkt({ uuidFile: '/opt/bin/kubelet-wrapper' }), 'spec.launcher.rkt.uuidFile'],
  ])('%s would replace each other', (_what, spec, field) => {
    expect(checkWrites(spec)).toEqual([
      expect.stringMatching(`^${field.replace(/[[\]]/g, '\\$&')}: InvalidValue: .* is written from other fields already`),
    ]);
  });

  test.each([
    ['two files', { files: [{ path: '/etc/kubernetes/a' }, { path: '/etc/kubernetes/a/b/c' }] }, '/etc/kubernetes/a/b/c'],
    [
      'a file and the configuration',
      { kubelet: { configuration: {}, configurationPath: '/etc/kubernetes/a' }, files: [{ path: '/etc/kubernetes/a/b' }] },
      '/etc/kubernetes/a/b',
    ],
    ['a file and the uuidFile', { ...withRkt({ uuidFile: '/opt/bin/a' }), files: [{ path: '/opt/bin/a/b' }] }, '/opt/bin/a/b'],
  ])('%s: one cannot be the directory of the other', (_what, spec, path) => {
    expect(checkWrites(spec)).toEqual([
      expect.stringMatching(`^spec.files\\["${path}"\\]: InvalidValue: ${path} cannot be written, because .*/a is a file too`),
    ]);
  });

  test('warnings stand beside the revision', () => {
    const { warnings } = rendered({
      kubelet: { flags: { kubeconfig: '/etc/kubernetes/kubelet.conf' }, configuration: { maxPodz: 1 } },
    });
    expect(warnings.map(({ severity, path, remedy }) => [severity, formatPath(path), remedy])).toEqual([
      ['warning', 'spec.kubelet.configuration.maxPodz', 'write maxPods'],
    ]);
  });
});
