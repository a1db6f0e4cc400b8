/** What a kubelet has in force that the node starts with words and fields of ours. */

import type { Json } from '../../../api/json.ts';
import { absoluteConfiguration } from '../../../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { type InstalledKubelet, launchOf } from '../../../kubelet/installed/installed.ts';
import { readCommandLine } from '../../../kubelet/settings/command-line.ts';
import { configurationInForce } from '../../../kubelet/settings/configuration.ts';
import { fieldOf } from '../../../kubelet/settings/flag-field.ts';
import { configurationSources } from '../../../kubelet/settings/settings.ts';
import { flagWords } from '../../flags.ts';

/**
 * The spec with everything that the node says in its place: for what depends on settings that the object
 * may not set, such as the port of the health probe.
 */
export function specInForce(spec: EffectiveSpec, installed: InstalledKubelet): EffectiveSpec {
  const launch = launchOf(installed);
  const { sources } = configurationSources(installed, launch);
  const { configuration = {}, ...others } = spec.kubelet;
  const words = flagWords(others).map(({ word }) => ({ text: word, by: '' }));
  const commandLine = readCommandLine([...launch.kubelet.slice(1), ...words], sources.release);
  const ours = { path: '/', fields: absoluteConfiguration(configuration, '/') };
  const inForce = configurationInForce({ ...sources, dropIns: [...(sources.dropIns ?? []), ours], commandLine });
  const flags: Record<string, Json> = {};
  for (const { name, value } of commandLine.flags) {
    if (fieldOf(name, sources.release) === undefined && value !== undefined && !/^config(-dir)?$/.test(name)) flags[name] = value;
  }
  return { ...spec, kubelet: { ...spec.kubelet, flags: flags as EffectiveSpec['kubelet']['flags'], configuration: inForce } };
}
