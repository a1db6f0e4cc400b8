import { describe, expect, test } from 'vitest';
import { contentOf, sameContent } from '../../src/api/content.ts';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';

const base: Partial<KubeletConfigSpec> = { launcher: { host: {} }, kubelet: { flags: { v: 2 } } };
const content = (spec: Partial<KubeletConfigSpec> = {}) => contentOf(kubeletConfig('workers', { ...base, ...spec }));

describe('the content of an object', () => {
  test.each<[string, Partial<KubeletConfigSpec>]>([
    ['a pause', { rollout: { paused: true } }],
    ['other nodes', { nodeSelector: { matchLabels: { role: 'other' } } }],
    ['the default of the API server', { priority: 0, deletionPolicy: 'Restore' }],
    ['leave to lose settings', { takeover: 'Replace' }],
  ])('stays the same with %s', (_what, spec) => {
    expect(content(spec)).toBe(content());
  });

  test.each<[string, Partial<KubeletConfigSpec>]>([
    ['a flag', { kubelet: { flags: { v: 3 } } }],
    ['another launcher', { launcher: { host: { binary: '/opt/bin/kubelet' } } }],
    ['a patch', { patches: [{ op: 'remove', path: '/kubelet/flags/v' }] }],
    ['a computed value', { computed: [{ path: 'kubelet.configuration.maxPods', expression: '1' }] }],
    ['another priority', { priority: 1 }],
    ['what becomes of the files', { deletionPolicy: 'Orphan' }],
  ])('is another one with %s', (_what, spec) => {
    expect(content(spec)).not.toBe(content());
  });
});

describe('two references mean the same content', () => {
  const one = { name: 'a', uid: 'u', generation: 2, content: 'x' };
  test.each([
    ['of one generation, although two builds hash differently', { ...one, content: 'y' }, true],
    ['with the same hash in another generation', { ...one, generation: 3 }, true],
    ['not with another hash in another generation', { ...one, generation: 3, content: 'y' }, false],
    ['not without a hash in another generation', { name: 'a', uid: 'u', generation: 3 }, false],
  ])('%s', (_what, other, expected) => {
    expect(sameContent(one, other)).toBe(expected);
  });

  test('from files only with the same hash, since all have the generation 0', () => {
    const file = { name: 'a', uid: '', generation: 0, content: 'x' };
    expect(sameContent(file, { ...file, content: 'y' })).toBe(false);
    expect(sameContent(file, { name: 'a', uid: '', generation: 0 })).toBe(true);
  });
});
