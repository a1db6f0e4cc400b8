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

  it.each([
    // A flag counts from /, where systemd starts the kubelet.
    { flags: { 'pod-manifest-path': 'opt/bin' } },
    { flags: { 'pod-manifest-path': './opt//bin/' } },
    { flags: { 'pod-manifest-path': '../../opt/x/../bin' } },
    { flags: { 'pod-manifest-path': ['/opt/other', 'opt/bin'] } },
    { flags: { 'bootstrap-checkpoint-path': '/opt/bin' } },
    { version: 'v1.5.4', flags: { config: 'opt/bin' } },
    { flags: { kubeconfig: 'opt/bin/hello' } },
    { flags: { 'bootstrap-kubeconfig': '/opt/./bin//hello' } },
    { flags: { 'experimental-bootstrap-kubeconfig': '/opt/bin/hello' } },
    { flags: { 'auth-path': '/opt/bin/hello' } },
    { flags: { 'config-dir': '/opt/bin/' } },
    { flags: { 'config-dir': 'opt/bin' } },
    { flags: { 'dynamic-config-dir': '/opt/bin' } },
    { flags: { 'init-config-dir': '/opt/bin' } },
    // A field counts from the folder of the configuration file.
    { configuration: { staticPodPath: '../../opt/bin' } },
    { configuration: { staticPodPath: '.' }, configurationPath: '/opt/bin/kubelet.yaml' },
    { configuration: { staticPodPath: 'bin' }, configurationPath: '/opt/bin/../kubelet.yaml' },
    { configuration: { staticPodPath: '//opt//bin/.' } },
  ])('protects a place under every spelling of it: %j', (kubelet) => {
    expect(summary(validateKubeletConfig(changed(['spec', 'kubelet'], kubelet)))).toContain('spec.files[0].path: PathNotAllowed');
  });

  it.each([
    { flags: { 'pod-manifest-path': 'pods' }, configurationPath: '/opt/bin/kubelet.yaml' },
    { configuration: { staticPodPath: 'opt/bin' } },
    { configuration: { staticPodPath: '' } },
    { flags: { 'config-dir': '' } },
    { flags: { kubeconfig: '/dev/null' } },
  ])('leaves free what the kubelet finds elsewhere: %j', (kubelet) => {
    expect(summary(validateKubeletConfig(changed(['spec', 'kubelet'], kubelet)))).toEqual([]);
  });

  it.each<readonly [object, string]>([
    [{ flags: { 'pod-manifest-path': '/proc/self/root/opt/bin' } }, 'spec.kubelet.flags["pod-manifest-path"]'],
    [{ flags: { 'pod-manifest-path': 'proc/1/root/opt/bin' } }, 'spec.kubelet.flags["pod-manifest-path"]'],
    [{ flags: { 'config-dir': '/opt/../dev/fd/7' } }, 'spec.kubelet.flags["config-dir"]'],
    [{ flags: { kubeconfig: '/dev/shm/a' } }, 'spec.kubelet.flags.kubeconfig'],
    [{ configuration: { staticPodPath: '../../proc/thread-self/root/opt' } }, 'spec.kubelet.configuration.staticPodPath'],
  ])('refuses a place that /proc or /dev hides: %j', (kubelet, field) => {
    expect(summary(validateKubeletConfig(changed(['spec', 'kubelet'], kubelet)))).toEqual([`${field}: PathNotAllowed`]);
  });

  it.each<readonly [string, string, string]>([
    ['/opt/bin', '/srv/pods', '/srv/pods'],
    ['/', '/rootfs', '/rootfs/opt/bin'],
    ['/opt/', '/srv/', 'srv/bin'],
  ])('sees through the volume %s at %s', (hostPath, mountPath, pods) => {
    const object = changed(['spec', 'kubelet'], { flags: { 'pod-manifest-path': pods } });
    const { launcher } = changed(['spec', 'launcher', 'rkt', 'volumes'], [{ name: 'a', hostPath, mountPath }])['spec'] as {
      launcher: unknown;
    };
    (object['spec'] as { launcher: unknown }).launcher = launcher;
    expect(summary(validateKubeletConfig(object))).toEqual(['spec.files[0].path: PathNotAllowed']);
  });

  it.each<readonly [string, object]>([
    ['volume', { volumes: [{ name: 'a', hostPath: '/opt', mountPath: '/srv' }] }],
    ['option', { options: ['--volume=/opt:/srv:ro'] }],
    ['option in two words', { options: ['--volume', '/opt:/srv'] }],
    ['mount', { options: ['--mount=type=bind,src=/opt,dst=/srv'] }],
  ])('sees through a %s of podman', (_what, podman) => {
    const object = changed(['spec', 'kubelet'], { flags: { 'pod-manifest-path': '/srv/bin' } });
    (object['spec'] as { launcher: unknown }).launcher = { podman };
    expect(summary(validateKubeletConfig(object))).toEqual(['spec.files[0].path: PathNotAllowed']);
  });

  it('takes the flag config without a version for the file of settings that the object brings along', () => {
    const object = changed(['spec', 'kubelet'], { flags: { config: '/opt/bin/kubelet.yaml' } });
    const content = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
    (object['spec'] as { files: unknown }).files = [{ path: '/opt/bin/kubelet.yaml', content }];
    expect(summary(validateKubeletConfig(object))).toEqual([]);
  });
});
