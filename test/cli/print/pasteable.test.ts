import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pasteable, pasteableData } from '../../../src/cli/print/pasteable.ts';
import { edited, formats, session, workers } from '../session.ts';

describe('a command that a message quotes', () => {
  test.each([
    ['`kubelet-config apply --withdraw`', '`kubelet-config apply --root ./image --withdraw`'],
    ['see kubelet-config status', 'see kubelet-config status --root ./image'],
    [
      '`kubelet-config diff` or `kubelet-config retry`',
      '`kubelet-config diff --root ./image` or `kubelet-config retry --root ./image`',
    ],
    ['kubelet-config history; --to names any', 'kubelet-config history --root ./image; --to names any'],
    ['see kubelet-config status --help', 'see kubelet-config status --help'],
    ['`kubelet-config status --root ./other`', '`kubelet-config status --root ./other`'],
    ['kubelet-config completion shows it', 'kubelet-config completion shows it'],
    ['kubelet-config ended in /etc/kubelet-config.d/hold', 'kubelet-config ended in /etc/kubelet-config.d/hold'],
    ['the unit kubelet-config apply-later', 'the unit kubelet-config apply-later'],
  ])('is about the root that was given: %s', (text, said) => {
    expect(pasteable(text, { root: './image' })).toBe(said);
    expect(pasteable(said, { root: './image' })).toBe(said);
    for (const root of [undefined, '/', '//', '']) expect(pasteable(text, { root })).toBe(text);
  });

  test.each(['a b', "Ana's", '$HOME', '`id`', 'a;b', '*', '~', 'ä', 'a\nb'])('reaches a shell as one word: %j', (root) => {
    const [, words = ''] = pasteable('kubelet-config status', { root }).split(/^kubelet-config /);
    expect(execFileSync('/bin/sh', ['-c', `printf '%s|' ${words}`]).toString()).toBe(`status|--root|${root}|`);
  });

  test('takes a value that begins with a dash', () => {
    expect(pasteable('kubelet-config status', { root: '-a b' })).toBe("kubelet-config status --root='-a b'");
  });

  test.each<[files: string[], said: string]>([
    [['a.yaml'], '`kubelet-config diff -f a.yaml` shows it, kubelet-config apply -f a.yaml brings it back'],
    [['a b', '-c'], "`kubelet-config diff -f 'a b' --file=-c` shows it, kubelet-config apply -f 'a b' --file=-c brings it back"],
    [[], '`kubelet-config diff -f PATH` shows it, kubelet-config apply -f PATH brings it back'],
    [['-'], '`kubelet-config diff -f PATH` shows it, kubelet-config apply -f PATH brings it back'],
  ])('is about the files that were given: %j', (files, said) => {
    const text = '`kubelet-config diff -f PATH` shows it, kubelet-config apply -f PATH brings it back';
    expect(pasteable(text, { files })).toBe(said);
    expect(pasteable(text, { files, root: '/host' })).toBe(said.replaceAll(/(diff|apply) /g, '$1 --root /host '));
  });

  test('is looked for in the words of a result alone', () => {
    const text = 'kubelet-config status';
    const data = { content: text, reason: text, message: text, problems: [{ reason: text, remedy: text, path: [text] }] };
    const said = `${text} --root /host`;
    expect(pasteableData(data, { root: '/host' })).toEqual({
      content: text,
      reason: text,
      message: said,
      problems: [{ reason: said, remedy: said, path: [text] }],
    });
  });
});

/** A host in a directory whose name a shell would take for two. */
function blankHost() {
  const here = session();
  const root = join(here.directory, 'my image');
  mkdirSync(root);
  const objects = (text: string) => ['-f', here.write('workers.yaml', text)];
  return { ...here, root, objects, quoted: `'${root}'` };
}

/** The words of the one quoted command, as a shell reads them. */
function pasted(text: string): string[] {
  const [, words] = /`kubelet-config ([^`]+)`/.exec(text) ?? [];
  if (words === undefined) throw new RangeError(`no command is quoted in ${text}`);
  return execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${words}`])
    .toString()
    .trimEnd()
    .split('\n');
}

test('pasted, the remedy for objects that would take all away works', async () => {
  const { run, root, objects, quoted } = blankHost();
  expect(await run(['apply', '--root', root, ...objects(workers)])).toMatchObject({ exitCode: 0 });
  const others = objects(edited(workers, '{matchLabels: {}}', '{matchLabels: {role: other}}'));
  const refused = await run(['apply', `--root=${root}`, ...others]);
  expect(refused.stderr).toContain(`run \`kubelet-config apply --root ${quoted} --withdraw\``);
  expect(await run(pasted(refused.stderr))).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('restored') });
});

test('pasted, the remedies of a held host release it, whoever tells them', async () => {
  const { run, root, objects, quoted } = blankHost();
  const release = `kubelet-config hold --root ${quoted} --release`;
  expect((await run(['hold', '--root', root])).stdout).toContain(`to release: ${release}`);
  expect((await run(['hold', '--root', root])).stdout).toContain(`to release: \`${release}\``);
  const refused = await run(['apply', '--root', root, ...objects(workers)]);
  expect(refused.stderr).toContain(`\`${release}\``);
  const status = await run(['status', '--root', root]);
  expect(status.stdout).toContain(`to release: \`${release}\``);
  expect(await run(pasted(refused.stderr))).toMatchObject({ exitCode: 0, stdout: 'released\n' });
});

test.each(formats)('a program gets the same as %s', async (format, read) => {
  const { run, root, objects, quoted } = blankHost();
  await run(['hold', '--root', root, '--reason', 'ask me']);
  const release = `\`kubelet-config hold --root ${quoted} --release\`, or remove the file`;
  const refused = await run(['apply', '--root', root, '-o', format, ...objects(workers)]);
  expect(read(refused.stdout)).toMatchObject({
    error: { code: 'Held', remedy: expect.stringContaining(release) },
    problems: [{ code: 'Held', remedy: expect.stringContaining(release) }],
  });
  const status = await run(['status', '--root', root, '-o', format]);
  expect(read(status.stdout)).toMatchObject({
    hold: { release },
    findings: expect.arrayContaining([expect.objectContaining({ code: 'Held', remedy: `to release: ${release}` })]),
  });
  const nothing = await run(['rollback', '--root', root, '-o', format]);
  expect(read(nothing.stdout)).toMatchObject({ error: { remedy: expect.stringContaining(`history --root ${quoted};`) } });
});

test.each([['-f'], ['--file']])('pasted, the remedy for a patch explains the files that %s gave', async (option) => {
  const { run, write } = session();
  const file = write('my workers.yaml', `${workers}  patches: [{op: test, path: /kubelet/flags/v, value: 3}]\n`);
  const { stderr } = await run(['explain', option, file]);
  expect(stderr).toContain(`\`kubelet-config explain -f '${file}'\` shows it`);
  expect(await run(pasted(stderr))).toMatchObject({ stdout: expect.stringMatching(/^kubelet.flags.v +2 /m) });
  const piped = await run(['explain', '-f', '-'], {
    stdin: `${workers}  patches: [{op: test, path: /kubelet/flags/v, value: 3}]\n`,
  });
  expect(piped.stderr).toContain('`kubelet-config explain -f PATH` shows it');
});
