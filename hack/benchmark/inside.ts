/** Measures inside the machine, and prints the figures as JSON. Arguments: the bundled command, the rounds. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskCalls } from './disk-calls.ts';
import type { Figure } from './figures.ts';
import {
  type Change,
  objects,
  prepareMachine,
  processorTime,
  residentMebibytes,
  run,
  scriptCommand,
  startAgent,
  startFollower,
  writeObject,
  writeScriptFiles,
} from './machine.ts';

const [, , command = '', words = '15'] = process.argv;
const rounds = Number(words);
const machine = await prepareMachine();
const flags = ['-f', objects, '--label', 'role=bench'];
const oneShot = (name: string) => [process.execPath, command, name, ...flags];

let change: Change = { flag: 0, maxPods: 100 };
/** What only a unit file says differs. */
const nextFlag = () => ({ ...change, flag: (change.flag + 1) % 10 });
/** What no unit file says differs. */
const nextSetting = () => ({ ...change, maxPods: change.maxPods + 1 });

/**
 * Each gives the milliseconds from its beginning until the kubelet runs anew, and returns when all is done.
 */
async function script(next: Change): Promise<number> {
  writeScriptFiles(next);
  const before = performance.now();
  const started = machine.nextStart();
  await run(scriptCommand);
  return (await started) - before;
}

async function apply(next: Change): Promise<number> {
  writeObject(next);
  const before = performance.now();
  const started = machine.nextStart();
  await run(oneShot('apply'));
  return (await started) - before;
}

/** The script and what is compared with it in turn, each going first half of the time. */
async function inTurn(next: () => Change, subject: (next: Change) => Promise<number>) {
  const values: number[] = [];
  const reference: number[] = [];
  // One round more than is counted: the first one warms up.
  for (let round = 0; round <= rounds; round += 1) {
    change = next();
    const order = [async () => values.push(await subject(change)), async () => reference.push(await script(change))];
    for (const measure of round % 2 === 0 ? order : order.reverse()) await measure();
  }
  return { values: values.slice(1), script: reference.slice(1) };
}

async function repeated(measure: () => Promise<number>): Promise<number[]> {
  await measure();
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await measure());
  return values;
}

const figures: Figure[] = [];

// The very first change makes everything that later ones only alter.
await apply(change);
await script(change);

figures.push({ what: 'one change, apply', unit: 'ms', ...(await inTurn(nextFlag, apply)) });
figures.push({ what: 'no unit file touched, apply', unit: 'ms', ...(await inTurn(nextSetting, apply)) });
figures.push({
  what: 'nothing changed, node -e 0',
  unit: 'ms',
  values: await repeated(() => run([process.execPath, '-e', '0'])),
});
figures.push({ what: 'nothing changed, script', unit: 'ms', values: await repeated(() => run(scriptCommand)) });
for (const name of ['diff', 'apply']) {
  figures.push({ what: `nothing changed, ${name}`, unit: 'ms', values: await repeated(() => run(oneShot(name))), budget: 150 });
}

const agent = startAgent(command);
const pid = agent.pid ?? 0;
const log = createInterface({ input: agent.stdout ?? process.stdin });
await once(log, 'line');
const settled = async () => void (await once(log, 'line', { signal: AbortSignal.timeout(30_000) }));
/**
 * From the rename of the object's file; what the source waits for quiet is in it (src/manifest/load/directory.ts).
 */
const edit = async (next: Change): Promise<number> => {
  const started = machine.nextStart();
  const done = settled();
  const before = writeObject(next);
  const end = await started;
  await done;
  return end - before;
};
await sleep(2000);

figures.push({ what: 'one change, agent', unit: 'ms', ...(await inTurn(nextFlag, edit)), budget: 1.1 });
figures.push({ what: 'no unit file touched, agent', unit: 'ms', ...(await inTurn(nextSetting, edit)), budget: 0.3 });

/** The object file is replaced by an equal one: a pass that finds nothing to do. */
const idlePass = async () => {
  const before = processorTime(pid);
  writeObject(change);
  await sleep(500);
  return processorTime(pid) - before;
};
figures.push({ what: 'nothing changed, agent: CPU of a pass', unit: 'ms', values: await repeated(idlePass), budget: 5 });
const traced = await diskCalls(pid, idlePass);
figures.push({ what: 'nothing changed, agent: writes of a pass', unit: 'calls', values: [traced.changing], budget: 0 });

const busy = processorTime(pid);
const idleSeconds = 20;
await sleep(idleSeconds * 1000);
const share = (processorTime(pid) - busy) / (idleSeconds * 10);
figures.push({ what: 'at rest, agent: CPU', unit: '%', values: [share], budget: 0.1 });
figures.push({ what: 'at rest, agent: memory (directory source)', unit: 'MiB', values: [residentMebibytes(pid)], budget: 64 });

/** Two files grow as fast as a shell can write, in a directory on the way to what the agent watches. */
const neighbour = spawn('sh', ['-c', 'while :; do echo >>/run/bench-one; echo >>/run/bench-two; done'], { stdio: 'ignore' });
const undisturbed = processorTime(pid);
await sleep(idleSeconds * 1000);
const disturbed = (processorTime(pid) - undisturbed) / (idleSeconds * 10);
neighbour.kill();
await once(neighbour, 'exit');
figures.push({ what: 'files of others grow in /run, agent: CPU', unit: '%', values: [disturbed], budget: 1 });

const oneChange = await diskCalls(pid, async () => {
  change = nextFlag();
  await edit(change);
});
figures.push({ what: 'one change, agent: fsync', unit: 'calls', values: [oneChange.syncs] });
figures.push({ what: 'one change, agent: calls that change files', unit: 'calls', values: [oneChange.changing] });

agent.kill();
await once(agent, 'exit');

const follower = await startFollower(command);
const followerPid = follower.agent.pid ?? 0;
await sleep(10_000);
const followed = processorTime(followerPid);
await sleep(idleSeconds * 1000);
const followerShare = (processorTime(followerPid) - followed) / (idleSeconds * 10);
figures.push({ what: 'at rest, agent: CPU (cluster source)', unit: '%', values: [followerShare], budget: 0.1 });
const memory = residentMebibytes(followerPid);
figures.push({ what: 'at rest, agent: memory (cluster source)', unit: 'MiB', values: [memory], budget: 64 });
follower.stop();
machine.close();
process.stdout.write(JSON.stringify(figures));
