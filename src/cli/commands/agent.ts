/** `kubelet-config agent`: keeps one host at what its source says. */

import type { Options } from 'yargs';
import { agentLog } from '../../agent/log.ts';
import { makeAgent } from '../../agent/loop.ts';
import { trackAgentState } from '../../agent/state.ts';
import { openWatchList, watchList } from '../../agent/watch-list.ts';
import { hideInReason } from '../../api/hide-secrets.ts';
import { validateKubeletConfig } from '../../api/validate/validate.ts';
import { acquireLock } from '../../host/lock.ts';
import { type OpenMachine, openMachine, systemClock } from '../../host/machine.ts';
import { debounce } from '../../loop/debounce.ts';
import { now } from '../../loop/now.ts';
import { isSuperseded } from '../../node/decide/superseded.ts';
import type { Rest } from '../../node/model/action.ts';
import type { TransactionEvent } from '../../node/model/event.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import { selfApproved } from '../../node/model/permission.ts';
import type { ReconcileRequest } from '../../node/model/preview.ts';
import type { TransactionRecord } from '../../node/model/record.ts';
import { readHold } from '../../node/pass/hold.ts';
import { previewPass } from '../../node/pass/preview.ts';
import { reconcile } from '../../node/pass/reconcile.ts';
import type { HostEvent, HostWatch } from '../../node/ports/host-watch.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { chooseSource } from '../flags/agent-source.ts';
import { allowanceOf } from '../flags/intent.ts';
import { allowanceOptions, nodeOptions, rootOption } from '../flags/options.ts';
import { makeLog } from '../print/log.ts';

const { node: _node, ...labelOptions } = nodeOptions;

const options = {
  source: {
    type: 'string',
    describe: 'Where the objects are: cluster, or dir:PATH (default: dir:/etc/kubelet-config.d of the host)',
  },
  root: rootOption,
  'node-name': {
    type: 'string',
    describe: "Name of the Node (default: $NODE_NAME; then who the API server says we are, or the machine's host name for dir:)",
  },
  kubeconfig: { type: 'string', describe: "For --source=cluster: whose credentials to use (default: the pod's, then kubectl's)" },
  bootstrap: {
    type: 'string',
    describe: 'For --source=cluster: dir:PATH that counts until the cluster knows this node, e.g. before the first kubelet',
  },
  ...labelOptions,
  approve: { choices: ['self'] as const, describe: 'Who allows a change: self, for a machine without a controller' },
  'metrics-address': { type: 'string', describe: 'Serve /metrics and /healthz at this HOST:PORT (default: not at all)' },
  ...allowanceOptions,
} as const satisfies Record<string, Options>;

export const agent = command({
  name: 'agent',
  summary: 'Keep a host at what its objects say, until stopped',
  options,
  examples: [
    ['agent --source=cluster --root=/host --node-name=worker-1', 'in a pod, with the host at /host'],
    [
      'agent --source=cluster --kubeconfig=/etc/kubernetes/kubelet.conf',
      "as a service of the host, with the kubelet's credentials",
    ],
    ['agent --approve=self --label role=worker', 'this machine alone, from /etc/kubelet-config.d'],
    ['agent --approve=self --source dir:/configs --root /host --labels /node.yaml', 'in a container with the host at /host'],
  ],
  epilogue:
    'A source that does not answer changes nothing: the node keeps what it has. To withdraw an object, delete it; from a directory, remove its file and leave another one there.\n' +
    "With --source=cluster a change waits for the controller's approval, unless --approve=self is given.",
  run: async (flags, context) => {
    const { stop } = context;
    const allowance = allowanceOf(flags);
    const validate = (value: unknown) => validateKubeletConfig(value, allowance);
    const log = await makeLog(context.log);
    const open = await chooseSource(flags, { context, validate, log });
    const lock = await acquireLock(flags.root);
    const metrics = await metricsAt(flags['metrics-address']);
    const source = open(() => {
      loop.notice();
      void reconsider().catch(() => undefined);
    });
    let machine: OpenMachine | undefined;
    let watch: HostWatch | undefined;
    const memory = trackAgentState(systemClock.now);
    let underWay: { readonly record: TransactionRecord; readonly over: AbortController } | undefined;

    const requestFor = async (on: OpenMachine): Promise<ReconcileRequest> => {
      const { authority, ...inquiry } = await source.ask(on);
      return {
        ...inquiry,
        authority: flags.approve === 'self' ? selfApproved : authority,
        allowance,
        facts: on.facts,
        at: now(),
        restart: true,
        retry: false,
        stop,
        report: () => undefined,
      };
    };

    /** Many edits in a moment are one pass. */
    const heard = debounce(() => loop.noticeHost(0), { longestMilliseconds: 1000 });
    const hear = (event: HostEvent) => {
      const due = memory.noticed(event);
      if (due === 0) heard.signal(100);
      else if (due !== undefined) loop.noticeHost(due);
    };
    const pass = async (resting: Rest | undefined) => {
      machine ??= await openMachine(flags.root, () => loop.notice());
      // Before anything is looked at: what happens from here on is told.
      watch ??= await openWatchList(machine, flags.unit, hear);
      const over = new AbortController();
      const report = (event: TransactionEvent) => {
        if (event.kind === 'Armed') underWay = { record: event.record, over };
        if (event.kind === 'Done' && event.step.kind === 'Reload') memory.reloaded();
        if (event.kind === 'NotLabelled') log.warn({ path: event.path }, `SELinux label not restored: ${event.reason}`);
        if (event.kind === 'Fetching') log.info({ image: event.image }, 'fetching the image before the change');
        if (event.kind === 'Unverified') log.info({ what: event.what }, `not verified before the change: ${event.reason}`);
        // Also of a change that a dead agent left open: nothing else would tell that there was one.
        if (event.kind === 'Unproven') log.warn({ waitSeconds: event.timeoutSeconds }, `unproven: ${event.reason}`);
        if (event.kind === 'Undoing')
          log.warn({ verdict: event.verdict.kind }, `undoing a change: ${hideInReason(event.verdict.reason)}`);
      };
      const request = await requestFor(machine);
      const agentState = memory.agentState();
      const outcome = await reconcile({ ...request, resting, agentState, superseded: over.signal, report }, machine);
      underWay = undefined;
      memory.passed(outcome);
      const look = memory.nextLook();
      if (look !== undefined) loop.noticeHost(look);
      metrics?.passed(outcome);
      if (outcome.kind === 'Changed') await watch.watch(await watchList(machine, flags.unit));
      if (memory.isReloadDue(outcome) && !(request.hold ?? (await readHold(machine.files)))) {
        await machine.systemd.reload();
        memory.reloaded();
        log.info('systemd had read a unit file that somebody else has put back since: reloaded');
      }
      return outcome;
    };
    /** A proof may take minutes: a change that nobody wants any more is not waited for. What goes wrong here the next pass tells. */
    const reconsider = async () => {
      if (!machine || !underWay) return;
      const { record, over } = underWay;
      if (isSuperseded(await previewPass(await requestFor(machine), machine), record)) over.abort();
    };
    const report = async (outcome: Outcome) => {
      if (machine) await source.report(outcome, machine);
    };
    const loop = makeAgent({ pass, report, clock: systemClock, random: Math.random, log: agentLog(log) });
    log.info({ source: source.origin, root: flags.root, ...(metrics && { metrics: metrics.address }) }, 'watching');
    try {
      await loop.run(stop);
      log.info('stopped');
      return exitCodes.ok;
    } finally {
      await source.close();
      heard.cancel();
      watch?.close();
      machine?.close();
      await lock.release();
      await metrics?.close();
    }
  },
});

/** Loaded only where somebody asks: an agent on a node keeps its memory for other things. */
async function metricsAt(address: string | undefined) {
  if (address === undefined) return undefined;
  const [{ agentMetrics }, { serveMetrics }] = await Promise.all([
    import('../../metrics/agent.ts'),
    import('../../metrics/server.ts'),
  ]);
  const { registry, passed } = agentMetrics();
  // It is healthy as long as it answers: one that is killed for taking long would only begin again.
  return { passed, ...(await serveMetrics(address, registry, () => true)) };
}
