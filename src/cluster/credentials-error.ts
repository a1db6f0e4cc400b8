/** Why there is nothing to show to the API server. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** The file that is missing or wrong. */
  readonly path: string;
  /** What the reader should do. */
  readonly remedy: string;

  constructor(path: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.path = path;
    this.remedy = remedy;
  }
}
