/**
 * Reads the bodies of the API server's answers: up to a limit, as JSON, and as objects and pages of a list.
 */

import type { IncomingMessage } from 'node:http';
import { failureOfAnswer } from './api-failure.ts';
import { ApiError, type KubernetesObject, type Resource } from './kubernetes-api.ts';

const mebibyte = 1024 * 1024;
/** In bytes. A page of 500 Nodes has about 10 MiB. */
const largestBody = 64 * mebibyte;
const largestFailure = mebibyte;

/**
 * Reads the JSON of a successful answer.
 * @param what was asked for, for messages: `get nodes worker-1`
 * @throws ApiError for a failure that the server reports; `Unreadable` for a body that is not JSON or is too
 * large
 * @throws Error of the connection if it breaks
 */
export async function readAnswer(what: string, answer: IncomingMessage): Promise<unknown> {
  await refuseFailure(what, answer);
  const text = await readText(what, answer, largestBody);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('Unreadable', `${what}: the answer is not JSON`, { status: answer.statusCode ?? 0, cause: error });
  }
}

/** Leaves a successful answer unread. @throws ApiError for a failure that the server reports */
export async function refuseFailure(what: string, answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  const text = await readText(what, answer, largestFailure);
  throw failureOfAnswer(what, status, answer.headers['retry-after'], parsedOr(text));
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readText(what: string, answer: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > limit) throw new ApiError('Unreadable', `${what}: the answer is larger than ${limit / mebibyte} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * One object of an answer. Drops managedFields, which are half of its bytes, and adds the kind, which items
 * of a list do not have.
 * @throws ApiError `Unreadable` if it is not an object of this kind
 */
export function objectFrom<Body extends KubernetesObject>(what: string, resource: Resource<Body>, value: unknown): Body {
  const { apiVersion, kind } = resource;
  const given = treeFrom(value);
  const metadata = treeFrom(given?.['metadata']);
  if (given === undefined || metadata === undefined || (given['kind'] ?? kind) !== kind)
    throw new ApiError('Unreadable', `${what}: the answer is not a ${kind}`);
  delete metadata['managedFields'];
  // The API server has checked it against the schema that the type describes.
  return { apiVersion, kind, ...given } as unknown as Body;
}

/** One page of a list. @throws ApiError `Unreadable` if it is not a list */
export function pageFrom(what: string, value: unknown): Page {
  const given = treeFrom(value);
  const metadata = treeFrom(given?.['metadata']);
  const items = given?.['items'] ?? [];
  const resourceVersion = metadata?.['resourceVersion'];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string')
    throw new ApiError('Unreadable', `${what}: the answer is not a list`);
  const next = metadata?.['continue'];
  return { items, resourceVersion, next: typeof next === 'string' ? next : '' };
}

export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** The token that asks for the next page; '' on the last page. */
  readonly next: string;
}

function treeFrom(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
