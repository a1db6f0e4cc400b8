import { describe, expect, it } from 'vitest';
import { type CapabilityName, capability, recordCapabilities, sameCapabilities } from '../../src/render/capabilities.ts';
import type { HostFacts } from '../../src/render/facts.ts';

const coreos: HostFacts = {
  osRelease: { ID: 'coreos', VERSION_ID: '1353.4.0' },
  rktVersion: '1.25.0',
  systemdVersion: 231,
  kubeletVersion: 'v1.5.4+coreos.0',
};
const unknown: HostFacts = { osRelease: {} };

describe('capability', () => {
  it.each<[CapabilityName, boolean | number]>([
    ['hasShippedWrapper', true],
    ['shippedWrapper', 8],
    ['rktAtLeast_1_25_0', true],
    ['rktAtLeast_1_9_1', true],
    ['rktAtLeast_1_26_0', false],
    ['systemdAtLeast_231', true],
    ['systemdAtLeast_250', false],
    ['kubeletIs_v1.5.4', true],
    ['kubeletIs_1.5.4', true],
    ['kubeletIs_v1.5.4_coreos.0', true],
    ['kubeletIs_v1.5.4_coreos.1', false],
    ['kubeletIs_v1.5.5', false],
    // Two numbers mean every patch release.
    ['kubeletIs_v1.5', true],
    ['kubeletIs_v1.50', false],
    ['kubeletIs_v1.6', false],
  ])('%s is %s', (name, value) => {
    expect(capability(coreos, name)).toBe(value);
    expect(capability(unknown, name)).toBeNull();
  });

  it('is false, not unknown, on another system', () => {
    const debian = { osRelease: { ID: 'debian' } };
    expect(capability(debian, 'hasShippedWrapper')).toBe(false);
    expect(capability(debian, 'shippedWrapper')).toBe(0);
  });

  it('takes a build of a version for that version', () => {
    expect(capability({ osRelease: {}, rktVersion: 'v1.30.0+38' }, 'rktAtLeast_1_30_0')).toBe(true);
    expect(capability({ osRelease: {}, kubeletVersion: 'v1.27.3-gke.100' }, 'kubeletIs_v1.27.3')).toBe(true);
  });

  it('refuses a name that is none', () => {
    expect(() => capability(coreos, 'rktAtLeast_1_x_0' as CapabilityName)).toThrow(RangeError);
  });
});

describe('recordCapabilities', () => {
  it('records what was read, once, in order of the names', () => {
    const capabilities = recordCapabilities(coreos);
    expect(capabilities.used()).toEqual({});
    capabilities.read('shippedWrapper');
    capabilities.read('rktAtLeast_1_15_0');
    expect(capabilities.read('shippedWrapper')).toBe(8);
    expect(JSON.stringify(capabilities.used())).toBe('{"rktAtLeast_1_15_0":true,"shippedWrapper":8}');
  });
});

describe('sameCapabilities', () => {
  const used = { rktAtLeast_1_15_0: true, shippedWrapper: 8 };

  it('does not mind an upgrade that no recorded capability feels', () => {
    expect(sameCapabilities(used, { ...coreos, rktVersion: '1.30.0', systemdVersion: 250 })).toBe(true);
  });

  it('sees one that changes a recorded capability', () => {
    expect(sameCapabilities(used, { ...coreos, rktVersion: '1.14.0' })).toBe(false);
    expect(sameCapabilities(used, { ...coreos, osRelease: { ID: 'coreos', VERSION_ID: '1353.6.0' } })).toBe(false);
    expect(sameCapabilities({ shippedWrapper: null }, coreos)).toBe(false);
  });

  it('takes what cannot be told just now for unchanged', () => {
    expect(sameCapabilities(used, unknown)).toBe(true);
    expect(sameCapabilities({ fromAnotherVersion: 3 }, coreos)).toBe(true);
  });
});
