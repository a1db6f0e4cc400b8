/** What the node should have, and the source's answer that it was made from. */

import type { Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { Effective } from '../../desired/effective.ts';
import type { Fetch } from '../../render/render.ts';
import type { DesiredRevision } from './action.ts';
import type { Health } from './health.ts';

/** Where objects come from, at one moment. */
export type SourceAnswer =
  | {
      readonly kind: 'Answers';
      readonly objects: readonly KubeletConfig[];
      /** Gives problems of later stages their place in the files. */
      readonly located?: (problems: readonly Problem[]) => Problem[];
    }
  /** Lost or invalid: nothing may be concluded from it (design N8). */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

export interface DesiredState {
  readonly wanted: DesiredRevision;
  readonly warnings: readonly Problem[];
  readonly health: Health;
  /** The unit of the effective spec, where there is one. */
  readonly unit: string | undefined;
  /** What a rendering of today was made from. */
  readonly effective?: Effective;
  readonly fetch?: Fetch;
}
