/** A throwaway machine on which a real kubelet of $KUBEBUILDER_ASSETS can run, with Debian's containerd and runc. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Guest, startGuest } from '../guest.ts';
import { pretendedKernel } from './pretended-kernel.ts';

const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
export const kubelet = join(assets, 'kubelet');
/**
 * Where the machine sees the folder. It has its own folders for temporary files, so it may not see the path
 * that the folder has outside.
 */
export const assetsInGuest = '/opt/kubelet-under-test';
const needed = [kubelet, '/usr/bin/containerd', '/usr/sbin/runc'];
export const missing = assets === '' ? ['KUBEBUILDER_ASSETS'] : needed.filter((path) => !existsSync(path));
if (missing.length > 0)
  process.stderr.write(`\nNOT RUN: the tests with a real kubelet, for there is no ${missing.join(', no ')}\n`);

/**
 * Installs containerd and what else a kubelet needs, in a machine that cannot change the kernel of its host.
 */
const machine = {
  '/etc/containerd/kubelet-test.toml': `version = 2
root = "/run/containerd-root"
state = "/run/containerd-state"
[grpc]
  address = "/run/containerd-state/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
`,
  '/etc/systemd/system/containerd-test.service': `[Service]
ExecStart=/usr/bin/containerd --config /etc/containerd/kubelet-test.toml
Delegate=yes
`,
} as const;
const preparation = `${pretendedKernel}
systemctl daemon-reload
systemctl start containerd-test`;

/** Boots the machine, with the address space of this one's network: the API server of the test is reached there. */
export async function startKubeletMachine(): Promise<Guest> {
  const guest = await startGuest({ hostNetwork: true, bind: [`${resolve(assets)}:${assetsInGuest}`] });
  for (const [path, content] of Object.entries(machine)) putIn(guest, path, content);
  const { exitCode, stderr } = await guest.run(['bash', '-ec', preparation]);
  if (exitCode !== 0) throw new Error(`the machine could not be prepared: ${stderr}`);
  return guest;
}

/** Writes a file of the machine. */
export function putIn(guest: Guest, path: string, content: string): void {
  const place = join(guest.root, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}

/** What a kubelet needs to run on such a machine. */
export const fieldsOfMachine = {
  address: '127.0.0.1',
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  containerRuntimeEndpoint: 'unix:///run/containerd-state/containerd.sock',
  enforceNodeAllocatable: [],
  failCgroupV1: false,
  failSwapOn: false,
  makeIPTablesUtilChains: false,
};

/** @returns what the script prints. @throws Error if it fails */
export async function shellIn(guest: Guest, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await guest.run(['bash', '-ec', script]);
  if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}
