import { describe, expect, test } from 'vitest';
import { containerOf, textOf, theOne } from './documents.ts';

const lines = textOf('manifests/overlays/host-service/kubelet-config-agent.service')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const directive = (name: string) =>
  lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));

describe('kubelet-config-agent.service', () => {
  test('knows nothing of the unit that it configures', () => {
    expect(lines.filter((line) => line.includes('kubelet.service'))).toEqual([]);
    expect(directive('After')).toEqual(['dbus.socket network.target']);
    expect(directive('Requires')).toEqual([]);
  });

  test('has the capabilities that the pod has, and no others', () => {
    const { add = [], drop } = containerOf(theOne('DaemonSet', 'agent')).securityContext.capabilities;
    expect(drop).toEqual(['ALL']);
    expect(directive('CapabilityBoundingSet')).toEqual([add.map((name) => `CAP_${name}`).join(' ')]);
  });

  test('is started again whatever ended it, for ever', () => {
    expect(directive('Restart')).toEqual(['always']);
    expect(directive('StartLimitIntervalSec')).toEqual(['0']);
  });
});
