import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentsOfNode } from '../../importing/tree.ts';
import { edited, formats, session, workers } from '../session.ts';

const withoutLauncher = edited(workers, '  launcher:\n    host: {}\n', '');

describe('a valid object', () => {
  test('is counted on standard output', async () => {
    const { run, write } = session();
    const ran = await run(['validate', '-f', write('a.yaml', workers)]);
    expect(ran).toEqual({ exitCode: 0, stdout: '1 object in 1 file: valid\n', stderr: '' });
  });

  test('may leave the launcher to another one', async () => {
    const { run, write } = session();
    expect(await run(['validate', '-f', write('a.yaml', withoutLauncher)])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('may have patches for what others say', async () => {
    const patches = '  patches:\n    - {op: replace, path: /kubelet/flags/max-pods, value: 10}\n';
    const { run, write } = session();
    expect(await run(['validate', '-f', write('a.yaml', workers + patches)])).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('objects come', () => {
  test('from standard input', async () => {
    const ran = await session().run(['validate', '-f', '-'], { stdin: workers });
    expect(ran).toEqual({ exitCode: 0, stdout: '1 object in 1 file: valid\n', stderr: '' });
  });

  test('and then problems say so', async () => {
    const { stderr } = await session().run(['validate', '-f', '-'], { stdin: edited(workers, 'v: 2', 'v: {}') });
    expect(stderr).toMatch(/^standard input:9:7: error\[FlagInvalid\]: /);
  });

  test('from several files, in one -f or in several', async () => {
    const { run, write } = session();
    const [a, b] = [write('a.yaml', workers), write('b.yaml', edited(workers, 'name: workers', 'name: others'))];
    for (const words of [
      ['-f', a, b],
      ['-f', a, '-f', b],
      ['--file', a, '--file', b],
    ]) {
      expect(await run(['validate', ...words])).toMatchObject({ exitCode: 0, stdout: '2 objects in 2 files: valid\n' });
    }
  });

  test('from a directory, where other kinds are skipped with a notice', async () => {
    const { run, write, directory } = session();
    write('configs/a.yaml', workers);
    write('configs/b.yml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n');
    write('configs/readme.md', 'not a manifest');
    const ran = await run(['validate', '-f', `${directory}/configs`]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '1 object in 2 files: valid\n' });
    expect(ran.stderr).toContain(`${directory}/configs/b.yml:2:7: notice[SkippedKind]: kind: skipped a ConfigMap of v1`);
  });

  test('from a file with others only: then there is nothing to validate', async () => {
    const { run, write } = session();
    const file = write('b.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n');
    const ran = await run(['validate', '-f', file]);
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain('notice[SkippedKind]: kind: skipped a ConfigMap of v1');
    expect(ran.stderr).toContain(`error[NoObjects]: there is no KubeletConfig of kubelet-config.dev/v1alpha1 in ${file}`);
  });

  test("from a file with another project's KubeletConfig: it says how that is written here", async () => {
    const { run, write } = session();
    const file = write(
      'b.yaml',
      'apiVersion: machineconfiguration.openshift.io/v1\nkind: KubeletConfig\nspec: {kubeletConfig: {}}\n',
    );
    const { exitCode, stderr } = await run(['validate', '-f', file]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      "this is OpenShift's; in one of kubelet-config.dev/v1alpha1 its kubeletConfig is kubelet.configuration",
    );
  });

  test('and tells of its faults in the order of its lines', async () => {
    const { run, write } = session();
    const faults = workers.replace('kubelet:', 'rollout: {}\n  kubelet:').replace('v: 2', 'v: {}').concat('  zzz: 1\n');
    const { stderr } = await run(['validate', '-f', write('a.yaml', faults)]);
    const lines = [...stderr.matchAll(/^\S+a\.yaml:(\d+):/gm)].map(([, line]) => Number(line));
    expect(lines.length).toBeGreaterThan(2);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });
});

describe('as data', () => {
  const bad = edited(workers, 'launcher', 'lanucher');
  test.each(formats)('%s holds the verdict, the objects and the problems', async (format, read) => {
    const { run, write } = session();
    const file = write('a.yaml', bad);
    const { exitCode, stdout, stderr } = await run(['validate', '-f', file, '-o', format]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
    expect(read(stdout)).toMatchObject({
      valid: false,
      objects: [],
      problems: [
        {
          severity: 'error',
          code: 'UnknownField',
          object: 'workers',
          path: ['spec', 'lanucher'],
          remedy: 'did you mean launcher?',
          position: { file, line: 10, column: 3, excerpt: '  lanucher:' },
        },
      ],
    });
  });

  test('a valid object is named', async () => {
    const { stdout } = await session().run(['validate', '-f', '-', '-o', 'json'], { stdin: workers });
    expect(JSON.parse(stdout)).toEqual({ valid: true, objects: ['workers'], problems: [] });
  });
});

describe('--kubelet-version', () => {
  const removed = edited(workers, 'v: 2', 'container-runtime: remote');

  test.each(['1.36', 'v1.36', '1.36.0', 'v1.36.1'])('%s refuses a flag that this kubelet has lost', async (version) => {
    const ran = await session().run(['validate', '-f', '-', '--kubelet-version', version], { stdin: removed });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toMatch(
      /^standard input:9:7: error\[FlagInvalid\]: spec.kubelet.flags\["container-runtime"\]: kubelet 1.36 does not start/,
    );
  });

  test.each(['1.20', 'v1.2.2_coreos.0'])('%s has it still', async (version) => {
    const ran = await session().run(['validate', '-f', '-', '--kubelet-version', version], { stdin: removed });
    expect(ran).toMatchObject({ exitCode: 0 });
  });

  test('the version of an object counts more', async () => {
    const stdin = edited(removed, '    flags:', '    version: v1.20.0\n    flags:');
    expect(await session().run(['validate', '-f', '-', '--kubelet-version', '1.36'], { stdin })).toMatchObject({ exitCode: 0 });
  });
});

test('what rendering would refuse is refused with its place, and told once', async () => {
  const rkt = edited(workers, 'host: {}', 'rkt:\n      options: ["--nonsense"]');
  const ran = await session().run(['validate', '-f', '-'], {
    stdin: edited(rkt, '    flags:', '    version: v1.2.2\n    flags:'),
  });
  expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
  expect(ran.stderr).toMatch(/^standard input:13:17: error\[RktRefuses\]: spec.launcher.rkt.options\[0\]: rkt would refuse it: /);
  expect(ran.stderr.match(/error\[/g)).toHaveLength(1);
});

test('says nothing of a patch that works on what other objects say', async () => {
  const { run, write } = session();
  const patched = edited(workers, 'spec:', 'spec:\n  patches: [{op: remove, path: /kubelet/flags/other}]');
  expect(await run(['validate', '-f', write('a.yaml', patched)])).toMatchObject({ exitCode: 0, stderr: '' });
});

describe('one run shows everything:', () => {
  const faulty = edited(
    workers,
    '      v: 2\n',
    '      v:\n      max-podz: 3\n    configuration:\n      maxPodz: 1\n    version: v1.30.2\n  files: [{path: /etc/passwd, content: x}]\n',
  );
  const fields = ['flags.v', 'flags.max-podz', 'configuration.maxPodz'].map((field) => `kubelet.${field}`);
  const expected = ['error', 'error', 'warning'].map((severity, index) => `${severity} spec.${fields[index]}`);

  test.each([
    ['validate', []],
    ['render', []],
    ['explain', []],
    ['diff', ['--root']],
    ['apply', ['--root']],
  ])('%s tells of the settings of an object that has errors, in the order of the lines', async (name, words) => {
    const { run, write, root } = session();
    const ran = await run([name, '-f', write('a.yaml', faulty), '-o', 'json', ...words.flatMap((word) => [word, root])]);
    expect(ran.exitCode).toBe(3);
    const { problems } = JSON.parse(ran.stdout) as { problems: { severity: string; path: string[] | string }[] };
    const told = problems.map(({ severity, path }) => `${severity} ${Array.isArray(path) ? path.join('.') : path}`);
    expect(told).toEqual([...expected, expect.stringMatching(/^error spec\.files/)]);
  });

  test('also of the objects beside it', async () => {
    const { run, write, root } = session();
    const other = edited(edited(workers, 'v: 2', 'max-podz: 3'), 'name: workers', 'name: other');
    const ran = await run(['diff', '--root', root, '-f', write('a.yaml', faulty), write('b.yaml', other)]);
    expect(ran.stderr).toMatch(/b\.yaml:9:7: error\[FlagInvalid\]/);
  });
});

describe('against a machine', () => {
  const nodes = join(import.meta.dirname, '../../fixtures/nodes');
  const spec = '  kubelet: {flags: {v: 2}, configuration: {maxPods: 64}}\n';
  const manifest = (name: string, launcher: string, role = 'worker') =>
    `apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: ${name}}\nspec:\n  nodeSelector: {matchLabels: {role: ${role}}}\n${spec}${launcher}`;
  const existing = manifest('gpu', '  launcher: {existing: {}}\n');
  const host = manifest('plain', '  launcher: {host: {}}\n  unit: {mode: DropIn}\n');

  test('each object is compared by itself, whichever nodes it selects, and nothing is written', async () => {
    const { run, write, root, put, host: entries } = session();
    for (const [path, text] of Object.entries(contentsOfNode('kubeadm-deb'))) put(path, text);
    const before = entries();
    const ran = await run(['validate', '-f', write('a.yaml', existing), '--root', root]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toMatch(
      /^kubelet changes logging.verbosity 0 → 2\nkubelet changes maxPods 110 → 64 .*\nkubelet gains {3}--config-dir .*\nnothing else changes \(\d+ kept\)\n1 object in 1 file: valid\n$/,
    );
    expect(entries()).toEqual(before);
  });

  test('what apply would refuse is refused, with everything that would be lost, and said for a program too', async () => {
    const { run, write } = session();
    const words = ['validate', '-f', write('a.yaml', host), '--root', join(nodes, 'kubeadm-deb')];
    const { exitCode, stdout, stderr } = await run(words);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('a.yaml:7:14: error[TakeoverLosesSettings]: spec.launcher.host');
    expect(stderr).toContain(`kubelet-config import --root ${join(nodes, 'kubeadm-deb')}`);
    for (const lost of ['clusterDNS ["10.96.0.10"] → nothing', '--kubeconfig /etc/kubernetes/kubelet.conf → nothing'])
      expect(stdout).toContain(`kubelet loses   ${lost}`);
    expect(stdout).not.toContain('valid');
    const data = JSON.parse((await run([...words, '-o', 'json'])).stdout);
    expect(data).toMatchObject({ valid: false, compared: [{ objects: ['plain'], differs: true }] });
    expect(data.compared[0].settings.changes).toContainEqual(
      expect.objectContaining({ change: 'Lost', kind: 'Field', name: 'clusterDNS', from: ['10.96.0.10'] }),
    );
    expect(data.problems).toMatchObject([{ code: 'TakeoverLosesSettings', position: { line: 7 } }]);
  });

  test('a field that a flag of the node beats is refused at its place', async () => {
    const { run, write } = session();
    const ran = await run(['validate', '-f', write('a.yaml', existing), '--root', join(nodes, 'aks')]);
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain('a.yaml:6:44: error[FlagInvalid]: spec.kubelet.configuration.maxPods');
  });

  test('with labels, the objects that select the node are compared together', async () => {
    const { run, write } = session();
    const added = `${edited(manifest('more', ''), spec, '  priority: 1\n  kubelet: {configuration: {podsPerCore: 7}}\n')}`;
    const files = [write('a.yaml', existing), write('b.yaml', added), write('c.yaml', edited(host, 'worker', 'other'))];
    const root = ['--root', join(nodes, 'kubeadm-deb')];
    const labelled = await run(['validate', '-f', ...files, ...root, '--label', 'role=worker', '-o', 'json']);
    expect(labelled.exitCode).toBe(0);
    expect(JSON.parse(labelled.stdout)).toMatchObject({
      valid: true,
      objects: ['gpu', 'more', 'plain'],
      compared: [{ objects: ['gpu', 'more'] }],
    });
    expect(labelled.stdout).toContain('podsPerCore');
    expect(await run(['validate', '-f', ...files, ...root, '--label', 'role=none'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('error[NotSelected]'),
    });
    // Alone it has no launcher: that is no mistake.
    const alone = await run(['validate', '-f', files[1] ?? '', ...root]);
    expect(alone).toMatchObject({ exitCode: 0, stdout: '1 object in 1 file: valid\n' });
    expect(alone.stderr).toContain('notice[LauncherMissing]');
    expect(alone.stderr).toContain('give all objects of the node with -f, and its labels with --label');
  });

  test('with the defaults of the release that is named, where nothing can be asked', async () => {
    const { run, write } = session();
    const at = async (version: string) => {
      const words = ['validate', '-f', write('a.yaml', existing), '--root', join(nodes, 'kubeadm-deb')];
      return (await run([...words, '--kubelet-version', version])).stdout;
    };
    expect(await at('v1.36.0')).toContain('--config-dir');
    expect(await at('v1.27.0')).not.toContain('--config-dir');
  });

  test('what is applied already changes nothing; a machine without a kubelet has nothing to compare with', async () => {
    const { on, run, write, root } = session();
    const words = ['validate', '-f', write('a.yaml', workers), '--root', root];
    expect(await run(words)).toMatchObject({
      exitCode: 0,
      stdout: 'this machine has no kubelet to compare with\n1 object in 1 file: valid\n',
    });
    await on('apply', workers);
    expect(await run(words)).toMatchObject({
      exitCode: 0,
      stdout: 'no setting of the kubelet changes: the machine has what the objects say\n1 object in 1 file: valid\n',
    });
  });

  test('labels without a machine are a mistake of the command line', async () => {
    const { run, write } = session();
    const ran = await run(['validate', '-f', write('a.yaml', workers), '--label', 'role=worker']);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('add --root DIR') });
  });
});

describe('a kubelet that asks nobody', () => {
  const joined = edited(workers, 'v: 2', 'kubeconfig: /etc/kubernetes/kubelet.conf');

  test('is warned of by validate, render and diff; an object that adds to another one is not', async () => {
    const { on, run, write } = session();
    const file = write('a.yaml', joined);
    for (const ran of [await run(['validate', '-f', file]), await run(['render', '-f', file]), await on('diff', joined)]) {
      expect(ran.stderr).toContain('warning[NoAuthentication]: spec.kubelet: anybody who reaches port 10250 of the node');
      expect(ran.stderr).toContain('→ set authentication.anonymous.enabled: false');
    }
    const adding = write('b.yaml', edited(joined, '  launcher:\n    host: {}\n', ''));
    expect(await run(['validate', '-f', adding])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('is told of where a change makes one of it, also without a cluster', async () => {
    const { run, write, root, put } = session();
    for (const [path, text] of Object.entries(contentsOfNode('kubeadm-deb'))) put(path, text);
    const object = edited(workers, '    host: {}\n', '    host: {}\n  unit: {mode: DropIn}\n  takeover: Replace\n');
    const ran = await run(['validate', '-f', write('a.yaml', object), '--root', root]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('warning[NoAuthentication]') });
    expect(ran.stderr).toContain('after this change anybody who reaches port 10250');
    expect(ran.stdout).toContain('kubelet loses   authorization.mode Webhook → AlwaysAllow');
  });
});
