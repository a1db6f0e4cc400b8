/** For the demonstration: a systemd that starts and stops the process that ExecStart= of a unit names, below a root. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Systemd, UnitStatus } from '../../src/node/ports/systemd.ts';
import { unitPath } from '../../src/systemd/load-path.ts';
import { describeUnitEnd } from '../../src/systemd/unit-end.ts';
import { readUnit } from '../../src/systemd/unit-text.ts';
import { splitWords } from '../../src/systemd/words.ts';

export interface ProcessSystemd extends Systemd {
  /** The process of the unit; undefined if it has none or has ended. */
  mainProcess(): number | undefined;
  /** What the present run, or the last one, has written to its standard error. */
  output(): string;
}

/** One start of the unit. */
interface Run {
  readonly child: ChildProcess;
  readonly invocation: string;
  output: string;
}

/** @param offline does what can be done without a systemd: the links that enable a unit */
export function processSystemd(root: string, offline: Systemd): ProcessSystemd {
  let run: Run | undefined;
  let starts = 0;
  const isUp = () => run !== undefined && run.child.exitCode === null && run.child.signalCode === null;
  const stop = async () => {
    if (!run || !isUp()) return;
    const ended = once(run.child, 'exit');
    run.child.kill();
    await ended;
  };
  return {
    ...offline,
    running: true,
    status: async (unit) => ({ ...(await offline.status(unit)), ...statusOf(run, isUp()) }),
    explain: async () => describeUnitEnd({ result: 'exit-code', main: { code: 1, status: run?.child.exitCode ?? 0 } }),
    loaded: async () => undefined,
    restart: async (unit) => {
      await stop();
      starts += 1;
      run = await start(root, unit, `run-${starts}`);
    },
    stop,
    mainProcess: () => (isUp() ? run?.child.pid : undefined),
    output: () => run?.output ?? '',
  };
}

function statusOf(run: Run | undefined, isUp: boolean): Partial<UnitStatus> {
  if (!run) return {};
  const common = { invocationId: run.invocation, restartPolicy: 'always' };
  return isUp
    ? { ...common, activeState: 'active', subState: 'running', mainPid: run.child.pid ?? 0 }
    : { ...common, activeState: 'activating', subState: 'auto-restart', result: 'exit-code' };
}

async function start(root: string, unit: string, invocation: string): Promise<Run> {
  const lines = readUnit(await readFile(join(root, unitPath(unit)), 'utf8'));
  const words = splitWords(lines.find(({ key }) => key === 'ExecStart')?.value ?? '');
  const [program = '', ...rest] = words.ok ? words.words : [];
  const child = spawn(join(root, program), rest, {
    env: { PATH: process.env['PATH'], ROOT: root },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const run: Run = { child, invocation, output: '' };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    run.output += text;
  });
  await once(child, 'spawn');
  return run;
}
