import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { edited, formats, session, workers } from '../session.ts';

const unit = '/etc/systemd/system/kubelet.service';
const withHook = `${workers}  files:\n    - {path: /opt/bin/hook, mode: "0755", content: "#!/bin/sh\\n"}\n`;
const forWorkers = edited(workers, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {role: worker}}');

test('text shows each file under its path and mode', async () => {
  const { exitCode, stdout, stderr } = await session().run(['render', '-f', '-'], { stdin: withHook });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`### ${unit} (0644)\n[Unit]\n`);
  expect(stdout).toContain('ExecStart=/usr/bin/kubelet \\\n  --v=2\n');
  expect(stdout).toContain('### /opt/bin/hook (0755)\n#!/bin/sh\n');
});

test.each(formats)('-o %s holds the revision, its files and its unit', async (format, read) => {
  const { stdout, stderr } = await session().run(['render', '-f', '-', '-o', format], { stdin: withHook });
  expect(stderr).toBe('');
  const rendered = read(stdout);
  expect(rendered).toEqual({
    revision: expect.stringMatching(/^[0-9a-f]{16}$/),
    unit: { name: 'kubelet.service', enabled: true },
    files: [
      { path: unit, mode: '0644', uid: 0, gid: 0, content: expect.stringContaining('--v=2') },
      { path: '/opt/bin/hook', mode: '0755', uid: 0, gid: 0, content: '#!/bin/sh\n' },
    ],
    problems: [],
  });
});

describe('-o DIR', () => {
  test('writes the files under their paths on the host, and nothing to standard output', async () => {
    const { run, write, directory } = session();
    const out = join(directory, 'deep', 'out');
    const ran = await run(['render', '-f', write('a.yaml', withHook), '-o', out]);
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${out}${unit}\nwrote ${out}/opt/bin/hook\n` });
    expect(readFileSync(join(out, unit), 'utf8')).toContain('--v=2');
    expect(statSync(join(out, 'opt/bin/hook')).mode & 0o777).toBe(0o755);
  });

  test('refuses a file in its place', async () => {
    const { run, write } = session();
    const ran = await run(['render', '-f', '-', '-o', write('out', '')], { stdin: workers });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      /error\[Exists\]: cannot make the directory .*\/out: something else stands there already\n +→ Move it away/,
    );
  });
});

describe('the node', () => {
  test('has the labels of --label', async () => {
    const { run } = session();
    expect(await run(['render', '-f', '-', '--label', 'role=worker'], { stdin: forWorkers })).toMatchObject({ exitCode: 0 });
    expect(await run(['render', '-f', '-', '--label', 'a=b', '--label', 'role=worker'], { stdin: forWorkers })).toMatchObject({
      exitCode: 0,
    });
  });

  test('has the labels of a file with a Node', async () => {
    const { run, write } = session();
    const labels = write('node.yaml', 'apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {role: worker}}\n');
    expect(await run(['render', '-f', '-', '--labels', labels], { stdin: forWorkers })).toMatchObject({ exitCode: 0 });
  });

  test('that nothing selects is told with its labels', async () => {
    const ran = await session().run(['render', '-f', '-', '--node', 'n1', '--label', 'role=master'], { stdin: forWorkers });
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toMatch(
      /error\[NotSelected\]: no object selects the node n1 with the labels .*role=master.*\n +→ give the labels/,
    );
  });

  test.each([
    ['role', '--label role has no value'],
    ['role=a b', '"a b" cannot be the value of the label role'],
  ])('with the label %s is refused', async (label, reason) => {
    const ran = await session().run(['render', '-f', '-', '--label', label], { stdin: workers });
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain(reason);
  });
});

describe('facts', () => {
  const rkt = edited(edited(workers, 'host: {}', 'rkt: {}'), '    flags:', '    version: v1.2.2_coreos.0\n    flags:');
  const osRelease = (version: string) => `osRelease: {ID: coreos, VERSION_ID: "${version}"}\n`;

  test.each([
    ['1010.5.0', 'ExecStart=/usr/lib/coreos/kubelet-wrapper \\'],
    ['899.0.0', 'ExecStart=/opt/bin/kubelet-wrapper \\'],
  ])('of CoreOS %s choose the wrapper', async (version, line) => {
    const { run, write } = session();
    const { stdout } = await run(['render', '-f', '-', '--facts', write('facts.yaml', osRelease(version))], { stdin: rkt });
    expect(stdout).toContain(line);
  });

  test.each([
    ['kernel: 6.1\n', /facts.yaml:1:1: error\[UnknownField\]: kernel: there is no fact named "kernel"/],
    ['osRelease: {VERSION_ID: 22.10}\n', /facts.yaml:1:25: error\[WrongType\]: osRelease.VERSION_ID: 22.1 is no string/],
    ['rktVersion: 1\n---\nrktVersion: 2\n', /error\[InputInvalid\]: .*facts.yaml holds 2 documents/],
    ['rktVersion: [\n', /facts.yaml:\d:\d+: error\[NotYaml\]: /],
  ])('%j are refused', async (text, complaint) => {
    const { run, write } = session();
    const ran = await run(['render', '-f', '-', '--facts', write('facts.yaml', text)], { stdin: workers });
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toMatch(complaint);
  });
});

test('--allow-path and --unit widen what an object may write', async () => {
  const elsewhere = `${workers}  files: [{path: /srv/hook, content: x}]\n  unit: {name: other.service}\n`;
  const { run } = session();
  expect(await run(['render', '-f', '-'], { stdin: elsewhere })).toMatchObject({ exitCode: 3 });
  const allowed = ['--allow-path', '/srv', '--unit', 'other.service'];
  const { exitCode, stdout } = await run(['render', '-f', '-', ...allowed], { stdin: elsewhere });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('### /etc/systemd/system/other.service');
  expect(stdout).toContain('### /srv/hook');
});
