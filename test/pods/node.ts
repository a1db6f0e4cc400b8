/** A node with a real kubelet that runs pods: a throwaway machine on the cluster's bridge. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { armed } from '../../src/node/transaction/state-directory.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { userOf } from '../cluster/fleet.ts';
import { kubeconfigText } from '../cluster/kubeconfig-file.ts';
import { assetsInGuest, putIn, shellIn } from '../cluster/kubelet-machine.ts';
import { type Guest, startGuest } from '../guest.ts';
import { archiveOf, archives, imagesDirectory } from './images.ts';
import { asset } from './needs.ts';
import { bridge } from './network.ts';
import { nodeFiles } from './node-files.ts';

export interface PodNode {
  readonly name: string;
  readonly guest: Guest;
  /** @returns what the script prints. @throws Error if it fails */
  shell(script: string): Promise<string>;
  /** The kubelet that runs: another invocation after every start. */
  kubelet(): Promise<{ readonly pid: string; readonly invocation: string; readonly words: readonly string[] }>;
  /** Everything that we could have changed and that is not our own record: a line for each path, with mode, owner and content or target. */
  files(): Promise<string>;
  /** Whether a change is under way that is neither committed nor undone. */
  isArmed(): boolean;
  /** Seconds since that change was begun; 0 if there is none. */
  openFor(): Promise<number>;
  /** How often the kubelet was started since the machine has booted. */
  starts(): Promise<number>;
  /** The PIDs of the agent as the machine counts; empty while none runs. */
  agents(): Promise<readonly string[]>;
}

const listing = `cd /
in=(etc usr/lib/systemd usr/local opt/bin var/lib/kubelet/*.yaml var/lib/kubelet/*.env)
find "\${in[@]}" -printf '%p %y %m %U:%G %l\\n' 2>/dev/null | sort
find "\${in[@]}" -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum`;

/** Since the machine has booted. The message is SD_MESSAGE_UNIT_STARTED: sd-messages(3). */
const countOfStarts = `journalctl --sync
journalctl --boot --quiet --output=cat --output-fields=INVOCATION_ID \\
  UNIT=kubelet.service MESSAGE_ID=39f53479d3a045ac8e11786248231fbf | wc -l`;

/** Resolves when its kubelet has been started. Stop its guest in `afterAll`. */
export async function startNode(plane: ControlPlane, name: string, number: number, disk: string): Promise<PodNode> {
  const bind = [`${resolve(asset('.'))}:${assetsInGuest}`];
  const guest = await startGuest({ bridge, containers: true, disk, bind });
  const shell = (script: string) => shellIn(guest, script);
  await setUp(guest, plane, name, number).catch(async (error) => {
    await guest.stop();
    throw error;
  });
  return {
    name,
    guest,
    shell,
    kubelet: async () => {
      const shown = await shell('systemctl show kubelet --property=MainPID,InvocationID');
      const { MainPID: pid = '', InvocationID: invocation = '' } = Object.fromEntries(
        shown.split('\n').map((line) => line.split('=')),
      ) as Record<string, string>;
      const words = await shell(`tr '\\0' '\\n' </proc/${pid}/cmdline || true`);
      return { pid, invocation, words: words.split('\n') };
    },
    files: () => shell(listing),
    isArmed: () => existsSync(join(guest.root, armed)),
    openFor: async () => Number(await shell(`t=$(stat -c %Z ${armed} 2>/dev/null) && echo $(($(date +%s) - t)) || echo 0`)),
    starts: async () => Number(await shell(countOfStarts)),
    agents: async () => (await shell("pgrep -f '^/usr/local/bin/kubelet-config agent' || true")).split('\n').filter(Boolean),
  };
}

/** Puts a kubelet on the machine, as kubeadm does, with what it needs to run pods. */
async function setUp(guest: Guest, plane: ControlPlane, name: string, number: number): Promise<void> {
  for (const [path, content] of Object.entries(nodeFiles(name, number))) putIn(guest, path, content);
  putIn(guest, '/etc/kubernetes/kubelet.conf', kubeconfigText(userOf(plane, plane.kubeletToken(name))));
  await shellIn(guest, 'systemctl daemon-reload; systemctl enable --now prepare-node containerd');
  for (const reference of archives) {
    await copyFile(archiveOf(imagesDirectory(), reference), join(guest.root, 'disk/image.tar'));
    await shellIn(guest, 'ctr -n k8s.io images import /disk/image.tar; rm /disk/image.tar');
  }
  await shellIn(guest, 'systemctl enable --now kubelet');
}

/** The last words of everything that runs on it, for a test that has failed. */
export async function lastWordsOf(node: PodNode): Promise<string> {
  const journal = await node.shell('journalctl -u kubelet -u containerd --no-pager -n 60 | cut -c1-400').catch(String);
  const logs = join(node.guest.root, 'var/log/pods');
  const files = existsSync(logs) ? readdirSync(logs, { recursive: true, encoding: 'utf8' }) : [];
  const ofPods = files
    .filter((path) => path.endsWith('.log'))
    .map((path) => `${path}:\n${readFileSync(join(logs, path), 'utf8').slice(-6000)}`);
  return [`${node.name}:`, journal, ...ofPods].join('\n');
}
