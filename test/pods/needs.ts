/** What the tests with pods need of this machine, and the message when it is not there. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';
import { outerNetwork } from '../outer-network.ts';

const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
/** A program of $KUBEBUILDER_ASSETS. */
export const asset = (name: string) => join(resolve(assets), name);

const programs = ['etcd', 'kube-apiserver', 'kubectl', 'kubelet', 'kube-scheduler', 'kube-controller-manager'];
const packages = {
  buildah: '/usr/bin/buildah',
  'systemd-container': '/usr/bin/systemd-nspawn',
  containerd: '/usr/bin/containerd',
  runc: '/usr/sbin/runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iproute2: '/usr/sbin/ip',
  apt: '/usr/bin/apt-get',
};

function lacks(): string[] {
  const lacking: string[] = [];
  if (process.getuid?.() !== 0) lacking.push('root');
  if (outerNetwork === undefined) lacking.push('a network of their own (start them with `npm run test:pods`)');
  if (assets === '') lacking.push('KUBEBUILDER_ASSETS, a directory with Kubernetes');
  else lacking.push(...programs.filter((name) => !existsSync(asset(name))).map((name) => `${name} in KUBEBUILDER_ASSETS`));
  const absent = Object.entries(packages).filter(([, path]) => !existsSync(path));
  return [...lacking, ...absent.map(([name, path]) => `${path} (Debian's package ${name})`)];
}

/** In words; empty if the tests run. */
export const lacking = lacks();

/** `describe` for tests that need a whole cluster. Where something is missing they are skipped, and `images.setup.ts` says what. */
export const describePods = describe.skipIf(lacking.length > 0);
