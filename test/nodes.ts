/** Nodes that somebody else has set up, as they are laid onto a throwaway machine. */

import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { eventually } from './eventually.ts';
import { type KubeletHost, unit } from './kubelet-host.ts';

/** Writes the files, by their path on the node, and starts the kubelet that they describe, if any, at boot too. */
export async function layNode(host: KubeletHost, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(host.at(path)), { recursive: true });
    writeFileSync(host.at(path), content);
    chmodSync(host.at(path), 0o644);
    chownSync(host.at(path), 0, 0);
  }
  await host.shell(`
    systemctl daemon-reload
    systemctl cat ${unit} >/dev/null 2>&1 || exit 0
    systemctl enable ${unit} 2>/dev/null
    systemctl restart ${unit}`);
}

/** @returns what the machine has at these paths */
export function readNode(host: KubeletHost, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(host.at(path), 'utf8')]));
}

/** @returns every entry of the folders in which a node has what is its own: kind, mode, owner, target, and hash of the bytes */
export async function hashesOf(host: KubeletHost): Promise<string[]> {
  const found = await host.shell(`
    shopt -s nullglob
    entries=(/etc /usr/lib/systemd /usr/bin/kubelet /usr/local/bin/kubelet /opt/bin /home/kubernetes /var/lib/kubelet /var/lib/minikube)
    find "\${entries[@]}" -printf '%p %y %m %U:%G %l\\n' 2>/dev/null || true
    find "\${entries[@]}" -type f -print0 2>/dev/null | xargs -0 sha256sum`);
  return found.split('\n').sort();
}

/** Stops the kubelet of the node and removes its files. */
export async function removeNode(host: KubeletHost, contents: Readonly<Record<string, string>>): Promise<void> {
  await host.shell(`systemctl disable --now ${unit} 2>/dev/null || true`);
  for (const path of Object.keys(contents)) rmSync(host.at(path), { force: true });
  await host.shell('systemctl daemon-reload');
}

/** Whatever its kubelet is started by: the process of the unit that is this program, with its words and the variables that are the node's. */
export async function kubeletOf(host: KubeletHost, program: string) {
  return eventually(async () => {
    const group = (await host.shell(`systemctl show ${unit} --property=ControlGroup --value`)).trim();
    const found = (await host.shell(`cat /sys/fs/cgroup${group}/cgroup.procs`)).split('\n').slice(0, -1);
    const read = (pid: string, name: string) =>
      readFileSync(host.at(`/proc/${pid}/${name}`), 'utf8')
        .split('\0')
        .slice(0, -1);
    // The guest counts them as itself does.
    const pid = found.find((one) => read(one, 'cmdline')[1] === program);
    if (pid === undefined) throw new Error(`no process of ${unit} is ${program}`);
    const pairs = read(pid, 'environ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    const {
      INVOCATION_ID: _i,
      JOURNAL_STREAM: _j,
      SYSTEMD_EXEC_PID: _s,
      WATCHDOG_PID: _w,
      ...variables
    } = Object.fromEntries(pairs) as Record<string, string>;
    return { words: read(pid, 'cmdline').slice(2), variables };
  });
}
