/** A pin: the revision that a person has gone back to. */

export interface Pin {
  /** Ids of the inputs that the person has gone back from: as long as they are wanted, the pin holds. */
  readonly inputs: readonly string[];
  /** Id of the revision gone back to. */
  readonly revision: string;
}
