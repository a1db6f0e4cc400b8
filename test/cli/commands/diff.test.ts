import { describe, expect, test } from 'vitest';
import { edited, formats, session, workers } from '../session.ts';

const unit = '/etc/systemd/system/kubelet.service';
const withHook = (mode: string, content: string) =>
  `${workers}  files:\n    - {path: /opt/bin/hook, mode: "${mode}", content: ${JSON.stringify(content)}}\n`;
/** Ten lines, of which the test changes the last. */
const tenLines = (last: string) => [...Array.from({ length: 9 }, (_, index) => `line ${index}`), last, ''].join('\n');

test('shows new files and the steps, changes nothing, and ends with 1', async () => {
  const { on, host } = session();
  const ran = await on('diff', workers);
  expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
  expect(ran.stdout).toMatch(/^--- \/dev\/null\n\+\+\+ \/etc\/systemd\/system\/kubelet.service\n@@ -0,0 \+1,13 @@\n\+\[Unit\]\n/);
  expect(ran.stdout).toContain('+  --v=2\n');
  expect(ran.stdout).toContain(`would write    ${unit} (0644, new)\nwould enable   kubelet.service\n`);
  expect(host()).toEqual({});
});

test('shows nothing and ends with 0 after apply', async () => {
  const { on } = session();
  await on('apply', workers);
  expect(await on('diff', workers)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('shows a changed line with three lines around it', async () => {
  const { on } = session();
  await on('apply', withHook('0644', tenLines('line 9')));
  const { exitCode, stdout } = await on('diff', withHook('0644', tenLines('line nine')));
  expect(exitCode).toBe(1);
  expect(stdout).toBe(
    [
      '--- /opt/bin/hook',
      '+++ /opt/bin/hook',
      '@@ -7,4 +7,4 @@',
      ' line 6',
      ' line 7',
      ' line 8',
      '-line 9',
      '+line nine',
      'would write    /opt/bin/hook (0644, changed)',
      'no setting of the kubelet changes (3 kept)',
      '',
    ].join('\n'),
  );
});

const same = 'no setting of the kubelet changes (3 kept)\n';

test('shows a change of the mode alone', async () => {
  const { on } = session();
  await on('apply', withHook('0644', 'x\n'));
  const { exitCode, stdout } = await on('diff', withHook('0755', 'x\n'));
  expect(exitCode).toBe(1);
  expect(stdout).toBe('mode /opt/bin/hook 0644 -> 0755\nwould write    /opt/bin/hook (0755, changed)\n' + same);
});

test('shows what goes when an object goes', async () => {
  const { on } = session();
  await on('apply', withHook('0644', 'x\n'));
  const { stdout } = await on('diff', workers);
  expect(stdout).toBe('--- /opt/bin/hook\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\nwould remove   /opt/bin/hook\n' + same);
});

describe('never shows a secret:', () => {
  const secret = 'hunter2-correct/horse';
  test.each([
    ['a token of a flag', (value: string) => edited(workers, 'v: 2', `bootstrap-kubeconfig: token=${value}`)],
    ['a password in a file', (value: string) => withHook('0600', `user: me\npassword: ${value} and more\n`)],
    ['a password with blanks', (value: string) => withHook('0600', `password="two words ${value}"\n`)],
    ['a variable of the unit', (value: string) => `${workers}  unit: {environment: {API_KEY: "${value} x"}}\n`],
    ['a password in a URL', (value: string) => withHook('0600', `proxy http://me:${value.replace('/', '')}@proxy:3128\n`)],
    [
      'a private key',
      (value: string) => withHook('0600', `-----BEGIN RSA PRIVATE KEY-----\n${value}\n-----END RSA PRIVATE KEY-----\n`),
    ],
    ['a setting', (value: string) => edited(workers, '    flags:', `    configuration: {clientSecret: "${value}"}\n    flags:`)],
  ])('%s, new, changed alone, or gone', async (_what, manifest) => {
    const { on } = session();
    const [before, after] = [manifest(`${secret}-old`), manifest(`${secret}-new`)];
    const fresh = await on('diff', before);
    const applied = await on('apply', before);
    const changed = await on('diff', after);
    const gone = await on('diff', workers);
    for (const ran of [fresh, changed, gone]) expect(ran.exitCode).toBe(1);
    for (const { stdout, stderr } of [fresh, applied, changed, gone]) expect(stdout + stderr).not.toMatch(/hunter2|horse/);
    expect(changed.stdout).toContain('(a value that is not shown differs)');
    expect(changed.stdout).toMatch(/would write .* changed/);
  });

  test('and the offending line of a warning covers it too, also as data', async () => {
    const { on, run } = session();
    const manifest = edited(workers, 'v: 2', `token: ["${secret}"]`);
    const asData = await run(['validate', '-f', '-', '-o', 'json'], { stdin: manifest });
    const asText = await on('diff', manifest);
    expect(asText.stderr).toContain('token: [<hidden>');
    for (const { stdout, stderr } of [asData, asText]) expect(stdout + stderr).not.toMatch(/hunter2|horse/);
  });
});

test.each(formats)('-o %s holds the verdict and the steps', async (format, read) => {
  const { on } = session();
  const before = await on('diff', workers, '-o', format);
  expect(before).toMatchObject({ exitCode: 1, stderr: '' });
  expect(read(before.stdout)).toMatchObject({
    differs: true,
    steps: [
      { kind: 'Write', path: unit, existed: false, state: { mode: '0644' } },
      { kind: 'Enable', unit: 'kubelet.service' },
    ],
  });
  await on('apply', workers);
  expect(read((await on('diff', workers, '-o', format)).stdout)).toEqual({
    differs: false,
    unfinished: false,
    steps: [],
    problems: [],
  });
});

test('objects in conflict end with 3', async () => {
  const { on } = session();
  const other = edited(edited(workers, 'name: workers', 'name: others'), 'v: 2', 'v: 3');
  const ran = await on('diff', `${workers}---\n${other}`);
  expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
  expect(ran.stderr).toMatch(/workers and others have the same priority/);
});

test('colours are for the terminal', async () => {
  const { run, root, write } = session();
  const { stdout } = await run(['diff', '-f', write('a.yaml', workers), '--root', root], { isTerminal: true });
  expect(stdout).toContain('\u001b[32m+[Unit]\u001b[39m');
});

describe('says what a change does to the settings, and that nothing else changes:', () => {
  const rkt = (version: string, v: number) =>
    edited(
      edited(edited(workers, 'host: {}', 'rkt: {}'), '    flags:', `    version: ${version}\n    flags:`),
      'v: 2',
      `v: ${v}`,
    );
  test.each([
    ['flags of host', workers, edited(workers, 'v: 2', 'v: 3'), ['changes logging.verbosity 2 → 3']],
    [
      'the program of host',
      workers,
      edited(workers, 'host: {}', 'host: {binary: /opt/bin/kubelet}'),
      ['changes program /usr/bin/kubelet → /opt/bin/kubelet'],
    ],
    ['flags of rkt', rkt('v1.6.0_coreos.0', 2), rkt('v1.6.0_coreos.0', 3), ['changes logging.verbosity 2 → 3']],
    ['the version of rkt', rkt('v1.6.0_coreos.0', 2), rkt('v1.6.1_coreos.0', 2), ['v1.6.0_coreos.0 → v1.6.1_coreos.0']],
  ])('%s', async (_what, before, after, expected) => {
    const { on, put, run, root } = session();
    put('/usr/bin/rkt', '#!/bin/sh\n', 0o755);
    expect(await on('apply', before)).toMatchObject({ exitCode: 0 });
    const { stdout } = await on('diff', after);
    const said = stdout.split('\n').filter((line) => /^(kubelet|nothing else)/.test(line));
    expect(said).toHaveLength(expected.length + 1);
    for (const [index, text] of expected.entries()) expect(said[index]).toContain(text);
    expect(said.at(-1)).toMatch(/^nothing else changes \(\d+ kept\)$/);

    await on('apply', after);
    const history = await run(['history', '--root', root]);
    expect(history.stdout).toMatch(/\n {4}.* → .*; nothing else\n/);
    const data = JSON.parse((await run(['history', '--root', root, '-o', 'json'])).stdout);
    expect(data.applied[0].settings).toHaveLength(expected.length);
  });
});
