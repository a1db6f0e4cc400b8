/** The files that an object of the launcher `existing` has put onto a node. Reads only. */

import { type InstalledKubelet, launchOf } from '../kubelet/installed/installed.ts';
import { configurationPaths } from '../kubelet/settings/settings.ts';
import { readInstalledKubelet } from '../node/ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../node/ports/overlay.ts';
import { configurationPathIn, ownDirectory } from '../render/launchers/existing/configuration.ts';
import { lastDropInName } from '../render/unit.ts';
import type { UnitText } from '../systemd/environment.ts';
import { dropInDirectory } from '../systemd/load-path.ts';

/** The drop-in of the unit; undefined if the node has none of ours. */
export function ownDropIn({ unit, texts }: Pick<InstalledKubelet, 'unit' | 'texts'>): UnitText | undefined {
  return texts.find(({ path }) => path === `${dropInDirectory(unit)}/${lastDropInName}`);
}

/** The path of the drop-in of the configuration; undefined if the kubelet reads none of ours. */
export function ownConfiguration(installed: InstalledKubelet): string | undefined {
  const { directory } = configurationPaths(launchOf(installed));
  if (directory === undefined) return undefined;
  const path = configurationPathIn(directory === ownDirectory ? undefined : directory);
  return installed.configurationDropIns.includes(path) ? path : undefined;
}

/** Both paths, as far as the node has them. */
export function ownPaths(installed: InstalledKubelet): string[] {
  return [ownDropIn(installed)?.path, ownConfiguration(installed)].filter((path) => path !== undefined);
}

/**
 * The kubelet as the node itself starts it; the same one if the node has nothing of ours.
 * @throws HostFileError
 */
export async function readWithoutOurs(files: ReadableFiles, installed: InstalledKubelet): Promise<InstalledKubelet> {
  const gone = ownPaths(installed);
  if (gone.length === 0) return installed;
  const rest = overlaid(files, new Map(gone.map((path) => [path, undefined])));
  return readInstalledKubelet(rest, installed.unit, installed.version);
}
