import { describe, expect, test } from 'vitest';
import { containerOf, textOf, theOne } from './documents.ts';

const linesOf = (name: string) =>
  textOf(`manifests/services/${name}.service`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
const lines = linesOf('kubelet-config-cluster-agent');
const directive = (name: string) =>
  lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));

describe('kubelet-config-cluster-agent.service', () => {
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

test('the service of a machine without a cluster differs in its objects, and in nothing else', () => {
  const alone = linesOf('kubelet-config-agent');
  const isOwn = (line: string) => /^(Description|Conflicts|ExecStart)=/.test(line);
  expect(alone.filter((line) => !isOwn(line))).toEqual(lines.filter((line) => !isOwn(line)));
  expect(alone.filter(isOwn)).toEqual([
    expect.stringContaining('Description='),
    'Conflicts=kubelet-config-cluster-agent.service',
    'ExecStart=/usr/local/bin/kubelet-config agent --approve=self $KUBELET_CONFIG_AGENT_OPTIONS',
  ]);
});
