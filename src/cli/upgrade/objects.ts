/** What an upgrade does to the kubelets of objects. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import { blame } from '../../desired/blame.ts';
import { desiredAlone, type Effective } from '../../desired/effective.ts';
import type { Release } from '../../kubelet/release.ts';
import type { UpgradeFinding, UpgradePlace } from '../../kubelet/upgrade/finding.ts';
import { isPartOfKubelet, kubeletOfSpec } from '../../kubelet/upgrade/of-object.ts';
import { upgradeFindings } from '../../kubelet/upgrade/upgrade.ts';
import type { LoadedObject } from '../../manifest/load/load.ts';
import { locateIn } from '../../manifest/load/locate.ts';
import { beginningAt, type Checked, shownFinding } from './checked.ts';

/** An object, or why it cannot be checked. */
export type CheckedObject =
  | { readonly kind: 'Checked'; readonly checked: Checked }
  | { readonly kind: 'Invalid'; readonly problems: readonly Problem[] };

/**
 * Checks one object by itself.
 * @param version of the kubelet, if the object names none
 */
export function checkObject(
  loaded: LoadedObject,
  version: string | undefined,
  to: Release,
  allowance: PathAllowance,
): CheckedObject {
  const { object } = loaded;
  const alone = { ...object, spec: { ...object.spec, nodeSelector: { matchLabels: {} } } };
  // An object without a launcher adds to another one, and cannot stand alone.
  const whole = object.spec.launcher === undefined ? { ...alone, spec: { ...alone.spec, launcher: { existing: {} } } } : alone;
  const desired = desiredAlone(whole, allowance);
  if (desired.kind !== 'Effective')
    return { kind: 'Invalid', problems: desired.kind === 'Unselected' ? [] : locateIn([loaded], desired.problems) };
  const { effective } = desired;
  const beginning = beginningAt(effective.spec.kubelet.version ?? version, to);
  const found = [...upgradeFindings(kubeletOfSpec(effective.spec), beginning.from, to), ...computedOnNodes(object, to)];
  const isPart = isPartOfKubelet(effective.spec);
  const findings = found.map((finding) => shown(isPart ? ofPart(finding) : finding, effective, loaded));
  return { kind: 'Checked', checked: { name: object.metadata.name, ...beginning, findings } };
}

/** What the object leaves open may stand elsewhere. */
function ofPart(finding: UpgradeFinding): UpgradeFinding {
  if (finding.isOpen === undefined) return finding;
  return { ...finding, reason: `${finding.reason} (unless the node's own files or other objects give it)` };
}

function shown(finding: UpgradeFinding, { spec, owners }: Effective, loaded: LoadedObject) {
  const problem = shownFinding(finding, { path: pathOf(finding.place, spec) }).problem;
  const blamed = blame(problem, owners, loaded.object.metadata.name);
  const [located = blamed] = locateIn([loaded], [blamed]);
  return { ...shownFinding(finding, located) };
}

/** The field of the object; [] for what no field of it says. */
function pathOf(place: UpgradePlace, { kubelet, files }: Effective['spec']): Problem['path'] {
  if (place.kind === 'Kubelet') return ['spec', 'kubelet'];
  if (place.kind === 'Flag') {
    const key = Object.keys(kubelet.flags).find((name) => name.replaceAll('_', '-') === place.name);
    return ['spec', 'kubelet', 'flags', ...(key === undefined ? [] : [key])];
  }
  const { config } = kubelet.flags;
  if (kubelet.configuration === undefined && files.some(({ path }) => path === config))
    return ['spec', 'files', String(config), 'content'];
  return ['spec', 'kubelet', ...(kubelet.configuration === undefined ? [] : ['configuration', ...place.field])];
}

/** Values that an expression gives are known on the node alone. */
function computedOnNodes(object: LoadedObject['object'], to: Release): UpgradeFinding[] {
  const paths = (object.spec.computed ?? []).map(({ path }) => path).filter((path) => path.startsWith('kubelet.'));
  if (paths.length === 0) return [];
  const reason = `the value of ${paths.join(' and ')} is computed on each node, so it was not compared`;
  const remedy = 'run kubelet-config upgrade-check on one node of each kind';
  return [{ kind: 'CannotTell', place: { kind: 'Kubelet' }, release: to, reason, remedy }];
}
