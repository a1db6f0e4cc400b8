/** Splits the stream of a watch into lines, and reads the JSON event in each. */

import { objectFrom } from './answer.ts';
import { failureOfStatus, isStatus } from './api-failure.ts';
import { ApiError, type KubernetesObject, type Resource, type WatchEvent } from './kubernetes-api.ts';

/** In characters. An object in etcd has at most 1.5 MiB. */
const longestLine = 16 * 1024 * 1024;

export interface LineSplitter {
  /**
   * Takes a piece of text.
   * @returns the lines that it completes.
   * @throws ApiError `Unreadable` for a line that is too long
   */
  push(piece: string): string[];
  /** Call this at the end of the stream. @throws ApiError `Unreadable` when the last line is not complete */
  end(): void;
}

/** @param what was asked for, for messages: `watch nodes` */
export function lineSplitter(what: string): LineSplitter {
  let rest = '';
  return {
    push(piece) {
      const end = piece.lastIndexOf('\n');
      const complete = end < 0 ? [] : (rest + piece.slice(0, end)).split('\n');
      rest = end < 0 ? rest + piece : piece.slice(end + 1);
      if (rest.length > longestLine) throw new ApiError('Unreadable', `${what}: a line longer than ${longestLine} characters`);
      return complete.filter((line) => line.trim() !== '');
    },
    end() {
      if (rest.trim() !== '') throw new ApiError('Unreadable', `${what}: the watch ended in the middle of an event`);
    },
  };
}

/**
 * The event in one line.
 * @throws ApiError the failure that the server reports instead of an event, most often `Gone`; `Unreadable`
 */
export function eventFrom<Body extends KubernetesObject>(what: string, resource: Resource<Body>, line: string): WatchEvent<Body> {
  const { type, object } = parsed(what, line);
  switch (type) {
    case 'ADDED':
      return { type: 'Added', object: objectFrom(what, resource, object) };
    case 'MODIFIED':
      return { type: 'Modified', object: objectFrom(what, resource, object) };
    case 'DELETED':
      return { type: 'Deleted', object: objectFrom(what, resource, object) };
    case 'BOOKMARK':
      return { type: 'Bookmark', resourceVersion: objectFrom(what, resource, object).metadata.resourceVersion ?? '' };
    case 'ERROR':
      if (isStatus(object)) throw failureOfStatus(what, object);
      throw new ApiError('Unreadable', `${what}: the server reported an error without a reason`);
    default:
      throw new ApiError('Unreadable', `${what}: an event has the unknown type ${String(type)}`);
  }
}

function parsed(what: string, line: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null) return event;
  } catch (error) {
    throw new ApiError('Unreadable', `${what}: an event is not JSON`, { cause: error });
  }
  throw new ApiError('Unreadable', `${what}: an event is not an object`);
}
