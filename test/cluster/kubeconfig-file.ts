/** Kubeconfig files for tests. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KubeconfigParts {
  readonly server: string;
  readonly cluster?: object;
  readonly user?: object;
}

/** Writes it into the directory and returns its path. */
export function writeKubeconfig(directory: string, { server, cluster, user }: KubeconfigParts, name = 'kubeconfig'): string {
  const path = join(directory, name);
  writeFileSync(path, kubeconfigText({ server, ...(cluster && { cluster }), ...(user && { user }) }));
  return path;
}

export function kubeconfigText({ server, cluster = {}, user = {} }: KubeconfigParts): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'space' } }],
  });
}
