/**
 * Records what a real kube-apiserver says to objects on both sides of every CEL rule of our CRDs, so that the tests'
 * API server, which evaluates them with the library of the code under test, is compared with facts.
 * `KUBEBUILDER_ASSETS=… npx tsx hack/record-cel-verdicts.ts` rewrites test/vectors/cel-verdicts.json.
 */

import { writeFile } from 'node:fs/promises';
import { celCases } from '../test/api/schema/cel-cases.ts';
import { type ControlPlane, startControlPlane } from '../test/cluster/control-plane.ts';
import { installCrd, verdictOn } from '../test/cluster/kubelet-configs.ts';

async function record(plane: ControlPlane) {
  await installCrd(plane);
  const verdicts = [];
  for (const { what, object } of celCases) {
    const { accepted, causes } = await verdictOn(plane, object);
    verdicts.push({ what, object, accepted, causes });
  }
  const { body } = await plane.request('GET', '/version');
  return { server: `kube-apiserver ${(body as { gitVersion: string }).gitVersion}`, verdicts };
}

const plane = await startControlPlane();
try {
  const recording = new URL('../test/vectors/cel-verdicts.json', import.meta.url);
  await writeFile(recording, `${JSON.stringify(await record(plane), undefined, 1)}\n`);
} finally {
  await plane.stop();
}
