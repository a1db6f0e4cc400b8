/** Bodies of the API server's answers: read up to a limit, as JSON, and as the objects that the rest of the program knows. */

import type { IncomingMessage } from 'node:http';
import { failureOfAnswer } from './api-failure.ts';
import { ApiError, type KubernetesObject, type Resource } from './kubernetes-api.ts';

const mebibyte = 1024 * 1024;
/** A page of 500 Nodes is some 10 MiB. */
const largestBody = 64 * mebibyte;
const largestFailure = mebibyte;

/**
 * The body of an answer that says yes.
 * @param what was asked for
 * @throws ApiError for one that says no, and for one that is no JSON; the connection's error
 */
export async function readAnswer(what: string, answer: IncomingMessage): Promise<unknown> {
  await refuseFailure(what, answer);
  const text = await readText(what, answer, largestBody);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('Unreadable', `${what}: the answer is no JSON`, { status: answer.statusCode ?? 0, cause: error });
  }
}

/** Reads nothing of an answer that says yes. @throws ApiError for one that says no */
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

/** Strips managedFields, which are half of an object's bytes, and names the kind, which items of a list lack. @throws ApiError `Unreadable` */
export function objectFrom<Body extends KubernetesObject>(what: string, resource: Resource<Body>, value: unknown): Body {
  const { apiVersion, kind } = resource;
  const given = treeFrom(value);
  const metadata = treeFrom(given?.['metadata']);
  if (given === undefined || metadata === undefined || (given['kind'] ?? kind) !== kind)
    throw new ApiError('Unreadable', `${what}: the answer is no ${kind}`);
  delete metadata['managedFields'];
  // The API server has checked it against the schema that the type was written after.
  return { apiVersion, kind, ...given } as unknown as Body;
}

/** @throws ApiError `Unreadable` */
export function pageFrom(what: string, value: unknown): Page {
  const given = treeFrom(value);
  const metadata = treeFrom(given?.['metadata']);
  const items = given?.['items'] ?? [];
  const resourceVersion = metadata?.['resourceVersion'];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string')
    throw new ApiError('Unreadable', `${what}: the answer is no list`);
  const next = metadata?.['continue'];
  return { items, resourceVersion, next: typeof next === 'string' ? next : '' };
}

export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** What to ask for the next page with; '' after the last. */
  readonly next: string;
}

function treeFrom(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
