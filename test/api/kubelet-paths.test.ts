import { expect, test } from 'vitest';
import { absoluteConfiguration, absoluteFlagValue } from '../../src/api/kubelet-paths.ts';

test.each([
  ['pod-manifest-path', 'etc/kubernetes/pods/', '/etc/kubernetes/pods'],
  ['kubeconfig', '../var/lib/kubelet/kubeconfig', '/var/lib/kubelet/kubeconfig'],
  ['config', 'etc/kubernetes/kubelet.yaml', '/etc/kubernetes/kubelet.yaml'],
  ['config-dir', '/etc//kubelet.d/', '/etc//kubelet.d/'],
  ['kubeconfig', '', ''],
  ['node-labels', 'a/b=c', 'a/b=c'],
  ['constructor', 'a', 'a'],
])('--%s=%s is written as %s', (flag, value, written) => {
  expect(absoluteFlagValue(flag, value)).toBe(written);
});

test('the paths in a configuration are written as the kubelet counts them: from the folder of its file', () => {
  const configuration = {
    staticPodPath: 'manifests',
    authentication: { x509: { clientCAFile: './pki/ca.crt' }, webhook: { enabled: true } },
    tlsCertFile: '/a/../b',
    resolvConf: '',
    clusterDomain: 'cluster.local',
  };
  expect(absoluteConfiguration(configuration, '/etc/kubernetes')).toEqual({
    ...configuration,
    staticPodPath: '/etc/kubernetes/manifests',
    authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' }, webhook: { enabled: true } },
  });
});

test.each([{ staticPodPath: 5 }, { authentication: [] }, { authentication: { x509: 'a' } }, {}])(
  'a configuration of the wrong shape stays as it is: %j',
  (configuration) => {
    expect(absoluteConfiguration(configuration, '/etc/kubernetes')).toEqual(configuration);
  },
);
