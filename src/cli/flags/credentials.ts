/** Credentials for an API server, as --kubeconfig and the environment name them. */

import { type Credentials, loadCredentials } from '../../cluster/credentials.ts';
import { CredentialsError } from '../../cluster/credentials-error.ts';
import { ApiError } from '../../cluster/kubernetes-api.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/** @throws CommandFailure when there are none, or they cannot be read */
export function credentialsFrom(
  kubeconfig: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Credentials {
  try {
    return loadCredentials({ ...(kubeconfig !== undefined && { kubeconfig }), environment });
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new CommandFailure(exitCodes.cluster, error.message, error.remedy, { code: 'NoCredentials', cause: error });
  }
}

/**
 * For `catch`.
 * @param needs what the command does in the cluster
 * @throws CommandFailure if it comes from the API server; every other error as it is
 */
export function clusterUnusable(error: unknown, needs = 'list nodes and nodekubelets'): never {
  if (!(error instanceof ApiError)) throw error;
  throw new CommandFailure(exitCodes.cluster, error.message, remedyFor(error, needs), { code: 'ClusterUnusable', cause: error });
}

function remedyFor({ code, status }: ApiError, needs: string): string {
  if (code === 'Forbidden') return `use credentials that may ${needs}`;
  if (code === 'Unauthorized') return 'log in to the cluster again, or give other credentials with --kubeconfig';
  // A kind that is not served: no list of it is an object that could be missing.
  if (status === 404) return 'install kubelet-config in the cluster first: kubectl apply -f crds/';
  return 'check with kubectl get nodes that the API server answers, and give the credentials with --kubeconfig';
}
