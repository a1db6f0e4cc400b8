/** The kubelet's own state files (CPU and memory manager), as found on the host. */

export type FoundState =
  | { readonly kind: 'Absent' }
  /** Without a policy where it names none: torn, or of a kubelet that we do not know. */
  | { readonly kind: 'File'; readonly policy?: string }
  /** A symlink, a directory, or what cannot be read. */
  | { readonly kind: 'Other' };

/** The name under which one is kept until the change is committed or undone. `undo/script.ts` has it too. */
export function backupPathOf(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.${path.slice(slash)}.kubelet-config-aside`;
}
