/** docs/upgrading.md, as a reader follows it: on the files of a node, every command of it. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { Ran } from '../cli/in-process.ts';
import { session } from '../cli/session.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { textOf } from '../manifests/documents.ts';
import { save, stepsIn, wordsOf } from './page.ts';

test('every command of docs/upgrading.md prints what the page says', async () => {
  const { directory, root, run, write } = session();
  const server = await clusterOfThePage();
  const kubeconfig = write('kubeconfig', server.kubeconfig());
  cpSync(join(import.meta.dirname, '../fixtures/nodes/kubeadm-deb'), root, { recursive: true });
  let last: Ran = { exitCode: 0, stdout: '', stderr: '' };
  const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  save('kubelet-config.yaml', head, directory, root);
  save('kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=--containerd=/run/containerd.sock\n', directory, root);
  const steps = stepsIn(textOf('docs/upgrading.md'));
  for (const step of steps) {
    if (step.kind === 'File') save(step.path, step.content, directory, root);
    else if (step.kind === 'Output') for (const line of step.lines) expect(last.stdout).toContain(line);
    else if (step.line.startsWith('kubectl get nk worker-1 ')) {
      expect(server.object('nodekubelets', 'worker-1')).toHaveProperty('status.inUse.flags');
    } else {
      const { words } = wordsOf(step.line.replace('./image', root));
      const isHere = !words.includes('-f') && !words.includes('--root');
      // The machine of the page runs, and says its version; kubectl has credentials.
      const machine = isHere ? ['--root', root, '--from', 'v1.34.1'] : [];
      const place = words.includes('--cluster') ? ['--kubeconfig', kubeconfig] : machine;
      last = await run([
        ...words.slice(1).map((word) => (/^[\w-]+\.(yaml|env)$/.test(word) ? join(directory, word) : word)),
        ...place,
      ]);
      expect(last.exitCode, `${step.line}\n${last.stdout}${last.stderr}`).toBe(3);
      last = { ...last, stdout: last.stdout.replaceAll(`${directory}/`, '') };
    }
  }
  expect(steps.filter(({ kind }) => kind === 'Command')).toHaveLength(7);
});

/** Two workers with a gate that 1.37 has no more, one without it, and a node without an agent of today. */
async function clusterOfThePage(): Promise<ApiServerDouble> {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  const gone = { featureGates: { SidecarContainers: true } };
  const configurations = { 'worker-1': gone, 'worker-2': gone, 'worker-3': {}, 'old-1': undefined };
  for (const [name, configuration] of Object.entries(configurations)) {
    const status = { nodeInfo: { kubeletVersion: 'v1.36.2' } };
    server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status } as never);
    if (configuration === undefined) continue;
    const inUse = { flags: ['config=/var/lib/kubelet/config.yaml'], configuration };
    server.put({
      apiVersion: 'kubelet-config.dev/v1alpha1',
      kind: 'NodeKubelet',
      metadata: { name },
      status: { inUse },
    } as never);
  }
  return server;
}
