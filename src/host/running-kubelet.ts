/**
 * Asks the kubelet that runs on this machine for its configuration and its health, at its own server (design
 * existing A8). Who may ask is decided there; each way of no answer is told with what would give one.
 */

import { createHmac, randomBytes } from 'node:crypto';
import { readConfigz } from '../kubelet/configz.ts';
import type { KubeletServer } from '../kubelet/server.ts';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import type {
  AskKubelet,
  KubeletCredentials,
  NoAnswer,
  ReadKubeletCredentials,
  RunningConfiguration,
  RunningHealth,
} from '../node/ports/running-kubelet.ts';
import { cut } from '../text/cut.ts';
import { foreignLines } from '../text/foreign-text.ts';
import { takenBy } from './healthz.ts';
import {
  askServer,
  ClientCertificateError,
  type KubeletResponse,
  LongAnswerError,
  OtherCertificateError,
  servingCertificates,
} from './kubelet-connection.ts';
import { type FindListener, findListener } from './listener.ts';

const mostCharacters = 300;

/** Made anew by each process, so that a digest says nothing to anybody who keeps it. */
const salt = randomBytes(32);

/** Stands for a secret of the configuration: equal for equal secrets, as long as this process runs. */
export function secretDigest(secret: string): string {
  return `hidden-${createHmac('sha256', salt).update(secret).digest('hex').slice(0, 32)}`;
}

export interface AskKubeletOptions {
  /** The files of the host, with the kubelet's certificate. */
  readonly files: Pick<HostFiles, 'read'>;
  readonly credentials: ReadKubeletCredentials;
  /** Tests give others. */
  readonly find?: FindListener;
  readonly timeoutMilliseconds?: number;
}

/** Asks with these credentials. They are read anew for each question. */
export function askKubeletOver(options: AskKubeletOptions): AskKubelet {
  return {
    configuration: async (server) => configurationFrom(server, await ask('/configz', server, options)),
    healthz: async (server) => healthFrom(server, await ask('/healthz', server, options)),
  };
}

type Asked =
  | {
      readonly kind: 'Answer';
      readonly response: KubeletResponse;
      readonly credentials: KubeletCredentials;
      readonly socket: string;
    }
  /** Another user's program listens there. */
  | { readonly kind: 'PortTaken'; readonly reason: string }
  /** The kubelet is not up, or hangs. */
  | { readonly kind: 'Silent'; readonly reason: string }
  | NoAnswer;

async function ask(
  path: string,
  server: KubeletServer,
  { files, credentials, find = findListener, timeoutMilliseconds = 3_000 }: AskKubeletOptions,
): Promise<Asked> {
  if (server.port === 0) return unknown('the kubelet has no server of its own (enableServer: false)');
  const listener = find(server);
  if (listener === undefined)
    return {
      kind: 'Silent',
      reason: `no program listens at ${placeOf(server)} (in a container, the agent needs the host's network)`,
    };
  const taken = takenBy(listener.uid, server);
  if (taken !== undefined) return { kind: 'PortTaken', reason: taken };
  try {
    const certificates = await servingCertificates(server, files);
    if (certificates.size === 0) return unknown(noCertificate(server));
    // A program may make the credentials, and hang.
    const found = await withDeadline(timeoutMilliseconds, () => credentials(server)).catch(noCredentials);
    if (found.kind === 'Unknown') return found;
    const request = { server, path, credentials: found, certificates: [...certificates.values()] };
    const response = await withDeadline(timeoutMilliseconds, (signal) => askServer({ ...request, signal }));
    return { kind: 'Answer', response, credentials: found, socket: listener.inode };
  } catch (error) {
    return withoutAnswer(error, server);
  }
}

function noCredentials(error: unknown): NoAnswer {
  if (!(error instanceof DeadlineError)) throw error;
  return unknown(`there were no credentials to ask the kubelet with within ${error.milliseconds / 1000} s`);
}

function withoutAnswer(error: unknown, server: KubeletServer): Asked {
  const place = placeOf(server);
  if (error instanceof HostFileError) return unknown(`the kubelet's serving certificate cannot be read: ${error.message}`);
  if (error instanceof OtherCertificateError) return unknown(otherCertificate(server));
  if (error instanceof ClientCertificateError) return unknown(`the kubelet cannot be asked: ${error.message}`);
  if (error instanceof LongAnswerError) return unknown(`the program at ${place} sent more than any kubelet does`);
  if (error instanceof DeadlineError)
    return { kind: 'Silent', reason: `the kubelet at ${place} did not answer within ${error.milliseconds / 1000} s` };
  return { kind: 'Silent', reason: `the kubelet at ${place} could not be asked: ${messageOf(error)}` };
}

function noCertificate({ certificates }: KubeletServer): string {
  const paths = certificates.join(', nor at ');
  return `the kubelet's serving certificate is not at ${paths}, so nothing can show whether the kubelet answers; check tlsCertFile and --cert-dir`;
}

function otherCertificate({ certificates, ...server }: KubeletServer): string {
  const files = certificates.join(' and ');
  return `the program at ${placeOf(server)} shows another certificate than ${files}, so it was asked nothing; if the file is newer than the kubelet's start, restart the kubelet`;
}

function configurationFrom(server: KubeletServer, asked: Asked): RunningConfiguration {
  if (asked.kind !== 'Answer') return unknown(asked.reason);
  const { status, body } = asked.response;
  if (status !== 200) return unknown(refused('/configz', server, asked));
  const configuration = readConfigz(body, secretDigest);
  return configuration ? { kind: 'Read', configuration } : unknown(`${placeOf(server)}/configz answered with no configuration`);
}

function healthFrom(server: KubeletServer, asked: Asked): RunningHealth {
  if (asked.kind === 'Silent') return { kind: 'NotOk', reason: asked.reason };
  if (asked.kind !== 'Answer') return asked;
  const { status, body } = asked.response;
  if (status === 200 && body.trim() === 'ok') return { kind: 'Ok', socket: asked.socket };
  if ([401, 403, 404, 405].includes(status) || isWithoutAuthorizer(asked.response))
    return unknown(refused('/healthz', server, asked));
  return { kind: 'NotOk', reason: `https://${placeOf(server)}/healthz answered ${status}: ${quoted(body) || 'nothing'}` };
}

/** The kubelet asks the API server who may do what, and had no answer. */
function isWithoutAuthorizer({ status, body }: KubeletResponse): boolean {
  return status === 500 && body.startsWith('Authorization error');
}

function refused(path: string, server: KubeletServer, { response, credentials }: Extract<Asked, { kind: 'Answer' }>): string {
  const { status, body } = response;
  const place = `https://${placeOf(server)}${path}`;
  if (status === 401) return `the kubelet does not know who asks for ${path} (401): ${neededFor(credentials)}`;
  if (status === 403) return forbidden(path, body);
  if (isWithoutAuthorizer(response))
    return `the kubelet could not ask the API server whether ${path} may be read; it answers once it reaches the API server again`;
  if (status === 404 || status === 405)
    return `${place} answered ${status}; the kubelet serves it only with enableDebuggingHandlers: true`;
  return `${place} answered ${status}: ${quoted(body) || 'nothing'}`;
}

function neededFor({ certificate }: KubeletCredentials): string {
  return certificate
    ? 'it takes a client certificate only if authentication.x509.clientCAFile has the authority that signed it'
    : 'it takes a token only with authentication.webhook.enabled: true, and only while it reaches the API server';
}

/** The kubelet names the rights that it asked for: before 1.33 that is nodes/proxy alone. */
function forbidden(path: string, body: string): string {
  const [, user = 'this user'] = /user=([^,]{1,200})/.exec(quoted(body)) ?? [];
  const right = `nodes/${path.slice(1)}`;
  if (!body.includes(path.slice(1)))
    return `the kubelet lets nobody read ${path} alone (403): it can be given from Kubernetes 1.33 on, with the feature gate KubeletFineGrainedAuthz`;
  const subject = user.startsWith('system:node:') ? 'the group system:nodes' : user;
  return `the kubelet does not let ${user} read ${path} (403): bind the ClusterRole kubelet-config-agent, which has get on ${right}, to ${subject}; the kubelet takes up to 30 s to notice`;
}

function placeOf({ address, port }: Pick<KubeletServer, 'address' | 'port'>): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function quoted(body: string): string {
  return cut(foreignLines(cut(body, 4 * mostCharacters)), mostCharacters);
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'it refused the connection' : foreignLines(message);
}

function unknown(reason: string): NoAnswer {
  return { kind: 'Unknown', reason };
}
