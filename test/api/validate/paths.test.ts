import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed, summary } from './valid.ts';

const rkt = ['spec', 'launcher', 'rkt'];
const uuid = '/var/lib/kubelet-config/kubelet-pod.uuid';

describe('the places an object writes to', () => {
  it.each<readonly [FieldPath, string, string]>([
    [['spec', 'files', 0, 'path'], '/etc/passwd', 'spec.files[0].path: PathNotAllowed'],
    [['spec', 'files', 0, 'path'], uuid, 'spec.files[0].path: PathNotAllowed'],
    [
      ['spec', 'kubelet', 'configurationPath'],
      '/etc/kubernetes/manifests/a.yaml',
      'spec.kubelet.configurationPath: PathNotAllowed',
    ],
    [[...rkt, 'wrapper', 'path'], '/usr/bin/wrapper', 'spec.launcher.rkt.wrapper.path: PathNotAllowed'],
    [[...rkt, 'uuidFile'], '/var/run/kubelet-pod.uuid', 'spec.launcher.rkt.uuidFile: PathNotAllowed'],
    [['spec', 'unit', 'name'], 'sshd.service', 'spec.unit.name: UnitNotAllowed'],
  ])('refuses %j = %s', (path, value, found) => {
    expect(summary(validateKubeletConfig(changed(path, value)))).toEqual([found]);
  });

  it('allows the default uuid file, and others with a flag of the agent', () => {
    expect(validateKubeletConfig(changed([...rkt, 'uuidFile'], uuid))).toEqual([]);
    const allowance = { unit: 'kubelet.service', extraPaths: ['/var/run/kubelet-pod.uuid'] };
    expect(validateKubeletConfig(changed([...rkt, 'uuidFile'], '/var/run/kubelet-pod.uuid'), allowance)).toEqual([]);
  });

  it("follows the agent's unit", () => {
    const problems = validateKubeletConfig(changed(['spec', 'unit', 'name'], 'kubelet.service'), {
      unit: 'k.service',
      extraPaths: [],
    });
    expect(problems).toMatchObject([
      { code: 'UnitNotAllowed', remedy: 'write k.service, or start the agent with --unit=kubelet.service' },
    ]);
  });

  it.each([
    [{ flags: { 'pod-manifest-path': '/opt/bin' } }, false],
    [{ version: 'v1.2.2', flags: { config: '/opt/bin' } }, false],
    [{ flags: { config: '/opt/bin' } }, false],
    [{ configuration: { staticPodPath: '/opt/bin' } }, false],
    [{ flags: { kubeconfig: '/opt/bin/hello' } }, false],
    [{ flags: { 'bootstrap-kubeconfig': '/opt/bin/hello' } }, false],
    [{ version: 'v1.36.0', flags: { config: '/opt/bin' } }, true],
    [{ flags: { 'pod-manifest-path': '/opt/bin/hello-pods' } }, true],
  ])('protects static pods and kubeconfigs that the kubelet is told of: %j', (kubelet, allowed) => {
    const found = allowed ? [] : ['spec.files[0].path: PathNotAllowed'];
    expect(summary(validateKubeletConfig(changed(['spec', 'kubelet'], kubelet)))).toEqual(found);
  });
});
