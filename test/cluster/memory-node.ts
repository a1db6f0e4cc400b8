/**
 * A node whose host and kubelet are in memory, with the agent as it is run: only what it would touch on a
 * machine is a fake.
 */

import { Writable } from 'node:stream';
import { runAgent } from '../../src/agent/agent.ts';
import { ClusterSource } from '../../src/agent/sources/cluster.ts';
import type { AgentSource } from '../../src/agent/sources/source.ts';
import { defaultAllowance } from '../../src/api/paths.ts';
import { makeLog } from '../../src/cli/print/log.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { controllerLease } from '../../src/cluster/resources.ts';
import { validateObject } from '../../src/computed/check.ts';
import type { OpenMachine } from '../../src/host/machine.ts';
import { systemClock } from '../../src/loop/clock.ts';
import { now } from '../../src/loop/now.ts';
import type { Authority } from '../../src/node/model/permission.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../node/machine.ts';

export interface MemoryNode {
  readonly name: string;
  readonly machine: MemoryMachine;
  /** The value of --v with which the kubelet would start; undefined if there is none of ours. */
  verbosity(): number | undefined;
  /** What the agent has logged. */
  said(): string;
  /** Stops the agent. */
  stop(): Promise<void>;
}

export interface MemoryNodeOptions {
  readonly name: string;
  readonly api: KubernetesApi;
  /** A directory of its own, for the lock. */
  readonly root: string;
  /** The kubelet does not come up with this verbosity. */
  readonly isBroken: (verbosity: number) => boolean;
  /** Awaited by the agent when it has seen an approval and is about to claim it. */
  readonly beforeClaim: () => Promise<void>;
}

export async function startMemoryNode({ name, api, root, isBroken, beforeClaim }: MemoryNodeOptions): Promise<MemoryNode> {
  const machine = await memoryMachine({}, undefined, { clock: systemClock });
  const verbosity = () => {
    const [, found] = /--v=(\d+)/.exec(machine.files.contents()[unitFile] ?? '') ?? [];
    return found === undefined ? undefined : Number(found);
  };
  machine.systemd.failWhen(({ method }) =>
    method === 'restart' && isBroken(verbosity() ?? 0) ? { code: 'JobFailed', when: 'After' } : undefined,
  );
  const stopping = new AbortController();
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const log = await makeLog(stream, 'info');
  const ended = runAgent({
    root,
    allowance: defaultAllowance,
    isSelfApproved: false,
    metricsAddress: undefined,
    version: '0.0.0',
    log,
    stop: stopping.signal,
    openMachine: async () => opened(machine, root),
    openSource: (onChange) => {
      const source = new ClusterSource({
        connect: () => ({ api, kubeletCredentials: async () => ({ kind: 'Unknown', reason: 'there is no kubelet' }) }),
        lease: controllerLease,
        nodeName: name,
        unit,
        validate: (value) => validateObject(value, defaultAllowance),
        bootstrap: undefined,
        onChange,
        log,
      });
      return claimingAfter(source, beforeClaim);
    },
  });
  return {
    name,
    machine,
    verbosity,
    said: () => lines.join(''),
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

function opened({ machine, facts }: MemoryMachine, root: string): OpenMachine {
  const unneeded = () => Promise.reject(new Error('no object of these tests asks for that'));
  return {
    ...machine,
    portTaken: () => undefined,
    root,
    date: now,
    programs: undefined,
    preflight: undefined,
    socketOwner: undefined,
    label: undefined,
    processes: undefined,
    askKubelet: undefined,
    facts,
    machineFacts: unneeded,
    lastOutput: async () => '',
    loadedUnit: async () => undefined,
    // Nobody else changes this host.
    openWatch: () => ({ watch: async () => undefined, close: () => undefined }),
    close: () => undefined,
  };
}

function claimingAfter(source: ClusterSource, beforeClaim: () => Promise<void>): AgentSource {
  const gated = (authority: Authority): Authority => ({
    permission: authority.permission,
    claim: async (request) => {
      await beforeClaim();
      return authority.claim(request);
    },
  });
  return {
    origin: source.origin,
    isReady: () => source.isReady(),
    ask: async (machine) => {
      const snapshot = await source.ask(machine);
      return { ...snapshot, authority: gated(snapshot.authority) };
    },
    report: (outcome, machine) => source.report(outcome, machine),
    progressed: (progress) => source.progressed(progress),
    close: () => source.close(),
  };
}
