/** The kubelet's own state files, of its CPU and memory managers, as they are found on the host. */

/** One state file as it is found. */
export type FoundState =
  | { readonly kind: 'Absent' }
  /** `policy` is absent if the file names none: it is torn, or of a kubelet version that we do not know. */
  | { readonly kind: 'File'; readonly policy?: string }
  /** A symlink, a directory, or a file that cannot be read. */
  | { readonly kind: 'Other' };

/**
 * The path at which a state file is kept until the change is committed or undone. The undo script uses the
 * same path.
 */
export function backupPathOf(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.${path.slice(slash)}.kubelet-config-aside`;
}
