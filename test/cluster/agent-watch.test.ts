/** What wakes the agent of one node. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { watchForAgent } from '../../src/cluster/agent-watch.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { systemClock } from '../../src/loop/clock.ts';
import { kubeletConfig } from '../builders.ts';
import { eventually } from '../eventually.ts';
import { startApiServer } from '../fakes/api-server/server.ts';
import { scratchDirectory } from './scratch.ts';

/** A watch over the Node `a` and one object, and how often it has called. */
async function watching(spec: Partial<KubeletConfigSpec>) {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  const kubeconfig = join(scratchDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const node = (labels: Record<string, string>, annotations: Record<string, string>) => {
    const metadata: { name: string } = { name: 'a', ...{ labels, annotations } };
    server.put({ apiVersion: 'v1', kind: 'Node', metadata });
  };
  node({}, {});
  server.put(kubeletConfig('workers', { launcher: { host: {} }, ...spec }));
  let calls = 0;
  const watch = watchForAgent({
    api: connect(loadCredentials({ kubeconfig, environment: {} }), { userAgent: 'test' }),
    clock: systemClock,
    random: () => 0,
    nodeName: 'a',
    onChange: () => {
      calls += 1;
    },
    onError: () => undefined,
  });
  onTestFinished(() => watch.stop());
  await watch.settled;
  const seen = () => {
    const { node: found } = watch.view();
    if (typeof found === 'string') throw new Error(found);
    return found;
  };
  return { node, seen, calls: () => calls };
}

test('annotations wake it if an expression looks at them', async () => {
  const computed = [{ path: 'kubelet.flags.v', expression: 'int(node.annotations["v"])' }];
  const { node, seen, calls } = await watching({ computed });
  const before = calls();
  node({}, { v: '1' });
  await eventually(() => expect(seen().annotations).toEqual({ v: '1' }));
  expect(calls()).toBe(before + 1);
});

test('otherwise they do not, and are known all the same', async () => {
  const { node, seen, calls } = await watching({});
  const before = calls();
  node({}, { v: '1' });
  await eventually(() => expect(seen().annotations).toEqual({ v: '1' }));
  expect(calls()).toBe(before);
  node({ role: 'worker' }, { v: '1' });
  await eventually(() => expect(calls()).toBe(before + 1));
});

test('the annotation of a hold always does', async () => {
  const { node, seen, calls } = await watching({});
  const before = calls();
  node({}, { 'kubelet-config.dev/hold': 'disk' });
  await eventually(() => expect(seen().hold).toBeDefined());
  expect(calls()).toBe(before + 1);
});
