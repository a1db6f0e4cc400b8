/** When the cluster tier runs, and the message when it does not. */

import { describe } from 'vitest';

const runs = (process.env['KUBEBUILDER_ASSETS'] ?? '') !== '';

/**
 * `describe` for tests that need a real API server. Without KUBEBUILDER_ASSETS they are skipped, with a
 * message.
 */
export function describeCluster(name: string, tests: () => void): void {
  // Written directly, since the reporter shows nothing of a file in which all tests are skipped.
  if (!runs)
    process.stderr.write(
      `\nNOT RUN: the cluster tier's tests of ${name}. Set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kubectl, e.g. KUBEBUILDER_ASSETS=$(setup-envtest use -p path)\n`,
    );
  describe.skipIf(!runs)(name, tests);
}
