/** What the kubelet of a machine has in force, by its files, and who says so. */

import { shownName, shownValue } from '../../kubelet/settings/compare.ts';
import { type Setting, settingsOf } from '../../kubelet/settings/settings.ts';
import { managedFiles } from '../../node/model/record.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import { readJournal } from '../../node/transaction/journal.ts';
import { hostFilesOf } from '../flags/root.ts';

/** One setting in force. */
interface InForce {
  readonly setting: string;
  /** As a person sees it; a secret is not shown. */
  readonly value: string;
  /** The file that says it, and the flag in it; absent for a default of the kubelet. */
  readonly from?: string;
  readonly flag?: string;
  /** The objects that the file is made from; absent for a file that is not ours. */
  readonly objects?: readonly string[];
}

export interface FoundInForce {
  readonly unit: string;
  readonly settings: readonly InForce[];
  /** What could not be read, so that its settings are not among these. */
  readonly unread: readonly string[];
}

/** @throws HostFileError if a file of the machine is there and cannot be read */
export async function inForceAt(root: string, unit: string): Promise<FoundInForce> {
  const files = hostFilesOf(root);
  const installed = await readInstalledKubelet(files, unit);
  const { committed } = await readJournal(files);
  const ours = new Set(managedFiles(committed).map(({ path }) => path));
  const objects = committed?.inputs?.objects.map(({ name }) => name) ?? [];
  const { settings, unread } = settingsOf(installed);
  const none = installed.texts.length === 0 ? [`there is no ${unit}`] : [];
  const rows = installed.texts.length === 0 ? [] : [...settings.values()];
  return { unit, settings: rows.map((setting) => rowOf(setting, ours, objects)), unread: [...none, ...unread] };
}

function rowOf({ name, value, by, flag }: Setting, ours: ReadonlySet<string>, objects: readonly string[]): InForce {
  return {
    setting: shownName(name),
    value: shownValue(name, value),
    ...(by !== undefined && { from: by }),
    ...(flag !== undefined && { flag: `--${flag}` }),
    ...(by !== undefined && ours.has(by) && { objects }),
  };
}

/** A table of what somebody says; the defaults are only counted. */
export function inForceLines({ settings, unread }: FoundInForce): string[] {
  const said = settings.filter(({ from }) => from !== undefined);
  const cells = said.map(({ setting, value, from = '', flag, objects }) => [
    setting,
    value,
    flag === undefined ? from : `${flag} in ${from}`,
    objects?.join(', ') ?? '',
  ]);
  const all = [['SETTING', 'VALUE', 'FROM', 'OBJECT'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.min(60, Math.max(...all.map((row) => row[column]?.length ?? 0))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const defaults = settings.length - said.length;
  return [
    ...(said.length > 0 ? lines : []),
    ...unread.map((reason) => `not read: ${reason}`),
    ...(defaults > 0 ? [`and ${defaults} defaults of the kubelet; -o json has them`] : []),
  ];
}
