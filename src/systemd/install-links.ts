/** Names and directories of the symlinks by which systemd knows that a unit is enabled. Pure. */

/** [Install] key → the directory suffix of its symlinks. */
export const dependencyKinds: ReadonlyMap<string, string> = new Map([
  ['WantedBy', 'wants'],
  ['RequiredBy', 'requires'],
  ['UpheldBy', 'upholds'],
]);

export function isLinkDirectory(name: string): boolean {
  return [...dependencyKinds.values()].some((suffix) => name.endsWith(`.${suffix}`));
}

export function lastNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
