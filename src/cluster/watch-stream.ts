/** The lines of a watch: one JSON event each, in however many pieces they come. */

import { objectFrom } from './answer.ts';
import { failureOfStatus, isStatus } from './api-failure.ts';
import { ApiError, type KubernetesObject, type Resource, type WatchEvent } from './kubernetes-api.ts';

/** etcd takes objects of 1.5 MiB. */
const longestLine = 16 * 1024 * 1024;

export interface LineSplitter {
  /** The lines that a piece of text completes. @throws ApiError `Unreadable` for one without end */
  push(piece: string): string[];
  /** @throws ApiError `Unreadable` when the last line is not complete */
  end(): void;
}

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
      if (rest.trim() !== '') throw new ApiError('Unreadable', `${what}: it ended within an event`);
    },
  };
}

/** @throws ApiError what the server says instead of an event, `Gone` above all; `Unreadable` */
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
      throw new ApiError('Unreadable', `${what}: an error that does not say which`);
    default:
      throw new ApiError('Unreadable', `${what}: an event of the unknown type ${String(type)}`);
  }
}

function parsed(what: string, line: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null) return event;
  } catch (error) {
    throw new ApiError('Unreadable', `${what}: an event that is no JSON`, { cause: error });
  }
  throw new ApiError('Unreadable', `${what}: an event that is no object`);
}
