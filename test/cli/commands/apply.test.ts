import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { edited, formats, session, workers } from '../session.ts';

const unit = '/etc/systemd/system/kubelet.service';
const link = '/etc/systemd/system/multi-user.target.wants/kubelet.service';
const configuration = '/etc/kubernetes/kubelet-config.yaml';
/** Accepts that what others gave to the kubelet is lost. */
const replacing = edited(workers, 'spec:', 'spec:\n  takeover: Replace');
const configured = edited(workers, '    flags:', '    configuration: {maxPods: 10}\n    flags:');

describe('the first apply', () => {
  test('writes, enables by a link, and says so', async () => {
    const { on, managed } = session();
    const ran = await on('apply', configured);
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^committed: revision [0-9a-f]{16}\n$/),
      stderr: `  write    ${configuration} (0644, new)\n  write    ${unit} (0644, new)\n  enable   kubelet.service\n`,
    });
    expect(managed()).toMatchObject({
      [unit]: expect.stringMatching(/^644 \[Unit\]/),
      [link]: `-> ${unit}`,
      [configuration]: expect.stringContaining('maxPods: 10'),
    });
  });

  test('keeps its own state from the eyes of others', async () => {
    const { on, host } = session();
    await on('apply', configured);
    const files = Object.entries(host('/var/lib/kubelet-config')).filter(([, state]) => state !== 'directory');
    expect(files.length).toBeGreaterThan(0);
    for (const [path, state] of files) expect([path, state.slice(0, 4)]).toEqual([path, '600 ']);
  });
});

test('a unit that had no [Install] is enabled with ours at once', async () => {
  const { on, put, managed } = session();
  put(unit, '[Service]\nExecStart=/usr/bin/kubelet --original\n');
  expect(await on('apply', replacing)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('enable   kubelet.service'),
  });
  expect(managed()[link]).toBe(`-> ${unit}`);
  expect(await on('apply', replacing)).toMatchObject({ stdout: expect.stringMatching(/^unchanged/) });
});

test('twice changes nothing and says unchanged', async () => {
  const { on, host } = session();
  const first = await on('apply', configured);
  const before = host();
  const second = await on('apply', configured);
  expect(second).toEqual({ exitCode: 0, stdout: first.stdout.replace('committed', 'unchanged'), stderr: '' });
  expect(host()).toEqual(before);
});

test('twice writes nothing the second time, not even the same bytes', async () => {
  const { on, root } = session();
  await on('apply', configured);
  const state = join(root, 'var/lib/kubelet-config');
  const stamps = () => readdirSync(state).map((name) => [name, statSync(join(state, name), { bigint: true }).mtimeNs]);
  const before = stamps();
  expect(before.map(([name]) => name)).toContain('report.json');
  await on('apply', configured);
  expect(stamps()).toEqual(before);
});

test('a comment or another order of keys is no change', async () => {
  const { on, managed } = session();
  await on('apply', edited(configured, 'v: 2', 'v: 2\n      node-ip: 10.0.0.1'));
  const before = managed();
  const ran = await on('apply', edited(configured, 'v: 2', 'node-ip: 10.0.0.1 # a comment\n      v: 2'));
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged/), stderr: '' });
  expect(managed()).toEqual(before);
});

test('an edit changes what it is about and nothing else', async () => {
  const { on, managed } = session();
  await on('apply', configured);
  const before = managed();
  const ran = await on('apply', edited(configured, 'maxPods: 10', 'maxPods: 20'));
  expect(ran).toMatchObject({
    exitCode: 0,
    stderr: `  setting  maxPods 10 → 20\n  write    ${configuration} (0644, changed)\n`,
  });
  expect(managed()).toEqual({ ...before, [configuration]: before[configuration]?.replace('10', '20') });
});

describe('withdrawal', () => {
  const forWorkers = edited(configured, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {role: worker}}');

  test('of a field brings back the file that was there, with its mode', async () => {
    const { on, put, managed } = session();
    put(configuration, 'of the distribution\n', 0o600);
    await on('apply', configured);
    await on('apply', edited(configured, 'maxPods: 10', 'maxPods: 20'));
    const ran = await on('apply', workers);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^committed/) });
    expect(managed()[configuration]).toBe('600 of the distribution\n');
  });

  test('of everything brings back everything', async () => {
    const { on, put, managed, run, root, withdraw } = session();
    put(unit, '[Service]\nExecStart=/usr/bin/kubelet --original\n[Install]\nWantedBy=multi-user.target\n');
    const before = managed();
    await on('apply', edited(forWorkers, 'spec:', 'spec:\n  takeover: Replace'), '--label', 'role=worker');
    expect(managed()).not.toEqual(before);
    const words = ['diff', '--withdraw', '--root', root];
    expect(await run(words)).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('would disable  kubelet.service') });
    expect(await withdraw()).toMatchObject({ exitCode: 0, stdout: 'restored what was there before\n' });
    expect(managed()).toMatchObject(before);
    expect(managed()).not.toHaveProperty(link);
    expect(managed()).not.toHaveProperty(configuration);
    const nothing = { exitCode: 0, stdout: 'no object selects this node: nothing to do\n', stderr: '' };
    expect(await withdraw()).toEqual(nothing);
    expect(await run(words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await on('apply', forWorkers, '--label', 'role=master')).toEqual(nothing);
  });

  test('leaves alone and tells what somebody else has changed', async () => {
    const { on, put, managed, withdraw } = session();
    await on('apply', forWorkers, '--label', 'role=worker');
    put(configuration, 'edited by hand\n');
    const { stdout } = await withdraw();
    expect(stdout).toContain(`left alone: ${configuration} was changed after kubelet-config wrote it\n`);
    expect(managed()[configuration]).toBe('644 edited by hand\n');
  });

  test('of an Orphan leaves the files', async () => {
    const { on, managed, withdraw } = session();
    const orphan = edited(forWorkers, 'spec:', 'spec:\n  deletionPolicy: Orphan');
    await on('apply', orphan, '--label', 'role=worker');
    const before = managed();
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(managed()).toEqual(before);
  });
});

describe('objects that select nothing here', () => {
  const forWorkers = edited(configured, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {role: worker}}');

  test.each([
    ['a label is misspelt', ['--label', 'role=wroker'], 'role=wroker'],
    ['a label is forgotten', [], 'kubernetes.io/os=linux'],
  ])('are refused while something is applied: %s', async (_what, labels, said) => {
    const { on, host } = session();
    const committed = await on('apply', forWorkers, '--label', 'role=worker');
    const before = host();
    for (const command of ['apply', 'diff'] as const) {
      const ran = await on(command, forWorkers, ...labels);
      expect(ran.exitCode).toBe(3);
      expect(ran.stderr).toContain('error[WouldWithdraw]');
      expect(ran.stderr).toContain(said);
      expect(ran.stderr).toContain(/[0-9a-f]{16}/.exec(committed.stdout)?.[0]);
      expect(ran.stderr).toMatch(/kubelet-config apply --root \S+ --withdraw`/);
    }
    expect(host()).toEqual(before);
  });

  test('are no error where nothing is applied', async () => {
    const { on, managed } = session();
    expect(await on('apply', forWorkers)).toMatchObject({ exitCode: 0 });
    expect(managed()).toEqual({});
  });

  test('may be given to --withdraw; objects that select this node contradict it', async () => {
    const { on, managed } = session();
    await on('apply', forWorkers, '--label', 'role=worker');
    const before = managed();
    const ran = await on('apply', forWorkers, '--withdraw', '--label', 'role=worker');
    expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('leave out --withdraw') });
    expect(managed()).toEqual(before);
    expect(await on('apply', forWorkers, '--withdraw')).toMatchObject({ exitCode: 0 });
    expect(managed()).not.toHaveProperty(unit);
  });
});

test('what drifted comes back', async () => {
  const { on, put, managed } = session();
  await on('apply', configured);
  const before = managed();
  put(configuration, 'edited by hand\n', 0o600);
  expect(await on('apply', configured)).toMatchObject({
    exitCode: 0,
    stderr: `  setting  maxPods 110 → 10\n  write    ${configuration} (0644, changed)\n`,
  });
  expect(managed()).toEqual(before);
});

test.each(formats)('-o %s holds the outcome and the steps, and nothing else is printed', async (format, read) => {
  const { on } = session();
  const first = await on('apply', workers, '-o', format);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(read(first.stdout)).toEqual({
    outcome: 'Committed',
    revision: expect.stringMatching(/^[0-9a-f]{16}$/),
    steps: [expect.objectContaining({ kind: 'Write', path: unit, existed: false }), { kind: 'Enable', unit: 'kubelet.service' }],
    leftAlone: [],
    problems: [],
    message: expect.stringMatching(/^committed/),
  });
  expect(read((await on('apply', workers, '-o', format)).stdout)).toMatchObject({ outcome: 'Unchanged', steps: [] });
});

test('a warning is printed once, and does not stand in the way', async () => {
  const { on } = session();
  const ran = await on('apply', edited(workers, 'v: 2', 'node-labels: token=abcdef'));
  expect(ran.exitCode).toBe(0);
  expect(ran.stderr.match(/this looks like a password or token/g)).toHaveLength(1);
});
