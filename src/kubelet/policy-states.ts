/**
 * The state files in which the kubelet's CPU and memory managers keep their assignments, and the settings
 * that such a file belongs to. With other settings the kubelet does not start while the file is there
 * (restoreState and validateState of both managers, k8s.io/kubernetes pkg/kubelet/cm). Pure.
 */

import { canonicalJson, isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import { absolutePath } from '../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { parseQuantity } from '../go/quantity.ts';
import { ownConfiguration } from './healthz.ts';

export interface PolicyState {
  readonly path: string;
  /**
   * The policy's name, as in the file. Null if there was no file before us, absent if the policy is not
   * known.
   */
  readonly policy?: string | null;
  /** The policy and everything else that the file depends on; absent if that is not known. */
  readonly settings?: string;
}

/** Both files with the settings of a spec; none if their directory is not known. */
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

/** In bytes: no file system of Linux has longer names, or longer paths with room for our file names. */
const longestName = 255;
const longestDirectory = 4000;

/**
 * Undefined for a path with `.` or `..`, with control characters, or longer than Linux allows: no kubelet
 * uses it.
 */
function rootDirectory(value: unknown = '/var/lib/kubelet'): string | undefined {
  const isPlain = typeof value === 'string' && /^(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+\/?$/u.test(value);
  if (!isPlain || Buffer.byteLength(value) > longestDirectory) return undefined;
  return value.split('/').some((name) => Buffer.byteLength(name) > longestName) ? undefined : value.replace(/\/$/, '');
}

/**
 * Who sets a setting: its flag, which overrides all else, the configuration, or nobody; or that is not known.
 */
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

/**
 * Undefined if the kubelet also reads files that are not the object's: one of the node's, or a drop-in
 * directory.
 */
function wholeConfiguration({ kubelet, files }: Pick<EffectiveSpec, 'kubelet' | 'files'>): JsonMap | undefined {
  const { flags, configuration } = kubelet;
  if (flags['config-dir'] !== undefined) return undefined;
  if (configuration !== undefined) return configuration;
  const path = flags['config'];
  if (path === undefined) return {};
  const isOwn = typeof path === 'string' && files.some((file) => file.path === absolutePath(path, '/'));
  return isOwn ? ownConfiguration(path, files) : undefined;
}

function stateOf(
  policySaid: Said,
  none: string,
  dependsOn: (said: Settings) => Json | undefined,
  said: Settings,
): Omit<PolicyState, 'path'> {
  if (policySaid.by === 'Unknown') return {};
  const policy = policySaid.by === 'Nobody' ? none : lastOf(policySaid.value);
  // The file of the policy `none` depends on no settings.
  if (policy === none) return { policy, settings: canonicalJson({ policy }) };
  const settings = dependsOn(said);
  return settings === undefined ? { policy } : { policy, settings: canonicalJson({ policy, settings }) };
}

/**
 * The reserved CPUs must be those in the file. A list names them; without one, their number and the options
 * decide which they are.
 */
function cpuSettings(said: Settings): Json | undefined {
  const options = mapOf(said('cpu-manager-policy-options', 'cpuManagerPolicyOptions'));
  const list = said('reserved-cpus', 'reservedSystemCPUs');
  if (list.by !== 'Unknown' && list.by !== 'Nobody' && lastOf(list.value) !== '')
    return options && { options, reserved: lastOf(list.value) };
  const kube = mapOf(said('kube-reserved', 'kubeReserved'));
  const system = mapOf(said('system-reserved', 'systemReserved'));
  if (list.by === 'Unknown' || !options || !kube || !system) return undefined;
  // Twelve digits remove the error of binary fractions.
  const cores = amount(kube['cpu']) + amount(system['cpu']);
  return { options, reserved: Math.ceil(Number(cores.toPrecision(12))) };
}

/**
 * The memory that is reserved in each NUMA node. The sum must be that of kubeReserved, systemReserved and
 * evictionHard, but the file holds only the parts.
 */
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

/** A flag replaces the whole map of the configuration. */
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

/** NaN for an amount that cannot be read: the kubelet does not start with it either. */
function amount(value: Json | undefined): number {
  const parsed = parseQuantity(String(value ?? 0));
  return parsed.ok ? parsed.value : Number.NaN;
}

function listOf(value: Json): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The last value of a repeated flag counts. */
function lastOf(value: Json): string {
  return listOf(value).at(-1) ?? '';
}
