/** `computed` at the command line: tried with facts of a file, and applied to a root with facts of its own. */

import { describe, expect, test } from 'vitest';
import { edited, session, workers } from './session.ts';

const maxPods = '    - {path: kubelet.configuration.maxPods, expression: "min(110, machine.cpus * 20)"}\n';
const object = edited(workers, '  launcher:\n', `  computed:\n${maxPods}  launcher:\n`);
const configuration = '/etc/kubernetes/kubelet-config.yaml';

function machine(files: Record<string, string> = {}) {
  const here = session();
  here.put('/sys/devices/system/cpu/online', '0-1\n');
  here.put('/proc/meminfo', `MemTotal: ${31.9 * 2 ** 20} kB\n`.replace(/\.\d+/, ''));
  for (const [path, content] of Object.entries(files)) here.put(path, content);
  return here;
}

describe('apply', () => {
  test('evaluates with the facts in the root, and again when they change', async () => {
    const { on, read, put } = machine();
    expect(await on('apply', object)).toMatchObject({ exitCode: 0 });
    expect(read(configuration)).toContain('maxPods: 40');
    expect(await on('diff', object)).toMatchObject({ exitCode: 0 });
    put('/sys/devices/system/cpu/online', '0-63\n');
    expect(await on('diff', object)).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('maxPods: 110') });
    expect(await on('apply', object)).toMatchObject({ exitCode: 0 });
    expect(read(configuration)).toContain('maxPods: 110');
    put('/sys/devices/system/cpu/online', '0-127\n');
    expect(await on('diff', object)).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('tells file, line, expression and remedy of a fact that is not there, and changes nothing', async () => {
    const { on, managed, put } = machine();
    put('/sys/devices/system/cpu/online', '');
    const before = managed();
    const ran = await on('apply', object);
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toMatch(/manifest\.yaml:11:\d+: error\[ComputedFailed\]: spec\.computed\[0\]\.expression: /);
    expect(ran.stderr).toContain('kubelet.configuration.maxPods = min(110, machine.cpus * 20): /sys/devices/system/cpu/online');
    expect(ran.stderr).toContain('→ use an expression without it');
    expect(managed()).toEqual(before);
  });

  test('the memory sticks from one command to the next', async () => {
    const { on, read, put } = machine();
    const memory = edited(object, 'min(110, machine.cpus * 20)', 'machine.memoryGiB');
    await on('apply', memory);
    expect(read(configuration)).toContain('maxPods: 31');
    put('/proc/meminfo', `MemTotal: ${Math.round(32.3 * 2 ** 20)} kB\n`);
    expect(await on('diff', memory)).toMatchObject({ exitCode: 0 });
    put('/proc/meminfo', `MemTotal: ${33 * 2 ** 20} kB\n`);
    expect(await on('diff', memory)).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('maxPods: 33') });
  });

  test('reads the name, the labels and the annotations of a Node in a file', async () => {
    const { on, read, write } = machine();
    const metadata = '{name: n1, labels: {size: "12"}, annotations: {more: "3"}}';
    const node = write('node.yaml', `apiVersion: v1\nkind: Node\nmetadata: ${metadata}\n`);
    const all = edited(
      object,
      'min(110, machine.cpus * 20)',
      "int(node.labels['size']) + int(node.annotations['more']) + size(node.name)",
    );
    expect(await on('apply', all, '--labels', node)).toMatchObject({ exitCode: 0 });
    expect(read(configuration)).toContain('maxPods: 17');
  });

  test('reads the files that --environment-file adds', async () => {
    const { on, read } = machine({ '/etc/site': 'PODS=33\n' });
    const site = edited(object, 'min(110, machine.cpus * 20)', "int(environmentFiles['/etc/site']['PODS'])");
    expect(await on('apply', site)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('--environment-file=/etc/site'),
    });
    expect(await on('apply', site, '--environment-file=/etc/site')).toMatchObject({ exitCode: 0 });
    expect(read(configuration)).toContain('maxPods: 33');
  });
});

describe('render and explain', () => {
  const tried = (command: string, facts: string, ...words: string[]) => {
    const { run, write } = session();
    return run([command, '-f', write('workers.yaml', object), '--facts', write('facts.yaml', facts), ...words]);
  };

  test('take the facts of a file', async () => {
    expect(await tried('render', 'machine: {cpus: 3}\n')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('maxPods: 60'),
    });
    expect(await tried('render', '{"machine": {"cpus": 3}}')).toMatchObject({ stdout: expect.stringContaining('maxPods: 60') });
  });

  test('show the value, the object and the expression', async () => {
    const { stdout } = await tried('explain', 'machine: {cpus: 3}\n', '-o', 'json');
    expect(JSON.parse(stdout).fields).toContainEqual({
      field: 'kubelet.configuration.maxPods',
      value: 60,
      object: 'workers',
      expression: 'min(110, machine.cpus * 20)',
    });
  });

  test('name and labels in the file count for the node', async () => {
    const { run, write } = session();
    const named = edited(
      edited(object, '{matchLabels: {}}', '{matchLabels: {a: b}}'),
      'min(110, machine.cpus * 20)',
      'size(node.name)',
    );
    const words = ['-f', write('workers.yaml', named), '--facts', write('facts.yaml', 'node: {name: abcd, labels: {a: b}}\n')];
    expect(await run(['render', ...words])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('maxPods: 4') });
    expect(await run(['render', ...words, '--node', 'ab'])).toMatchObject({ stdout: expect.stringContaining('maxPods: 2') });
    expect(await run(['render', ...words, '--label', 'a=c'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('NotSelected'),
    });
  });

  test.each([
    [
      'machine: {cpu: 3}\n',
      'facts.yaml:1:11: error[UnknownField]: machine.cpu: there is no fact named machine.cpu',
      'write cpus',
    ],
    ['machine: {cpus: "3"}\n', 'facts.yaml:1:17: error[WrongType]: machine.cpus: expected a whole number', 'without quotes'],
    ['node: {labels: {a: 1}}\n', 'facts.yaml:1:20: error[WrongType]: node.labels.a: expected text, found 1', 'put it in quotes'],
    ['environmentFiles: []\n', 'error[WrongType]: environmentFiles: environmentFiles is no map', 'write the paths'],
    [
      'machines: {}\n',
      'error[UnknownField]: machines: there is no fact named "machines"',
      'Use one of node, machine, environmentFiles, osRelease',
    ],
  ])('%j is refused', async (facts, problem, remedy) => {
    const ran = await tried('render', facts);
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain(problem);
    expect(ran.stderr).toContain(remedy);
  });

  test('a file without the fact says what to give', async () => {
    const ran = await tried('explain', 'machine: {memoryGiB: 3}\n');
    expect(ran).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('kubelet.flags.v') });
    expect(ran.stderr).toContain('machine.cpus is not given');
    expect(ran.stderr).toContain('machine: {cpus: 8}');
  });
});

describe('validate', () => {
  const validated = async (path: string, expression: string, ...words: string[]) => {
    const { run } = session();
    const one = edited(object, maxPods, `    - {path: ${path}, expression: '${expression}'}\n`);
    return run(['validate', '-f', '-', ...words], { stdin: one });
  };

  test('knows which release has a flag and a field that is computed', async () => {
    const flag = await validated('kubelet.flags.pod-manifest-path', '"/etc/kubernetes/pods"', '--kubelet-version', 'v1.36.0');
    expect(flag).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('warning[FlagInvalid]: spec.computed[0].path: ') });
    const gone = await validated('kubelet.flags.container-runtime', '"remote"', '--kubelet-version', 'v1.36.0');
    expect(gone).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('error[FlagInvalid]: spec.computed[0].path: ') });
    const field = await validated('kubelet.configuration.containerLogMaxWorkers', 'machine.cpus', '--kubelet-version', 'v1.29.0');
    expect(field.stderr).toContain(
      'warning[ConfigurationInvalid]: spec.computed[0].path: kubelet 1.29 ignores containerLogMaxWorkers',
    );
  });

  test.each([
    ['kubelet.configuration.containerLogMaxWorkers', 'machine.cpus'],
    ['kubelet.configuration.shutdownGracePeriod', '"30s"'],
    ['kubelet.flags.node-ip', 'machine.ipv4'],
    ['kubelet.flags.node-labels', '["a=b"]'],
    ['kubelet.configuration.memoryThrottlingFactor', '0.9'],
    ['kubelet.configuration.kubeReserved', '{"cpu": "1"}'],
    ['unit.environment.A', '"b"'],
  ])('has nothing to say about %s', async (path, expression) => {
    expect(await validated(path, expression, '--kubelet-version', 'v1.36.0')).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('what looks like an expansion is answered with an expression', async () => {
  const { run } = session();
  const named = (value: string) =>
    run(['validate', '-f', '-'], { stdin: edited(workers, 'v: 2', `hostname-override: '${value}'`) });
  expect((await named('%H')).stderr).toContain('here machine.hostname');
  expect((await named('$(hostname)')).stderr).toContain('here machine.hostname');
  expect((await named('$private_ipv4')).stderr).toContain('here machine.ipv4');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: systemd expands it
  const { stderr } = await named('${COREOS_EC2_INSTANCE_ID}');
  expect(stderr).toContain('environmentFiles["/run/metadata/coreos"]["COREOS_EC2_INSTANCE_ID"]');
});
