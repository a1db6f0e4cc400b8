/**
 * One request to the kubelet's own server. Nothing is sent before the server has shown, and proved to
 * own, the certificate that is in the kubelet's file on this host: neither a token nor the request
 * itself.
 */

import { request } from 'node:http';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { KubeletServer } from '../kubelet/server.ts';
import type { HostFiles } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import type { KubeletCredentials } from '../node/ports/running-kubelet.ts';

/** The longest answer that is read. /configz has about 3 KiB. */
const mostBytes = 1024 * 1024;

/** The answer of the kubelet. */
export interface KubeletResponse {
  readonly status: number;
  readonly body: string;
}

/** The server shows another certificate than the kubelet's file has. */
export class OtherCertificateError extends Error {
  override readonly name = 'OtherCertificateError';
}

/** The client certificate or its key cannot be read. */
export class ClientCertificateError extends Error {
  override readonly name = 'ClientCertificateError';
}

/** The answer is longer than any of the kubelet's. */
export class LongAnswerError extends Error {
  override readonly name = 'LongAnswerError';
}

/**
 * The kubelet's serving certificates that are on the host, as DER, with their files.
 * @throws HostFileError
 */
export async function servingCertificates(
  { certificates }: KubeletServer,
  files: Pick<HostFiles, 'read'>,
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const path of certificates) {
    const certificate = firstCertificate((await readThrough(files, path))?.toString('latin1') ?? '');
    if (certificate) found.set(path, certificate);
  }
  return found;
}

const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];

/**
 * The server's own certificate is the first of the file; those that signed it, and perhaps its key, stand
 * beside it.
 */
function firstCertificate(pem: string): Buffer | undefined {
  const start = pem.indexOf(begin);
  const stop = start < 0 ? -1 : pem.indexOf(end, start);
  return stop < 0 ? undefined : Buffer.from(pem.slice(start + begin.length, stop), 'base64');
}

export interface KubeletRequest {
  readonly server: KubeletServer;
  readonly path: string;
  readonly credentials: KubeletCredentials;
  /** As DER: the server must show one of these. */
  readonly certificates: readonly Buffer[];
  /** Ends the connection. */
  readonly signal: AbortSignal;
}

/**
 * @throws OtherCertificateError, ClientCertificateError, LongAnswerError, the reason of the signal, or an
 * error of the connection
 */
export async function askServer(asked: KubeletRequest): Promise<KubeletResponse> {
  const { server, credentials, signal } = asked;
  const socket = connect({
    host: server.address,
    port: server.port,
    secureContext: contextOf(credentials),
    // Nobody that we know has signed the certificate. It is compared with the kubelet's own file instead.
    rejectUnauthorized: false,
  });
  const stop = () => socket.destroy(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await isSecure(socket);
    const shown = socket.getPeerX509Certificate()?.raw;
    if (!shown || !asked.certificates.some((one) => one.equals(shown))) throw new OtherCertificateError();
    return await send(socket, asked);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function contextOf({ certificate }: KubeletCredentials): SecureContext {
  try {
    return createSecureContext({ ...certificate });
  } catch (error) {
    throw new ClientCertificateError('the client certificate or its key cannot be read', { cause: error });
  }
}

function isSecure(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function send(socket: TLSSocket, { server, path, credentials: { authorization } }: KubeletRequest): Promise<KubeletResponse> {
  const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: server.address, port: server.port, path, headers, createConnection: () => socket },
      (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          parts.push(part);
          length += part.length;
          if (length > mostBytes) response.destroy(new LongAnswerError());
        });
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      },
    );
    asked.once('error', reject);
    asked.end();
  });
}
