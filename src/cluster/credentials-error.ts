/** There are no credentials for the API server, or they cannot be used. The message says why. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** The file that is missing or wrong. */
  readonly path: string;
  /** What the person should do about it. */
  readonly remedy: string;

  constructor(path: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.path = path;
    this.remedy = remedy;
  }
}
