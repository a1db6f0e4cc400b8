/**
 * The machine that is measured, seen from within: a stub in the kubelet's place, objects, files for the
 * script, and how long things take.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, constants, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

const fifo = '/run/bench-kubelet-started';
const stub = '/usr/local/bin/bench-kubelet';
export const objects = '/etc/kubelet-config.d';
/** The script has a unit and files of its own, so that it and the agent leave each other alone. */
export const scriptUnit = 'least.service';
const scriptFiles = '/run/bench-script';

/**
 * What differs from one round to the next: `flag` ends up in the unit file, `maxPods` in the kubelet's
 * configuration file only.
 */
export interface Change {
  readonly flag: number;
  readonly maxPods: number;
}

export interface Machine {
  /** Resolves in the moment in which the stub's next process runs. Ask before causing it. */
  nextStart(): Promise<number>;
  close(): void;
}

export async function prepareMachine(): Promise<Machine> {
  const answer = `[ "$1" != --version ] || { echo Kubernetes v1.36.0; exit; }`;
  writeFileSync(stub, `#!/bin/sh\n${answer}\necho $$ >${fifo}\nexec sleep infinity\n`);
  chmodSync(stub, 0o755);
  await run(['mkfifo', fifo]);
  // Also open for writing, so that it never ends.
  const reader = new Socket({ fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
  const lines = createInterface({ input: reader });
  return {
    nextStart: async () => {
      await once(lines, 'line', { signal: AbortSignal.timeout(30_000) });
      return performance.now();
    },
    close: () => reader.destroy(),
  };
}

/** The stub answers nobody, so nobody asks it. */
function object({ flag, maxPods }: Change): string {
  return `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata: {name: workers}
spec:
  nodeSelector: {matchLabels: {role: bench}}
  kubelet:
    flags: {v: ${flag}, kubeconfig: /etc/kubernetes/kubelet.conf}
    configuration: {healthzPort: 0, maxPods: ${maxPods}, cgroupDriver: systemd, clusterDNS: [10.96.0.10], clusterDomain: cluster.local}
  launcher: {host: {binary: ${stub}}}
  health: {minReadySeconds: 0}
`;
}

/** As editors and ConfigMap volumes do it. @returns the moment before the rename */
export function writeObject(change: Change): number {
  writeFileSync(`${objects}/.workers.yaml.new`, object(change));
  const before = performance.now();
  renameSync(`${objects}/.workers.yaml.new`, `${objects}/workers.yaml`);
  return before;
}

/** The same two files that kubelet-config renders, for the script's unit. */
export function writeScriptFiles({ flag, maxPods }: Change): void {
  const configuration = '/etc/kubernetes/least-config.yaml';
  const unit = readFileSync('/etc/systemd/system/kubelet.service', 'utf8')
    .replace(/--config=\S+/, `--config=${configuration}`)
    .replace(/--v=\d+/, `--v=${flag}`)
    // kubelet-config asks systemd to forget how often it has restarted the unit; the script is spared that.
    .replace('[Unit]', '[Unit]\nStartLimitIntervalSec=0');
  const settings = readFileSync('/etc/kubernetes/kubelet-config.yaml', 'utf8').replace(/maxPods: \d+/, `maxPods: ${maxPods}`);
  for (const [path, content] of [
    [`/etc/systemd/system/${scriptUnit}`, unit],
    [configuration, settings],
  ] as const) {
    mkdirSync(`${scriptFiles}${path}`.replace(/\/[^/]+$/, ''), { recursive: true });
    writeFileSync(`${scriptFiles}${path}`, content);
  }
}

export const scriptCommand = [new URL('least-script.sh', import.meta.url).pathname, scriptFiles, scriptUnit];

/** Milliseconds until it has ended. @throws Error unless its exit status is 0 */
export async function run(command: readonly string[]): Promise<number> {
  const before = performance.now();
  const [program = '', ...words] = command;
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [exitCode] = (await once(child, 'exit')) as [number];
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}`);
  return performance.now() - before;
}

export function startAgent(command: string): ChildProcess {
  const words = [command, 'agent', '--approve=self', '--label', 'role=bench', '--source', `dir:${objects}`];
  return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * An API server in a process of its own, and an agent that follows it; resolves when the agent has taken what
 * is there.
 */
export async function startFollower(command: string): Promise<{ readonly agent: ChildProcess; stop(): void }> {
  const kubeconfig = '/run/bench-kubeconfig';
  const program = new URL('api-server.ts', import.meta.url).pathname;
  const tsx = new URL('../../node_modules/.bin/tsx', import.meta.url).pathname;
  const server = spawn(tsx, [program, kubeconfig, `${objects}/workers.yaml`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: server.stdout }), 'line');
  const words = [command, 'agent', '--approve=self', '--source=cluster', `--kubeconfig=${kubeconfig}`, '--node-name=bench'];
  const agent = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: agent.stdout })) if (/"outcome":"(Committed|Unchanged)"/.test(line)) break;
  agent.stdout.resume();
  return {
    agent,
    stop: () => {
      agent.kill();
      server.kill();
    },
  };
}

/** Of all its threads, in milliseconds: schedstat counts nanoseconds, where stat has ticks of 10 ms. */
export function processorTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

export function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
