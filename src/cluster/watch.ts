/**
 * One watch, from its request to its end. The library's own `Watch` (1.4.0) loses its time-out, makes new connections every time and
 * swallows what it cannot parse.
 */

import { refuseFailure } from './answer.ts';
import { unreachable } from './api-failure.ts';
import type { KubernetesObject, Resource, WatchEvent, WatchOptions } from './kubernetes-api.ts';
import { pathOf, withQuery } from './paths.ts';
import type { Transport } from './transport.ts';
import { eventFrom, lineSplitter } from './watch-stream.ts';

interface Connection {
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  /** Until the answer begins. */
  readonly requestMilliseconds: number;
}

export async function watch<Body extends KubernetesObject>(
  { transport, headers, requestMilliseconds }: Connection,
  resource: Resource<Body>,
  options: WatchOptions,
  each: (event: WatchEvent<Body>) => void,
): Promise<void> {
  const what = `watch ${resource.plural}`;
  const { signal, idleMilliseconds, opened } = options;
  const end = new AbortController();
  const stop = () => end.abort();
  let isOpen = false;
  const silence = watchdog((milliseconds) => end.abort(new Error(`no answer within ${milliseconds} ms`)));
  if (signal.aborted) return;
  signal.addEventListener('abort', stop);
  try {
    silence.within(requestMilliseconds);
    const answer = await transport({ method: 'GET', path: pathWith(resource, options), headers, signal: end.signal });
    await refuseFailure(what, answer);
    isOpen = true;
    opened?.();
    const lines = lineSplitter(what);
    silence.within(idleMilliseconds);
    for await (const piece of answer.setEncoding('utf8')) {
      silence.within(idleMilliseconds);
      for (const line of lines.push(piece)) {
        if (signal.aborted) return;
        each(eventFrom(what, resource, line));
      }
    }
    lines.end();
  } catch (error) {
    if (signal.aborted || (isOpen && end.signal.aborted)) return;
    throw unreachable(what, end.signal.aborted ? end.signal.reason : error);
  } finally {
    silence.end();
    signal.removeEventListener('abort', stop);
  }
}

function pathWith(resource: Resource<KubernetesObject>, options: WatchOptions): string {
  const { resourceVersion, timeoutSeconds, fieldSelector, labelSelector } = options;
  return withQuery(pathOf(resource), {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
    fieldSelector,
    labelSelector,
  });
}

/** Barks when it has not been told of a new limit within the last one. */
function watchdog(bark: (milliseconds: number) => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    within(milliseconds: number) {
      clearTimeout(timer);
      timer = setTimeout(bark, milliseconds, milliseconds);
    },
    end: () => clearTimeout(timer),
  };
}
