/**
 * Credentials for the kubelet's own server: those that the agent shows to the API server, or on a host
 * without a cluster as source, those of the kubelet itself.
 */

import type { HostFiles } from '../node/ports/files.ts';
import { HostFileError } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import type { NoAnswer, ReadKubeletCredentials } from '../node/ports/running-kubelet.ts';
import type { Credentials } from './credentials.ts';
import { CredentialsError } from './credentials-error.ts';
import { readKubeconfigs } from './kubeconfig.ts';

/** The credentials for the API server, read anew for each question. */
export function sharedCredentials(credentials: Pick<Credentials, 'current'>): ReadKubeletCredentials {
  return async () => {
    try {
      const { headers, certificate } = await credentials.current();
      const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
      if (authorization === undefined && certificate === undefined)
        return unknown('the credentials have neither a token nor a certificate');
      return { kind: 'Found', ...(authorization !== undefined && { authorization }), ...(certificate && { certificate }) };
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      return unknown(`there are no credentials to ask the kubelet with: ${error.message}; ${error.remedy}`);
    }
  };
}

/**
 * The kubelet's own credentials, from the kubeconfig that it is started with. They are used for nothing but
 * questions to that kubelet. No program is run for them.
 *
 * @param files of the host: the paths in the kubeconfig are the host's
 */
export function kubeletOwnCredentials(files: Pick<HostFiles, 'read'>): ReadKubeletCredentials {
  return async ({ kubeconfig }) => {
    if (kubeconfig === undefined) return unknown('the kubelet has no --kubeconfig, so there is nothing to ask it with');
    try {
      return await fromKubeconfig(kubeconfig, files);
    } catch (error) {
      if (!(error instanceof CredentialsError || error instanceof HostFileError)) throw error;
      return unknown(`there are no credentials to ask the kubelet with: ${error.message}; ${error.remedy}`);
    }
  };
}

async function fromKubeconfig(path: string, files: Pick<HostFiles, 'read'>): ReturnType<ReadKubeletCredentials> {
  const text = (await readThrough(files, path))?.toString();
  if (text === undefined) return unknown(`the kubelet's kubeconfig ${path} is not there, so there is nothing to ask it with`);
  const [user] = readKubeconfigs([path], undefined, () => text).users ?? [];
  const tokenFile: unknown = user?.authProvider?.config?.tokenFile;
  const read = async (data: string | undefined, file: unknown) =>
    data
      ? Buffer.from(data, 'base64').toString()
      : typeof file === 'string'
        ? (await readThrough(files, file))?.toString()
        : undefined;
  const token = user?.token ?? (await read(undefined, tokenFile))?.trim();
  const [cert, key] = [await read(user?.certData, user?.certFile), await read(user?.keyData, user?.keyFile)];
  if (cert && key) return { kind: 'Found', certificate: { cert, key } };
  if (token) return { kind: 'Found', authorization: `Bearer ${token}` };
  const has = user?.exec
    ? `gets its credentials from the program ${user.exec.command}, which is not run for that`
    : 'has neither a certificate nor a token';
  return unknown(`the kubelet's kubeconfig ${path} ${has}`);
}

function unknown(reason: string): NoAnswer {
  return { kind: 'Unknown', reason };
}
