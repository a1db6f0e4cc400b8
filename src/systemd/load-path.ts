/** Where systemd finds unit files (systemd.unit(5), "Unit File Load Path"). Pure. */

/** systemd.unit(5), "Unit File Load Path": of one name the first directory wins. */
export const unitDirectories = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

export function unitPath(unit: string): string {
  return `/etc/systemd/system/${unit}`;
}

/** States in which the unit starts at boot, or in which enabling it would change nothing (systemctl(1), is-enabled). */
export const enabledStates: readonly string[] = ['enabled', 'static', 'indirect', 'generated', 'alias'];
