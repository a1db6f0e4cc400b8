/** A hash of the node's own kubelet by what it means, never by the bytes of its files. Pure. */

import { contentId } from '../../api/json.ts';
import { configurationSources } from '../settings/settings.ts';
import { type InstalledKubelet, launchOf } from './installed.ts';

/**
 * Equal for equal commands, flags (of whatever order, repeats in theirs), fields and names of variables: some
 * nodes write their files anew at each boot, in another order, and that is no reason to restart a kubelet.
 */
export function installedId(installed: InstalledKubelet): string {
  const launch = launchOf(installed);
  const { sources, unread } = configurationSources(installed, launch);
  const names = [...new Set(launch.commandLine.flags.map(({ name }) => name))].sort();
  const valuesOf = (name: string) => launch.commandLine.flags.flatMap((flag) => (flag.name === name ? [flag.value ?? null] : []));
  return contentId({
    distribution: installed.distribution ?? null,
    commands: launch.commands.map(({ prefixes, words }) => [prefixes, ...words]),
    flags: names.map((name) => [name, ...valuesOf(name)]),
    main: sources.main?.fields ?? null,
    dropIns: (sources.dropIns ?? []).map(({ fields }) => fields),
    variables: [...launch.variables.keys()].sort(),
    workingDirectory: launch.workingDirectory,
    unread,
  });
}
