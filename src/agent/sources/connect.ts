/** How the agent comes to an API server that may not be there yet, or whose credentials may not, and learns which node it is. */

import { CredentialsError } from '../../cluster/credentials-error.ts';
import { ApiError, type KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { whoAmI } from '../../cluster/resources.ts';
import { systemClock } from '../../host/machine.ts';
import { backOff } from '../../loop/work-queue.ts';

/** Tries for as long as it takes, whether or not anybody asks meanwhile: a kubeconfig may come long after the first kubelet. */
export function untilConnected(open: () => Promise<void>) {
  const stopping = new AbortController();
  let trouble: ConnectError = { reason: '', remedy: '' };
  let hasTried: () => void = () => undefined;
  const tried = new Promise<void>((resolve) => {
    hasTried = resolve;
  });
  const run = async (): Promise<void> => {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      const found = await open().then(() => undefined, troubleOf);
      if (found) trouble = found;
      hasTried();
      if (!found) return;
      const delay = Math.min(longestDelay, backOff(failures, Math.random()));
      await systemClock.sleep(delay, stopping.signal).catch(() => undefined);
    }
  };
  const ended = run();
  const stop = () => {
    stopping.abort();
    return ended;
  };
  return { tried, trouble: () => trouble, stop };
}

const longestDelay = 15_000;

/** @throws whatever is no trouble with the cluster */
function troubleOf(error: unknown): ConnectError {
  if (error instanceof CredentialsError || error instanceof NamelessError) return { reason: error.message, remedy: error.remedy };
  if (!(error instanceof ApiError)) throw error;
  return { reason: error.message, remedy: 'the node keeps what it has; it is tried again' };
}

export interface ConnectError {
  readonly reason: string;
  readonly remedy: string;
}

/** The credentials are of no node, and nobody has said which one this is. */
class NamelessError extends Error {
  override readonly name = 'NamelessError';
  readonly remedy = 'give the name of the Node with --node-name';
}

/** The name that the admission policy will hold us to: a kubelet's own certificate or a token that is bound to a pod or node says it. */
export async function nameFromServer(api: KubernetesApi): Promise<string> {
  const user = await whoAmI(api);
  const [, ofCertificate] = /^system:node:(.+)$/.exec(user?.username ?? '') ?? [];
  const name = ofCertificate ?? user?.extra?.['authentication.kubernetes.io/node-name']?.[0];
  if (name !== undefined) return name;
  throw new NamelessError(`the API server knows us as ${user?.username ?? 'nobody'}, which is no node`);
}
