/** What a kubelet has in force that the node starts with words and fields of ours. */

import type { Json } from '../../../api/json.ts';
import { absoluteConfiguration } from '../../../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { type InstalledKubelet, launchOf } from '../../../kubelet/installed/installed.ts';
import { readCommandLine } from '../../../kubelet/settings/command-line.ts';
import { type ConfigurationSources, configurationInForce } from '../../../kubelet/settings/configuration.ts';
import { fieldOf } from '../../../kubelet/settings/flag-field.ts';
import { configurationSources } from '../../../kubelet/settings/settings.ts';
import { flagWords } from '../../flags.ts';

/**
 * The spec with everything that the node says in its place: for what depends on settings that the object
 * may not set, such as the port of the health probe.
 */
export function specInForce(spec: EffectiveSpec, installed: InstalledKubelet): EffectiveSpec {
  const sources = sourcesInForce(spec.kubelet, installed);
  const flags: Record<string, Json> = {};
  for (const { name, value } of sources.commandLine.flags) {
    if (fieldOf(name, sources.release) === undefined && value !== undefined && !/^config(-dir)?$/.test(name)) flags[name] = value;
  }
  const configuration = configurationInForce(sources);
  return { ...spec, kubelet: { ...spec.kubelet, flags: flags as EffectiveSpec['kubelet']['flags'], configuration } };
}

/**
 * What decides the settings of the node's kubelet with our words behind its own, and our fields over its
 * own.
 */
export function sourcesInForce(kubelet: EffectiveSpec['kubelet'], installed: InstalledKubelet): ConfigurationSources {
  const launch = launchOf(installed);
  const { sources } = configurationSources(installed, launch);
  const { configuration = {}, ...others } = kubelet;
  const words = flagWords(others).map(({ word }) => ({ text: word, by: '' }));
  const commandLine = readCommandLine([...launch.kubelet.slice(1), ...words], sources.release);
  const ours = { path: '/', fields: absoluteConfiguration(configuration, '/') };
  return { ...sources, dropIns: [...(sources.dropIns ?? []), ours], commandLine };
}
