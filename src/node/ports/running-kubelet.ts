/** Asks the kubelet that runs, at its own server. `src/host` does it over TLS, `test/fakes` in memory. */

import type { JsonMap } from '../../api/json.ts';
import type { KubeletServer } from '../../kubelet/server.ts';
import type { HealthzAnswer } from './healthz.ts';

/**
 * No answer that says anything. The reason is a sentence without a full stop, with what would give an
 * answer.
 */
export interface NoAnswer {
  readonly kind: 'Unknown';
  readonly reason: string;
}

/** The configuration that the running kubelet has in force. */
export type RunningConfiguration =
  /**
   * The fields with their defaults, and what flags set. Values of staticPodURLHeader are replaced by
   * texts that are the same only for the same values, and only within this process.
   */
  { readonly kind: 'Read'; readonly configuration: JsonMap } | NoAnswer;

/** What the kubelet answers at the /healthz of its own server; Unknown if it does not answer us. */
export type RunningHealth = HealthzAnswer | NoAnswer;

/** Asks the kubelet of this machine. Each call waits a few seconds at most, and never throws. */
export interface AskKubelet {
  /** The kubelet's /configz. */
  configuration(server: KubeletServer): Promise<RunningConfiguration>;
  /** The kubelet's /healthz, which it also serves if `healthzPort` is 0. */
  healthz(server: KubeletServer): Promise<RunningHealth>;
}

/** How a client says who it is. */
export interface KubeletCredentials {
  readonly kind: 'Found';
  /** The value of the header Authorization. */
  readonly authorization?: string | undefined;
  /** The client certificate with its key, as PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
}

/** Reads the credentials for one question. Never throws. */
export type ReadKubeletCredentials = (server: KubeletServer) => Promise<KubeletCredentials | NoAnswer>;
