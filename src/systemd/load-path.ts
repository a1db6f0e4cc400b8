/** Where systemd finds unit files and drop-ins (systemd.unit(5), "Unit File Load Path"). Pure. */

/** The administrator's directory, in which we write. */
export const administratorDirectory = '/etc/systemd/system';

/** Below what an administrator and we write: the directories of packages and of the running system. */
export const vendorDirectories: readonly string[] = [
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** In their order: of one name the first directory wins. */
export const unitDirectories: readonly string[] = [administratorDirectory, ...vendorDirectories];

/** Where we write the unit. */
export function unitPath(unit: string): string {
  return `${administratorDirectory}/${unit}`;
}

/** Where we write drop-ins of the unit. */
export function dropInDirectory(unit: string): string {
  return `${unitPath(unit)}.d`;
}

/**
 * All directories with drop-ins of the unit, in the order in which one hides a file of the same name in
 * another: those of the unit and of its prefixes (`kubelet-.service.d` for kubelet-a.service) through the
 * load path, then those for all services.
 */
export function dropInDirectories(unit: string): string[] {
  const own = dropInOwners(unit);
  const ofAll = unit.slice(unit.lastIndexOf('.') + 1);
  return [
    ...unitDirectories.flatMap((directory) => own.map((name) => `${directory}/${name}.d`)),
    ...unitDirectories.map((directory) => `${directory}/${ofAll}.d`),
  ];
}

/** The unit, its template, and its prefixes that end in a dash (systemd's `unit_file_find_dirs`). */
function dropInOwners(unit: string): string[] {
  const dot = unit.lastIndexOf('.');
  const [name, type] = [unit.slice(0, dot), unit.slice(dot)];
  const at = name.indexOf('@');
  const template = at < 0 || at === name.length - 1 ? [] : [`${name.slice(0, at)}@${type}`];
  const prefix = at < 0 ? name : name.slice(0, at);
  const dashes = [...prefix.matchAll(/-(?=.)/g)].map(({ index }) => index).reverse();
  return [unit, ...template, ...dashes.map((dash) => `${prefix.slice(0, dash + 1)}${type}`)];
}

/**
 * The drop-ins that systemd reads, in its order: by name, whatever their directory. Of one name the first
 * path wins.
 * @param paths of all files in `dropInDirectories`, in the order of these
 */
export function effectiveDropIns(paths: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.endsWith('.conf') && !name.startsWith('.') && !byName.has(name)) byName.set(name, path);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** Whether systemd must reload after a change of this file. A reload is the slowest step of a change. */
export function isUnitFile(path: string): boolean {
  return path.startsWith(`${administratorDirectory}/`);
}

/**
 * States in which the unit starts at boot, or in which enabling it changes nothing (systemctl(1),
 * is-enabled).
 */
export const enabledStates: readonly string[] = ['enabled', 'static', 'indirect', 'generated', 'alias'];
