/** A cluster of the double API server with agents that follow the protocol, and the command with its credentials. */

import { onTestFinished } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import type { KubeletConfig, KubeletConfigSpec, NodeKubelet } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { type ApiServerDouble, startApiServer } from '../../fakes/api-server/server.ts';
import { type Ran, type Running, type RunOptions, start } from '../in-process.ts';
import { type Session, session } from '../session.ts';
import { nextStatus } from './agents.ts';

export interface Cluster {
  readonly server: ApiServerDouble;
  readonly session: Session;
  readonly kubeconfig: string;
  /** `kubelet-config rollout …` */
  rollout(words: readonly string[], options?: RunOptions): Promise<Ran>;
  /** A real controller, until the test ends. */
  controller(): Running;
  /** Every agent does its next step; on the nodes of `failing` the change fails. */
  step(failing?: Readonly<Record<string, string>>): void;
  put(name: string, spec?: Partial<KubeletConfigSpec>, more?: Partial<KubeletConfig>): KubeletConfig;
  object(name: string): KubeletConfig;
  nodeKubelet(name: string): NodeKubelet;
}

export const host: Partial<KubeletConfigSpec> = { launcher: { host: {} } };

export async function cluster(nodes: readonly string[]): Promise<Cluster> {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubelet-config' } });
  for (const name of nodes) {
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    const { metadata } = server.put<{ metadata: { uid: string } }>({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: ready,
    } as never);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: metadata.uid }];
    server.put({ apiVersion: 'kubelet-config.dev/v1alpha1', kind: 'NodeKubelet', metadata: { name, ownerReferences } } as never);
  }
  const here = session();
  const kubeconfig = here.write('kubeconfig', server.kubeconfig());
  return {
    server,
    session: here,
    kubeconfig,
    rollout: (words, options) => here.run(['rollout', ...words, '--kubeconfig', kubeconfig], options),
    controller: () => {
      const running = start(['controller', '--kubeconfig', kubeconfig]);
      onTestFinished(async () => {
        running.stop();
        await running.ended;
      });
      return running;
    },
    step: (failing = {}) => {
      const objects = server.objects<KubeletConfig>('kubeletconfigs');
      for (const report of server.objects<NodeKubelet>('nodekubelets')) {
        const status = nextStatus(report, objects, failing[report.metadata.name]);
        if (status) server.put({ ...report, status } as never);
      }
    },
    put: (name, spec = {}, more = {}) => {
      const { metadata, ...others } = more;
      return server.put<KubeletConfig>({ ...kubeletConfig(name, { ...host, ...spec }, metadata), ...others } as never);
    },
    object: (name) => server.object<KubeletConfig>('kubeletconfigs', name),
    nodeKubelet: (name) => server.object<NodeKubelet>('nodekubelets', name),
  };
}
