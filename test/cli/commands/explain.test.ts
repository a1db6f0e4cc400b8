import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { edited, session, workers } from '../session.ts';

const gpu = `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata:
  name: gpu
spec:
  nodeSelector: {matchExpressions: [{key: accelerator, operator: Exists}]}
  priority: 10
  kubelet:
    flags: {v: 4, node-labels: [gpu=yes]}
    configuration: {maxPods: 64}
  files:
    - {path: /opt/bin/hook, content: x}
`;
const both = `${workers}---\n${gpu}`;

test('names the object that set each field', async () => {
  const ran = await session().run(['explain', '-f', '-', '--label', 'accelerator=a100'], { stdin: both });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  const rows = ran.stdout.trimEnd().split('\n');
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ['FIELD', 'VALUE', 'OBJECT'],
    ['files["/opt/bin/hook"]', '{"path":"/opt/bin/hook","content":"x"}', 'gpu'],
    ['kubelet.configuration.maxPods', '64', 'gpu'],
    ['kubelet.flags.v', '4', 'gpu'],
    ['kubelet.flags["node-labels"]', '["gpu=yes"]', 'gpu'],
    ['launcher.host', '{}', 'workers'],
  ]);
});

test('of a node that fewer objects select says less', async () => {
  const { stdout } = await session().run(['explain', '-f', '-', '-o', 'json'], { stdin: both });
  expect(JSON.parse(stdout)).toEqual({
    fields: [
      { field: 'kubelet.flags.v', value: 2, object: 'workers' },
      { field: 'launcher.host', value: {}, object: 'workers' },
    ],
    problems: [],
  });
});

test('-o yaml', async () => {
  const { stdout } = await session().run(['explain', '-f', '-', '-o', 'yaml'], { stdin: workers });
  expect(parse(stdout).fields).toContainEqual({ field: 'kubelet.flags.v', value: 2, object: 'workers' });
});

test('a patch owns what it wrote', async () => {
  const patched = `${gpu}  patches: [{op: add, path: /kubelet/flags/max-pods, value: 5}, {op: remove, path: /kubelet/flags/v}]\n`;
  const { stdout } = await session().run(['explain', '-f', '-', '--label', 'accelerator=a100'], {
    stdin: `${workers}---\n${patched}`,
  });
  expect(stdout).toMatch(/^kubelet.flags\["max-pods"\] +5 +gpu$/m);
  expect(stdout).not.toContain('kubelet.flags.v');
});

test('secrets are not shown', async () => {
  const { stdout, stderr } = await session().run(['explain', '-f', '-'], {
    stdin: edited(workers, 'v: 2', 'token: hunter2\n      node-password: "hunter2 too"'),
  });
  expect(stdout).toMatch(/^kubelet.flags.token +<hidden> +workers$/m);
  expect(stdout).toMatch(/^kubelet.flags\["node-password"\] +<hidden> +workers$/m);
  expect(stdout + stderr).not.toContain('hunter2');
});

test('without a launcher is told, with the objects that could name one', async () => {
  const ran = await session().run(['explain', '-f', '-', '--label', 'accelerator=a100'], { stdin: gpu });
  expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
  expect(ran.stderr).toMatch(/spec.*none of the objects that select this node \(gpu\) sets launcher/);
});
