/** Makes an ApiError of what the API server answered, or of what happened to the connection. */

import { cut } from '../text/cut.ts';
import { CredentialsError } from './credentials-error.ts';
import { ApiError, type ApiErrorCode } from './kubernetes-api.ts';

/** The part of metav1.Status that we read. */
export interface Status {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] | null;
  };
}

/** Whether a parsed body is a metav1.Status. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

/**
 * The failure that a Status reports, as in an ERROR event of a watch.
 * @param what was asked for, for messages: `get nodes worker-1`
 */
export function failureOfStatus(what: string, status: Status): ApiError {
  return failureOfAnswer(what, status.code ?? 500, undefined, status);
}

/**
 * The failure that an HTTP answer reports.
 * @param retryAfter the header of this name
 * @param body parsed if it is JSON, otherwise the text
 */
export function failureOfAnswer(what: string, status: number, retryAfter: string | undefined, body: unknown): ApiError {
  const answer = isStatus(body) ? body : undefined;
  const seconds = Number(retryAfter ?? answer?.details?.retryAfterSeconds ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
  const code = codeOf(status, answer, retryAfterSeconds !== undefined);
  const said = answer?.message ?? (typeof body === 'string' ? firstLine(body) : '');
  const message = `${what}: ${said === '' ? 'no reason given' : said} (HTTP ${status}${answer?.reason ? ` ${answer.reason}` : ''})`;
  const causes = (answer?.details?.causes ?? []).map(({ reason = '', message = '' }) => ({ reason, message }));
  return new ApiError(code, message, { status, causes, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

const longestExcerpt = 300;

function firstLine(text: string): string {
  return cut(text.trim().split('\n', 1)[0] ?? '', longestExcerpt);
}

function codeOf(status: number, answer: Status | undefined, saysWhen: boolean): ApiErrorCode {
  if (status === 404) {
    // NotFound means that the object was deleted. A kind that is not served, or the 404 of a proxy, does not
    // prove that.
    return answer?.details?.name !== undefined && answer.details.name !== '' ? 'NotFound' : 'Unreadable';
  }
  if (status === 409) return answer?.reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
  if (status === 503 && saysWhen) return 'TooManyRequests';
  if (status >= 500) return 'ServerError';
  return codeOfStatus[status] ?? 'Unreadable';
}

const codeOfStatus: { readonly [status: number]: ApiErrorCode } = {
  400: 'Invalid',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'Invalid',
  408: 'ServerError',
  410: 'Gone',
  413: 'Invalid',
  415: 'Invalid',
  422: 'Invalid',
  429: 'TooManyRequests',
};

/**
 * The failure that an error of the connection or of the credentials means. An ApiError is returned as it is.
 */
export function unreachable(what: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  return new ApiError('Unreachable', `${what}: ${reason}`, { cause: error });
}

function reasonOf(error: Error): string {
  if (error instanceof CredentialsError) return `${error.message}; ${error.remedy}`;
  // If all addresses of a host fail, Node.js throws one error without a message.
  if (error instanceof AggregateError)
    return error.errors.map((each) => (each instanceof Error ? each.message : each)).join('; ');
  return error.message;
}
