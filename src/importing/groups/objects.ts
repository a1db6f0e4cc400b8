/** The objects of groups of nodes, and what a person has to know and to type. Pure. */

import { shownValue } from '../../api/hide-secrets.ts';
import { apiVersion, kind } from '../../api/schema/schema.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { importedLabel, selectedLabel } from '../import.ts';
import type { ImportedNode, NodeGroup } from './groups.ts';

/** An object for each group; with several groups each has a number, and a label value of its own. */
export function objectsOf(groups: readonly NodeGroup[], name: string): KubeletConfig[] {
  return groups.map(({ spec, computed }, index) => {
    const own = groups.length === 1 ? name : `${name}-${index + 1}`;
    const matchLabels = groups.length === 1 ? selectedLabel : { [importedLabel]: own };
    return {
      apiVersion,
      kind,
      metadata: { name: own },
      spec: { nodeSelector: { matchLabels }, ...spec, ...(computed.length > 0 && { computed: [...computed] }) },
    };
  });
}

/** What the groups are, why they are apart, and the labels to set: lines for people. */
export function describeGroups(groups: readonly NodeGroup[], objects: readonly KubeletConfig[]): string[] {
  const count = groups.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const head = `${count} ${count === 1 ? 'node' : 'nodes'} in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}:`;
  const each = groups.flatMap((group, index) => groupLines(group, objects[index]?.metadata.name ?? ''));
  const labels = groups.map(({ nodes }, index) => {
    const [[key, value] = ['', '']] = Object.entries(objects[index]?.spec.nodeSelector.matchLabels ?? {});
    return `  kubectl label node ${namesOf(nodes).join(' ')} ${key}=${value}`;
  });
  return [head, ...each, 'The objects select no node until you label it, or edit nodeSelector:', ...labels, ...untold(groups)];
}

function groupLines({ nodes, computed, apart }: NodeGroup, name: string): string[] {
  const same = nodes.length > 1 && computed.length === 0 ? ['    all the same'] : [];
  return [
    `  ${name}: ${namesOf(nodes).join(', ')}`,
    ...apart.map(({ path, value }) =>
      value === undefined ? `    without ${path}` : `    ${path} is ${shownValue(path, value)}`,
    ),
    ...same,
    ...computed.map(({ path, expression }) => `    ${path} differs, and is computed: ${expression}`),
  ];
}

/** The remedy for values that facts could give. What one node has and another does not, no fact gives. */
function untold(groups: readonly NodeGroup[]): string[] {
  const all = groups.flatMap(({ apart }) => apart);
  const isValue = (path: string) =>
    all.every((one) => one.path !== path || typeof one.value === 'string' || typeof one.value === 'number');
  const paths = [...new Set(all.map(({ path }) => path))].filter(isValue);
  if (paths.length === 0) return [];
  return [
    `No fact that is known of all these nodes gives each its value of ${paths.join(', ')}.`,
    'Where a fact does, write it into facts.yaml in the directory of each node, as for render --facts, and import again.',
  ];
}

function namesOf(nodes: readonly ImportedNode[]): string[] {
  return nodes.map(({ name }) => name);
}
