/** The settings of a unit that its kubelet feels. Pure. */

import { sectionOptions } from '../../systemd/data/options.ts';
import { environmentFilesOf } from '../../systemd/environment.ts';
import { optionsOf } from '../../systemd/service.ts';
import { addingOptions, namingOptions, unfeltOptions } from '../data/unit-options.ts';
import type { InstalledKubelet } from '../installed/installed.ts';
import type { Setting } from './setting.ts';

/** All but those that systemd alone minds; lists are one setting for each item. */
export function unitSettings(installed: InstalledKubelet): Setting[] {
  const options = [...optionsOf(installed.texts)].flatMap(([option, { values, by }]): Setting[] => {
    const [section = '', key = ''] = [option.slice(0, option.indexOf('.')), option.slice(option.indexOf('.') + 1)];
    const each = (all: readonly string[]) =>
      all.map((value): Setting => ({ kind: 'Unit', name: `${option}=${value}`, value: true, by }));
    if (section === 'Unit') {
      if (namingOptions.has(key)) return each(values.flatMap((value) => value.split(/\s+/)));
      return /^(Condition|Assert)/.test(key) ? each(values) : [];
    }
    if (section !== 'Service' || !sectionOptions.Service.includes(key) || unfeltOptions.has(key)) return [];
    if (addingOptions.has(key)) return each(values);
    return values.slice(-1).map((value): Setting => ({ kind: 'Unit', name: option, value, by }));
  });
  return [...options, ...unknownFiles(installed)];
}

/**
 * Environment files that are not there, and that something makes before each start: without one the unit
 * fails, or it stands where a boot leaves nothing. Their variables are not known, so the files count as
 * settings.
 */
function unknownFiles({ texts, environmentFiles }: InstalledKubelet): Setting[] {
  const option = 'Service.EnvironmentFile';
  const raw = optionsOf(texts).get(option)?.values ?? [];
  return environmentFilesOf(texts).flatMap(({ path, by }, index): Setting[] => {
    const isMade = raw[index]?.startsWith('-') === false || path.startsWith('/run/');
    return isMade && !environmentFiles.has(path) ? [{ kind: 'Unit', name: `${option}=${path}`, value: true, by }] : [];
  });
}
