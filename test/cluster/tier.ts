/** When the cluster tier runs, and who says so when it does not. */

import { describe } from 'vitest';

const runs = (process.env['KUBEBUILDER_ASSETS'] ?? '') !== '';

/** `describe` for what needs a real API server: skipped without KUBEBUILDER_ASSETS, never silently. */
export function describeCluster(name: string, tests: () => void): void {
  // Past the reporter, which shows nothing of a file of which every test is skipped.
  if (!runs)
    process.stderr.write(
      `\nNOT RUN: the cluster tier's tests of ${name}. Set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kubectl, e.g. KUBEBUILDER_ASSETS=$(setup-envtest use -p path)\n`,
    );
  describe.skipIf(!runs)(name, tests);
}
