/** `kubelet-config agent`: keeps one host at what its source says. */

import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { hideInReason } from '../api/hide-secrets.ts';
import { validateKubeletConfig } from '../api/validate/validate.ts';
import { acquireLock } from '../host/lock.ts';
import { type OpenMachine, openMachine, systemClock } from '../host/machine.ts';
import { type AgentLog, makeAgent } from '../node/agent.ts';
import { selfApproved } from '../node/permission.ts';
import { reconcile } from '../node/reconcile.ts';
import type { SourceAnswer } from '../node/want.ts';
import { type DirectorySource, watchDirectory } from '../source/directory.ts';
import { command } from './command.ts';
import { allowanceOptions, nodeOptions, rootOption } from './common-options.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { allowanceOf, locateIn } from './intent.ts';
import { makeLog } from './log.ts';
import { askNode, readNode } from './node-identity.ts';
import { describeOutcome, problemsOf } from './outcome.ts';

const { node, ...labelOptions } = nodeOptions;

export const agent = command({
  name: 'agent',
  summary: 'Keep a host at what a directory of objects says, until stopped',
  options: {
    source: { type: 'string', describe: 'Where the objects are: dir:PATH (default: dir:/etc/kubelet-config.d of the host)' },
    root: rootOption,
    'node-name': node,
    ...labelOptions,
    approve: { choices: ['self'] as const, describe: 'Who allows a change: self, for a machine without a controller' },
    ...allowanceOptions,
  },
  examples: [
    ['agent --approve=self --label role=worker', 'this machine, from /etc/kubelet-config.d'],
    ['agent --approve=self --source dir:/configs --root /host --labels /node.yaml', 'in a container with the host at /host'],
  ],
  epilogue:
    'A directory that is missing, unreadable or empty changes nothing: to withdraw an object, remove its file and leave another one there.\n' +
    'Not built yet: the source cluster, and approval by a controller.',
  run: async (flags, context) => {
    const { terminal, stop } = context;
    const directory = directoryOf(flags.source, flags.root);
    if (flags.approve !== 'self') {
      throw new CommandFailure(exitCodes.usage, 'a directory has no controller that could approve changes', 'add --approve=self');
    }
    const allowance = allowanceOf(flags);
    await readNode({ ...flags, node: flags['node-name'] }, terminal);
    const log = await makeLog(context.log);
    const lock = await acquireLock(flags.root);
    const validate = (value: unknown) => validateKubeletConfig(value, allowance);
    const source = watchDirectory(directory, { validate, onChange: () => loop.notice() });
    // A node that is relabelled gets other objects at once.
    const labels =
      flags.labels === undefined
        ? undefined
        : watchDirectory(dirname(flags.labels), { validate: () => [], onChange: () => loop.notice() });
    let machine: OpenMachine | undefined;

    const pass = async () => {
      machine ??= await openMachine(flags.root);
      const identity = await askNode({ ...flags, node: flags['node-name'] });
      const answer: SourceAnswer = identity.node ? await ask(source) : { kind: 'Unknown', problems: identity.problems };
      return reconcile(
        {
          source: answer,
          labels: identity.node?.labels ?? {},
          allowance,
          facts: machine.facts,
          restart: true,
          authority: selfApproved,
          retry: false,
          stop,
          report: () => undefined,
        },
        machine,
      );
    };
    const loop = makeAgent({ pass, clock: systemClock, random: Math.random, log: agentLog(log) });
    log.info({ source: directory, root: flags.root }, 'watching');
    try {
      await loop.run(stop);
      log.info('stopped');
      return exitCodes.ok;
    } finally {
      source.close();
      labels?.close();
      machine?.close();
      await lock.release();
    }
  },
});

/** @throws CommandFailure for a source that is none, or not built yet */
function directoryOf(source: string | undefined, root: string): string {
  if (source === undefined) return join(root, 'etc/kubelet-config.d');
  if (source.startsWith('dir:') && source.length > 4) return source.slice(4);
  const remedy = 'give dir: and the path of a directory';
  if (source === 'cluster') throw new CommandFailure(exitCodes.usage, 'the source cluster is not built yet', remedy);
  throw new CommandFailure(exitCodes.usage, `${JSON.stringify(source)} is no source`, remedy);
}

async function ask(source: DirectorySource): Promise<SourceAnswer> {
  const snapshot = await source.read();
  switch (snapshot.state) {
    case 'Answers':
      return {
        kind: 'Answers',
        objects: snapshot.objects.map(({ object }) => object),
        located: (problems) => locateIn(snapshot.objects, problems),
      };
    case 'Invalid':
      return { kind: 'Unknown', problems: snapshot.problems };
    case 'SourceLost': {
      const remedy = 'the node keeps what it has until the directory answers again';
      return {
        kind: 'Unknown',
        problems: [{ severity: 'error', code: 'SourceLost', path: [], reason: snapshot.message, remedy }],
      };
    }
    default:
      return snapshot satisfies never;
  }
}

function agentLog(log: Logger): AgentLog {
  return {
    outcome: (outcome) => {
      const problems = problemsOf(outcome).map(({ code, object, path, reason, remedy, position }) => ({
        code,
        object,
        field: path.join('.'),
        reason: hideInReason(reason),
        remedy,
        ...(position ? { at: `${position.file}:${position.line}:${position.column}` } : {}),
      }));
      const isFine = outcome.kind === 'Unchanged' || (outcome.kind === 'Changed' && outcome.result.kind === 'Committed');
      const level = isFine && problems.length === 0 ? 'info' : 'warn';
      const detail =
        outcome.kind === 'Changed'
          ? { outcome: outcome.result.kind, revision: outcome.record.revision }
          : { outcome: outcome.kind };
      log[level]({ ...detail, ...(problems.length > 0 ? { problems } : {}) }, describeOutcome(outcome).join('; '));
    },
    retry: (error, delayMilliseconds) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ againInSeconds: Math.round(delayMilliseconds / 1000) }, `not done: ${reason}`);
    },
  };
}
