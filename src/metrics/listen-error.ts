/** Why an address for metrics cannot be used. */

export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** Malformed: it is not HOST:PORT. Unavailable: the system does not let us listen there. */
  readonly code: 'Malformed' | 'Unavailable';
  /** The remedy: what the reader should do. */
  readonly remedy: string;

  constructor(code: ListenError['code'], reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
    this.remedy = remedy;
  }
}
