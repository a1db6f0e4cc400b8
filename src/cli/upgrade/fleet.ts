/** What an upgrade does to the kubelets of a cluster, as their agents report the settings in use. */

import { contentId, type Json } from '../../api/json.ts';
import type { NodeKubelet, SettingsInUse } from '../../api/types.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { nodeKubelets } from '../../cluster/own-resources.ts';
import { type Node, nodes } from '../../cluster/resources.ts';
import { listed, nodes as nodeCount } from '../../fleet/words.ts';
import type { Release } from '../../kubelet/release.ts';
import { subjectOf, type UpgradeFinding } from '../../kubelet/upgrade/finding.ts';
import { isWithheld, kubeletInUse } from '../../kubelet/upgrade/in-use.ts';
import { upgradeFindings } from '../../kubelet/upgrade/upgrade.ts';
import { beginningAt, type Checked, shownFinding } from './checked.ts';

/** One node of the cluster, with what is known of its kubelet. */
export interface NodeInUse {
  readonly name: string;
  /** Undefined if nothing says it. */
  readonly version: string | undefined;
  /** Undefined if no agent has reported it. */
  readonly inUse: SettingsInUse | undefined;
}

/** Reads all nodes, sorted by name. @throws ApiError */
export async function readNodesInUse(api: KubernetesApi): Promise<NodeInUse[]> {
  const [machines, reports] = await Promise.all([api.list(nodes), api.list(nodeKubelets)]);
  const byName = new Map(reports.items.map((report) => [report.metadata.name, report]));
  return machines.items.map((node) => nodeInUse(node, byName.get(node.metadata.name))).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nodeInUse({ metadata: { name, uid }, status }: Node, report: NodeKubelet | undefined): NodeInUse {
  const owners = (report?.metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Node');
  // That of an earlier Node of the same name says nothing about this one.
  const own = owners.length === 0 || owners.some((owner) => owner.uid === uid) ? report?.status : undefined;
  return { name, version: status?.nodeInfo?.kubeletVersion || own?.kubeletVersion, inUse: own?.inUse };
}

/**
 * Checks each different kubelet once. Nodes of which the same is to be said are one entry of the result, the
 * largest first.
 * @param from the version to begin with, where a node does not say it
 * @param find says what differs for one kubelet; it takes milliseconds
 */
export function checkNodes(
  all: readonly NodeInUse[],
  from: string | undefined,
  to: Release,
  find: typeof upgradeFindings = upgradeFindings,
): Checked[] {
  const known = new Map<string, Omit<Checked, 'name'>>();
  const groups = new Map<string, { readonly checked: Omit<Checked, 'name'>; readonly names: string[] }>();
  for (const { name, version = from, inUse } of all) {
    const beginning = beginningAt(version, to);
    const alike = inUse ? withoutIdentity(inUse) : null;
    const kubelet = contentId([beginning.from, beginning.isAssumed, alike as unknown as Json]);
    const checked = known.get(kubelet) ?? { ...beginning, ...checkInUse(inUse, beginning.from, to, find) };
    known.set(kubelet, checked);
    const key = contentId(checked as unknown as Json);
    const group = groups.get(key) ?? { checked, names: [] };
    groups.set(key, group);
    group.names.push(name);
  }
  return [...groups.values()]
    .sort((a, b) => b.names.length - a.names.length || ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1))
    .map(({ checked, names }) => ({ ...checked, name: nameOf(names), nodes: names }));
}

/** Each node has its own name and address, and no release judges one of them otherwise. */
function withoutIdentity({ flags = [], ...others }: SettingsInUse): SettingsInUse {
  const alike = flags.map((text) =>
    text.replace(/^(hostname-override|provider-id)=.*$/s, '$1=').replace(/^node-ip=\d{1,3}(\.\d{1,3}){3}$/, 'node-ip='),
  );
  return { ...others, flags: alike };
}

function nameOf(names: readonly string[]): string {
  return `${nodeCount(names.length)}: ${listed(names.map((name) => ({ name })))}`;
}

function checkInUse(
  inUse: SettingsInUse | undefined,
  from: Release,
  to: Release,
  find: typeof upgradeFindings,
): Pick<Checked, 'findings' | 'isUnknown'> {
  if (inUse === undefined) return { isUnknown: true, findings: [shown(nothingReported(to))] };
  // What the agent cannot read it names itself; of a value that it withholds nothing is known.
  const isKnown = ({ place }: UpgradeFinding) =>
    !(place.kind === 'Field' && place.file !== undefined) && !isWithheld(inUse, subjectOf(place));
  const found = find(kubeletInUse(inUse), from, to);
  const isAbsent = ({ kind, place }: UpgradeFinding) => kind === 'Refuses' && place.kind === 'Flag';
  const told = found.filter((finding) => isKnown(finding) || isAbsent(finding));
  return { findings: [...told, ...notReported(inUse, to)].map(shown) };
}

function shown(finding: UpgradeFinding) {
  return shownFinding(finding, { path: finding.place.kind === 'Field' ? finding.place.field : [] });
}

function cannotTell(release: Release, reason: string, remedy: string): UpgradeFinding {
  return { kind: 'CannotTell', place: { kind: 'Kubelet' }, release, reason, remedy };
}

function nothingReported(to: Release): UpgradeFinding {
  const reason = 'no agent has reported what the kubelet has in use';
  return cannotTell(
    to,
    reason,
    'run the agent there, in this version or a later one, or kubelet-config upgrade-check on the node',
  );
}

function notReported({ withheld = [], withheldMore = 0, unread = [] }: SettingsInUse, to: Release): UpgradeFinding[] {
  const more = withheldMore > 0 ? ` and ${withheldMore} more` : '';
  const remedy = 'run kubelet-config upgrade-check on one of these nodes';
  return [
    ...(withheld.length > 0
      ? [
          cannotTell(
            to,
            `the agent does not tell the value of ${withheld.join(', ')}${more}, which may be secret, is too long or is of no known field, so it was not compared`,
            remedy,
          ),
        ]
      : []),
    ...(unread.length > 0
      ? [cannotTell(to, `the agent cannot read ${unread.join(', ')}, so what it says was not compared`, remedy)]
      : []),
  ];
}
