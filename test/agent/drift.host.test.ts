/** The agent on a machine with a real systemd, while somebody else works on its files and its unit. */

import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { type Running, start } from '../cli/in-process.ts';
import { hostKubelet, sharedHost } from '../cli/shared-host.ts';
import { configurationFile, unit, unitFile } from '../kubelet-host.ts';

const shared = sharedHost();
const directory = '/etc/kubelet-config.d';
const extra = '/etc/kubernetes/own.conf';
const dropIn = `/etc/systemd/system/${unit}.d/60-extra.conf`;

let agent: Running;

const workers = (spec = {}) =>
  JSON.stringify(
    hostKubelet(
      { flags: { v: 2 }, configuration: { maxPods: 64 } },
      { files: [{ path: dropIn, content: '[Service]\nNice=1\n' }], ...spec },
    ),
  );

function save(content: string): void {
  const path = shared.host.at(`${directory}/workers.yaml`);
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const running = async (spec = {}) => {
  onTestFailed(() => console.log(lines().join('\n')));
  save(workers(spec));
  agent = start(['agent', '--approve=self', '--root', shared.host.root, '--label', 'role=worker']);
  await said(/^committed: revision /);
};

/** As the last line it has said. */
async function said(line: RegExp): Promise<void> {
  await expect.poll(() => String(agent.log.at(-1)?.['msg']), { interval: 20 }).toMatch(line);
}

const lines = () => agent.log.map(({ msg }) => String(msg));
const count = (line: RegExp) => lines().filter((one) => line.test(one)).length;
const codes = () => (agent.log.at(-1)?.['problems'] as { code: string }[] | undefined)?.map(({ code }) => code) ?? [];

/** What is asked of the machine until it is so: how long it took, in milliseconds. */
async function timeUntil(isSo: () => boolean): Promise<number> {
  const begun = performance.now();
  await expect.poll(isSo, { interval: 5 }).toBe(true);
  return Math.round(performance.now() - begun);
}

interface Sight {
  readonly files: Record<string, string>;
  readonly invocation: string;
}

async function asItIs(): Promise<Sight> {
  return { files: shared.host.files(), invocation: (await shared.host.unit()).invocation };
}

const isAsBefore = ({ files }: Sight) => {
  try {
    return JSON.stringify(shared.host.files()) === JSON.stringify(files);
  } catch {
    // A file that goes while it is looked at.
    return false;
  }
};

beforeEach(() => {
  mkdirSync(shared.host.at(directory));
});
afterEach(async () => {
  agent?.stop();
  await agent?.ended;
});

const edits: Record<string, (path: string) => void> = {
  edited: (path) => appendFileSync(path, '# edited\n'),
  emptied: (path) => writeFileSync(path, ''),
  'replaced by a rename': (path) => {
    writeFileSync(`${path}~`, 'another\n');
    renameSync(`${path}~`, path);
  },
  removed: (path) => rmSync(path),
  'given another mode': (path) => chmodSync(path, 0o600),
  'given another owner': (path) => chownSync(path, 1, 1),
};

describe.each([unitFile, configurationFile, dropIn])('%s', (path) => {
  test('is brought back at once, and the kubelet does not notice', async () => {
    const { host } = shared;
    await running();
    const was = await asItIs();
    for (const [what, edit] of Object.entries(edits)) {
      const told = count(/^brought back without a restart/);
      edit(host.at(path));
      const took = await timeUntil(() => isAsBefore(was));
      console.log(`${path} ${what}: brought back within ${took} ms`);
      await expect.poll(() => count(/^brought back without a restart/)).toBe(told + 1);
      // Fewer than are a storm.
      if (told === 3) break;
    }
    expect(await host.unit()).toMatchObject({ invocation: was.invocation, active: 'active', enabled: 'enabled' });
    expect(await host.shell(`systemctl show ${unit} --property=NeedDaemonReload --value`)).toBe('no\n');
  });
});

test.each(['given another mode', 'given another owner'])('a file %s is brought back', async (what) => {
  await running();
  const was = await asItIs();
  edits[what]?.(shared.host.at(configurationFile));
  await said(/^brought back without a restart: \/etc\/kubernetes\/kubelet-config\.yaml \(another (mode|owner)\)/);
  expect((await asItIs()).invocation).toBe(was.invocation);
  expect(isAsBefore(was)).toBe(true);
});

test('a whole directory that is moved away, and one that is replaced', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  renameSync(host.at('/etc/kubernetes'), host.at('/etc/kubernetes.away'));
  await timeUntil(() => isAsBefore(was));
  rmSync(host.at('/etc/kubernetes.away'), { recursive: true });
  rmSync(host.at('/etc/kubernetes'), { recursive: true });
  await timeUntil(() => isAsBefore(was));
  expect((await asItIs()).invocation).toBe(was.invocation);
});

describe('what stands in the way is left there, and said', () => {
  test.each([
    ['a directory', (path: string) => mkdirSync(path), /is a directory/],
    ['a link', (path: string) => symlinkSync('/etc/hostname', path), /symlink|symbolic link/],
  ] as const)('%s', async (_what, put, reason) => {
    const { host } = shared;
    await running();
    const was = await asItIs();
    rmSync(host.at(configurationFile));
    put(host.at(configurationFile));
    await said(reason);
    rmSync(host.at(configurationFile), { recursive: true });
    await timeUntil(() => isAsBefore(was));
    expect((await asItIs()).invocation).toBe(was.invocation);
  });
});

test('a file that an object brings needs a restart, for who reads it and when is not known', async () => {
  const { host } = shared;
  await running({ files: [{ path: extra, content: 'ours\n' }] });
  const was = await asItIs();
  writeFileSync(host.at(extra), 'theirs\n');
  await timeUntil(() => isAsBefore(was));
  await expect.poll(() => lines().at(-1)).toMatch(/^committed: .*; brought back with it: .*own\.conf \(changed\)/);
  expect((await asItIs()).invocation).not.toBe(was.invocation);
});

test('what somebody had systemd load meanwhile is not what stays loaded', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  const own = readFileSync(host.at(unitFile), 'utf8');
  // Faster than we are: edited, loaded, and put back with its old times, so that systemd sees no difference.
  const edited = own.replace('--v=2', '--v=9');
  writeFileSync(host.at('/root/edited'), edited);
  await host.shell(
    `cp -p ${unitFile} /root/own; cat /root/edited > ${unitFile}; systemctl daemon-reload; cp -p /root/own ${unitFile}`,
  );
  const loaded = async () => (await host.shell(`systemctl show ${unit} --property=ExecStart`)).includes('--v=9');
  await expect.poll(loaded).toBe(false);
  await timeUntil(() => isAsBefore(was));
  expect((await asItIs()).invocation).toBe(was.invocation);
});

test("with somebody's restart upon it, it takes a restart to bring it back", async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  const own = readFileSync(host.at(unitFile), 'utf8');
  writeFileSync(host.at('/root/edited'), own.replace('--v=2', '--v=9'));
  const starts = (await host.starts()).length;
  await host.shell(`cat /root/edited > ${unitFile}; systemctl daemon-reload; systemctl restart ${unit}`);
  await expect
    .poll(async () => (await host.process('/usr/bin/kubelet')).words.find((word) => word.startsWith('--v')))
    .toBe('--v=2');
  expect(isAsBefore(was)).toBe(true);
  // Theirs, and ours, unless the files were back before theirs.
  const begun = (await host.starts()).length - starts;
  console.log(`edited, loaded and restarted by somebody: ${begun} starts, theirs among them`);
  expect(begun).toBeLessThanOrEqual(2);
});

test('a thousand edits in a second are a handful of passes, and no restart', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  const begun = process.cpuUsage();
  const until = performance.now() + 1_000;
  for (let edit = 0; edit < 1_000; edit += 1) {
    writeFileSync(host.at(configurationFile), `edit ${edit}\n`);
    if (edit % 10 === 0) await delay(Math.max(0, (until - performance.now()) / (100 - edit / 10)));
  }
  await timeUntil(() => isAsBefore(was));
  await said(/^brought back without a restart/);
  const repairs = count(/^brought back without a restart/);
  const { user, system } = process.cpuUsage(begun);
  console.log(
    `1000 edits in a second: ${repairs} repairs, ${Math.round((user + system) / 1000)} ms of processor time, the edits included`,
  );
  expect(repairs).toBeLessThanOrEqual(4);
  expect((await asItIs()).invocation).toBe(was.invocation);
});

test('whoever works against us again and again is left alone for a while, and it is said', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  for (let round = 1; round <= 5; round += 1) {
    writeFileSync(host.at(configurationFile), `round ${round}\n`);
    await expect.poll(() => count(/^brought back without a restart/), { interval: 20 }).toBe(round);
  }
  writeFileSync(host.at(configurationFile), 'once more\n');
  await expect.poll(codes).toEqual(['Contested']);
  await expect.poll(() => isAsBefore(was)).toBe(true);
  expect((await asItIs()).invocation).toBe(was.invocation);
});

test('a drop-in of somebody else that decides what is started is reported and left alone', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  host.put(`/etc/systemd/system/${unit}.d/90-theirs.conf`, '[Service]\nExecStart=\nExecStart=/bin/sleep infinity\n');
  await expect.poll(codes).toEqual(['UnitInvalid']);
  host.put(`/run/systemd/system/${unit}.d/91-limits.conf`, '[Service]\nLimitNOFILE=4096\n');
  rmSync(host.at(`/etc/systemd/system/${unit}.d/90-theirs.conf`));
  await said(/^unchanged: /);
  expect((await asItIs()).invocation).toBe(was.invocation);
  rmSync(host.at(`/run/systemd/system/${unit}.d`), { recursive: true });
});

describe('a person takes the unit in hand', () => {
  test.each([
    ['stopped', `systemctl stop ${unit}`, `systemctl start ${unit}`],
    ['disabled', `systemctl disable ${unit}`, `systemctl enable ${unit}`],
    ['disabled and stopped', `systemctl disable --now ${unit}`, `systemctl enable --now ${unit}`],
  ])('%s, it stays so, whatever changes, until they give it back', async (_what, take, give) => {
    const { host } = shared;
    await running();
    const was = await asItIs();
    await host.shell(take);
    await expect.poll(codes).toEqual(['UnitHeld']);
    const held = await host.unit();
    // Drift is still put right, and nothing is started.
    writeFileSync(host.at(configurationFile), 'theirs\n');
    await timeUntil(() => isAsBefore(was) || readFileSync(host.at(configurationFile), 'utf8') !== 'theirs\n');
    save(workers({ health: { minReadySeconds: 1 }, unit: { environment: { A: 'b' } } }));
    await expect.poll(codes).toEqual(['UnitHeld']);
    expect(await host.unit()).toMatchObject({ active: held.active, enabled: held.enabled });
    await host.shell(give);
    await said(/^committed: /);
    expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled' });
    expect(host.files()[unitFile]).toContain('Environment=');
  });

  test('masked by a link in place of its file', async () => {
    const { host } = shared;
    await running();
    const was = await asItIs();
    await host.shell(`ln -sf /dev/null ${unitFile}; systemctl daemon-reload`);
    await expect.poll(codes).toEqual(['UnitHeld']);
    expect(host.files()[unitFile]).toBe('link to /dev/null');
    await host.shell(`rm ${unitFile}`);
    await timeUntil(() => isAsBefore(was));
    expect((await asItIs()).invocation).toBe(was.invocation);
  });

  test('one that breaks by itself is no held one', async () => {
    const { host } = shared;
    await running({ unit: { options: { Service: { Restart: ['no'] } } } });
    await host.shell(`systemctl kill --signal=KILL ${unit}`);
    await expect.poll(codes).toEqual(['KubeletDown']);
    save(workers({ kubelet: { flags: { v: 3 } } }));
    await said(/^committed: /);
    expect(await host.unit()).toMatchObject({ active: 'active' });
  });
});

test('drift: Report writes nothing and names what was changed; back to Repair, it is brought back', async () => {
  const { host } = shared;
  await running({ drift: 'Report' });
  const was = await asItIs();
  writeFileSync(host.at(configurationFile), 'theirs\n');
  await expect.poll(codes).toEqual(['Drifted']);
  expect(JSON.stringify(agent.log.at(-1))).not.toContain('theirs');
  expect(readFileSync(host.at(configurationFile), 'utf8')).toBe('theirs\n');
  save(workers());
  await timeUntil(() => isAsBefore(was));
  expect((await asItIs()).invocation).toBe(was.invocation);
});

test('while the source is lost drift is brought back, and the loss is still what is said', async () => {
  const { host } = shared;
  await running();
  const was = await asItIs();
  renameSync(host.at(directory), host.at(`${directory}.away`));
  await expect.poll(codes).toEqual(['SourceLost']);
  writeFileSync(host.at(unitFile), 'theirs\n');
  await timeUntil(() => isAsBefore(was));
  await expect.poll(codes).toEqual(['SourceLost']);
  expect((await asItIs()).invocation).toBe(was.invocation);
  rmSync(host.at(`${directory}.away`), { recursive: true });
});

test('what it does itself it does not take for drift, and at rest it does nothing', async () => {
  const { host } = shared;
  await running();
  save(workers({ kubelet: { flags: { v: 3 } } }));
  await expect.poll(() => count(/^committed: /)).toBe(2);
  host.put('/etc/systemd/system/other.service', '[Service]\nExecStart=/bin/true\n');
  const stamps = host.stamps();
  await delay(1_500);
  const begun = process.cpuUsage();
  await delay(2_000);
  const { user, system } = process.cpuUsage(begun);
  console.log(`at rest: ${((user + system) / 20_000).toFixed(2)} % of a processor`);
  expect(host.stamps()).toEqual(stamps);
  expect(count(/^brought back/)).toBe(0);
  rmSync(host.at('/etc/systemd/system/other.service'));
});
