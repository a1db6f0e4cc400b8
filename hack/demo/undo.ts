/**
 * The first demonstration: a new setting of which the kubelet dies, and a host that goes back by itself, in 25 lines. The kubelet is a process that
 * the unit starts and that really dies; it and systemd are stand-ins, so that neither root nor a machine is needed. All else is the program.
 */

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { filesDiff } from '../../src/cli/print/file-diff.ts';
import type { Terminal } from '../../src/cli/print/terminal.ts';
import { lastWords } from '../../src/host/last-output.ts';
import { type OpenMachine, openMachine } from '../../src/host/machine.ts';
import type { TransactionEvent } from '../../src/node/model/event.ts';
import type { Machine } from '../../src/node/model/machine.ts';
import { selfApproved } from '../../src/node/model/permission.ts';
import type { ReconcileRequest } from '../../src/node/model/preview.ts';
import { previewPass } from '../../src/node/pass/preview.ts';
import { reconcile } from '../../src/node/pass/reconcile.ts';
import { describeEvent, describeOutcome } from '../../src/node/report/describe-outcome.ts';
import { type ProcessSystemd, processSystemd } from './process-systemd.ts';

/** Starts if the socket of the container runtime is there, and says what a kubelet says if it is not. */
const standIn = `#!/bin/sh
endpoint=$(sed -n 's|^containerRuntimeEndpoint: "unix://\\(.*\\)"|\\1|p' "$ROOT/etc/kubernetes/kubelet-config.yaml")
[ -e "$ROOT$endpoint" ] && : >"$ROOT/run/kubelet.$$" && exec sleep 86400
echo "E$(date '+%m%d %H:%M:%S') run.go:72] \\"command failed\\" err=\\"failed to run Kubelet: dial unix $endpoint: connect: no such file or directory\\"" >&2
exit 1
`;

/** Prints at most 25 lines. */
export async function demoUndo(terminal: Terminal): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kubelet-config-demo-'));
  const { bold, dim } = terminal.colours;
  const opened = await openMachine(root);
  const systemd = processSystemd(root, opened.systemd);
  const pass = (socket: string) => passOn(withStandIns(opened, systemd), objectWith(socket), terminal);
  const kubelet = () =>
    terminal.out(dim(`the kubelet: ${systemd.mainProcess() ? `runs, process ${systemd.mainProcess()}` : 'down'}`));
  try {
    await put(root, '/usr/bin/kubelet', standIn, 0o755);
    await put(root, '/run/containerd/containerd.sock', '', 0o600);
    terminal.out(bold('== A KubeletConfig for this host'));
    await pass('/run/containerd/containerd.sock');
    kubelet();
    terminal.out(bold('== An edit: every check passes, and the kubelet dies of it'));
    await pass('/run/containerd/containerd.sok');
    kubelet();
    terminal.out(bold('== The agent looks again: no kubelet dies twice of the same edit'));
    await pass('/run/containerd/containerd.sok');
  } finally {
    await systemd.stop('kubelet.service');
    opened.close();
    await rm(root, { recursive: true, force: true });
  }
  terminal.out(dim('(systemd and the kubelet are stand-ins in a scratch directory. rkt and CoreOS: npm run demo -- --rkt)'));
}

function objectWith(socket: string): KubeletConfig {
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name: 'workers' },
    spec: {
      nodeSelector: { matchLabels: {} },
      kubelet: { version: 'v1.33.1', configuration: { containerRuntimeEndpoint: `unix://${socket}` } },
      launcher: { host: {} },
      health: { minReadySeconds: 1 },
    },
  };
}

/** On a real host the undo script tells systemd to start the old kubelet. */
function withStandIns(opened: OpenMachine, systemd: ProcessSystemd): Machine {
  const { files, clock, deadMan } = opened;
  const pull = async (unit: string) => {
    await deadMan.pull(unit);
    await systemd.restart(unit);
  };
  return {
    files,
    clock,
    systemd,
    deadMan: { ...deadMan, pull },
    healthz: async () => {
      const isReady = (await files.read(`/run/kubelet.${systemd.mainProcess()}`)).kind === 'File';
      return isReady ? { kind: 'Ok' } : { kind: 'NotOk', reason: 'it does not answer' };
    },
    lastOutput: async ({ invocationBefore }) =>
      lastWords([{ message: systemd.output(), priority: 6, invocation: undefined }], invocationBefore),
  };
}

async function passOn(machine: Machine, object: KubeletConfig, terminal: Terminal): Promise<void> {
  const request: ReconcileRequest = {
    source: { kind: 'Answers', objects: [object], withdrawnWhen: 'NotSelected' },
    labels: {},
    allowance: defaultAllowance,
    facts: async () => ({ osRelease: {} }),
    restart: true,
    authority: selfApproved,
    retry: false,
    report: (event) => {
      if (isShown(event)) for (const line of describeEvent(event)) terminal.out(line);
    },
  };
  const preview = await previewPass(request, machine);
  // The diff of a file that is new is the whole file.
  for (const line of filesDiff(preview, terminal))
    if (preview.action.kind === 'Change' && isOfEdit(line)) terminal.out(`  ${line}`);
  for (const line of describeOutcome(await reconcile(request, machine))) terminal.out(line);
}

function isOfEdit(line: string): boolean {
  return line.includes('.so');
}

function isShown({ kind }: TransactionEvent): boolean {
  return kind !== 'Begun' && kind !== 'Undoing';
}

async function put(root: string, path: string, content: string, mode: number): Promise<void> {
  const place = join(root, path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, content);
  await chmod(place, mode);
}
