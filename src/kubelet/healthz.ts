/** The address at which a kubelet answers whether it is healthy, by its flags and its configuration. Pure. */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import { absolutePath } from '../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { integerOf } from '../go/values.ts';
import { readManifests } from '../manifest/read/read.ts';

export interface HealthzEndpoint {
  /** An IP address to connect to. */
  readonly address: string;
  readonly port: number;
}

/** The default of all kubelets since 1.2 (k8s.io/kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go). */
export const defaultHealthz: HealthzEndpoint = { address: '127.0.0.1', port: 10248 };

/** Undefined if it is switched off by port 0. A flag overrides the configuration, as in the kubelet. */
export function healthzEndpoint({ kubelet, files }: Pick<EffectiveSpec, 'kubelet' | 'files'>): HealthzEndpoint | undefined {
  const { flags, configuration = ownConfiguration(flags['config'], files) } = kubelet;
  const port = portOf(flags['healthz-port'] ?? configuration['healthzPort']);
  if (port === 0) return undefined;
  return { address: addressOf(flags['healthz-bind-address'] ?? configuration['healthzBindAddress']), port };
}

/**
 * The configuration in an extra file of the object, which the flag `config` names; {} if there is no such
 * file.
 */
export function ownConfiguration(path: unknown, files: EffectiveSpec['files']): JsonMap {
  const file = typeof path === 'string' ? files.find((one) => one.path === absolutePath(path, '/')) : undefined;
  const value = file && readManifests(file.content, file.path).documents[0]?.value;
  return isJsonMap(value) ? value : {};
}

/**
 * The port as Go reads it. The kubelet does not start with one that is no number, so the default is as good.
 */
function portOf(value: unknown): number {
  return Number(integerOf(String(value)) ?? defaultHealthz.port);
}

/** A kubelet that listens on all addresses is asked at that of its own machine. */
function addressOf(value: unknown): string {
  const address = typeof value === 'string' ? value.trim() : '';
  if (address === '0.0.0.0' || address === '') return defaultHealthz.address;
  return address === '::' ? '::1' : address;
}
