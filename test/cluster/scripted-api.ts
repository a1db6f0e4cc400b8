/** A KubernetesApi whose lists and watches the test answers by hand, one by one. */

import type { KubernetesApi, KubernetesObject, ObjectList, WatchEvent, WatchOptions } from '../../src/cluster/kubernetes-api.ts';

type Event = WatchEvent<KubernetesObject>;

export interface ListCall {
  readonly signal: AbortSignal | undefined;
  answer(list: ObjectList<KubernetesObject>): void;
  fail(error: Error): void;
}

export interface WatchCall {
  readonly options: WatchOptions;
  /** The server accepts it. */
  open(): void;
  send(...events: Event[]): void;
  end(): void;
  fail(error: Error): void;
}

export interface ScriptedApi {
  readonly api: KubernetesApi;
  readonly lists: ListCall[];
  readonly watches: WatchCall[];
}

const unexpected = () => Promise.reject(new Error('nobody expects this call'));

export function scriptedApi(): ScriptedApi {
  const lists: ListCall[] = [];
  const watches: WatchCall[] = [];
  const api: KubernetesApi = {
    get: unexpected,
    create: unexpected,
    patch: unexpected,
    createOn: unexpected,
    delete: unexpected,
    serverTime: () => undefined,
    list: <Body>(_resource: unknown, _selection: unknown, signal?: AbortSignal) =>
      new Promise<ObjectList<Body>>((resolve, reject) => {
        lists.push({ signal, answer: (list) => resolve(list as ObjectList<Body>), fail: reject });
      }),
    watch: (_resource, options, each) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => resolve());
        watches.push({
          options,
          open: () => options.opened?.(),
          send: (...events) => {
            for (const event of events) each(event as Parameters<typeof each>[0]);
          },
          end: resolve,
          fail: reject,
        });
      }),
  };
  return { api, lists, watches };
}
