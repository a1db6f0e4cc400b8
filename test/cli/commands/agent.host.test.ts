/** The agent on a machine with a real systemd, while people do to its directory what they do. */

import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootLink, configurationFile, unitFile, withoutReport } from '../../kubelet-host.ts';
import { type Running, start } from '../in-process.ts';
import { elsewhere, hostKubelet, sharedHost } from '../shared-host.ts';

const shared = sharedHost();
const directory = '/etc/kubelet-config.d';

let agent: Running;

beforeEach(() => {
  mkdirSync(shared.host.at(directory));
  save('workers.yaml', workers(2));
});
afterEach(async () => {
  agent?.stop();
  await agent?.ended;
});

const workers = (verbosity: number, spec = {}) => JSON.stringify(hostKubelet({ flags: { v: verbosity } }, spec), null, 2);

/** As editors save: whole or not at all. Marked as never read since, so that it shows when it has been. */
function save(name: string, content: string): void {
  const path = shared.host.at(`${directory}/${name}`);
  const temporary = shared.host.at(`${directory}/.${name}.new`);
  writeFileSync(temporary, content);
  utimesSync(temporary, new Date(0), new Date());
  renameSync(temporary, path);
}

/** By somebody who reads what stands there; whatever comes of it, comes before what is done about a later change. */
async function wasRead(name: string): Promise<void> {
  await expect.poll(() => statSync(shared.host.at(`${directory}/${name}`)).atimeMs).toBeGreaterThan(0);
}

/** Starts it and waits until the kubelet runs as the directory says. */
async function running(): Promise<void> {
  agent = start(['agent', '--approve=self', '--root', shared.host.root, '--label', 'role=worker']);
  await said(['watching', /^committed: revision /]);
}

/** All that it has said, neither more nor less; the steps of its changes aside. */
async function said(lines: readonly (string | RegExp)[]): Promise<void> {
  await saidFirst(lines);
  expect(messages().slice(lines.length)).toEqual([]);
}

/** The same, where it may say more. */
async function saidFirst(lines: readonly (string | RegExp)[]): Promise<void> {
  await expect.poll(() => messages().length).toBeGreaterThanOrEqual(lines.length);
  const expected = lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line)));
  expect(messages().slice(0, lines.length)).toEqual(expected);
}

const messages = () => agent.log.filter((entry) => !('step' in entry)).map(({ msg }) => msg);

const begun = ['watching', /^committed: /] as const;
const words = async () => (await shared.host.process('/usr/bin/kubelet')).words;

test('starts the kubelet, and stops promptly when it is told to', async () => {
  const { host } = shared;
  await running();
  const steps = agent.log.flatMap(({ step }) => (step === undefined ? [] : [step]));
  expect([...new Set(steps)]).toEqual(expect.arrayContaining(['Armed', 'Restarting', 'Proving']));
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
  expect(Object.keys(host.files())).toEqual(expect.arrayContaining([unitFile, bootLink]));
  expect(await words()).toEqual(['--v=2']);
  agent.stop();
  expect(await agent.ended).toMatchObject({ exitCode: 0, stderr: '' });
  await said([...begun, 'stopped']);
  expect(await host.unit()).toMatchObject({ active: 'active' });
});

test('told to stop during a proof, it gives the change up and goes', async () => {
  const { host } = shared;
  await running();
  save('workers.yaml', workers(3, { health: { minReadySeconds: 60 } }));
  await expect.poll(() => host.files()[unitFile]).toContain('--v=3');
  agent.stop();
  await agent.ended;
  await said([
    ...begun,
    /^undoing a change: kubelet-config was told to stop/,
    /^error\[Interrupted\]: the change was undone: kubelet-config was told to stop/,
    'stopped',
  ]);
  expect(await words()).toEqual(['--v=2']);
});

test('corrected during its proof, a change is given up at once, and the correction is taken', async () => {
  const { host } = shared;
  await running();
  const starts = (await host.starts()).length;
  save('workers.yaml', workers(3, { health: { minReadySeconds: 60 } }));
  await expect.poll(() => host.files()[unitFile]).toContain('--v=3');
  // Worded otherwise it is the same change, and its proof goes on.
  save('workers.yaml', `# a remark\n${workers(3, { health: { minReadySeconds: 60 } })}`);
  await wasRead('workers.yaml');
  save('workers.yaml', workers(4));
  const superseded = [
    /^undoing a change: something else is desired by now/,
    /^notice\[Superseded\]: the change was undone: something else is desired by now/,
  ];
  await said([...begun, ...superseded, /^committed: /]);
  expect(await words()).toEqual(['--v=4']);
  expect((await host.starts()).length - starts).toBeLessThanOrEqual(3);
});

test('one edit is one restart and one line; a remark and the order of keys are none', async () => {
  const { host } = shared;
  await running();
  const first = await host.unit();
  const stamps = host.stamps();
  save('workers.yaml', `# a remark\n${workers(2)}`);
  await wasRead('workers.yaml');
  save('workers.yaml', JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(workers(2))).reverse())));
  await wasRead('workers.yaml');
  expect(host.stamps()).toEqual(stamps);

  save('workers.yaml', workers(3));
  await said([...begun, /^committed: /]);
  expect(await words()).toEqual(['--v=3']);
  const second = await host.unit();
  expect((await host.starts()).slice(-2)).toEqual([first.invocation, second.invocation]);
  expect(second.restarts).toBe(0);
});

test('many edits in a moment are one restart', async () => {
  const { host } = shared;
  await running();
  const before = await host.starts();
  for (let verbosity = 3; verbosity < 9; verbosity += 1) save('workers.yaml', workers(verbosity));
  await said([...begun, /^committed: /]);
  expect(await words()).toEqual(['--v=8']);
  expect(await host.starts()).toHaveLength(before.length + 1);
});

test('a changed KubeletConfiguration restarts and reloads nothing', async () => {
  const { host } = shared;
  const configured = (maxPods: number) => JSON.stringify(hostKubelet({ configuration: { maxPods } }));
  save('workers.yaml', configured(64));
  await running();
  const loadedAt = await host.loadedAt();
  const before = await host.starts();
  save('workers.yaml', configured(65));
  await said([...begun, /^committed: /]);
  expect(host.files()[configurationFile]).toContain('maxPods: 65');
  expect(await host.starts()).toHaveLength(before.length + 1);
  expect(await host.loadedAt()).toBe(loadedAt);
});

describe('what is no withdrawal changes nothing', () => {
  test.each([
    {
      what: 'the directory renamed away',
      lose: (path: string) => renameSync(path, `${path}.away`),
      find: (path: string) => renameSync(`${path}.away`, path),
    },
    {
      what: 'the directory empty',
      lose: (path: string) => rmSync(`${path}/workers.yaml`),
      find: () => save('workers.yaml', workers(2)),
    },
    {
      what: 'a file that was cut off',
      lose: () => save('workers.yaml', workers(2).slice(0, -20)),
      find: () => save('workers.yaml', workers(2)),
    },
  ])('$what', async ({ lose, find }) => {
    const { host } = shared;
    await running();
    const state = async () => ({ unit: await host.unit(), stamps: withoutReport(host.stamps()) });
    const before = await state();
    lose(host.at(directory));
    await said([...begun, 'nothing was changed']);
    expect(await state()).toEqual(before);
    find(host.at(directory));
    await said([...begun, 'nothing was changed', /^unchanged: /]);
    expect(await state()).toEqual(before);
    rmSync(host.at(`${directory}.away`), { recursive: true, force: true });
  });
});

test('an object whose file is removed while another is left is withdrawn', async () => {
  const { host } = shared;
  host.put(configurationFile, 'maxPods: 7\n', 0o600);
  const files = host.files();
  save('elsewhere.yaml', JSON.stringify(elsewhere));
  save('workers.yaml', JSON.stringify(hostKubelet({ configuration: { maxPods: 64 } })));
  await running();
  expect(host.files()[configurationFile]).toContain('maxPods: 64');
  rmSync(host.at(`${directory}/workers.yaml`));
  await said([...begun, 'restored what was there before']);
  expect(host.files()).toEqual(files);
  expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
});

test('what breaks the kubelet is undone, said once and not tried again; corrected, it is taken', async () => {
  const { host } = shared;
  await running();
  const files = host.files();
  const health = { minReadySeconds: 1, timeoutSeconds: 20 };
  save('workers.yaml', workers(99, { health }));
  const undone = [
    /^undoing a change: kubelet\.service ended and waits/,
    /^error\[Undone\]: the change was undone: kubelet\.service ended and waits to be restarted/,
  ];
  // A late signal of systemd may have it look once more, and say already that it does not try again.
  await saidFirst([...begun, ...undone]);
  expect(agent.log.find(({ outcome }) => outcome === 'Undone')).toMatchObject({ level: 'warn' });
  expect(host.files()).toEqual(files);
  expect(await words()).toEqual(['--v=2']);
  const starts = await host.starts();

  save('workers.yaml', `# a remark\n${workers(99, { health })}`);
  const again = /^error\[Undone\]: nothing was changed: the same change failed before: kubelet\.service ended/;
  await said([...begun, ...undone, again]);
  save('workers.yaml', `# another\n${workers(99, { health })}`);
  await wasRead('workers.yaml');
  expect(await host.starts()).toEqual(starts);

  // The run that the undo started is known to have begun with the files that were changed here.
  save('workers.yaml', workers(2));
  await said([...begun, ...undone, again, /^unchanged: /]);
  host.put(unitFile, '[Service]\nExecStart=/bin/sleep infinity\n');
  await said([...begun, ...undone, again, /^unchanged: /, /^brought back without a restart: /]);
  expect(await host.starts()).toEqual(starts);

  save('workers.yaml', workers(4, { health }));
  await said([...begun, ...undone, again, /^unchanged: /, /^brought back /, /^committed: /]);
  expect(await words()).toEqual(['--v=4']);
  expect(await host.starts()).toHaveLength(starts.length + 1);
});

test('a mounted ConfigMap that is swapped is one edit', async () => {
  const { host } = shared;
  const inDirectory = (name: string) => host.at(`${directory}/${name}`);
  const publish = (version: string, content: string) => {
    mkdirSync(inDirectory(version));
    writeFileSync(inDirectory(`${version}/workers.yaml`), content);
    symlinkSync(version, inDirectory('..data_tmp'));
    renameSync(inDirectory('..data_tmp'), inDirectory('..data'));
  };
  rmSync(inDirectory('workers.yaml'));
  publish('..2024_01', workers(2));
  symlinkSync('..data/workers.yaml', inDirectory('workers.yaml'));
  await running();
  const before = await host.starts();

  publish('..2024_02', workers(3));
  rmSync(inDirectory('..2024_01'), { recursive: true });
  await said([...begun, /^committed: /]);
  expect(await words()).toEqual(['--v=3']);
  expect(await host.starts()).toHaveLength(before.length + 1);
});

test('what somebody changed on the host while it was away is put right when it starts', async () => {
  const { host } = shared;
  await running();
  const files = host.files();
  agent.stop();
  await agent.ended;
  host.put(unitFile, '[Service]\nExecStart=/bin/sleep infinity\n');
  await host.shell('systemctl daemon-reload; systemctl restart kubelet.service');
  await running();
  expect(host.files()).toEqual(files);
  expect(await words()).toEqual(['--v=2']);
});
