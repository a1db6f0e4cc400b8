/** Where a kubelet will say whether it is healthy, by its flags and its configuration. Pure. */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { integerOf } from '../go/values.ts';
import { readManifests } from '../manifest/read/read.ts';

export interface HealthzEndpoint {
  /** An IP address to connect to. */
  readonly address: string;
  readonly port: number;
}

/** As every kubelet since 1.2 has it (k8s.io/kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go). */
export const defaultHealthz: HealthzEndpoint = { address: '127.0.0.1', port: 10248 };

/** Undefined where it is switched off: port 0. A flag counts more than the configuration, as for the kubelet. */
export function healthzEndpoint({ kubelet, files }: Pick<EffectiveSpec, 'kubelet' | 'files'>): HealthzEndpoint | undefined {
  const { flags, configuration = ownConfiguration(flags['config'], files) } = kubelet;
  const port = portOf(flags['healthz-port'] ?? configuration['healthzPort']);
  if (port === 0) return undefined;
  return { address: addressOf(flags['healthz-bind-address'] ?? configuration['healthzBindAddress']), port };
}

/** A configuration that the object brings along as a file, and names by the flag. */
export function ownConfiguration(path: unknown, files: EffectiveSpec['files']): JsonMap {
  const file = files.find((one) => one.path === path);
  const value = file && readManifests(file.content, file.path).documents[0]?.value;
  return isJsonMap(value) ? value : {};
}

/** As Go reads it. With a port that is no number the kubelet does not start, so any answer does. */
function portOf(value: unknown): number {
  return Number(integerOf(String(value)) ?? defaultHealthz.port);
}

/** What listens on every address is asked on its own machine. */
function addressOf(value: unknown): string {
  const address = typeof value === 'string' ? value.trim() : '';
  if (address === '0.0.0.0' || address === '') return defaultHealthz.address;
  return address === '::' ? '::1' : address;
}
