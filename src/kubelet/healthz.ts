/** The address at which a kubelet answers whether it is healthy, by its flags and its configuration. Pure. */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import { absolutePath } from '../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, type SpecProblem } from '../desired/spec-problem.ts';
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
 * Warns of a kubelet whose /healthz is switched off, at the place where that is said.
 *
 * @param whole the spec with what the node says in its place; the same spec if the node says nothing
 */
export function healthzOffProblems(spec: Pick<EffectiveSpec, 'kubelet' | 'files'>, whole: typeof spec): SpecProblem[] {
  if (healthzEndpoint(whole)) return [];
  const { flags, configuration } = spec.kubelet;
  const own = ownConfiguration(flags['config'], spec.files);
  const file = own['healthzPort'] === undefined ? ['launcher'] : ['files', absolutePath(String(flags['config']), '/')];
  const field = configuration?.['healthzPort'] === undefined ? file : ['kubelet', 'configuration', 'healthzPort'];
  const path = flags['healthz-port'] === undefined ? field : ['kubelet', 'flags', 'healthz-port'];
  const reason = "healthzPort 0 switches off the kubelet's /healthz, by which a change is proved";
  const remedy =
    'leave it on, at 127.0.0.1; else let the agent read nodes/healthz at the port of the kubelet itself, or each change is proved by Node Ready alone';
  return [caution('HealthzOff', path, reason, remedy)];
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
