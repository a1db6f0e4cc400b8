/** One change of a whole machine, and whether the machine stands at one side of it or the other: what the chaos tests have in common. */

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram } from '../built-program.ts';
import { hostKubelet, type SharedHost, sharedHost } from '../cli/shared-host.ts';
import { eventually } from '../eventually.ts';
import { contentsOfNode } from '../importing/tree.ts';
import { configurationFile, type KubeletHost, unit, unitFile } from '../kubelet-host.ts';
import { layNode, readNode } from '../nodes.ts';

/** A change of one launcher's kubelet: `changed` writes, removes, makes a directory, reloads and restarts. */
export interface Change {
  readonly old: KubeletConfig;
  readonly changed: KubeletConfig;
  /** Of the old revision alone. */
  readonly configuration: string;
  /** What tells which of the two is there: this file holds this text with the new one. */
  readonly mark: readonly [path: string, text: string];
  /** What the kubelet is started with, at the old revision and at the new one. */
  readonly words: readonly [old: string, changed: string];
  /** Lays what the node had before us onto a machine that was reset. */
  lay(host: KubeletHost): Promise<void>;
  /** Throws unless what the node had before us is as it was. */
  lookAtNode(host: KubeletHost): void;
}

const hook = { path: '/opt/bin/hook/run', mode: '0755', content: '#!/bin/sh\n' };

/** The kubelet of the host with our own unit. */
export const ofHost: Change = {
  old: hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } }),
  changed: hostKubelet({ flags: { v: 3 } }, { files: [hook] }),
  configuration: configurationFile,
  mark: [unitFile, '--v=3'],
  words: [`--config=${configurationFile} --v=2`, '--v=3'],
  lay: async () => undefined,
  lookAtNode: () => undefined,
};

const directory = '/etc/kubernetes/kubelet-config.d';
const adopted = contentsOfNode('kubeadm-deb');
const ofTheNode =
  '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf ' +
  '--config=/var/lib/kubelet/config.yaml --node-ip=10.0.3.7 --pod-infra-container-image=registry.k8s.io/pause:3.10';

/** The kubelet that kubeadm has set up; the change is one of the drop-in too, for which systemd is reloaded. */
const ofExisting: Change = {
  old: hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } }, { launcher: { existing: {} } }),
  changed: hostKubelet(
    { flags: { v: 3 } },
    { launcher: { existing: {} }, files: [hook], unit: { options: { Service: { TimeoutStopSec: ['7'] } } } },
  ),
  configuration: `${directory}/50-kubelet-config.conf`,
  mark: [`${unitFile}.d/zz-kubelet-config.conf`, 'TimeoutStopSec=7'],
  words: [`${ofTheNode} --v=2 --config-dir=${directory}`, `${ofTheNode} --v=3`],
  lay: (host) => layNode(host, adopted),
  lookAtNode: (host) => expect(readNode(host, Object.keys(adopted))).toEqual(adopted),
};

/** What each sweep is run with. */
export const changes: readonly (readonly [launcher: string, change: Change])[] = [
  ['host', ofHost],
  ['existing', ofExisting],
];

/** With one thread for all of Node's work on files, the n-th call is the same from run to run as far as it can be. */
export const oneThread = { ...process.env, UV_THREADPOOL_SIZE: '1' };

/** strace counts for each thread, so what one thread does often would hide what another does seldom: one sweep over each. */
export const sweeps = {
  'call that changes a file': 'rename,unlink,rmdir,mkdir,symlink,fsync,fchmod,fchown,pwrite64',
  // Between any two steps of the program, those over D-Bus too.
  'turn of the event loop': 'epoll_pwait',
};

export interface ChaosHost extends SharedHost {
  /** A machine that was reset, with what the node had before us and the old revision. */
  begin(change: Change): Promise<void>;
  /** Of the built program, e.g. for strace. */
  command(object: KubeletConfig): string[];
  run(object: KubeletConfig): Promise<{ readonly code: number | NodeJS.Signals; readonly said: string }>;
  /**
   * All that a recovery finds, as one text: files and directories with what they hold, units, jobs, and the kubelet that runs. What is never twice
   * the same (times, identities, numbers of processes) is left out.
   */
  standing(): Promise<string>;
  /** Everything at once, the kubelet that runs too; throws on a mixture. */
  revision(change: Change): Promise<'old' | 'new'>;
}

export function chaosHost(): ChaosHost {
  const shared = sharedHost();
  let built: BuiltProgram;
  beforeAll(() => {
    built = buildProgram();
  });
  afterAll(() => built?.remove());
  const words = (object: KubeletConfig) => ['apply', '--root', shared.host.root, '-f', ...shared.write([object])];
  const run: ChaosHost['run'] = async (object) => {
    const program = built.start(words(object));
    return { code: await program.ended, said: program.said() };
  };
  return {
    get host() {
      return shared.host;
    },
    apply: shared.apply,
    withdraw: shared.withdraw,
    diff: shared.diff,
    write: shared.write,
    begin: async ({ old, lay }) => {
      await shared.host.reset();
      await lay(shared.host);
      expect(await run(old)).toMatchObject({ code: 0 });
    },
    command: (object) => [process.execPath, built.path, ...words(object)],
    run,
    standing: async () => {
      // The switch's timer may act while the files are read.
      const files = await eventually(async () => standingFiles(shared.host));
      return `${files}\n${await shared.host.shell(standingUnits)}`.replace(everDifferent, '-');
    },
    revision: async (change) => {
      const found = await revisionOf(shared.host, change);
      for (const name of ['armed', 'undoing']) expect(existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`))).toBe(false);
      return found;
    },
  };
}

const everDifferent =
  /\d{4}-\d\d-\d\dT[\d:.]+Z|\b[0-9a-f]{32}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{5,}\b/g;

const standingUnits = `
for unit in ${unit} kubelet-config-undo.timer kubelet-config-undo.service; do
  systemctl show $unit --property=ActiveState,SubState,Result,NRestarts,NeedDaemonReload,UnitFileState,FragmentPath,DropInPaths
  test $(systemctl show $unit --property=Job --value || echo 0) = 0 || echo a job
done
tr '\\0' ' ' </proc/$(systemctl show ${unit} --property=MainPID --value)/cmdline || true`;

function standingFiles(host: KubeletHost): string {
  const found: string[] = [];
  for (const directory of ['/etc/systemd/system', '/etc/kubernetes', '/opt/bin', '/var/lib/kubelet-config']) {
    if (!existsSync(host.at(directory))) continue;
    for (const name of readdirSync(host.at(directory), { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(directory, name);
      const stats = lstatSync(host.at(path));
      const mode = (stats.mode & 0o7777).toString(8);
      if (stats.isFile()) found.push(`${path} ${mode} ${readFileSync(host.at(path), 'utf8')}`);
      else found.push(`${path} ${mode} ${stats.isSymbolicLink() ? readlinkSync(host.at(path)) : ''}`);
    }
  }
  return found.join('\n');
}

async function revisionOf(host: KubeletHost, { configuration, mark, words, lookAtNode }: Change): Promise<'old' | 'new'> {
  const files = host.files();
  const [path, text] = mark;
  const isNew = files[path]?.includes(text) ?? false;
  expect(Object.keys(files).filter((one) => /kubelet-config-[0-9a-f]{12}$/.test(one))).toEqual([]);
  expect({ configuration: configuration in files, hook: hook.path in files }).toEqual({ configuration: !isNew, hook: isNew });
  lookAtNode(host);
  expect((await host.process('/usr/bin/kubelet')).words.join(' ')).toBe(words[isNew ? 1 : 0]);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
  return isNew ? 'new' : 'old';
}
