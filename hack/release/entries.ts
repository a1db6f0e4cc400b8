/** What is installed on a machine, for packages and the archive alike: which file, where, with which mode. */

import { readFileSync } from 'node:fs';
import type { Names } from './architectures.ts';
import type { Documents } from './documents.ts';

export interface Entry {
  /** Where it is installed: `/usr/bin/kubelet-config`. */
  readonly path: string;
  readonly mode: number;
  readonly content: { readonly text: string | Buffer } | { readonly file: string } | { readonly link: string } | 'directory';
  /** The administrator may edit it, so an update leaves it alone. */
  readonly isConfiguration?: boolean;
}

export interface PackageContent {
  /** Of the release, as `1.0.0-rc.1`. */
  readonly version: string;
  readonly architecture: Names;
  readonly entries: readonly Entry[];
  /** The time of the release, in seconds since 1970. */
  readonly epoch: number;
  /** From 1 to 19, of zstd: 19 takes a minute for each package. */
  readonly compression: number;
}

/** The places at which a package installs. */
const program = '/usr/bin/kubelet-config';
const units = '/usr/lib/systemd/system';
const share = '/usr/share';
const documentation = `${share}/doc/kubelet-config`;

/** The names of the agent's services: for a machine without a cluster, and for a node of one. */
export const services = ['kubelet-config-agent.service', 'kubelet-config-cluster-agent.service'] as const;

export const servicesFolder = 'manifests/services';

/**
 * What a package installs.
 * @param executable the path of the executable for the package's architecture
 */
export function packageEntries(executable: string, { manPage, completions, licences, changelog }: Documents): Entry[] {
  const text = (path: string, content: string | Buffer): Entry => ({ path, mode: 0o644, content: { text: content } });
  return [
    { path: program, mode: 0o755, content: { file: executable } },
    // `kubectl kubelet-config` looks for this name.
    { path: '/usr/bin/kubectl-kubelet_config', mode: 0o777, content: { link: 'kubelet-config' } },
    ...services.map((name) => text(`${units}/${name}`, serviceStarting(name, program))),
    { ...text('/etc/default/kubelet-config', readFileSync(`${servicesFolder}/kubelet-config.env`)), isConfiguration: true },
    { path: '/etc/kubelet-config.d', mode: 0o755, content: 'directory' },
    text(`${share}/man/man1/kubelet-config.1.gz`, manPage),
    text(`${share}/bash-completion/completions/kubelet-config`, completions.bash),
    text(`${share}/zsh/site-functions/_kubelet-config`, completions.zsh),
    text(`${share}/fish/vendor_completions.d/kubelet-config.fish`, completions.fish),
    text(`${documentation}/copyright`, licences.own),
    text(`${documentation}/THIRD_PARTY_LICENSES.txt`, licences.thirdParty),
    text(`${documentation}/changelog.gz`, changelog),
    ...['one-machine/kubelet.yaml', 'host/kubelet.yaml', 'existing/workers.yaml'].map((example) =>
      text(`${documentation}/examples/${example}`, readFileSync(`examples/${example}`)),
    ),
  ];
}

/** The unit with the place at which this installation has the program. */
export function serviceStarting(name: (typeof services)[number], path: string): string {
  return readFileSync(`${servicesFolder}/${name}`, 'utf8').replaceAll('/usr/local/bin/kubelet-config', path);
}
