/** What starts the programs, against what the programs understand. */

import { describe, expect, test } from 'vitest';
import { run } from '../cli/in-process.ts';
import { containerOf, textOf, theOne } from './documents.ts';

/** With a backslash a unit's line goes on, and ours have none. */
const commandLine = (path: string) => {
  const lines = [...textOf(path).matchAll(/^ExecStart=\/usr\/local\/bin\/kubelet-config (.+)$/gm)];
  expect(lines).toHaveLength(1);
  return lines[0]?.[1]?.split(' ') ?? [];
};

const service = 'manifests/overlays/host-service';
const started = {
  'the DaemonSet': containerOf(theOne('DaemonSet', 'agent')).args,
  'the Deployment': containerOf(theOne('Deployment', 'controller')).args,
  'the service of the host': commandLine(`${service}/kubelet-config-agent.service`),
  'the service of the host, for bootstrap': commandLine(`${service}/bootstrap.conf`),
};

/** `--a=b` and `--a b` alike. */
const optionsIn = (words: readonly string[]) =>
  words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''));

describe.each(Object.entries(started))('%s', (_name, [command = '', ...words]) => {
  test('starts a command with options that it has', async () => {
    const { exitCode, stdout } = await run([command, '--help']);
    expect(exitCode).toBe(0);
    const known = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+) /gm)].map(([, option]) => option);
    expect(optionsIn(words).length).toBeGreaterThan(0);
    for (const option of optionsIn(words)) expect(known).toContain(option);
  });
});

test('for bootstrap the service is started the same but for where its first objects come from', () => {
  const plain = started['the service of the host'];
  expect(started['the service of the host, for bootstrap'].slice(0, plain.length)).toEqual(plain);
});
