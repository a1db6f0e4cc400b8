import { describe, expect, test } from 'vitest';
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
  expect(stdout).toMatch(/^kubelet.flags.v +\(removed, was 4\) +gpu$/m);
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
  expect(ran).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/^kubelet.flags.v +4 +gpu$/m) });
  expect(ran.stderr).toMatch(/spec.*none of the objects that select this node \(gpu\) sets launcher/);
});

const patchedBy = (...patches: string[]) => `${workers}  patches:\n${patches.map((patch) => `    - ${patch}\n`).join('')}`;

test('what a patch took away is there again if an object above sets it', async () => {
  const stdin = `${edited(gpu, 'v: 4, ', '')}---\n${patchedBy('{op: remove, path: /kubelet/flags/v}')}`;
  const words = ['explain', '-f', '-', '--label', 'accelerator=a100', '-o', 'json'];
  const removed = { field: 'kubelet.flags.v', removed: 2, object: 'workers' };
  expect(JSON.parse((await session().run(words, { stdin })).stdout).fields).toContainEqual(removed);
  const again = JSON.parse((await session().run(words, { stdin: `${gpu}---\n${stdin.split('---\n')[1]}` })).stdout).fields;
  expect(again).toContainEqual({ field: 'kubelet.flags.v', value: 4, object: 'gpu' });
  expect(again).not.toContainEqual(removed);
});

test('what is wrong is told, and all fields that are known are shown', async () => {
  const stdin = `${patchedBy('{op: replace, path: /kubelet/flags/max-pods, value: 3}')}---\n${edited(gpu, 'files:', 'flies:')}`;
  const ran = await session().run(['explain', '-f', '-'], { stdin });
  expect(ran.exitCode).toBe(3);
  expect(ran.stdout).toMatch(/^kubelet.flags.v +2 +workers$/m);
  expect(ran.stderr).toContain('there is no /kubelet/flags/max-pods; /kubelet/flags has v\n');
  expect(ran.stderr).toContain('unknown field "flies"');
  expect(ran.stderr).toContain('error[InputInvalid]: 2 errors in 1 file');
  const asData = await session().run(['explain', '-f', '-', '-o', 'json'], { stdin });
  expect(asData).toMatchObject({ exitCode: 3, stderr: '' });
  expect(JSON.parse(asData.stdout)).toMatchObject({
    error: { code: 'InputInvalid', exitCode: 3 },
    fields: [{ field: 'kubelet.flags.v' }, { field: 'launcher.host' }],
    problems: [{ code: 'PatchFailed' }, { code: 'UnknownField' }],
  });
});

test('objects in conflict are explained too', async () => {
  const other = edited(edited(workers, 'name: workers', 'name: others'), 'v: 2', 'v: 3');
  const ran = await session().run(['explain', '-f', '-'], { stdin: `${workers}---\n${other}` });
  expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('error[Conflict]') });
  expect(ran.stdout).toMatch(/^kubelet.flags.v +[23] +\w+$/m);
});

describe('of a machine', () => {
  const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

  test('shows what its kubelet has in force, from which file and flag, and which object says so', async () => {
    const { on, put, run, root } = session();
    put(
      '/usr/lib/systemd/system/kubelet.service',
      '[Service]\nExecStart=/usr/bin/kubelet --config=/c --max-pods=7 $KUBELET_EXTRA_ARGS\n',
    );
    put('/c', `${header}clusterDNS: [10.96.0.10]\n`);
    await on('apply', edited(workers, 'host: {}', 'existing: {}'));
    const { stdout, exitCode } = await run(['explain', '--root', root]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^clusterDNS +\["10\.96\.0\.10"\] +\/c$/m);
    expect(stdout).toMatch(/^maxPods +7 +--max-pods in \/usr\/lib\/systemd\/system\/kubelet\.service$/m);
    expect(stdout).toMatch(/^logging\.verbosity +2 +--v in \/etc\/kubernetes\/kubelet-config\.env +workers$/m);
    expect(stdout).toMatch(/^and \d+ defaults of the kubelet; -o json has them$/m);
    const { settings } = JSON.parse((await run(['explain', '--root', root, '-o', 'json'])).stdout);
    expect(settings).toContainEqual({
      setting: 'maxPods',
      value: '7',
      from: '/usr/lib/systemd/system/kubelet.service',
      flag: '--max-pods',
    });
    expect(settings).toContainEqual({ setting: 'healthzPort', value: '10248' });
  });

  test('without a unit says so', async () => {
    const { run, root } = session();
    expect((await run(['explain', '--root', root])).stdout).toBe('not read: there is no kubelet.service\n');
  });

  test('is asked for with -f or with --root', async () => {
    const { run, root } = session();
    expect(await run(['explain'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--root') });
    expect(await run(['explain', '-f', 'x.yaml', '--root', root])).toMatchObject({ exitCode: 2 });
  });
});
