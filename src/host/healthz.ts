/**
 * Asks a kubelet whether it is healthy: GET /healthz answers 200 and `ok` (k8s.io/apiserver
 * pkg/server/healthz). Any user may listen at that port while the kubelet does not, so each answer counts
 * only if root's socket gave it.
 */

import { request } from 'node:http';
import type { HealthzEndpoint } from '../kubelet/healthz.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import type { HealthzAnswer, HealthzProbe, PortTaken } from '../node/ports/healthz.ts';
import { cut } from '../text/cut.ts';
import { foreignLines } from '../text/foreign-text.ts';
import { type FindListener, findListener } from './listener.ts';
import { isTrusted } from './trust.ts';

const timeoutMilliseconds = 2_000;
/** The longest answer that is kept. An unhealthy kubelet sends one line for each check. */
const mostCharacters = 500;

/** The probe of this machine. It looks at the listener before it connects and after it has the answer. */
export function healthzProbe(find: FindListener = findListener): HealthzProbe {
  return async (endpoint) => {
    const before = find(endpoint);
    const taken = takenBy(before?.uid, endpoint);
    if (taken !== undefined) return { kind: 'PortTaken', reason: taken };
    const answer = await ask(endpoint);
    return answer.kind === 'Ok' ? fromRoot(endpoint, before?.inode, find) : answer;
  };
}

/** Whether another user's program listens at an endpoint, with the way to find it. */
export function portTaken(find: FindListener = findListener): PortTaken {
  return (endpoint) => takenBy(find(endpoint)?.uid, endpoint);
}

/** Why a socket of this user cannot be the kubelet's; undefined if it can. */
export function takenBy(uid: number | undefined, { address, port }: HealthzEndpoint): string | undefined {
  if (uid === undefined || isTrusted(uid)) return undefined;
  return `a program of user ${uid}, which cannot be the kubelet, listens at ${address}:${port} (\`ss -ltnp sport = :${port}\` shows it)`;
}

/** An answer of which it is not known who gave it is none: its socket was opened or closed meanwhile. */
function fromRoot(endpoint: HealthzEndpoint, before: string | undefined, find: FindListener): HealthzAnswer {
  const after = find(endpoint);
  const taken = takenBy(after?.uid, endpoint);
  if (taken !== undefined) return { kind: 'PortTaken', reason: taken };
  if (after && after.inode === before) return { kind: 'Ok', socket: after.inode };
  return { kind: 'NotOk', reason: `${placeOf(endpoint)} answered, but not from one socket that listened there all the time` };
}

async function ask(endpoint: HealthzEndpoint): Promise<HealthzAnswer> {
  const place = placeOf(endpoint);
  try {
    // The deadline also holds for an answer that begins and does not end.
    return answerOf(place, await withDeadline(timeoutMilliseconds, (signal) => get(endpoint, signal)));
  } catch (error) {
    return { kind: 'NotOk', reason: `${place} ${reasonOf(error)}` };
  }
}

function placeOf({ address, port }: HealthzEndpoint): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}/healthz`;
}

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
