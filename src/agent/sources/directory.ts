/**
 * Objects from a directory, the node's name and labels from flags or a file: for one machine without a
 * cluster.
 */

import { basename, dirname } from 'node:path';
import type { Problem } from '../../api/problem.ts';
import { kubeletOwnCredentials } from '../../cluster/kubelet-credentials.ts';
import { untrustedFile, untrustedSource } from '../../host/trust.ts';
import { type DirectorySource as Directory, watchDirectory } from '../../manifest/load/directory.ts';
import type { Validate } from '../../manifest/load/load.ts';
import { locateIn } from '../../manifest/load/locate.ts';
import type { SourceAnswer } from '../../node/model/desired-state.ts';
import { selfApproved } from '../../node/model/permission.ts';
import { askNode, type NodeFlags } from './identity.ts';
import type { AgentSource, SourceSnapshot } from './source.ts';

export interface DirectorySourceOptions {
  /** Path, as this process sees it. */
  readonly directory: string;
  readonly node: NodeFlags;
  readonly validate: Validate;
  readonly onChange: () => void;
}

/**
 * Watches the directory, and the file with the labels: a node that is relabelled gets other objects at once.
 */
export function directorySource({ directory, node, validate, onChange }: DirectorySourceOptions): AgentSource {
  const objects = watchDirectory(directory, { validate, onChange });
  const labels = node.labels === undefined ? undefined : watchLabels(node.labels, onChange);
  return {
    origin: directory,
    isReady: () => true,
    ask: async (machine): Promise<SourceSnapshot> => {
      const identity = await askNode(node);
      return {
        source: identity.node
          ? await askDirectory(objects, [directory, node.labels])
          : { kind: 'Unknown', problems: identity.problems },
        labels: identity.node?.labels ?? {},
        node: identity.node && { name: { value: identity.node.name }, annotations: { value: identity.node.annotations } },
        authority: selfApproved,
        askKubelet: machine.askKubelet?.(kubeletOwnCredentials(machine.files)),
      };
    },
    report: () => Promise.resolve(),
    close: async () => {
      objects.close();
      labels?.close();
    },
  };
}

/** Other files beside it may be written all the time. */
function watchLabels(path: string, onChange: () => void): Directory {
  return watchDirectory(dirname(path), { validate: () => [], onChange, matters: (name) => name === basename(path) });
}

function emptyYet(path: string): Problem {
  const reason = `the directory ${path} holds no manifests, and nothing is applied here`;
  const remedy = 'put a KubeletConfig into it, in a file that ends in .yaml, .yml or .json';
  return { severity: 'notice', code: 'SourceEmpty', path: [], reason, remedy };
}

/** @param paths of the directory and of the file with the labels: both decide what root does */
async function askDirectory(directory: Directory, [path, labels]: readonly [string, string | undefined]): Promise<SourceAnswer> {
  const untrusted = (await untrustedSource(path)) ?? (labels === undefined ? undefined : await untrustedFile(labels));
  if (untrusted) return { kind: 'Unknown', problems: [{ severity: 'error', code: 'SourceUntrusted', path: [], ...untrusted }] };
  const snapshot = await directory.read();
  switch (snapshot.state) {
    case 'Answers':
      return {
        kind: 'Answers',
        withdrawnWhen: 'Deleted',
        objects: snapshot.objects.map(({ object }) => object),
        located: (problems) => locateIn(snapshot.objects, problems),
      };
    case 'Invalid':
      return { kind: 'Unknown', problems: snapshot.problems };
    case 'SourceLost': {
      const remedy = 'the node keeps what it has until the directory can be read again';
      return {
        kind: 'Unknown',
        problems: [{ severity: 'error', code: 'SourceLost', path: [], reason: snapshot.message, remedy }],
        ...(snapshot.reason === 'Empty' && { empty: emptyYet(path) }),
      };
    }
    default:
      return snapshot satisfies never;
  }
}
