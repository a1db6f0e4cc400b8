/** Whether the kubelet itself was asked what it has in force. */

/**
 * Read: it answered, and had what was promised. Unknown: it could not be asked; arguments and files count.
 */
export type SettingsRead =
  | { readonly kind: 'Read' }
  /** `reason` is a sentence without a full stop. */
  | { readonly kind: 'Unknown'; readonly reason: string };

/** The same in words, for the outcome and the status. */
export function describeSettingsRead(read: SettingsRead): string {
  return read.kind === 'Read'
    ? 'the kubelet itself says that it has these settings in force'
    : `the settings in force are known by arguments and files alone: ${read.reason}`;
}
