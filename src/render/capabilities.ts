/**
 * Named capabilities of a machine, the only thing that rendering may know of it: never a version. The
 * revision records each one that was read: an upgrade of the machine is a reason to render again only if it
 * changes one of these.
 */

import semver from 'semver';
import { type InstalledKubelet, launchOf } from '../kubelet/installed/installed.ts';
import { installedId } from '../kubelet/installed/installed-id.ts';
import { isMinorOnly, releaseOf } from '../kubelet/release.ts';
import { readsDropIns } from '../kubelet/settings/configuration.ts';
import { shippedGeneration, shippedWrapperStarts } from './coreos.ts';
import type { HostFacts, ProgramName } from './facts.ts';

export type CapabilityName =
  /** The system ships CoreOS's own script at /usr/lib/coreos/kubelet-wrapper. */
  | 'hasShippedWrapper'
  /** The generation of that script, as coreos.ts counts them; 0 if there is none. */
  | 'shippedWrapper'
  /** That script can start a pod with the rkt that is there. */
  | 'shippedWrapperStarts'
  | `rktAtLeast_${number}_${number}_${number}`
  | `podmanAtLeast_${number}_${number}_${number}`
  /** The directory of the system's own certificates of authorities, to which /etc/ssl/certs links. */
  | 'certificateStore'
  | `systemdAtLeast_${number}`
  /** The kubelet of the host has this version. */
  | `kubeletIs_${string}`
  /** Drop-ins of the kubelet's configuration are read by the kubelet of the host. */
  | 'configDropInDirectory'
  /** A hash of the settings that the node's own kubelet has without us. */
  | 'nodeKubelet'
  /** What is written to /etc is there after a reboot. */
  | 'etcPersists';

/** null if the facts do not say. */
export type Capability = boolean | number | string | null;

/** By name, in the order of the names, so that equal ones have equal hashes. */
export type UsedCapabilities = Readonly<Record<string, Capability>>;

/** The value of one capability on a machine with these facts. @throws RangeError for an unknown name */
export function capability(facts: HostFacts, name: CapabilityName): Capability {
  const value = evaluate(facts, name);
  if (value === undefined) throw new RangeError(`there is no capability named ${name}`);
  return value;
}

/** Undefined for an unknown name. */
function evaluate(facts: HostFacts, name: string): Capability | undefined {
  const generation = shippedGeneration(facts.osRelease);
  if (name === 'shippedWrapper') return generation;
  if (name === 'hasShippedWrapper') return generation === null ? null : generation > 0;

  if (name === 'shippedWrapperStarts') return shippedWrapperStarts(facts.osRelease, (version) => rktAtLeast(facts, version));

  if (name === 'certificateStore') return certificateStore(facts);
  if (name === 'nodeKubelet') return facts.installed === undefined ? null : installedId(facts.installed);
  if (name === 'configDropInDirectory') return dropInDirectory(facts);
  if (name === 'etcPersists') return facts.etcPersists ?? null;

  const [, systemd] = /^systemdAtLeast_(\d+)$/.exec(name) ?? [];
  if (systemd !== undefined) return facts.systemdVersion === undefined ? null : facts.systemdVersion >= Number(systemd);

  const [, ...rkt] = /^rktAtLeast_(\d+)_(\d+)_(\d+)$/.exec(name) ?? [];
  if (rkt.length > 0) return rktAtLeast(facts, rkt.join('.'));
  const [, ...podman] = /^podmanAtLeast_(\d+)_(\d+)_(\d+)$/.exec(name) ?? [];
  if (podman.length > 0) return isAtLeast(facts.podmanVersion, podman.join('.'));

  const [, kubelet] = /^kubeletIs_(.+)$/.exec(name) ?? [];
  if (kubelet === undefined) return undefined;
  return facts.kubeletVersion === undefined ? null : isVersion(facts.kubeletVersion, kubelet);
}

function dropInDirectory({ kubeletVersion, installed }: HostFacts): boolean | null {
  const release = kubeletVersion === undefined ? undefined : releaseOf(kubeletVersion);
  if (release === undefined) return null;
  const hasVariable = installed !== undefined && launchOf(installed).variables.has('KUBELET_CONFIG_DROPIN_DIR_ALPHA');
  return readsDropIns(release, hasVariable);
}

function rktAtLeast({ rktVersion }: HostFacts, version: string): boolean | null {
  return isAtLeast(rktVersion, version);
}

function isAtLeast(installed: string | undefined, version: string): boolean | null {
  const numbers = threeNumbers(installed);
  return numbers === null ? null : semver.gte(numbers, version);
}

/** Fedora's and SUSE's families keep them elsewhere than Debian, Flatcar and others do. */
function certificateStore({ osRelease }: HostFacts): string | null {
  const { ID, ID_LIKE = '' } = osRelease;
  if (ID === undefined) return null;
  const families = [ID, ...ID_LIKE.split(' ')];
  if (families.some((one) => ['fedora', 'rhel', 'centos'].includes(one))) return '/etc/pki';
  return families.some((one) => /^(suse|sles|opensuse.*)$/.test(one)) ? '/var/lib/ca-certificates' : '/usr/share/ca-certificates';
}

/** `1.30.0+38` and `v1.27.3-gke.100` are builds of their version, not pre-releases of it. */
function threeNumbers(version: string | undefined): string | null {
  return semver.coerce(version)?.version ?? null;
}

/**
 * Two numbers mean any patch release, three any build of it; with a suffix, only that build. The tag of an
 * image has `_` where the kubelet says `+`: `v1.2.2_coreos.0`.
 */
export function isVersion(installed: string, wanted: string): boolean {
  const plain = (version: string) => version.replace(/^v/, '').replaceAll('_', '+');
  if (isMinorOnly(wanted)) return threeNumbers(installed)?.startsWith(`${plain(wanted)}.`) === true;
  const isBare = plain(wanted) === threeNumbers(wanted);
  return isBare ? threeNumbers(installed) === plain(wanted) : plain(installed) === plain(wanted);
}

/** The paths of the programs whose version may be asked for. */
export type ProgramPaths = Readonly<Partial<Record<ProgramName, string>>>;

export interface CapabilityReader {
  read(name: CapabilityName): Capability;
  /** The node's own kubelet without us; undefined if nobody has looked. */
  installed(): InstalledKubelet | undefined;
}

export interface CapabilityRecorder extends CapabilityReader {
  /** Everything that was read so far. */
  used(): UsedCapabilities;
}

/** Rendering reads capabilities through this: the revision's inputs then hold exactly those that it used. */
export function recordCapabilities(facts: HostFacts): CapabilityRecorder {
  const values = new Map<CapabilityName, Capability>();
  const read = (name: CapabilityName) => {
    const value = capability(facts, name);
    values.set(name, value);
    return value;
  };
  return {
    read,
    installed() {
      read('nodeKubelet');
      return facts.installed;
    },
    used: () => Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/**
 * Whether the machine still answers as it did when the capabilities were recorded. A value that is unknown at
 * the moment (rkt did not answer in time) is no change, nor is a name that only another version of the agent
 * knows: neither makes a difference to the kubelet, so neither may cost a restart.
 */
export function sameCapabilities(used: UsedCapabilities, facts: HostFacts): boolean {
  return Object.entries(used).every(([name, recorded]) => {
    const now = evaluate(facts, name);
    return now === undefined || now === null || now === recorded;
  });
}
