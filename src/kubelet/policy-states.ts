/**
 * The state files in which the kubelet's CPU and memory managers keep what they gave to whom, and the settings that such a file was made for: with
 * others the kubelet does not start over it (k8s.io/kubernetes pkg/kubelet/cm, restoreState and validateState of both managers). Pure.
 */

import { canonicalJson, isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { parseQuantity } from '../go/quantity.ts';
import { ownConfiguration } from './healthz.ts';

export interface PolicyState {
  readonly path: string;
  /** The policy's name, as the file says it; null where there was no file before us, absent where it is not known. */
  readonly policy?: string | null;
  /** Policy and all that the file depends on; absent where it is not known. */
  readonly settings?: string;
}

/** None where it is not known in which directory they are. */
export function policyStates(spec: Pick<EffectiveSpec, 'kubelet' | 'files'>): PolicyState[] {
  const directory = rootDirectory(spec.kubelet.flags['root-dir']);
  if (directory === undefined) return [];
  const said = settingsOf(spec);
  return [
    {
      path: `${directory}/cpu_manager_state`,
      ...stateOf(said('cpu-manager-policy', 'cpuManagerPolicy'), 'none', cpuSettings, said),
    },
    {
      path: `${directory}/memory_manager_state`,
      ...stateOf(said('memory-manager-policy', 'memoryManagerPolicy'), 'None', memorySettings, said),
    },
  ];
}

/** Of a name, and of a path with room for what we put there, in bytes: no file system of Linux has longer ones. */
const longestName = 255;
const longestDirectory = 4000;

/** As the unit's manifest can carry it; a path that leads elsewhere than it says, or that cannot be, is nobody's root directory. */
function rootDirectory(value: unknown = '/var/lib/kubelet'): string | undefined {
  const isPlain = typeof value === 'string' && /^(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+\/?$/u.test(value);
  if (!isPlain || Buffer.byteLength(value) > longestDirectory) return undefined;
  return value.split('/').some((name) => Buffer.byteLength(name) > longestName) ? undefined : value.replace(/\/$/, '');
}

/** What was said of a setting: by its flag, which counts more, by the configuration, or by nobody; or it cannot be known. */
type Said =
  | { readonly by: 'Flag' | 'Configuration'; readonly value: Json }
  | { readonly by: 'Nobody' }
  | { readonly by: 'Unknown' };
type Settings = (flag: string, field: string) => Said;

function settingsOf({ kubelet, files }: Pick<EffectiveSpec, 'kubelet' | 'files'>): Settings {
  const { flags } = kubelet;
  const configuration = wholeConfiguration({ kubelet, files });
  return (flag, field) => {
    if (flags[flag] !== undefined) return { by: 'Flag', value: flags[flag] };
    if (configuration === undefined) return { by: 'Unknown' };
    const value = configuration[field];
    return value == null || value === '' ? { by: 'Nobody' } : { by: 'Configuration', value };
  };
}

/** Undefined where the kubelet also reads what is not the object's: a file of the node's, or its directory of drop-ins. */
function wholeConfiguration({ kubelet, files }: Pick<EffectiveSpec, 'kubelet' | 'files'>): JsonMap | undefined {
  const { flags, configuration } = kubelet;
  if (flags['config-dir'] !== undefined) return undefined;
  if (configuration !== undefined) return configuration;
  const path = flags['config'];
  if (path === undefined) return {};
  return files.some((file) => file.path === path) ? ownConfiguration(path, files) : undefined;
}

function stateOf(
  policySaid: Said,
  none: string,
  dependsOn: (said: Settings) => Json | undefined,
  said: Settings,
): Omit<PolicyState, 'path'> {
  if (policySaid.by === 'Unknown') return {};
  const policy = policySaid.by === 'Nobody' ? none : lastOf(policySaid.value);
  // That of no policy has nothing in it that could fit or not.
  if (policy === none) return { policy, settings: canonicalJson({ policy }) };
  const settings = dependsOn(said);
  return settings === undefined ? { policy } : { policy, settings: canonicalJson({ policy, settings }) };
}

/** The reserved CPUs must be those that are in the file: which they are follows from a list, else from how many they are and from the options. */
function cpuSettings(said: Settings): Json | undefined {
  const options = mapOf(said('cpu-manager-policy-options', 'cpuManagerPolicyOptions'));
  const list = said('reserved-cpus', 'reservedSystemCPUs');
  if (list.by !== 'Unknown' && list.by !== 'Nobody' && lastOf(list.value) !== '')
    return options && { options, reserved: lastOf(list.value) };
  const kube = mapOf(said('kube-reserved', 'kubeReserved'));
  const system = mapOf(said('system-reserved', 'systemReserved'));
  if (list.by === 'Unknown' || !options || !kube || !system) return undefined;
  // Twelve digits forget what binary fractions add.
  const cores = amount(kube['cpu']) + amount(system['cpu']);
  return { options, reserved: Math.ceil(Number(cores.toPrecision(12))) };
}

/** By NUMA node. Their sum must be what kubeReserved, systemReserved and evictionHard reserve, but only they are in the file. */
function memorySettings(said: Settings): Json | undefined {
  const reserved = said('reserved-memory', 'reservedMemory');
  switch (reserved.by) {
    case 'Unknown':
      return undefined;
    case 'Nobody':
      return [];
    case 'Flag':
      return listOf(reserved.value)
        .flatMap((text) => text.split(';'))
        .flatMap((text) => nodeWords(text.slice(0, text.indexOf(':')), pairs(text.slice(text.indexOf(':') + 1))))
        .sort();
    case 'Configuration':
      return (Array.isArray(reserved.value) ? reserved.value : [])
        .flatMap((item: Json) => (isJsonMap(item) ? nodeWords(String(item['numaNode'] ?? 0), item['limits']) : []))
        .sort();
    default:
      return reserved satisfies never;
  }
}

function nodeWords(node: string, limits: Json | undefined): string[] {
  return Object.entries(isJsonMap(limits) ? limits : {}).map(([type, value]) => `${node.trim()} ${type} ${amount(value)}`);
}

/** A flag takes the place of the whole map. */
function mapOf(said: Said): JsonMap | undefined {
  switch (said.by) {
    case 'Unknown':
      return undefined;
    case 'Nobody':
      return {};
    case 'Flag':
      return pairs(listOf(said.value).join(','));
    case 'Configuration':
      return isJsonMap(said.value) ? said.value : {};
    default:
      return said satisfies never;
  }
}

/** `cpu=1,memory=1Gi` */
function pairs(text: string): JsonMap {
  const words = text.split(',').filter((word) => word.includes('='));
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')).trim(), word.slice(word.indexOf('=') + 1).trim()]),
  );
}

/** With an amount that cannot be read the kubelet does not start either. */
function amount(value: Json | undefined): number {
  const parsed = parseQuantity(String(value ?? 0));
  return parsed.ok ? parsed.value : Number.NaN;
}

function listOf(value: Json): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Of a flag that is repeated the last one counts. */
function lastOf(value: Json): string {
  return listOf(value).at(-1) ?? '';
}
