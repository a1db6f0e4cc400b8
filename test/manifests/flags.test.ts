/** What starts the programs, against what the programs understand. */

import { describe, expect, test } from 'vitest';
import { run } from '../cli/in-process.ts';
import { containerOf, textOf, theOne } from './documents.ts';

/** Their lines do not go on with a backslash. */
const services = 'manifests/services';
const commandLine = (name: string) => {
  const [, words = ''] =
    /^ExecStart=\/usr\/local\/bin\/kubelet-config (.+) \$KUBELET_CONFIG_AGENT_OPTIONS$/m.exec(textOf(`${services}/${name}`)) ??
    [];
  return words.split(' ');
};
/** What the file of options shows, commented out. */
const suggested = [...textOf(`${services}/kubelet-config.env`).matchAll(/^#KUBELET_CONFIG_AGENT_OPTIONS="(.+)"$/gm)].map(
  ([, options = '']) => options.split(' '),
);

const started = {
  'the DaemonSet': containerOf(theOne('DaemonSet', 'agent')).args,
  'the Deployment': containerOf(theOne('Deployment', 'controller')).args,
  'the service of a node': commandLine('kubelet-config-cluster-agent.service'),
  'the service of a machine without a cluster': commandLine('kubelet-config-agent.service'),
  'the options for labels': ['agent', ...(suggested[0] ?? [])],
  'the options for bootstrap': ['agent', ...(suggested[1] ?? [])],
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
