/** What the table of values says of each value. */

import type { Schema } from './schemas.ts';

/** How a value gets into a manifest. */
export type Form =
  /** It replaces a scalar, which is the default. */
  | 'Scalar'
  /** It replaces a field, whose value is the default. Empty, the field is left out. */
  | 'Field'
  /** It is a field that the manifest does not have; left out while it is empty, as it is by default. */
  | 'NewField'
  /** Its items come after those of a list. */
  | 'MoreItems'
  /** Its entries come after those of a map. */
  | 'MoreEntries';

export interface Place {
  /** Kind and name of an object, which only one has. */
  readonly object: string;
  /** Keys and indices, with dots between them. */
  readonly path: string;
}

export interface ChartValue {
  /** Its place in values.yaml. */
  readonly name: string;
  /** Why a person would change it. */
  readonly comment: string;
  readonly schema: Schema;
  readonly form?: Form;
  readonly places?: readonly Place[];
  /** For a value that has no place to take a default from. */
  readonly default?: unknown;
}
