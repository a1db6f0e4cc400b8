/**
 * The kubelet wrappers that CoreOS shipped: which release has which generation, and what each generation can
 * do.
 */

import { branchGenerations, releaseGenerations } from './data/coreos-wrappers.ts';

export const shippedWrapperPath = '/usr/lib/coreos/kubelet-wrapper';

/** Generations are the 15 states of the script in coreos-overlay, oldest first; no release has 1 or 7. */
export const lastGeneration = 15;

/**
 * The generation that a machine ships; 0 if it ships none, null if its os-release does not say. Only
 * `ID=coreos` counts. Flatcar (`ID=flatcar`) began with the last generation and dropped it with rkt in 2021.
 * Which of its releases have it is not recorded, so all count as having none: our own wrapper does the same
 * there. Fedora CoreOS (`ID=fedora`, `VARIANT_ID=coreos`) never had one.
 */
export function shippedGeneration(osRelease: Readonly<Record<string, string>>): number | null {
  const id = osRelease['ID'];
  if (id === undefined) return null;
  if (id !== 'coreos') return 0;
  const release = parseRelease(osRelease['VERSION_ID'] ?? '');
  return release === undefined ? null : generationOf(release);
}

/**
 * Whether the machine's script can start a pod. The first generations name the stage1 image by its path, and
 * since 1.3.0 rkt refuses that outside its own folder. CoreOS 1039 and 1045 shipped both. Null if not known.
 */
export function shippedWrapperStarts(
  osRelease: Readonly<Record<string, string>>,
  isRktNewer: (version: string) => boolean | null,
): boolean | null {
  const generation = shippedGeneration(osRelease);
  if (generation === null || generation === 0 || generation >= 5) return generation === null ? null : generation > 0;
  const installed = isRktNewer('1.3.0');
  const [branch = 0] = parseRelease(osRelease['VERSION_ID'] ?? '') ?? [];
  return installed === null ? branch < firstWithLaterRkt : !installed;
}

/** The first branch that shipped rkt 1.3.0 or later (1.5.1). */
const firstWithLaterRkt = 1039;

type Release = readonly [branch: number, build: number, patch: number];

/**
 * `1298.6.0`, also with the date that development builds append. Three integers, because the text "1010.1.0"
 * comes before "962.0.0".
 */
function parseRelease(text: string): Release | undefined {
  const [, branch, build, patch] = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text) ?? [];
  return branch === undefined ? undefined : [Number(branch), Number(build), Number(patch)];
}

/**
 * A release that is not in the table has the generation of the nearest lower one of its branch. An unknown
 * branch has the generation that the nearest lower branch *began* with: branches are cut from the main line,
 * and a patch of one branch does not reach the next.
 */
function generationOf(release: Release): number {
  const [branch] = release;
  const patched = releaseGenerations.findLast(([text]) => {
    const known = parseRelease(text);
    return known?.[0] === branch && compareReleases(known, release) <= 0;
  });
  return patched?.[1] ?? branchGenerations.findLast(([first]) => first <= branch)?.[1] ?? 0;
}

function compareReleases(a: Release, b: Release): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export interface ShippedVolume {
  readonly name: string;
  /** On the host. */
  readonly source: string;
  /** In the kubelet's container. */
  readonly target: string;
  /** Whether the script mounts it read-only; without `readOnly=` the image decides, and most say no. */
  readonly readOnly: boolean;
}

export interface ShippedWrapper {
  /**
   * It knows KUBELET_IMAGE, KUBELET_IMAGE_URL, KUBELET_IMAGE_TAG, KUBELET_IMAGE_ARGS, RKT_RUN_ARGS and RKT.
   * Without this, it knows only KUBELET_VERSION, KUBELET_ACI and RKT_OPTS.
   */
  readonly imageVariables: boolean;
  readonly hasGlobalArgs: boolean;
  readonly hasStage1Arg: boolean;
  /** `--exec=/kubelet` cannot be changed. */
  readonly fixedExec: boolean;
  /** The image if KUBELET_IMAGE_URL (KUBELET_ACI) is not set. */
  readonly defaultImage: string;
  /**
   * The images for which it adds `--trust-keys-from-https` by itself: none, all, or those of quay.io.
   * `QuayAndDocker` also adds `--insecure-options=image` for docker's images.
   */
  readonly trust: 'None' | 'All' | 'Quay' | 'QuayAndDocker';
  /** It passes `--hosts-entry host`, beside which rkt refuses any other host entry. */
  readonly hostsEntry: boolean;
  /** Where it puts the options of the user: of some options, rkt uses the last. */
  readonly userWords: 'BeforeVolumes' | 'AfterVolumes';
  /** The beginning of the names of its volumes. */
  readonly volumePrefix: '' | 'coreos-';
  /**
   * The volumes that it adds by itself, in its order. rkt 1.26 and later refuse a second volume of the same
   * name.
   */
  readonly volumes: readonly ShippedVolume[];
  /** The oldest rkt that accepts its command line. */
  readonly leastRkt: string;
}

/** The abilities of a generation. @throws RangeError for a number that is no generation, such as 0 */
export function shippedWrapper(generation: number): ShippedWrapper {
  if (!Number.isInteger(generation) || generation < 1 || generation > lastGeneration) {
    throw new RangeError(`there is no generation ${generation} of CoreOS's kubelet wrapper, only 1 to ${lastGeneration}`);
  }
  const rewritten = generation >= 6;
  const volumePrefix = generation >= 11 ? 'coreos-' : '';
  return {
    imageVariables: rewritten,
    hasGlobalArgs: rewritten,
    hasStage1Arg: rewritten,
    fixedExec: !rewritten,
    defaultImage: generation >= 15 ? 'docker://quay.io/coreos/hyperkube' : 'quay.io/coreos/hyperkube',
    trust: trustOf(generation),
    hostsEntry: generation >= 13,
    userWords: rewritten ? 'BeforeVolumes' : 'AfterVolumes',
    volumePrefix,
    volumes: volumesOf(generation).map((volume) => ({ ...volume, name: volumePrefix + volume.name })),
    leastRkt: leastRkt(generation),
  };
}

const readOnlyVolumes = ['etc-ssl-certs', 'usr-share-certs', 'os-release', 'lib-modules', 'etc-machine-id'];

function volumesOf(generation: number): ShippedVolume[] {
  const rewritten = generation >= 6;
  const readOnly = (name: string) => rewritten && readOnlyVolumes.includes(name);
  const from = (name: string, source: string, target: string) => ({ name, source, target, readOnly: readOnly(name) });
  const same = (name: string, path: string): ShippedVolume => from(name, path, path);
  const only = (condition: boolean, ...volumes: ShippedVolume[]) => (condition ? volumes : []);
  return [
    same('etc-kubernetes', '/etc/kubernetes'),
    rewritten ? same('etc-ssl-certs', '/etc/ssl/certs') : from('etc-ssl-certs', '/usr/share/ca-certificates', '/etc/ssl/certs'),
    ...only(rewritten, same('usr-share-certs', '/usr/share/ca-certificates')),
    same('var-lib-docker', '/var/lib/docker'),
    same('var-lib-kubelet', '/var/lib/kubelet'),
    ...only(generation === 7, same('var-log-containers', '/var/log/containers')),
    // Generation 10 is a patch in two stable branches: /var/log broke units that mount it themselves
    // (coreos/bugs#1892).
    ...only(generation >= 8 && generation !== 10, same('var-log', '/var/log')),
    ...only(generation >= 4, from('os-release', '/usr/lib/os-release', '/etc/os-release')),
    same('run', '/run'),
    ...only(generation >= 12, same('lib-modules', '/lib/modules')),
    ...only(generation >= 14, same('etc-machine-id', '/etc/machine-id')),
  ];
}

function trustOf(generation: number): ShippedWrapper['trust'] {
  if (generation >= lastGeneration) return 'QuayAndDocker';
  if (generation >= 6) return 'Quay';
  return generation >= 2 ? 'All' : 'None';
}

/**
 * `--stage1-path` and `--stage1-from-dir` came with rkt 1.0.0. The rewrite declares 1.9.1. `recursive=` of a
 * volume and `--hosts-entry host` came with 1.15.0; stage1-fly obeys the latter since 1.21.0.
 */
function leastRkt(generation: number): string {
  if (generation >= 9) return '1.15.0';
  return generation >= 6 ? '1.9.1' : '1.0.0';
}
