/**
 * One watch, from its request to its end. The `Watch` of `@kubernetes/client-node` 1.4.0 is not used: it
 * loses its time-out, makes a new connection each time, and ignores lines that it cannot parse.
 */

import { Deadline } from '../loop/deadline.ts';
import { refuseFailure } from './answer.ts';
import { unreachable } from './api-failure.ts';
import type { KubernetesObject, Resource, WatchEvent, WatchOptions } from './kubernetes-api.ts';
import { pathOf, withQuery } from './paths.ts';
import type { Transport } from './transport.ts';
import { eventFrom, lineSplitter } from './watch-stream.ts';

interface Connection {
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  /** Time limit until the answer begins. */
  readonly requestMilliseconds: number;
}

/**
 * As `watch` of KubernetesApi. A watch that the server has accepted ends without an error when the server
 * falls silent.
 */
export async function watch<Body extends KubernetesObject>(
  { transport, headers, requestMilliseconds }: Connection,
  resource: Resource<Body>,
  options: WatchOptions,
  each: (event: WatchEvent<Body>) => void,
): Promise<void> {
  const what = `watch ${resource.plural}`;
  const { signal, idleMilliseconds, opened } = options;
  if (signal.aborted) return;
  const silence = new Deadline({ signals: [signal] });
  let isOpen = false;
  try {
    silence.set(requestMilliseconds);
    const answer = await transport({ method: 'GET', path: pathWith(resource, options), headers, signal: silence.signal });
    await refuseFailure(what, answer);
    isOpen = true;
    opened?.();
    const lines = lineSplitter(what);
    silence.set(idleMilliseconds);
    for await (const piece of answer.setEncoding('utf8')) {
      silence.set(idleMilliseconds);
      for (const line of lines.push(piece)) {
        if (signal.aborted) return;
        each(eventFrom(what, resource, line));
      }
    }
    lines.end();
  } catch (error) {
    if (signal.aborted || (isOpen && silence.signal.aborted)) return;
    throw unreachable(what, silence.signal.aborted ? silence.signal.reason : error);
  } finally {
    silence.end();
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
