/** From what the API server said, or what became of the connection, to the ApiError that says it. */

import { cut } from '../text/cut.ts';
import { CredentialsError } from './credentials-error.ts';
import { ApiError, type ApiErrorCode } from './kubernetes-api.ts';

/** The part of metav1.Status that is read. */
export interface Status {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly name?: string; readonly kind?: string; readonly retryAfterSeconds?: number };
}

export function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

/** @param what was asked for: `get nodes worker-1` */
export function failureOfStatus(what: string, status: Status): ApiError {
  return failureOfAnswer(what, status.code ?? 500, undefined, status);
}

/** @param body what could be read as JSON, else the text itself */
export function failureOfAnswer(what: string, status: number, retryAfter: string | undefined, body: unknown): ApiError {
  const answer = isStatus(body) ? body : undefined;
  const seconds = Number(retryAfter ?? answer?.details?.retryAfterSeconds ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
  const code = codeOf(status, answer, retryAfterSeconds !== undefined);
  const said = answer?.message ?? (typeof body === 'string' ? firstLine(body) : '');
  const message = `${what}: ${said === '' ? 'no reason given' : said} (HTTP ${status}${answer?.reason ? ` ${answer.reason}` : ''})`;
  return new ApiError(code, message, { status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

const longestExcerpt = 300;

function firstLine(text: string): string {
  return cut(text.trim().split('\n', 1)[0] ?? '', longestExcerpt);
}

function codeOf(status: number, answer: Status | undefined, saysWhen: boolean): ApiErrorCode {
  if (status === 404) {
    // Whoever reads NotFound takes the object for deleted. A kind that is not served, or somebody else's 404 on the way, is no such evidence.
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

/** Any error of the connection; an ApiError stays what it is. */
export function unreachable(what: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  return new ApiError('Unreachable', `${what}: ${reason}`, { cause: error });
}

function reasonOf(error: Error): string {
  if (error instanceof CredentialsError) return `${error.message}; ${error.remedy}`;
  // Several addresses tried in vain are one error without a message.
  if (error instanceof AggregateError)
    return error.errors.map((each) => (each instanceof Error ? each.message : each)).join('; ');
  return error.message;
}
