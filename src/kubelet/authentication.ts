/** A kubelet that asks nobody who they are, and allows them everything. Pure. */

import type { FlagValue } from '../api/types.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, type SpecProblem } from '../desired/spec-problem.ts';
import { withOwnConfiguration } from './own-configuration.ts';
import { knownRelease, releaseOf } from './release.ts';

const anybody =
  'anybody who reaches port 10250 of the node may list its pods, run commands in them and read their logs, because this kubelet accepts anonymous requests and allows everything';

const remedy =
  'set authentication.anonymous.enabled: false, authentication.webhook.enabled: true, authentication.x509.clientCAFile and authorization.mode: Webhook in kubelet.configuration, or the flags anonymous-auth=false, authentication-token-webhook=true, client-ca-file and authorization-mode=Webhook';

/** The first release with these flags: none before can be told to ask. */
const firstThatAsks = knownRelease('1.5');
/** Before, the flag `config` names static pods. */
const firstWithFile = knownRelease('1.10');

/**
 * A warning for a kubelet of a cluster that is started with neither a configuration nor these flags: it then
 * has the defaults of the time before there was a file. One without an API server is left out: nobody asks
 * for its pods.
 *
 * @param version the kubelet that will run; undefined if nothing says which
 */
export function authenticationProblems(
  spec: Pick<EffectiveSpec, 'kubelet' | 'files'>,
  version: string | undefined,
): SpecProblem[] {
  const { flags, configuration } = withOwnConfiguration(spec).kubelet;
  const release = version === undefined ? undefined : releaseOf(version);
  const isOld = release !== undefined && release < firstWithFile;
  const hasFile = configuration !== undefined || (flags['config'] !== undefined && !isOld);
  const isSaid = flags['anonymous-auth'] !== undefined || flags['authorization-mode'] !== undefined;
  const joins = ['kubeconfig', 'bootstrap-kubeconfig', 'api-servers'].some((name) => textOf(flags[name]) !== '');
  const canAsk = release === undefined || release >= firstThatAsks;
  if (hasFile || isSaid || !joins || !canAsk || !isReachable(flags)) return [];
  return [caution('NoAuthentication', ['kubelet'], anybody, remedy)];
}

function isReachable(flags: Readonly<Record<string, FlagValue>>): boolean {
  return textOf(flags['enable-server']) !== 'false' && !/^(127\.|::1$|localhost$)/.test(textOf(flags['address']));
}

function textOf(value: FlagValue | undefined): string {
  return value === undefined ? '' : String(Array.isArray(value) ? (value.at(-1) ?? '') : value);
}

/** The same for a change that takes the questions away from a kubelet that asked them. */
export function openedProblem(object: string | undefined): SpecProblem & { readonly object?: string } {
  return {
    ...caution('NoAuthentication', ['spec', 'kubelet'], `after this change ${anybody}; so far it asks`, remedy),
    ...(object !== undefined && { object }),
  };
}
