/** Counts the bytes that a watch brings, as an agent opens it. */

import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { FleetServer } from './servers.ts';

export interface CountedWatch {
  /** Resolves when the server has accepted it. */
  readonly opened: Promise<void>;
  /** The bytes of the body so far. */
  count(): number;
  stop(): void;
}

/** @param name of the one object to watch; all of the kind without it */
export function countingBytes({ url, token, ca }: FleetServer, plural: string, name?: string): CountedWatch {
  let bytes = 0;
  const selection = name === undefined ? '' : `&fieldSelector=metadata.name%3D${name}`;
  const path = `/apis/kubelet-config.dev/v1alpha1/${plural}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3600${selection}`;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const request = url.startsWith('https') ? secure(`${url}${path}`, { headers, ca }) : plain(`${url}${path}`, { headers });
  const opened = new Promise<void>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      answer.on('error', () => undefined);
      resolve();
    });
  });
  request.end();
  return { opened, count: () => bytes, stop: () => request.destroy() };
}
