/** What is to be written into a table of src/kubelet/data. */
export interface Finding {
  readonly table: 'feature-gates.ts' | 'gate-dependencies.ts' | 'kubelet-fields.ts' | 'kubelet-flags.ts';
  readonly kind: 'new' | 'changed' | 'removed';
  /** The gate, the flag without its dashes, or the path of the field. */
  readonly name: string;
  /** What differs, in a few words. */
  readonly what: string;
  /**
   * The line as it should stand in the table; undefined if the line should go, or if a person must look
   * first.
   */
  readonly line: string | undefined;
}
