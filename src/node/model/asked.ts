/** A request that a person has left on the host for the next pass. */

/** The content of `asked.json`. Only the last one counts. */
export type Asked = (
  | { readonly kind: 'Rollback'; readonly revision: string }
  /** Retry what failed or was rolled back. */
  | { readonly kind: 'Retry' }
) & {
  /** Name of the user who asked. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
};
