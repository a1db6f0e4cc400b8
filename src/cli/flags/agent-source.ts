/** Which source the agent's flags ask for. Only that one is loaded: an agent leaves the node its memory. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import type { NodeFlags } from '../../agent/sources/identity.ts';
import type { OpenSource } from '../../agent/sources/source.ts';
import { controllerLease } from '../../cluster/resources.ts';
import { afterGrace } from '../../loop/grace.ts';
import type { Validate } from '../../manifest/load/load.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { userAgent } from '../version.ts';
import { readNode } from './node.ts';

/** The flags of `agent` that decide on its source. */
export interface SourceFlags {
  readonly source?: string | undefined;
  readonly root: string;
  readonly 'node-name'?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly bootstrap?: string | undefined;
  readonly label: readonly string[];
  readonly labels?: string | undefined;
  readonly approve?: 'self' | undefined;
  readonly 'lease-namespace'?: string | undefined;
  readonly 'lease-name'?: string | undefined;
  readonly unit: string;
}

export interface SourceParts {
  readonly context: CommandContext;
  readonly validate: Validate;
  readonly log: Logger;
}

/** @throws CommandFailure if --source is neither cluster nor dir:PATH, or if other flags contradict it */
export async function chooseSource(flags: SourceFlags, parts: SourceParts): Promise<OpenSource> {
  const { source, root } = flags;
  if (source === 'cluster') return chooseCluster(flags, parts);
  const directory = source === undefined ? join(root, 'etc/kubelet-config.d') : directoryOf('--source', source);
  if (flags.approve !== 'self') {
    throw new CommandFailure(exitCodes.usage, 'a directory has no controller that could approve changes', 'add --approve=self');
  }
  for (const option of ['kubeconfig', 'bootstrap', 'lease-namespace', 'lease-name'] as const) {
    if (flags[option] === undefined) continue;
    const remedy = 'leave it out, or add --source=cluster';
    throw new CommandFailure(exitCodes.usage, `--${option} goes with --source=cluster only`, remedy);
  }
  return chooseDirectory(directory, flags, parts);
}

async function chooseCluster(flags: SourceFlags, parts: SourceParts): Promise<OpenSource> {
  const { context, validate, log } = parts;
  const { kubeconfig, bootstrap, unit } = flags;
  const openBootstrap =
    bootstrap === undefined ? undefined : await chooseDirectory(directoryOf('--bootstrap', bootstrap), flags, parts);
  const [{ ClusterSource }, { connect }, { loadCredentials }, { sharedCredentials }] = await Promise.all([
    import('../../agent/sources/cluster.ts'),
    import('../../cluster/client.ts'),
    import('../../cluster/credentials.ts'),
    import('../../cluster/kubelet-credentials.ts'),
  ]);
  const abandon = afterGrace(context.stop);
  const where = { environment: context.environment, ...(kubeconfig !== undefined && { kubeconfig }) };
  return (onChange) =>
    new ClusterSource({
      connect: () => {
        const credentials = loadCredentials(where);
        return { api: connect(credentials, { userAgent, abandon }), kubeletCredentials: sharedCredentials(credentials) };
      },
      lease: {
        namespace: flags['lease-namespace'] ?? controllerLease.namespace,
        name: flags['lease-name'] ?? controllerLease.name,
      },
      nodeName: nodeNameOf(flags, context),
      unit,
      validate,
      bootstrap: openBootstrap?.(onChange),
      onChange,
      log,
    });
}

async function chooseDirectory(directory: string, flags: SourceFlags, { context, validate }: SourceParts): Promise<OpenSource> {
  const node: NodeFlags = { node: nodeNameOf(flags, context), label: flags.label, labels: flags.labels };
  await readNode(node, context.terminal);
  const { directorySource } = await import('../../agent/sources/directory.ts');
  return (onChange) => directorySource({ directory, node, validate, onChange });
}

function nodeNameOf(flags: SourceFlags, { environment }: CommandContext): string | undefined {
  return flags['node-name'] ?? (environment['NODE_NAME'] || undefined);
}

/** @throws CommandFailure */
function directoryOf(option: '--source' | '--bootstrap', source: string): string {
  if (source.startsWith('dir:') && source.length > 4) return source.slice(4);
  const remedy = `give ${option === '--source' ? 'cluster, or ' : ''}dir: and the path of a directory`;
  throw new CommandFailure(exitCodes.usage, `${JSON.stringify(source)} is not a source for ${option}`, remedy);
}
