/** One step of a plan. */

import type { RecordedState } from './record.ts';

export type Step =
  | { readonly kind: 'Stop' | 'Disable' | 'Enable' | 'Restart'; readonly unit: string }
  | {
      readonly kind: 'Write';
      readonly path: string;
      readonly state: Extract<RecordedState, { kind: 'File' }>;
      readonly existed: boolean;
    }
  | { readonly kind: 'Remove'; readonly path: string }
  /** Out of the way of a kubelet that is down: it writes the file anew when it is told to stop. */
  | { readonly kind: 'SetAside'; readonly path: string }
  | { readonly kind: 'Reload' };
