/** Changes one KubeletConfig for a person: read, decide, write only if nobody has changed it meanwhile. */

import type { KubeletConfig } from '../../api/types.ts';
import { ApiError, type KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { kubeletConfigs } from '../../cluster/own-resources.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { clusterUnusable } from '../flags/credentials.ts';

export interface Edit<Result> {
  readonly object: KubeletConfig;
  /** A merge patch (RFC 7386) of the object; undefined if there is nothing to write. */
  readonly patch: object | undefined;
  readonly result: Result;
}

/** The controller writes the status of an object in between, which is another version of it too. */
const mostTries = 10;

/**
 * @param decide reads the cluster and decides; it is called again if the object has changed since
 * @throws CommandFailure if the API server refuses
 */
export async function edit<Result>(api: KubernetesApi, decide: () => Promise<Edit<Result>>): Promise<Result> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { object, patch, result } = await decide();
    if (patch === undefined || (await isWritten(api, object, patch))) return result;
  }
  const reason = 'the object changes all the time, so nothing was written';
  throw new CommandFailure(exitCodes.cluster, reason, 'try again', { code: 'ClusterUnusable' });
}

async function isWritten(api: KubernetesApi, { metadata }: KubeletConfig, patch: object): Promise<boolean> {
  const { name, resourceVersion } = metadata;
  const changed = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  const body = { ...patch, metadata: { ...changed, resourceVersion } };
  try {
    await api.patch(kubeletConfigs, name, { type: 'Merge', body });
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'Conflict' || error.code === 'NotFound')) return false;
    return clusterUnusable(error, 'patch kubeletconfigs');
  }
}
