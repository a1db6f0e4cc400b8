/** Which source the agent's flags ask for. Each is loaded only when it is wanted: an agent keeps a node's memory for other things. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import type { NodeFlags } from '../../agent/sources/identity.ts';
import type { AgentSource } from '../../agent/sources/source.ts';
import { afterGrace } from '../../loop/grace.ts';
import type { Validate } from '../../manifest/load.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { userAgent } from '../version.ts';
import { readNode } from './node.ts';

export interface SourceFlags {
  readonly source?: string | undefined;
  readonly root: string;
  readonly 'node-name'?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly bootstrap?: string | undefined;
  readonly label: readonly string[];
  readonly labels?: string | undefined;
  readonly approve?: 'self' | undefined;
  readonly unit: string;
}

export interface Surroundings {
  readonly context: CommandContext;
  readonly validate: Validate;
  readonly log: Logger;
}

/** @param onChange the source may have something new */
type OpenSource = (onChange: () => void) => AgentSource;

/** @throws CommandFailure for a source that is none, or flags that do not go with it */
export function chooseSource(flags: SourceFlags, surroundings: Surroundings): Promise<OpenSource> {
  const { source, root } = flags;
  if (source === 'cluster') return chooseCluster(flags, surroundings);
  const directory = source === undefined ? join(root, 'etc/kubelet-config.d') : directoryOf('--source', source);
  if (flags.approve !== 'self') {
    throw new CommandFailure(exitCodes.usage, 'a directory has no controller that could approve changes', 'add --approve=self');
  }
  for (const option of ['kubeconfig', 'bootstrap'] as const) {
    if (flags[option] === undefined) continue;
    const remedy = 'leave it out, or add --source=cluster';
    throw new CommandFailure(exitCodes.usage, `--${option} goes with --source=cluster only`, remedy);
  }
  return chooseDirectory(directory, flags, surroundings);
}

async function chooseCluster(flags: SourceFlags, surroundings: Surroundings): Promise<OpenSource> {
  const { context, validate, log } = surroundings;
  const { kubeconfig, bootstrap, unit } = flags;
  const openBootstrap =
    bootstrap === undefined ? undefined : await chooseDirectory(directoryOf('--bootstrap', bootstrap), flags, surroundings);
  const [{ clusterSource }, { connect }, { loadCredentials }] = await Promise.all([
    import('../../agent/sources/cluster.ts'),
    import('../../cluster/client.ts'),
    import('../../cluster/credentials.ts'),
  ]);
  const abandon = afterGrace(context.stop);
  const place = { environment: context.environment, ...(kubeconfig !== undefined && { kubeconfig }) };
  return (onChange) =>
    clusterSource({
      connect: () => connect(loadCredentials(place), { userAgent, abandon }),
      nodeName: nodeNameOf(flags, context),
      unit,
      validate,
      bootstrap: openBootstrap?.(onChange),
      onChange,
      log,
    });
}

async function chooseDirectory(directory: string, flags: SourceFlags, { context, validate }: Surroundings): Promise<OpenSource> {
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
  throw new CommandFailure(exitCodes.usage, `${JSON.stringify(source)} is no source for ${option}`, remedy);
}
