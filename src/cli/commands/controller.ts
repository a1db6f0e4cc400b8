/** `kubelet-config controller`: decides which nodes of the fleet may change now. Of several that run, one leads. */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { connect } from '../../cluster/client.ts';
import { type Credentials, loadCredentials } from '../../cluster/credentials.ts';
import { CredentialsError } from '../../cluster/credentials-error.ts';
import { EventRecorder } from '../../cluster/event-recorder.ts';
import { clusterFleet, fieldManager } from '../../cluster/fleet-cluster.ts';
import { watchFleet } from '../../cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { lead } from '../../cluster/leader-election.ts';
import { type Controller, type ControllerObserver, makeController } from '../../fleet/controller.ts';
import { makeJudge } from '../../fleet/verdict.ts';
import { systemClock } from '../../loop/clock.ts';
import { afterGrace } from '../../loop/grace.ts';
import { logOnce } from '../../loop/log-once.ts';
import { rfc3339 } from '../../loop/time.ts';
import { type ControllerMetrics, controllerMetrics } from '../../metrics/controller.ts';
import { serveMetrics } from '../../metrics/server.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { allowanceOf } from '../flags/intent.ts';
import { allowanceOptions, metricsOption } from '../flags/options.ts';
import { makeLog } from '../print/log.ts';
import { userAgent } from '../version.ts';

export const controller = command({
  name: 'controller',
  summary: 'Let the nodes of a cluster change as their objects allow, until stopped',
  options: {
    kubeconfig: { type: 'string', describe: "Whose credentials to use (default: the pod's, then kubectl's)" },
    namespace: { type: 'string', default: 'kubelet-config', describe: 'Namespace of the Lease' },
    'lease-name': { type: 'string', default: 'kubelet-config-controller', describe: 'Name of the Lease that the leader holds' },
    identity: { type: 'string', describe: 'Name in the Lease, of this process alone (default: the host name and a random part)' },
    'metrics-address': metricsOption,
    ...allowanceOptions,
  },
  examples: [
    ['controller --metrics-address=0.0.0.0:9345', 'in a pod'],
    ['controller --kubeconfig=admin.kubeconfig --identity=me', 'from a machine of yours, to try it'],
  ],
  epilogue:
    'Of several, one leads and the others wait. Give --unit and --allow-path as the agents have them: else objects that they take are called invalid.\n' +
    'It ends when it no longer leads, with an error: start it again.',
  run: async (flags, context) => {
    const { stop } = context;
    const judge = makeJudge(allowanceOf(flags));
    const credentials = credentialsFrom(flags.kubeconfig, context.environment);
    const api = connect(credentials, { userAgent, fieldManager, abandon: afterGrace(stop) });
    const identity = flags.identity ?? `${hostname()}_${randomUUID().slice(0, 8)}`;
    const log = await makeLog(context.log);
    const metrics = controllerMetrics();
    metrics.leading(false);
    const say = logOnce(log);
    const complain: Complain = (about, error) => {
      metrics.failed(error);
      say(about, error);
    };
    const address = flags['metrics-address'];
    const server = address === undefined ? undefined : await serveMetrics(address, metrics.registry, () => true);

    log.info({ identity, credentials: credentials.origin, ...(server && { metrics: server.address }) }, 'waiting to lead');
    try {
      const outcome = await lead({
        api,
        namespace: flags.namespace,
        name: flags['lease-name'],
        identity,
        clock: systemClock,
        random: Math.random,
        signal: stop,
        onNewLeader: (leader) => log.info({ leader }, leader === identity ? 'leading' : 'another one leads'),
        onStartedLeading: (signal) => work({ api, judge, identity, log, metrics, complain, signal }),
        log: (error) => complain('leases', error),
      });
      if (outcome === 'Lost') {
        const reason = 'the Lease could not be renewed, so another controller may lead by now';
        throw new CommandFailure(
          exitCodes.cluster,
          reason,
          'start it again; if it happens often, see whether the API server is well',
        );
      }
      log.info('stopped');
      return exitCodes.ok;
    } finally {
      await server?.close();
    }
  },
});

interface Work {
  readonly api: KubernetesApi;
  readonly judge: ReturnType<typeof makeJudge>;
  readonly identity: string;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
  readonly complain: Complain;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** As long as this process leads. Everything is listed anew: a cache from before may not show what the leader before has granted last. */
async function work({ api, judge, identity, log, metrics, complain, signal }: Work): Promise<void> {
  const common = { api, clock: systemClock, random: Math.random };
  const reporter = { reportingController: 'kubelet-config.dev/controller', reportingInstance: identity };
  const recorder = new EventRecorder({ ...common, ...reporter, log: (error) => complain('events', error) });
  let loop: Controller | undefined;
  const watch = watchFleet({
    ...common,
    onChange: () => loop?.notice(),
    onError: complain,
  });
  const fleet = clusterFleet({ api, watch, record: (event) => recorder.record(event) });
  const observer = observe(log, metrics);
  loop = makeController({ ...common, fleet, judge, time: () => rfc3339(Date.now()), observer });
  metrics.leading(true);
  try {
    await Promise.all([loop.run(signal), recorder.run(signal)]);
  } finally {
    metrics.leading(false);
    await watch.stop();
  }
}

function observe(log: Logger, metrics: ControllerMetrics): ControllerObserver {
  return {
    granted: (node, { id, revision, reason }) => {
      metrics.granted();
      log.info({ node, request: id, revision, reason }, 'granted');
    },
    revoked: (node) => {
      metrics.revoked();
      log.warn({ node }, 'approval taken back: no agent has claimed it');
    },
    released: (object, message) => log.info({ object }, message),
    assessed: (reports) => metrics.assessed(reports),
    retry: (error, delayMilliseconds) => {
      metrics.failed(error);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ againInSeconds: Math.round(delayMilliseconds / 1000) }, `not done: ${reason}`);
    },
  };
}

type Complain = (about: string, error: unknown) => void;

/** @throws CommandFailure */
function credentialsFrom(kubeconfig: string | undefined, environment: Readonly<Record<string, string | undefined>>): Credentials {
  try {
    return loadCredentials({ ...(kubeconfig !== undefined && { kubeconfig }), environment });
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new CommandFailure(exitCodes.cluster, error.message, error.remedy, { cause: error });
  }
}
