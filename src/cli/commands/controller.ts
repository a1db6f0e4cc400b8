/**
 * `kubelet-config controller`: decides which nodes of the fleet may change now. Of several that run, one
 * leads.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { NodeKubelet } from '../../api/types.ts';
import { connect } from '../../cluster/client.ts';
import { EventRecorder } from '../../cluster/event-recorder.ts';
import { clusterFleet, fieldManager } from '../../cluster/fleet-cluster.ts';
import { watchFleet } from '../../cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { lead } from '../../cluster/leader-election.ts';
import { controllerLease } from '../../cluster/resources.ts';
import { Controller, type ControllerObserver } from '../../fleet/controller.ts';
import { type LazyJudge, lazyJudge } from '../../fleet/judge.ts';
import { makeValidator, type Validator } from '../../fleet/object-health.ts';
import type { Revocation } from '../../fleet/plan/approvals.ts';
import { systemClock } from '../../loop/clock.ts';
import { afterGrace } from '../../loop/grace.ts';
import { logOnce } from '../../loop/log-once.ts';
import { now } from '../../loop/now.ts';
import { type ControllerMetrics, controllerMetrics } from '../../metrics/controller.ts';
import { serveMetrics } from '../../metrics/server.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { credentialsFrom } from '../flags/credentials.ts';
import { allowanceOf } from '../flags/intent.ts';
import { leaseDurationOption, leaseSecondsOf } from '../flags/lease-duration.ts';
import { allowanceOptions, kubeconfigOption, logLevelOption, metricsOption } from '../flags/options.ts';
import { taintKeyOf, unconfiguredTaintOption } from '../flags/unconfigured-taint.ts';
import { makeLog } from '../print/log.ts';
import { userAgent, version } from '../version.ts';

export const controller = command({
  name: 'controller',
  options: {
    kubeconfig: kubeconfigOption,
    namespace: { type: 'string', default: controllerLease.namespace, describe: 'Namespace of the Lease' },
    'lease-name': { type: 'string', default: controllerLease.name, describe: 'Name of the Lease that the leader holds' },
    identity: {
      type: 'string',
      describe: 'Name of this process in the Lease; no other may have it (default: the host name and a random part)',
    },
    'lease-duration': leaseDurationOption,
    'unconfigured-taint': unconfiguredTaintOption,
    'metrics-address': metricsOption,
    'log-level': logLevelOption,
    ...allowanceOptions,
  },
  examples: [
    ['controller --metrics-address=0.0.0.0:9345', 'in a pod'],
    ['controller --kubeconfig=admin.kubeconfig --identity=me', 'from your own machine, to try it'],
  ],
  epilogue:
    'If several run, one leads and the others wait. Give the same --unit and --allow-path as the agents have; otherwise, objects that the agents accept are reported as Invalid.\n' +
    'When it no longer leads, it ends with exit code 7: start it again.',
  run: async (flags, context) => {
    const { stop } = context;
    const newNodeTaint = taintKeyOf(flags['unconfigured-taint']);
    const leaseSeconds = leaseSecondsOf(flags['lease-duration']);
    const credentials = credentialsFrom(flags.kubeconfig, context.environment);
    const api = connect(credentials, { userAgent, fieldManager, abandon: afterGrace(stop) });
    const identity = flags.identity ?? `${hostname()}_${randomUUID().slice(0, 8)}`;
    const log = await makeLog(context.log, flags['log-level']);
    const metrics = controllerMetrics(version);
    metrics.leading(false);
    const allowance = allowanceOf(flags);
    const { judge, prepare } = lazyJudge(async () => (await import('../../fleet/judge-kubelets.ts')).kubeletJudge(allowance));
    const validator = makeValidator(allowance, judge);
    const program = { api, newNodeTaint, validator, prepare, identity, log, metrics, logError: errorLog(log, metrics) };
    const address = flags['metrics-address'];
    const server = address === undefined ? undefined : await serveMetrics(address, metrics.registry, () => true);
    log.info({ identity, credentials: credentials.origin, ...(server && { metrics: server.address }) }, 'waiting to lead');
    try {
      await runElected(program, { namespace: flags.namespace, name: flags['lease-name'], leaseSeconds }, stop);
    } finally {
      await server?.close();
    }
    log.info('stopped');
    return exitCodes.ok;
  },
});

/** Everything that one controller process has from its start to its end. */
interface Program {
  readonly api: KubernetesApi;
  readonly newNodeTaint: string;
  readonly validator: Validator;
  readonly prepare: LazyJudge['prepare'];
  readonly identity: string;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
  /** Counts the error, and logs it once for as long as it stays the same. */
  readonly logError: (about: string, error: unknown) => void;
}

/**
 * Waits for the Lease and works for as long as this process holds it, until `stop` is aborted.
 * @throws CommandFailure when the Lease is lost
 */
async function runElected(
  program: Program,
  lease: { readonly namespace: string; readonly name: string; readonly leaseSeconds: number },
  stop: AbortSignal,
): Promise<void> {
  const { api, identity, log, logError } = program;
  const outcome = await lead({
    api,
    ...lease,
    identity,
    clock: systemClock,
    random: Math.random,
    signal: stop,
    onNewLeader: (leader) => log.info({ leader }, leader === identity ? 'leading' : 'another one leads'),
    onStartedLeading: (signal, term) => work(program, term, signal),
    log: (error) => logError('leases', error),
  });
  if (outcome !== 'Lost') return;
  const reason = 'the Lease could not be renewed, or was taken or deleted, so another controller may lead by now';
  const remedy = 'start it again; if it happens often, check that the API server answers';
  throw new CommandFailure(exitCodes.cluster, reason, remedy, { code: 'LeaseLost' });
}

/**
 * Runs the controller's loop until this process no longer leads. Everything is listed anew: an older cache
 * may not show the last grants of the leader before.
 */
async function work(program: Program, term: string, signal: AbortSignal): Promise<void> {
  const { api, newNodeTaint, validator, prepare, identity, log, metrics, logError } = program;
  const common = { api, clock: systemClock, random: Math.random };
  const reporter = { reportingController: 'kubelet-config.dev/controller', reportingInstance: identity };
  const recorder = new EventRecorder({ ...common, ...reporter, log: (error) => logError('events', error) });
  let notice: () => void = () => undefined;
  const watch = watchFleet({ ...common, onChange: () => notice(), onError: logError });
  const fleet = clusterFleet({ api, watch, record: (event) => recorder.record(event) });
  const observer = observerOf(log, metrics);
  const loop = new Controller({ ...common, fleet, term, newNodeTaint, validator, prepare, time: now, observer });
  notice = () => loop.notice();
  metrics.leading(true);
  try {
    await Promise.all([loop.run(signal), recorder.run(signal)]);
  } finally {
    metrics.leading(false);
    await watch.stop();
  }
}

/** The names of the objects that a node runs or asks for. */
function objectsOf({ status }: NodeKubelet): string[] {
  return [...new Set([...(status?.inputs ?? []), ...(status?.desired ?? [])].map(({ name }) => name))];
}

function observerOf(log: Logger, metrics: ControllerMetrics): ControllerObserver {
  return {
    granted: (node, { nodeKubelet, approval: { request, revision, place, stage, until }, isRenewal }) => {
      if (!isRenewal) metrics.granted(objectsOf(nodeKubelet));
      log.info({ node, request, revision, place, stage, until }, isRenewal ? 'approved again' : 'granted');
    },
    revoked: (node, because) => {
      metrics.revoked();
      log.warn({ node }, `approval taken back: ${whyRevoked[because]}`);
    },
    retried: (node, request) => log.info({ node, request }, 'may try again what failed'),
    released: (object, message) => log.info({ object }, message),
    assessed: (reports) => metrics.assessed(reports),
    retry: (error, delayMilliseconds) => {
      metrics.failed(error);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ againInSeconds: Math.round(delayMilliseconds / 1000) }, `failed, and will be tried again: ${reason}`);
    },
  };
}

const whyRevoked: Readonly<Record<Revocation['because'], string>> = {
  Unclaimed: 'no agent has claimed it',
  Stopped: 'the rollout was stopped before its agent began',
  NoRoom: 'another leader gave it, and there is no room for it',
  NotDrained: 'the node could not be drained',
  Doubt: 'it is not known whether it was stored, and it may not be given any more',
};

function errorLog(log: Logger, metrics: ControllerMetrics): Program['logError'] {
  const once = logOnce(log);
  return (about, error) => {
    metrics.failed(error);
    once(about, error);
  };
}
