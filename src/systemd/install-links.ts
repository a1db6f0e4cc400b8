/** Names and directories of the symlinks by which systemd knows that a unit is enabled. Pure. */

/** [Install] key → the directory suffix of its symlinks. */
export const dependencyKinds: ReadonlyMap<string, string> = new Map([
  ['WantedBy', 'wants'],
  ['RequiredBy', 'requires'],
  ['UpheldBy', 'upholds'],
]);

/** Whether a directory with this name holds such symlinks: `multi-user.target.wants`. */
export function isLinkDirectory(name: string): boolean {
  return [...dependencyKinds.values()].some((suffix) => name.endsWith(`.${suffix}`));
}

/** The last component of a path. */
export function lastNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
