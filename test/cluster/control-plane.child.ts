/** Starts a control plane, says where it is, and never stops it. */

import { startControlPlane } from './control-plane.ts';

const { url, kubeconfig } = await startControlPlane();
process.stdout.write(`${JSON.stringify({ url, kubeconfig })}\n`);
