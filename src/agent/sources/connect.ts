/**
 * Connects to an API server that may not be there yet, nor its credentials, and finds out which node this is.
 */

import { CredentialsError } from '../../cluster/credentials-error.ts';
import { ApiError, type KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { whoAmI } from '../../cluster/resources.ts';
import { systemClock } from '../../loop/clock.ts';
import { backOff } from '../../loop/work-queue.ts';

/** Why there is no connection yet, and what to do about it. */
export interface ConnectError {
  readonly reason: string;
  readonly remedy: string;
}

export interface Connecting {
  /** Resolves after the first try, whatever came of it. */
  readonly tried: Promise<void>;
  /** The error of the last try that failed. */
  error(): ConnectError;
  /** Resolves when no try is under way any more. */
  stop(): Promise<void>;
}

/** In milliseconds: a kubeconfig that has just been written should not wait for minutes. */
const longestDelay = 15_000;

/**
 * Calls `open` until it succeeds, with growing delays: a kubeconfig may come long after the first kubelet.
 */
export function untilConnected(open: () => Promise<void>): Connecting {
  const stopping = new AbortController();
  let lastError: ConnectError = { reason: '', remedy: '' };
  let hasTried: () => void = () => undefined;
  const tried = new Promise<void>((resolve) => {
    hasTried = resolve;
  });
  const run = async (): Promise<void> => {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      const error = await open().then(() => undefined, connectErrorOf);
      if (error) lastError = error;
      hasTried();
      if (!error) return;
      const delay = Math.min(longestDelay, backOff(failures, Math.random()));
      await systemClock.sleep(delay, stopping.signal).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    tried,
    error: () => lastError,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** @throws the error itself, unless it comes from the credentials or the API server */
function connectErrorOf(error: unknown): ConnectError {
  if (error instanceof CredentialsError || error instanceof NamelessError) return { reason: error.message, remedy: error.remedy };
  if (!(error instanceof ApiError)) throw error;
  return { reason: error.message, remedy: 'the node keeps what it has; the agent keeps trying' };
}

/** The credentials do not belong to a node, and no flag says which node this is. */
class NamelessError extends Error {
  override readonly name = 'NamelessError';
  readonly remedy = 'give the name of the Node with --node-name';
}

/**
 * The name of the node that the credentials belong to. The admission policy holds us to the same name: the
 * API server takes it from a kubelet's own certificate, or from a token that is bound to a pod or node.
 * @throws NamelessError if the credentials belong to no node; ApiError
 */
export async function nameFromServer(api: KubernetesApi): Promise<string> {
  const user = await whoAmI(api);
  const [, nameInCertificate] = /^system:node:(.+)$/.exec(user?.username ?? '') ?? [];
  const name = nameInCertificate ?? user?.extra?.['authentication.kubernetes.io/node-name']?.[0];
  if (name !== undefined) return name;
  throw new NamelessError(`the API server knows us as ${user?.username ?? 'nobody'}, which is not a node`);
}
