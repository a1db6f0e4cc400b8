/**
 * Asks a kubelet whether it is healthy: GET /healthz answers 200 and `ok` (k8s.io/apiserver
 * pkg/server/healthz).
 */

import { request } from 'node:http';
import type { HealthzEndpoint } from '../kubelet/healthz.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import type { HealthzAnswer, HealthzProbe } from '../node/ports/healthz.ts';
import { cut } from '../text/cut.ts';
import { foreignLines } from '../text/foreign-text.ts';

const timeoutMilliseconds = 2_000;
/** The longest answer that is kept. An unhealthy kubelet sends one line for each check. */
const mostCharacters = 500;

export const askHealthz: HealthzProbe = async (endpoint) => {
  const { address, port } = endpoint;
  const place = `http://${address.includes(':') ? `[${address}]` : address}:${port}/healthz`;
  try {
    // The deadline also holds for an answer that begins and does not end.
    return answerOf(place, await withDeadline(timeoutMilliseconds, (signal) => get(endpoint, signal)));
  } catch (error) {
    return { kind: 'NotOk', reason: `${place} ${reasonOf(error)}` };
  }
};

interface Answer {
  readonly status: number;
  readonly body: string;
}

function answerOf(place: string, { status, body }: Answer): HealthzAnswer {
  if (status === 200 && body.trim() === 'ok') return { kind: 'Ok' };
  return { kind: 'NotOk', reason: `${place} answered ${status}: ${foreignLines(body) || 'nothing'}` };
}

function get({ address, port }: HealthzEndpoint, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path: '/healthz', agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length > mostCharacters) response.destroy();
      });
      response.once('error', reject);
      response.once('close', () => resolve({ status: response.statusCode ?? 0, body: cut(body, mostCharacters) }));
    });
    asked.once('error', reject);
    asked.end();
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DeadlineError) return `did not answer within ${timeoutMilliseconds / 1000} s`;
  if (code === 'ECONNREFUSED') return "refused the connection (in a container, the agent needs the host's network)";
  return `could not be asked: ${message}`;
}
