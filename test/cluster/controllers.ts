/** Several controller processes, of which one leads; each that ends is started again, as a Deployment does. */

import { expect } from 'vitest';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { ignoreApiError } from '../../src/cluster/own-node-kubelet.ts';
import { controllerLease, leases, termOf } from '../../src/cluster/resources.ts';
import type { BuiltProgram, RunningProgram } from '../built-program.ts';

export interface Leader {
  readonly identity: string;
  readonly term: string;
  /** Of the Lease when it was seen. */
  readonly version: bigint;
  readonly process: RunningProgram;
}

export interface Controllers {
  /** Waits until one leads, in another term than this. */
  leader(otherThan?: string): Promise<Leader>;
  /** Gives the Lease of one that is dead back, as it would have done itself in the end. */
  giveBack(leader: Leader): Promise<void>;
  /** What all of them have logged, for a failure. */
  said(): string;
  /** How many have ended so far, whatever the cause. */
  ended(): number;
  stop(): Promise<void>;
}

export interface ControllersOptions {
  readonly program: BuiltProgram;
  readonly api: KubernetesApi;
  readonly kubeconfig: string;
  readonly count: number;
  /** The words of each; `--identity` and what is given above are added. */
  readonly words?: readonly string[];
}

/** Over all tests of a file: no two processes may have the same name in the Lease. */
let started = 0;

export function startControllers({ program, api, kubeconfig, count, words = [] }: ControllersOptions): Controllers {
  const running = new Map<string, RunningProgram>();
  const logs: (() => string)[] = [];
  let ended = 0;
  let isStopped = false;
  const start = () => {
    started += 1;
    const identity = `controller-${started}`;
    const given = [`--namespace=${controllerLease.namespace}`, `--kubeconfig=${kubeconfig}`, `--identity=${identity}`];
    const process = program.start(['controller', ...given, ...words]);
    running.set(identity, process);
    logs.push(() => `${identity}:\n${process.said()}`);
    void process.ended.then(() => {
      running.delete(identity);
      ended += 1;
      if (!isStopped) start();
    });
  };
  for (let index = 0; index < count; index += 1) start();
  const present = async (): Promise<Leader | undefined> => {
    const lease = await api.get(leases(controllerLease.namespace), controllerLease.name).catch(() => undefined);
    const identity = lease?.spec?.holderIdentity ?? '';
    const process = running.get(identity);
    if (!lease || !process) return undefined;
    return { identity, term: termOf(lease), version: BigInt(lease.metadata.resourceVersion ?? 0), process };
  };
  return {
    leader: async (otherThan) => {
      let found: Leader | undefined;
      const look = async () => {
        found = await present();
        return found !== undefined && found.term !== otherThan;
      };
      await expect.poll(look).toBe(true);
      return found as Leader;
    },
    giveBack: async ({ identity }) => {
      const { metadata, spec } = await api.get(leases(controllerLease.namespace), controllerLease.name);
      if (spec?.holderIdentity !== identity) return;
      const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { holderIdentity: '' } };
      const patch = { type: 'Merge', body } as const;
      // Another one may have taken it in this moment.
      await api.patch(leases(controllerLease.namespace), controllerLease.name, patch).catch(ignoreApiError);
    },
    said: () => logs.map((log) => log()).join('\n'),
    ended: () => ended,
    stop: async () => {
      isStopped = true;
      const all = [...running.values()];
      for (const { child } of all) child.kill('SIGKILL');
      await Promise.all(all.map((process) => process.ended));
    },
  };
}
