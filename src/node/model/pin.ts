/** A pin: a person went back to an older revision, and the node stays at it until the objects change. */

/** The content of `pin.json`. */
export interface Pin {
  /** Ids of the inputs that the person went back from. The pin holds while one of them is desired. */
  readonly inputs: readonly string[];
  /** Id of the revision that the person went back to. */
  readonly revision: string;
}
