/** A pin: a person went back to an older revision, and the node stays at it until the objects change. */

/** The content of `pin.json`. Earlier builds wrote `inputs` and `revision` alone. */
export interface Pin {
  /**
   * Ids of the inputs that the person went back from; null if they went back after the objects had been
   * withdrawn. The pin holds while one of them is desired.
   */
  readonly inputs: readonly (string | null)[];
  /**
   * Hashes of the effective specs of these inputs. They stay the same if only this program, or another one on
   * the host, is updated.
   */
  readonly effective?: readonly string[];
  /** Id of the revision that the person went back to. */
  readonly revision: string;
  /** The revision and the sequence of the last known good when the person went back. */
  readonly from?: { readonly revision: string | null; readonly sequence: number } | undefined;
  /** The pin that was in force before, without its own `before`; it returns if this way back fails. */
  readonly before?: Pin | undefined;
  readonly by?: string;
  /** RFC 3339. */
  readonly at?: string;
}
