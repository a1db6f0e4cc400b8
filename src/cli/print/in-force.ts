/** What the kubelet of a machine has in force, by itself or by its files, and who says so. */

import { kubeletOwnCredentials } from '../../cluster/kubelet-credentials.ts';
import { type OpenMachine, openMachine } from '../../host/machine.ts';
import { secretDigest } from '../../host/running-kubelet.ts';
import { kubeletServer } from '../../kubelet/server.ts';
import { shownName, shownValue } from '../../kubelet/settings/compare.ts';
import { runningCommandLine } from '../../kubelet/settings/running-flags.ts';
import { inForce, type RunningKubelet, type SettingInForce } from '../../kubelet/settings/running-settings.ts';
import type { Setting } from '../../kubelet/settings/setting.ts';
import { settingsOf } from '../../kubelet/settings/settings.ts';
import type { Machine } from '../../node/model/machine.ts';
import { managedFiles } from '../../node/model/record.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import type { AskKubelet } from '../../node/ports/running-kubelet.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { readJournal } from '../../node/transaction/journal.ts';
import { hostFilesOf } from '../flags/root.ts';

/** A value, and who says it. */
interface Said {
  /** As a person sees it; a secret is not shown. Absent for nothing. */
  readonly value?: string;
  /** The file that says it, and the flag in it; absent for a default of the kubelet. */
  readonly from?: string;
  readonly flag?: string;
  /** The objects that the file is made from; absent for a file that is not ours. */
  readonly objects?: readonly string[];
}

/** One setting in force. */
interface Row extends Said {
  readonly setting: string;
  /** If the running kubelet has another value than its files say: what they say. */
  readonly files?: Said;
}

export interface FoundInForce {
  readonly unit: string;
  readonly settings: readonly Row[];
  /** What could not be read from files, so that its settings are not among these. */
  readonly unread: readonly string[];
  /** What is to be known about how the values were found; each a sentence without a full stop. */
  readonly notes: readonly string[];
}

/** The parts of a running machine that are asked. */
export interface LiveMachine extends Pick<Machine, 'systemd' | 'processes'> {
  readonly askKubelet: AskKubelet | undefined;
  /** What the unit's program says of itself: the defaults are those of its release. */
  kubeletVersion(unit: string): Promise<string | undefined>;
}

/** @throws HostFileError if a file of the machine is there and cannot be read */
export async function inForceAt(root: string, unit: string): Promise<FoundInForce> {
  const files = hostFilesOf(root);
  const machine = await openMachine(root);
  try {
    return await readInForce(files, unit, liveMachine(machine));
  } finally {
    machine.close();
  }
}

/** Undefined for the tree of an image. */
function liveMachine({ systemd, processes, askKubelet, files, facts }: OpenMachine): LiveMachine | undefined {
  if (!systemd.running) return undefined;
  const kubeletVersion = async (unit: string) => (await facts({}, { unit, without: new Map() })).installed?.version;
  return { systemd, processes, askKubelet: askKubelet?.(kubeletOwnCredentials(files)), kubeletVersion };
}

/**
 * Reads the files of the kubelet, and on a running machine asks the kubelet itself.
 * @throws HostFileError
 */
export async function readInForce(files: HostFiles, unit: string, machine: LiveMachine | undefined): Promise<FoundInForce> {
  const read = await readInstalledKubelet(files, unit);
  const version = read.texts.length === 0 ? undefined : await machine?.kubeletVersion(unit);
  const installed = { ...read, ...(version !== undefined && { version }) };
  if (installed.texts.length === 0) return { unit, settings: [], unread: [`there is no ${unit}`], notes: [] };
  const { running, notes } = machine ? await askRunning(machine, unit, kubeletServer(settingsOf(installed))) : nothingAsked;
  const { committed } = await readJournal(files);
  const ours = new Set(managedFiles(committed).map(({ path }) => path));
  const objects = committed?.inputs?.objects.map(({ name }) => name) ?? [];
  const found = inForce(installed, running, secretDigest);
  const settings = found.settings.map((setting) => rowOf(setting, (said) => saidBy(said, ours, objects)));
  return { unit, settings, unread: found.unread, notes };
}

const nothingAsked = { running: {}, notes: [] } as const;

interface Asked {
  readonly running: RunningKubelet;
  readonly notes: readonly string[];
}

async function askRunning(machine: LiveMachine, unit: string, server: ReturnType<typeof kubeletServer>): Promise<Asked> {
  try {
    const { activeState } = await machine.systemd.status(unit);
    if (activeState !== 'active') return { running: {}, notes: [`${unit} is ${activeState}, so this is what its files say`] };
    const processes = ((await machine.processes?.(unit)) ?? []).map(({ words }) => words);
    const known = { processes, managerEnvironment: (await machine.systemd.loaded(unit))?.managerEnvironment };
    const answer = await machine.askKubelet?.configuration(server);
    if (answer?.kind === 'Read') return { running: { configuration: answer.configuration, ...known }, notes: [] };
    const counts = runningCommandLine(processes, undefined) ? 'its arguments and its files count' : 'its files count';
    const why = answer ? [`the running kubelet's /configz could not be read, so ${counts}: ${answer.reason}`] : [];
    return { running: known, notes: why };
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error;
    return { running: {}, notes: [`systemd could not be asked about ${unit}, so this is what its files say: ${error.message}`] };
  }
}

function rowOf({ name, value, files, isSame }: SettingInForce, by: (said: Setting) => Said): Row {
  const setting = shownName(name);
  if (isSame && files) return { setting, ...by(files) };
  const shown = value === undefined ? {} : { value: shownValue(name, value) };
  return { setting, ...shown, ...(!isSame && { files: files ? by(files) : {} }) };
}

function saidBy({ name, value, by, flag }: Setting, ours: ReadonlySet<string>, objects: readonly string[]): Said {
  return {
    value: shownValue(name, value),
    ...(by !== undefined && { from: by }),
    ...(flag !== undefined && { flag: `--${flag}` }),
    ...(by !== undefined && ours.has(by) && { objects }),
  };
}

/** A table of what somebody says; the defaults are only counted. */
export function inForceLines({ settings, unread, notes }: FoundInForce): string[] {
  const said = settings.filter(({ from, files }) => from !== undefined || files !== undefined);
  const cells = said.map((row) => [
    row.setting,
    row.value ?? '(nothing)',
    row.files ? 'the running kubelet alone' : placeOf(row),
    row.objects?.join(', ') ?? '',
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
    ...settings.flatMap(differenceLine),
    ...notes.map((note) => `note: ${note}`),
    ...unread.map((reason) => `not read: ${reason}`),
    ...(defaults > 0 ? [`and ${defaults} defaults of the kubelet; -o json has them`] : []),
  ];
}

function placeOf({ from = '', flag }: Said): string {
  return flag === undefined ? from : `${flag} in ${from}`;
}

/** Until its next start the kubelet goes on with what it has read. */
function differenceLine({ setting, value = 'nothing', files }: Row): string[] {
  if (!files) return [];
  const has = `the running kubelet has ${value}`;
  if (files.value === undefined)
    return [
      `differs: ${setting}: no file or flag gives it, ${has}; it was started before that was removed, and a restart ends it`,
    ];
  const who = files.from === undefined ? 'its default is' : `${placeOf(files)} says`;
  return [
    `differs: ${setting}: ${who} ${files.value}, ${has}; it was started before that, and a restart puts ${files.value} into force`,
  ];
}
