import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireLock } from '../../../src/host/lock.ts';
import { edited, formats, session, workers } from '../session.ts';

const unitFile = '/etc/systemd/system/kubelet.service';

function host() {
  const here = session();
  const apply = (text: string) => here.run(['apply', '--root', here.root, '-f', here.write('workers.yaml', text)]);
  const status = (...words: string[]) => here.run(['status', '--root', here.root, ...words]);
  return { ...here, apply, status };
}

test('of a host that was never touched', async () => {
  const { exitCode, stdout } = await host().status();
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'nothing is applied: the host has what was there before any KubeletConfig',
    'kubelet: not asked, because no systemd runs in this root',
    'agent: does not run',
    '',
  ]);
});

test('what is applied, from what and since when; a file that was changed since is an error', async () => {
  const { apply, status, root } = host();
  await apply(edited(workers, 'flags:\n      v: 2', 'flags:\n      v: 2\n    configuration: {maxPods: 64}'));
  const first = await status();
  expect(first.exitCode).toBe(0);
  const lines = first.stdout.split('\n');
  expect(lines[0]).toMatch(/^applied: revision [0-9a-f]{16} of kubelet\.service, from workers, since \d{4}-\S+Z, \d+ s ago$/);
  expect(lines.slice(1, 3).sort()).toEqual(['  /etc/kubernetes/kubelet-config.yaml', `  ${unitFile}`]);

  appendFileSync(join(root, unitFile), '# by hand\n');
  rmSync(join(root, '/etc/kubernetes/kubelet-config.yaml'));
  const { exitCode, stdout } = await status();
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`error[Drifted]: ${unitFile} was changed outside kubelet-config`);
  expect(stdout).toContain('kubelet-config.yaml was removed outside kubelet-config');
});

test.each(formats)('as %s', async (format, read) => {
  const { apply, status } = host();
  await apply(workers);
  const { exitCode, stdout } = await status('-o', format);
  expect(exitCode).toBe(0);
  expect(read(stdout)).toMatchObject({
    asWanted: true,
    revision: expect.any(String),
    appliedAt: expect.stringMatching(/Z$/),
    objects: [{ name: 'workers' }],
    files: [{ path: unitFile, state: 'AsWritten' }],
    agent: { running: false },
    findings: [],
  });
});

test('a directory in the place of a file', async () => {
  const { apply, status, root } = host();
  await apply(workers);
  rmSync(join(root, unitFile));
  mkdirSync(join(root, unitFile));
  expect(await status()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`${unitFile} was changed`) });
});

test('a hold alone is told, and nothing is wrong; with a change waiting behind it, it is not as wanted', async () => {
  const { run, apply, status, root } = host();
  await apply(workers);
  await run(['hold', '--root', root, '--reason', 'Ana']);
  const idle = await status();
  expect(idle.exitCode).toBe(0);
  expect(idle.stdout).toMatch(
    /^notice\[Held\]: held by \/etc\/kubelet-config\.d\/hold: Ana.*\n {4}→ to release: `kubelet-config hold --root \S+ --release`/m,
  );
  await apply(edited(workers, 'v: 2', 'v: 3'));
  const waiting = await status();
  expect(waiting.exitCode).toBe(1);
  expect(waiting.stdout).toMatch(/^waiting\[Held\]: a change waits, .* \(since \d{4}-\S+Z/m);
  await run(['hold', '--root', root, '--release']);
  expect(await status()).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^waiting\[NotApplied\]: revision \S+ is wanted and not applied/m),
  });
  await apply(edited(workers, 'v: 2', 'v: 3'));
  expect(await status()).toMatchObject({ exitCode: 0 });
});

test('a change that is open is under way while its program holds the lock, and cut off when it does not', async () => {
  const { apply, status, root } = host();
  await apply(workers);
  mkdirSync(join(root, '/var/lib/kubelet-config/undoing'));
  writeFileSync(join(root, '/var/lib/kubelet-config/undoing/manifest'), 'unit kubelet.service\n');
  appendFileSync(join(root, unitFile), '# by the change\n');
  const cutOff = await status();
  expect(cutOff.exitCode).toBe(1);
  expect(cutOff.stdout).toMatch(/^error\[CutOff\]: a change was cut off: the program that made this change is gone/m);
  expect(cutOff.stdout).not.toContain('Drifted');
  const lock = await acquireLock(root);
  const { exitCode, stdout } = await status();
  await lock.release();
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^waiting\[UnderWay\]: under way: a change/m);
  expect(stdout).toContain(`process ${process.pid} (`);
});

test('what the agent says: that it runs, of which source, an invalid object, a lost source, and that it was stopped', async () => {
  const { status, agent, write, directory } = host();
  mkdirSync(join(directory, 'configs'));
  const running = agent();
  const eventually = (expected: { exitCode: number; stdout: RegExp }) =>
    expect.poll(status).toMatchObject({ exitCode: expected.exitCode, stdout: expect.stringMatching(expected.stdout) });
  await eventually({ exitCode: 0, stdout: /^source: \S+configs is empty since[\s\S]*^notice\[SourceEmpty\]: /m });
  write('configs/a.yaml', workers);
  await eventually({ exitCode: 0, stdout: /^source: \S+configs answers since \d{4}/m });
  expect((await status()).stdout).toMatch(new RegExp(`^agent: runs since \\S+Z, \\d+ s ago \\(process ${process.pid}\\)$`, 'm'));
  write('configs/a.yaml', edited(workers, 'v: 2', 'v: {}'));
  await eventually({ exitCode: 1, stdout: /^error\[FlagInvalid\]: workers spec\.kubelet\.flags\.v: .* \(since \d{4}/m });
  expect((await status()).stdout).toMatch(/^source: \S+configs answers with objects that are invalid since/m);
  rmSync(join(directory, 'configs'), { recursive: true });
  await eventually({ exitCode: 1, stdout: /^source: \S+configs is lost since[\s\S]*^error\[SourceLost\]: .* \(since \d{4}/m });
  write('configs/a.yaml', workers);
  await eventually({ exitCode: 0, stdout: /answers since/ });
  running.stop();
  await running.ended;
  const { exitCode, stdout } = await status();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^agent: does not run, stopped \d{4}/m);
});

test('a rollback that is not carried out', async () => {
  const { apply, status, run, root } = host();
  await apply(workers);
  await apply(edited(workers, 'v: 2', 'v: 3'));
  const lock = await acquireLock(root);
  await run(['rollback', '--root', root]);
  const { exitCode, stdout } = await status();
  await lock.release();
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^waiting\[RollbackWaits\]: a person asks to go back to revision \S+ .* not begun yet/m);
});
