/** The manifests of a release, a file each, for `kubectl apply -f`. */

import { kustomized } from '../manifests/kustomized.ts';

/** By the name of the file, the text. */
export function manifestFiles(): Readonly<Record<string, string>> {
  return {
    'kubelet-config.yaml': joined('manifests'),
    'kubelet-config-host-service.yaml': joined('manifests/overlays/host-service'),
    'kubelet-config-crds.yaml': joined('crds'),
  };
}

const joined = (folder: string) =>
  kustomized(folder)
    .map((document) => document.toString({ lineWidth: 0 }).replace(/^---\n/, ''))
    .join('---\n');
