/** Starts a control plane, prints its address, and never stops it. */

import { startControlPlane } from './control-plane.ts';

const { url, kubeconfig } = await startControlPlane();
process.stdout.write(`${JSON.stringify({ url, kubeconfig })}\n`);
