/** The manifest by which krew installs the executable as a plugin of kubectl. */

import { stringify } from 'yaml';
import type { Names } from './architectures.ts';
import { archiveName } from './archive.ts';
import { homepage } from './description.ts';

/** An archive of the release, for one architecture. */
export interface Archive {
  readonly architecture: Names;
  readonly sha256: string;
}

/** https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
export function krewManifest(version: string, archives: readonly Archive[]): string {
  return stringify(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'kubelet-config' },
      spec: {
        version: `v${version}`,
        homepage,
        shortDescription: 'Check and explain the configuration of kubelets',
        description: [
          'Checks KubeletConfig objects, KubeletConfigurations, units and flag files against',
          'what a kubelet of a given version takes; shows what a cluster would refuse after',
          'an upgrade, and what an object would change.',
        ].join('\n'),
        platforms: archives.map(({ architecture, sha256 }) => platform(version, architecture, sha256)),
      },
    },
    { lineWidth: 0 },
  );
}

function platform(version: string, architecture: Names, sha256: string): object {
  const name = archiveName(version, architecture);
  return {
    selector: { matchLabels: { os: 'linux', arch: architecture.debian } },
    uri: downloadOf(version, `${name}.tar.gz`),
    sha256,
    files: ['kubelet-config', 'LICENSE', 'THIRD_PARTY_LICENSES.txt'].map((file) => ({ from: `${name}/${file}`, to: '.' })),
    bin: 'kubelet-config',
  };
}

/** Where a file of a release is published. */
export const downloadOf = (version: string, file: string) => `${homepage}/releases/download/v${version}/${file}`;
