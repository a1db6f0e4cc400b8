import { describe, expect, it } from 'vitest';
import { defaultAllowance, isAtOrBelow, isNormalPath, pathRefusal } from '../../src/api/paths.ts';

const isAllowed = (...asked: Parameters<typeof pathRefusal>) => pathRefusal(...asked) === undefined;

describe('pathRefusal', () => {
  it.each([
    '/opt/bin/kubelet-wrapper',
    '/opt/bin/a/b',
    '/etc/kubernetes/kubelet-config.yaml',
    '/etc/kubernetes/manifests-old/a.yaml',
    '/etc/systemd/system/kubelet.service',
    '/etc/systemd/system/kubelet.service.d/kubelet.conf',
    '/var/lib/kubelet-config/files/a',
  ])('allows %s', (path) => {
    expect(isAllowed(path, defaultAllowance)).toBe(true);
  });

  it.each([
    '/opt/bin',
    '/opt/binary/a',
    '/etc/kubernetes',
    '/etc/passwd',
    '/etc/systemd/system/sshd.service',
    '/etc/systemd/system/kubelet.service.wants/a',
    '/etc/systemd/system/kubelet.service.d',
    '/var/lib/kubelet-config/journal',
    '/var/lib/kubelet-config/kubelet-pod.uuid',
    '/var/run/kubelet-pod.uuid',
    '/etc/kubernetes/manifests/a.yaml',
    '/etc/kubernetes/manifests',
    '/etc/kubernetes/pki/ca.crt',
    '/etc/kubernetes/kubelet.conf',
    '/etc/kubernetes/admin.conf',
    '/etc/kubernetes/super-admin.conf',
    '/etc/kubernetes/bootstrap-kubelet.conf',
    '/etc/kubernetes/controller-manager.conf',
    '/etc/kubernetes/scheduler.conf',
    '/etc/kubernetes/node.kubeconfig',
    '/etc/kubernetes/kubeconfig-node.yaml',
    '/opt/bin/kubeconfig',
    '/opt/bin/../../etc/passwd',
    '/opt/bin/./a',
    '/opt/bin//a',
    '/opt/bin/a/',
    'opt/bin/a',
    '/',
    '',
  ])('refuses %s', (path) => {
    expect(isAllowed(path, defaultAllowance)).toBe(false);
  });

  it('follows the name of the unit', () => {
    const allowance = { unit: 'kubelet-canary.service', extraPaths: [] };
    expect(isAllowed('/etc/systemd/system/kubelet-canary.service.d/a.conf', allowance)).toBe(true);
    expect(isAllowed('/etc/systemd/system/kubelet.service', allowance)).toBe(false);
  });

  it('is widened by files and directories of a flag, but not past keys, static pods and kubeconfigs', () => {
    const allowance = { unit: 'kubelet.service', extraPaths: ['/var/cache', '/etc'] };
    expect(isAllowed('/var/cache/kubelet-pod.uuid', allowance)).toBe(true);
    expect(isAllowed('/var/cached', allowance)).toBe(false);
    expect(isAllowed('/etc/hosts', allowance)).toBe(true);
    expect(isAllowed('/etc/kubernetes/pki/ca.key', allowance)).toBe(false);
    expect(isAllowed('/etc/kubernetes/manifests/a.yaml', allowance)).toBe(false);
    expect(isAllowed('/etc/kubernetes/kubelet.conf', allowance)).toBe(false);
  });

  it('opens keys, static pods and kubeconfigs to a flag that names them', () => {
    const allowance = {
      unit: 'kubelet.service',
      extraPaths: ['/etc/kubernetes/pki/kubelet', '/etc/kubernetes/manifests', '/etc/kubernetes/kubelet.conf'],
    };
    expect(isAllowed('/etc/kubernetes/pki/kubelet/a.crt', allowance)).toBe(true);
    expect(isAllowed('/etc/kubernetes/pki/ca.key', allowance)).toBe(false);
    expect(isAllowed('/etc/kubernetes/manifests/a.yaml', allowance)).toBe(true);
    expect(isAllowed('/etc/kubernetes/kubelet.conf', allowance)).toBe(true);
    expect(isAllowed('/etc/kubernetes/admin.conf', allowance)).toBe(false);
  });

  it('protects the places the spec itself names', () => {
    const named = {
      staticPods: ['/etc/kubernetes/static'],
      kubeconfigs: ['/etc/kubernetes/node.yaml'],
      configurations: ['/etc/kubernetes/kubelet.conf.d'],
      keys: ['/etc/kubernetes/ssl'],
    };
    expect(isAllowed('/etc/kubernetes/static/a.yaml', defaultAllowance, named)).toBe(false);
    expect(isAllowed('/etc/kubernetes/static-files/a.yaml', defaultAllowance, named)).toBe(true);
    expect(isAllowed('/etc/kubernetes/node.yaml', defaultAllowance, named)).toBe(false);
    expect(isAllowed('/etc/kubernetes/kubelet.conf.d/10.conf', defaultAllowance, named)).toBe(false);
    expect(isAllowed('/etc/kubernetes/ssl/ca.key', defaultAllowance, named)).toBe(false);
  });

  it('never opens /proc and /dev, from which links of the kernel lead to every other place', () => {
    const allowance = { unit: 'kubelet.service', extraPaths: ['/proc', '/dev', '/'] };
    expect(isAllowed('/proc/self/root/etc/kubernetes/pki/ca.key', allowance)).toBe(false);
    expect(isAllowed('/dev/fd/3/a', allowance)).toBe(false);
    expect(isAllowed('/process/a', allowance)).toBe(true);
  });
});

describe('comparing paths', () => {
  it('goes by component', () => {
    expect(isAtOrBelow('/a/b', '/a')).toBe(true);
    expect(isAtOrBelow('/a', '/a')).toBe(true);
    expect(isAtOrBelow('/ab', '/a')).toBe(false);
    expect(isAtOrBelow('/a', '/')).toBe(true);
    expect(isNormalPath('/a/..b/...')).toBe(true);
    expect(isNormalPath('/a/..')).toBe(false);
  });
});
