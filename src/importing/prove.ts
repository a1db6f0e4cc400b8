/** Renders what was imported, and says how the kubelet would then differ. Reads only. */

import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { computeWith } from '../computed/evaluate.ts';
import type { ExpressionFacts } from '../computed/facts.ts';
import { desiredFor } from '../desired/effective.ts';
import { compareSettings, describeChange, type SettingChange, settingOf } from '../kubelet/settings/compare.ts';
import { fieldOf } from '../kubelet/settings/flag-field.ts';
import { keyOf } from '../kubelet/settings/setting.ts';
import { settingsOf } from '../kubelet/settings/settings.ts';
import { readInstalledKubelet } from '../node/ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../node/ports/overlay.ts';
import type { HostFacts } from '../render/facts.ts';
import { isOwnPodmanLine, podmanService } from '../render/launchers/podman/launcher.ts';
import { render } from '../render/render.ts';
import { ownDropIns } from '../render/unit.ts';
import { dropInDirectory } from '../systemd/load-path.ts';
import { notImported } from './notes.ts';
import { ownPaths, readWithoutOurs } from './own-files.ts';
import { isPodCommand, wrapperVariables } from './rkt.ts';

/** How the kubelet of an object differs from the one that it was imported from. */
export interface Proof {
  /** Those that refuse the object, or that rendering warns of. */
  readonly problems: readonly Problem[];
  /** Differences of the settings that mean something to a kubelet. */
  readonly changes: readonly SettingChange[];
  /** Settings of the wrapper that fields of the launcher carry, and that `apply` counts as lost. */
  readonly carried: readonly string[];
  /** The name of the launcher. */
  readonly launcher: string;
}

/** The node for which the object is rendered. */
export interface ProvedNode {
  readonly files: ReadableFiles;
  /** With the kubelet that is there. */
  readonly facts: HostFacts;
  /** The facts for the expressions of the object; absent if it has none. */
  readonly expressions?: ExpressionFacts;
}

/**
 * Compares both kubelets by their files.
 * @throws HostFileError
 */
export async function proveImport(
  object: KubeletConfig,
  { files, facts, expressions }: ProvedNode,
  allowance: PathAllowance,
): Promise<Proof> {
  const { matchLabels = {} } = object.spec.nodeSelector;
  const [launcher = ''] = Object.keys(object.spec.launcher ?? {});
  const desired = desiredFor([object], matchLabels, allowance, expressions && computeWith(expressions, allowance));
  if (desired.kind !== 'Effective')
    return { problems: desired.kind === 'Unselected' ? [] : desired.problems, changes: [], carried: [], launcher };
  const { installed } = facts;
  const own = installed && (await readWithoutOurs(files, installed));
  const rendered = render(desired.effective, { ...facts, ...(own && { installed: own }) });
  if (rendered.kind === 'Refused') return { problems: rendered.problems, changes: [], carried: [], launcher };
  if (!installed) return { problems: rendered.warnings, changes: [], carried: [], launcher };
  // What is ours and what the object does not have any more goes away with the change.
  const dropIns = ownDropIns.map((name) => `${dropInDirectory(installed.unit)}/${name}`);
  const after = new Map<string, Buffer | undefined>([...dropIns, ...ownPaths(installed)].map((path) => [path, undefined]));
  for (const { path, content } of rendered.revision.files) after.set(path, Buffer.from(content));
  const coming = await readInstalledKubelet(overlaid(files, after), installed.unit, installed.version);
  const { changes } = compareSettings(settingsOf(installed), settingsOf(coming));
  const felt = changes.filter((change) => isFelt(change, object));
  const carried = changes.filter((change) => change.kind === 'Lost' && !felt.includes(change));
  return { problems: rendered.warnings, changes: felt, carried: carried.map((change) => settingOf(change).name), launcher };
}

function isFelt(change: SettingChange, { spec }: KubeletConfig): boolean {
  const { kind, name } = settingOf(change);
  // Variables that carried arguments are still there, and carry nothing any more.
  if (kind === 'Variable' && change.kind === 'New') return false;
  const line = kind === 'Unit' ? name.slice(name.indexOf('=') + 1) : undefined;
  if (spec.launcher?.podman) return !(line !== undefined && (isOwnPodmanLine(line) || isOfPodman(name)));
  if (!spec.launcher?.rkt) return true;
  const isWrappers = kind === 'Variable' && wrapperVariables.includes(name);
  return !isWrappers && !(line !== undefined && isPodCommand(line));
}

/** Whether the launcher podman sets an option of the service. */
function isOfPodman(name: string): boolean {
  return podmanService.some(([key]) => name === `Service.${key}`);
}

/** The differences that no problem tells of yet: what an import could not carry over without noticing. */
export function changeProblems({ changes, carried, launcher }: Proof, told: readonly Problem[]): Problem[] {
  const isTold = (change: SettingChange) => {
    const { kind, name } = settingOf(change);
    if (name === '--config' || (kind === 'Field' && /^staticPodURLHeader/.test(name))) return true;
    return told.some(
      ({ path, reason }) =>
        path.length > 0 &&
        (reason.includes(name) ||
          name.endsWith(String(path.at(-1))) ||
          isFieldOf(name, path[2] === 'flags' ? path[3] : undefined)),
    );
  };
  const differences = changes
    .filter((change) => !isTold(change))
    .map((change) => {
      const what = { Lost: 'is lost', Changed: 'changes', New: 'is new' }[change.kind];
      const severity = change.kind === 'New' ? 'notice' : 'warning';
      const remedy = 'correct the object if you need it as it was';
      return notImported(
        `with this object ${keyOf(settingOf(change)).toLowerCase().split(' ')[0]} ${what}: ${describeChange(change)}`,
        remedy,
        { severity },
      );
    });
  return [...differences, ...(carried.length > 0 ? [countedAsLost(carried, launcher)] : [])];
}

/** Whether a field is what the flag says in the configuration. */
function isFieldOf(field: string, flag: string | number | undefined): boolean {
  return typeof flag === 'string' && fieldOf(flag, undefined) === field;
}

function countedAsLost(carried: readonly string[], launcher: string): Problem {
  const reason = `the fields of launcher.${launcher} carry ${carried.join('; ')}, which apply counts as lost on a node that has them`;
  const remedy = 'compare the object with the unit, then add takeover: Replace to spec';
  return notImported(reason, remedy, { severity: 'notice', path: ['spec', 'takeover'] });
}
