/**
 * What rendering may know of a machine: named capabilities, never a version. What was read is recorded with the revision, so that an upgrade of the
 * machine which changes no capability in use changes nothing, and one that does is a reason to render again.
 */

import semver from 'semver';
import { shippedGeneration } from './coreos.ts';
import type { HostFacts, ProgramName } from './facts.ts';

export type CapabilityName =
  /** CoreOS's own script is at /usr/lib/coreos/kubelet-wrapper. */
  | 'hasShippedWrapper'
  /** Its generation, as coreos.ts counts them; 0 for none. */
  | 'shippedWrapper'
  | `rktAtLeast_${number}_${number}_${number}`
  | `systemdAtLeast_${number}`
  /** The host's own kubelet is this version. */
  | `kubeletIs_${string}`;

/** null: the facts do not say. */
export type Capability = boolean | number | null;

/** By name, in order of the names: fit to be hashed. */
export type UsedCapabilities = Readonly<Record<string, Capability>>;

/** @throws RangeError for a name that is no capability. */
export function capability(facts: HostFacts, name: CapabilityName): Capability {
  const value = evaluate(facts, name);
  if (value === undefined) throw new RangeError(`there is no capability named ${name}`);
  return value;
}

/** undefined for a name that is no capability. */
function evaluate(facts: HostFacts, name: string): Capability | undefined {
  const generation = shippedGeneration(facts.osRelease);
  if (name === 'shippedWrapper') return generation;
  if (name === 'hasShippedWrapper') return generation === null ? null : generation > 0;

  const [, systemd] = /^systemdAtLeast_(\d+)$/.exec(name) ?? [];
  if (systemd !== undefined) return facts.systemdVersion === undefined ? null : facts.systemdVersion >= Number(systemd);

  const [, ...rkt] = /^rktAtLeast_(\d+)_(\d+)_(\d+)$/.exec(name) ?? [];
  if (rkt.length > 0) {
    const numbers = threeNumbers(facts.rktVersion);
    return numbers === null ? null : semver.gte(numbers, rkt.join('.'));
  }

  const [, kubelet] = /^kubeletIs_(.+)$/.exec(name) ?? [];
  if (kubelet === undefined) return undefined;
  return facts.kubeletVersion === undefined ? null : isVersion(facts.kubeletVersion, kubelet);
}

/** `1.30.0+38` and `v1.27.3-gke.100` are builds of their version, not something before it. */
function threeNumbers(version: string | undefined): string | null {
  return semver.coerce(version)?.version ?? null;
}

/** Three numbers mean any build of them; with a suffix, that build (an image's tag writes `_` where the kubelet says `+`: `v1.2.2_coreos.0`). */
function isVersion(installed: string, wanted: string): boolean {
  const plain = (version: string) => version.replace(/^v/, '').replaceAll('_', '+');
  const isBare = plain(wanted) === threeNumbers(wanted);
  return isBare ? threeNumbers(installed) === plain(wanted) : plain(installed) === plain(wanted);
}

/** Where the programs are whose version may be asked for. */
export type ProgramPaths = Readonly<Partial<Record<ProgramName, string>>>;

export interface CapabilityReader {
  read(name: CapabilityName): Capability;
}

export interface CapabilityRecorder extends CapabilityReader {
  /** All that was read so far. */
  used(): UsedCapabilities;
}

/** Rendering reads capabilities through this, so that exactly those that it used are among the revision's inputs. */
export function recordCapabilities(facts: HostFacts): CapabilityRecorder {
  const values = new Map<CapabilityName, Capability>();
  return {
    read(name) {
      const value = capability(facts, name);
      values.set(name, value);
      return value;
    },
    used: () => Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/**
 * Whether the machine still answers as it did when the capabilities were recorded. What it cannot say just now (rkt did not answer in time) is no
 * change, and neither is a name that only another version of the agent knows: a restart needs a reason that the kubelet can feel.
 */
export function sameCapabilities(used: UsedCapabilities, facts: HostFacts): boolean {
  return Object.entries(used).every(([name, recorded]) => {
    const now = evaluate(facts, name);
    return now === undefined || now === null || now === recorded;
  });
}
