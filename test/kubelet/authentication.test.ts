import { describe, expect, test } from 'vitest';
import type { FlagValue } from '../../src/api/types.ts';
import { withDefaults } from '../../src/desired/defaults.ts';
import { authenticationProblems } from '../../src/kubelet/authentication.ts';

const joined = { kubeconfig: '/etc/kubernetes/kubelet.conf' };
const codes = (kubelet: Record<string, unknown>, version?: string, files: readonly unknown[] = []) =>
  authenticationProblems(withDefaults({ kubelet, files, launcher: { host: {} } } as never, []), version).map(({ code }) => code);
const ofFlags = (flags: Record<string, FlagValue>, version?: string) => codes({ flags }, version);

describe('a kubelet of a cluster', () => {
  test.each([
    ['without anything', joined],
    ['that is to be bootstrapped', { 'bootstrap-kubeconfig': '/a' }],
    ['of before kubeconfig', { 'api-servers': 'http://127.0.0.1:8080' }],
    ['with a client CA alone: anonymous requests are allowed beside it', { ...joined, 'client-ca-file': '/ca' }],
    ['with another address', { ...joined, address: '10.0.0.1' }],
  ])('%s is warned of', (_what, flags) => {
    expect(ofFlags(flags)).toEqual(['NoAuthentication']);
  });

  test.each([
    ['that asks', { ...joined, 'anonymous-auth': false }],
    ['that is told to allow it', { ...joined, 'anonymous-auth': true }],
    ['that asks whether it is allowed', { ...joined, 'authorization-mode': 'Webhook' }],
    ['with a file of the node', { ...joined, config: '/var/lib/kubelet/config.yaml' }],
    ['without a server', { ...joined, 'enable-server': false }],
    ['that listens to its own machine', { ...joined, address: '127.0.0.1' }],
    ['without a cluster', { v: 2 }],
    ['with an empty kubeconfig', { kubeconfig: '' }],
  ])('%s is not', (_what, flags) => {
    expect(ofFlags(flags)).toEqual([]);
  });

  test('with a configuration is not, whatever is in it', () => {
    expect(codes({ flags: joined, configuration: { maxPods: 64 } })).toEqual([]);
  });

  test('before 1.5 cannot ask, and before 1.10 config names static pods', () => {
    expect([ofFlags(joined, 'v1.4.9'), ofFlags(joined, 'v1.5.0')]).toEqual([[], ['NoAuthentication']]);
    const config = { ...joined, config: '/etc/kubernetes/manifests' };
    expect([ofFlags(config, 'v1.9.0'), ofFlags(config, 'v1.10.0')]).toEqual([['NoAuthentication'], []]);
  });
});
