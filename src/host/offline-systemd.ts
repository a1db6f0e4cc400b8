/**
 * Replaces systemd in a root where none runs: an image, or a machine before its first boot. Units are enabled
 * by the symlinks that `systemctl --root=DIR enable` makes. Nothing can be started.
 */

import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { type Systemd, SystemdError, type UnitStatus } from '../node/ports/systemd.ts';
import { unitLinks } from '../node/ports/unit-links.ts';
import { dependencyKinds, lastNameOf } from '../systemd/install-links.ts';
import { administratorDirectory } from '../systemd/load-path.ts';
import { findUnitFile, type UnitFile } from './unit-files.ts';

/** `restart` and `stop` fail with NotRunning; `reload` and `resetFailed` do nothing. */
export function offlineSystemd(files: HostFiles): Systemd {
  return {
    running: false,
    status: (unit) => guarded(unit, () => statusOf(files, unit)),
    explain: async () => 'no systemd runs in this root',
    loaded: async () => undefined,
    reload: async () => undefined,
    resetFailed: async () => undefined,
    restart: (unit) => notRunning(unit, 'restarted'),
    stop: (unit) => notRunning(unit, 'stopped'),
    enable: (unit) => guarded(unit, () => enable(files, unit, new Set())),
    disable: (unit) => guarded(unit, () => disable(files, unit, new Set())),
  };
}

async function notRunning(unit: string, what: string): Promise<never> {
  throw new SystemdError('NotRunning', 'offline', `${unit} cannot be ${what}: no systemd runs in this root`, { unit });
}

/** Turns errors of files into a SystemdError Refused: callers of systemd know no other error. */
async function guarded<T>(unit: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    throw new SystemdError('Refused', error.code, `${error.message}. ${error.remedy}`, { cause: error, unit });
  }
}

async function statusOf(files: HostFiles, unit: string): Promise<UnitStatus> {
  const file = await findUnitFile(files, unit);
  return {
    loadState: { NotFound: 'not-found', Masked: 'masked', Found: 'loaded' }[file.kind],
    activeState: 'inactive',
    subState: 'dead',
    unitFileState: await unitFileStateOf(files, unit, file),
    invocationId: '',
    mainPid: 0,
    restarts: 0,
    result: 'success',
    restartPolicy: '',
    activeSince: 0,
    hasJob: false,
  };
}

async function unitFileStateOf(files: HostFiles, unit: string, file: UnitFile): Promise<string> {
  if (file.kind === 'NotFound') return '';
  if (file.kind === 'Masked') return 'masked';
  if ((await unitLinks(files, unit)).size > 0) return 'enabled';
  if (wantedSymlinks(unit, file.install).length > 0) return 'disabled';
  return (file.install.get('Also') ?? []).length > 0 ? 'indirect' : 'static';
}

async function enable(files: HostFiles, unit: string, done: Set<string>): Promise<void> {
  if (done.has(unit)) return;
  done.add(unit);
  const file = await findUnitFile(files, unit);
  if (file.kind === 'NotFound') throw refused('NoSuchUnit', unit, `there is no unit file ${unit}`);
  if (file.kind === 'Masked') throw refused('UnitMasked', unit, `${unit} is masked; \`systemctl unmask ${unit}\` ends that`);
  for (const path of wantedSymlinks(unit, file.install)) {
    const present = await files.read(path);
    if (present.kind !== 'Symlink' || lastNameOf(present.target) !== unit) await files.link(path, file.path);
  }
  for (const other of file.install.get('Also') ?? []) await enable(files, other, done);
}

function refused(name: string, unit: string, message: string): SystemdError {
  return new SystemdError('Refused', `org.freedesktop.systemd1.${name}`, message, { unit });
}

/**
 * Removes the symlinks that exist, as systemctl does, and not those that [Install] asks for now: so none of
 * an older [Install] stays. Unlike systemctl, it keeps a linked unit (`/etc/systemd/system/x.service ->
 * /opt/x.service`), because `enable` could not restore that.
 */
async function disable(files: HostFiles, unit: string, done: Set<string>): Promise<void> {
  if (done.has(unit)) return;
  done.add(unit);
  for (const path of (await unitLinks(files, unit)).keys()) {
    await files.remove(path);
    const directory = path.slice(0, path.lastIndexOf('/'));
    if (directory !== administratorDirectory && (await files.list(directory)).length === 0) await files.removeTree(directory);
  }
  const file = await findUnitFile(files, unit);
  if (file.kind !== 'Found') return;
  for (const other of file.install.get('Also') ?? []) await disable(files, other, done);
}

function wantedSymlinks(unit: string, install: ReadonlyMap<string, readonly string[]>): string[] {
  const namesOf = (key: string) =>
    (install.get(key) ?? []).map((word) => expand(word, unit)).filter((name) => !name.includes('/'));
  const dependencies = [...dependencyKinds].flatMap(([key, suffix]) =>
    namesOf(key).map((target) => `${administratorDirectory}/${target}.${suffix}/${unit}`),
  );
  return [...namesOf('Alias').map((alias) => `${administratorDirectory}/${alias}`), ...dependencies];
}

/** Expands the specifiers that depend on the name only. The others need a running machine. */
function expand(word: string, unit: string): string {
  const name = unit.slice(0, unit.lastIndexOf('.'));
  const [prefix = name, instance = ''] = name.split('@', 2);
  const values: Record<string, string> = { n: unit, N: name, p: prefix, i: instance, '%': '%' };
  return word.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}
