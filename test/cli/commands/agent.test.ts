import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ran } from '../in-process.ts';
import { edited, type Session, session, workers } from '../session.ts';

type Line = Record<string, unknown>;

/** An agent on the session's host, its log line by line, and the end of it. */
function agentOn({ run, root, directory }: Session, ...words: string[]) {
  const stop = new AbortController();
  const lines: Line[] = [];
  let notify: () => void = () => undefined;
  const log = (text: string) => {
    lines.push(JSON.parse(text));
    notify();
  };
  const source = join(directory, 'configs');
  const ended = run(['agent', '--approve=self', '--source', `dir:${source}`, '--root', root, ...words], {
    stop: stop.signal,
    log,
  });
  return {
    lines,
    /** The first line that says so, also of those to come. */
    line: async (text: string): Promise<Line> => {
      for (;;) {
        const found = lines.find(({ msg }) => String(msg).includes(text));
        if (found) return found;
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
    },
    stop: (): Promise<Ran> => {
      stop.abort();
      return ended;
    },
    ended,
  };
}

/** Whole, as an editor that renames does. */
function place({ write, directory }: Session, name: string, manifest: string): void {
  mkdirSync(join(directory, 'configs'), { recursive: true });
  renameSync(write('new', manifest), join(directory, 'configs', name));
}

test('follows a directory, says how each change goes, and stops when told', async () => {
  const here = session();
  place(here, 'a.yaml', workers);
  const agent = agentOn(here);
  expect(await agent.line('committed')).toMatchObject({ level: 'info', outcome: 'Committed' });
  place(here, 'a.yaml', edited(workers, 'v: 2', 'v: {}'));
  expect(await agent.line('nothing was changed')).toMatchObject({
    level: 'warn',
    outcome: 'Kept',
    problems: [
      { code: 'FlagInvalid', object: 'workers', field: 'spec.kubelet.flags.v', at: expect.stringMatching(/a.yaml:9:7$/) },
    ],
  });
  expect(here.managed()['/etc/systemd/system/kubelet.service']).toContain('--v=2');
  expect(await agent.stop()).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(agent.lines.map(({ msg }) => msg)).toEqual([
    'watching',
    expect.stringMatching(/^revision [0-9a-f]{16} of workers: armed/),
    expect.stringMatching(/^committed/),
    'nothing was changed',
    'stopped',
  ]);
});

test('an empty directory is a beginning where nothing is applied, and a loss where something is', async () => {
  const here = session();
  mkdirSync(join(here.directory, 'configs'));
  const agent = agentOn(here);
  expect(await agent.line('nothing to do yet')).toMatchObject({
    level: 'info',
    problems: [{ code: 'SourceEmpty', reason: expect.stringContaining('holds no manifests') }],
  });
  place(here, 'a.yaml', workers);
  await agent.line('committed');
  rmSync(join(here.directory, 'configs/a.yaml'));
  expect(await agent.line('nothing was changed')).toMatchObject({ level: 'warn', problems: [{ code: 'SourceLost' }] });
  await agent.stop();
});

test('keeps everything when its source is lost', async () => {
  const here = session();
  place(here, 'a.yaml', workers);
  const agent = agentOn(here);
  await agent.line('committed');
  const before = here.managed();
  rmSync(join(here.directory, 'configs'), { recursive: true });
  expect(await agent.line('nothing was changed')).toMatchObject({ problems: [{ code: 'SourceLost' }] });
  expect(here.managed()).toEqual(before);
  await agent.stop();
});

test('its log, and what it leaves on the host, quote commands without the --root that it was started with', async () => {
  const here = session();
  place(here, 'a.yaml', workers);
  await here.run(['hold', '--root', here.root]);
  const agent = agentOn(here);
  await agent.line('nothing was changed');
  await agent.stop();
  for (const told of [agent.lines, here.host()]) {
    expect(JSON.stringify(told)).toContain('`kubelet-config hold --release`');
    expect(JSON.stringify(told)).not.toContain('--root');
  }
});

describe('one host has one writer:', () => {
  test('a second agent and an apply are refused with 6', async () => {
    const here = session();
    place(here, 'a.yaml', workers);
    const agent = agentOn(here);
    await agent.line('committed');
    const before = here.host();
    const apply = await here.on('apply', edited(workers, 'v: 2', 'v: 3'));
    for (const { exitCode, stdout, stderr } of [await agentOn(here).ended, apply]) {
      expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
      expect(stderr).toMatch(/error\[LockHeld\]: another kubelet-config is changing the host at .*\n +→ Wait until it is done/);
    }
    expect(here.host()).toEqual(before);
    await agent.stop();
  });
});

test('a label that is none ends it before it begins', async () => {
  const here = session();
  expect(await agentOn(here, '--label', 'role').ended).toMatchObject({ exitCode: 3 });
});

test.each([
  ['misspelt', ['--label', 'role=wroker']],
  ['forgotten', []],
])('a label that is %s withdraws nothing; a file that is removed does', async (_what, labels) => {
  const here = session();
  const forWorkers = edited(workers, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {role: worker}}');
  expect(await here.on('apply', forWorkers, '--label', 'role=worker')).toMatchObject({ exitCode: 0 });
  place(here, 'a.yaml', forWorkers);
  place(here, 'b.yaml', '# nothing\n');
  const before = here.managed();
  const agent = agentOn(here, ...labels);
  expect(await agent.line('nothing was changed')).toMatchObject({ outcome: 'Kept', problems: [{ code: 'WouldWithdraw' }] });
  expect(here.managed()).toEqual(before);
  rmSync(join(here.directory, 'configs/a.yaml'));
  await agent.line('restored');
  expect(here.managed()).not.toHaveProperty('/etc/systemd/system/kubelet.service');
  await agent.stop();
});

test('follows the labels of the node', async () => {
  const here = session();
  place(here, 'a.yaml', edited(workers, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {role: worker}}'));
  const labels = here.write('node/labels', 'role: worker\n');
  const agent = agentOn(here, '--labels', labels);
  await agent.line('committed');
  here.write('node/labels', 'role: other\n');
  place(
    here,
    'b.yaml',
    edited(edited(workers, 'name: workers', 'name: others'), '{matchLabels: {}}', '{matchLabels: {role: other}}'),
  );
  await expect.poll(() => agent.lines.filter(({ outcome }) => outcome === 'Committed')).toHaveLength(2);
  expect(await agent.stop()).toMatchObject({ exitCode: 0 });
});

test('logs only what its level asks for', async () => {
  const here = session();
  place(here, 'a.yaml', workers);
  const agent = agentOn(here, '--log-level=debug');
  await agent.line('committed');
  expect(await agent.stop()).toMatchObject({ exitCode: 0 });
  expect(agent.lines).toContainEqual(expect.objectContaining({ level: 'debug', msg: expect.stringMatching(/^done: write/) }));
});
