/**
 * The name and labels of this node, from flags, a file and the host. Flags win over the file, the file over
 * the host.
 */

import { isDnsSubdomain, isLabelValue } from '../../api/names.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { error } from '../../api/validate/parts.ts';
import { parseLabelFlags } from './label-flags.ts';
import { readLabelsFile } from './labels-file.ts';

export interface NodeIdentity {
  readonly name: string;
  readonly labels: Labels;
  /** Those of a Node in a file; {} without one. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface IdentitySources {
  /** The arguments of `--label`, each `key=value` or several of them separated by commas. */
  readonly labelFlags: readonly string[];
  /** The argument of `--node` or `--node-name`. */
  readonly nameFlag?: string | undefined;
  /** A file with a map of labels, or with a Node as `kubectl get node -o yaml` prints it. */
  readonly labelsFile?: string | undefined;
  readonly host: HostIdentity;
  /** What a file with facts says of the node: it wins over the host only. */
  readonly facts?: { readonly name?: string; readonly labels?: Labels } | undefined;
}

/** Host name and architecture as node:os and node:process give them. */
interface HostIdentity {
  readonly hostname: string;
  readonly architecture: string;
}

export interface IdentityAnswer {
  /** Undefined if there is an error among the problems. */
  readonly node: NodeIdentity | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads the name and the labels of this node. Nothing that a person can correct is thrown: it is among the
 * problems.
 */
export async function readNodeIdentity({
  labelFlags,
  nameFlag,
  labelsFile,
  host,
  facts,
}: IdentitySources): Promise<IdentityAnswer> {
  const flags = parseLabelFlags(labelFlags);
  const file = labelsFile === undefined ? { identity: { labels: {} }, problems: [] } : await readLabelsFile(labelsFile);
  const given = nameFlag ?? file.identity.name ?? facts?.name;
  const name = given ?? hostName(host);
  const problems = [...flags.problems, ...file.problems, ...nameProblems(name, nameFlag !== undefined)];
  if (hasErrors(problems)) return { node: undefined, problems };
  const labels = { ...hostLabels(host, given), ...facts?.labels, ...file.identity.labels, ...flags.labels };
  return { node: { name, labels, annotations: file.identity.annotations ?? {} }, problems };
}

/** The name of the node, made from the host name as the kubelet does it. */
function hostName({ hostname }: HostIdentity): string {
  return hostname.trim().toLowerCase();
}

/**
 * The labels that the kubelet gives each node by itself. A given name counts as the host name, like the
 * kubelet's --hostname-override.
 */
function hostLabels(host: HostIdentity, givenName: string | undefined): Labels {
  const hostname = givenName ?? hostName(host);
  return {
    ...(isLabelValue(hostname) ? { 'kubernetes.io/hostname': hostname } : {}),
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': goArchitectures.get(host.architecture) ?? host.architecture,
  };
}

/**
 * Node.js's names of architectures and Go's, where they differ (node:process `arch`, `go tool dist list`).
 */
const goArchitectures = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  ['ppc64', 'ppc64le'],
]);

function nameProblems(name: string, isGiven: boolean): Problem[] {
  if (isDnsSubdomain(name)) return [];
  const remedy = isGiven
    ? 'write lower case letters, digits, - and .'
    : 'give the name of the node with --node, for the agent with --node-name';
  const origin = isGiven ? 'the name' : 'the name of this host';
  return [error('InvalidValue', [], `${origin}, ${JSON.stringify(name)}, cannot be the name of a node`, remedy)];
}
