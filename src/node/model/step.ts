/** The steps that a plan consists of. */

import type { RecordedState } from './record.ts';

/** One step of a plan. */
export type Step =
  | { readonly kind: 'Stop' | 'Disable' | 'Enable' | 'Restart'; readonly unit: string }
  | {
      readonly kind: 'Write';
      readonly path: string;
      readonly state: Extract<RecordedState, { kind: 'File' }>;
      readonly existed: boolean;
    }
  | { readonly kind: 'Remove'; readonly path: string }
  /** Removes an empty directory that we made, so that a file can be written in its place. */
  | { readonly kind: 'RemoveDirectory'; readonly path: string }
  /**
   * Moves a state file away while the kubelet is down; a kubelet that runs would write it again when it
   * stops.
   */
  | { readonly kind: 'SetAside'; readonly path: string }
  | { readonly kind: 'Reload' };
