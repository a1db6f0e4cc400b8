import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { loadPaths } from '../../../src/manifest/load/load.ts';
import { manifest, scratchDirectory } from '../scratch.ts';

const load = (paths: string[], standardInput = '') =>
  loadPaths(paths, {
    validate: (value) => validateKubeletConfig(value),
    standardInput: Readable.from([Buffer.from(standardInput)]),
  });
const names = ({ objects }: Awaited<ReturnType<typeof load>>) => objects.map(({ object }) => object.metadata.name);

const asJson = (name: string) =>
  JSON.stringify({
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name },
    spec: { nodeSelector: { matchLabels: {} } },
  });

describe('what is read', () => {
  test('files, directories in order and standard input', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'many', 'deeper.yaml'), { recursive: true });
    await writeFile(join(directory, 'one'), manifest('one'));
    await writeFile(join(directory, 'many', 'b.yml'), manifest('b'));
    await writeFile(join(directory, 'many', 'a.json'), asJson('a'));
    await writeFile(join(directory, 'many', 'c.yaml'), manifest('c'));
    await writeFile(join(directory, 'many', '.hidden.yaml'), manifest('hidden'));
    await writeFile(join(directory, 'many', 'notes.txt'), 'words');
    await writeFile(join(directory, 'many', 'deeper.yaml', 'd.yaml'), manifest('d'));
    const loaded = await load([join(directory, 'one'), join(directory, 'many'), '-'], manifest('input'));
    expect(loaded.problems).toEqual([]);
    expect(names(loaded)).toEqual(['one', 'a', 'b', 'c', 'input']);
    expect(loaded.files).toBe(5);
    expect(loaded.objects[4]?.file).toBe('standard input');
    expect(loaded.objects[0]?.locate(['spec', 'priority'], 'Value')).toMatchObject({
      file: join(directory, 'one'),
      line: 6,
      column: 13,
    });
  });

  test('a file that is given twice is read once', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    const loaded = await load([directory, join(directory, 'a.yaml'), `${directory}/./a.yaml`]);
    expect([names(loaded), loaded.problems, loaded.files]).toEqual([['a'], [], 1]);
  });

  test.for<[given: string[], found: string[]]>([
    [['@/many/*.yaml'], ['a', 'b']],
    [['@/many/[b-z].yaml'], ['b']],
    [['@/*/?.yaml'], ['a', 'b']],
    // A directory without a manifest is not told where the pattern finds others.
    [['@/many/*'], ['a', 'b', 'd']],
    [['@/many/**/*.yaml'], ['a', 'b', 'd']],
    [['@/**'], ['z', 'one', 'x', 'a', 'b', 'd']],
    [['@/one.yaml,@/many'], ['one', 'a', 'b']],
    [['@/one.yaml,,@/many/*.yaml,'], ['one', 'a', 'b']],
    [
      ['@/many/b.yaml', '@/many/*.yaml'],
      ['b', 'a'],
    ],
    [['@/x,y.yaml'], ['x']],
    [['@/[z].yaml'], ['z']],
    [['-,@/one.yaml'], ['input', 'one']],
  ])('%j', async ([given, found]) => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'many', 'deeper', 'still'), { recursive: true });
    await mkdir(join(directory, 'many', 'empty'));
    await mkdir(join(directory, 'many', '.hidden'));
    const files = ['one', 'many/b', 'many/a', 'many/deeper/d', 'many/.hidden/h', 'many/.i', 'x,y', '[z]'];
    for (const file of files) await writeFile(join(directory, `${file}.yaml`), manifest(file.replace(/,.*|^.*\/|[[\]]/g, '')));
    await symlink('../..', join(directory, 'many', 'deeper', 'circle'));
    const words = given.map((word) => word.replaceAll('@', directory));
    const loaded = await load(words, manifest('input'));
    expect([names(loaded), loaded.problems]).toEqual([found, []]);
  });

  test.each(['*.yml', 'many/x*', 'nowhere/*.yaml', 'one.yaml/*'])(
    '%s matches nothing, which is an error with its name',
    async (word) => {
      const directory = await scratchDirectory();
      await writeFile(join(directory, 'one.yaml'), manifest('one'));
      const { problems } = await load([join(directory, word)]);
      expect(problems).toMatchObject([
        { code: 'UnreadableFile', severity: 'error', reason: `the pattern ${join(directory, word)} matches no file` },
      ]);
    },
  );

  test('of several with commas the missing one is named', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'one.yaml'), manifest('one'));
    const { problems } = await load([`${directory}/one.yaml,${directory}/two.yaml`]);
    expect(problems).toMatchObject([{ code: 'UnreadableFile', position: { file: join(directory, 'two.yaml') } }]);
  });
});

describe('problems', () => {
  test('of validation get their place, and their object is left out', async () => {
    const directory = await scratchDirectory();
    const file = join(directory, 'a.yaml');
    await writeFile(file, `${manifest('a')}  prioritty: 1\n---\n${manifest('b')}`);
    const loaded = await load([file]);
    expect(names(loaded)).toEqual(['b']);
    expect(loaded.problems).toMatchObject([
      { code: 'UnknownField', position: { file, line: 7, column: 3, excerpt: '  prioritty: 1' } },
    ]);
  });

  test('the same name in two files', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), manifest('same'));
    await writeFile(join(directory, 'b.yaml'), manifest('same'));
    expect((await load([directory])).problems).toMatchObject([
      { code: 'DuplicateName', reason: expect.stringContaining(join(directory, 'a.yaml:3:18')) },
    ]);
  });

  test('an empty directory', async () => {
    const directory = await scratchDirectory();
    expect(await load([directory])).toMatchObject({
      objects: [],
      files: 0,
      problems: [{ code: 'NoObjects', severity: 'error' }],
    });
  });

  test.for<[title: string, path: string, words: RegExp]>([
    ['a missing file', 'missing.yaml', /ENOENT/],
    ['a path through a file', 'file/a.yaml', /ENOTDIR/],
    ['a circle of links', 'circle', /ELOOP/],
  ])('%s', async ([, path, words]) => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'file'), '');
    await symlink('circle', join(directory, 'circle'));
    const { problems } = await load([join(directory, path)]);
    expect(problems).toMatchObject([{ code: 'UnreadableFile', severity: 'error', reason: expect.stringMatching(words) }]);
    expect(problems[0]?.remedy).not.toBe('');
    expect(problems[0]?.position?.file).toBe(join(directory, path));
  });

  test('a directory that only looks like a file among the manifests is skipped, a dangling link is told', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'a.yaml'));
    await symlink('nowhere', join(directory, 'b.yaml'));
    expect((await load([directory])).problems).toMatchObject([
      { code: 'UnreadableFile', position: { file: join(directory, 'b.yaml') } },
    ]);
  });

  test('a file that is not UTF-8, with the place', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), Buffer.from('a: 1\nb: caf\xe9\n', 'latin1'));
    const { problems } = await load([directory]);
    expect(problems).toMatchObject([
      { code: 'NotYaml', reason: expect.stringContaining('UTF-8'), position: { line: 2, column: 7 } },
    ]);
  });

  test('a file of many megabytes is refused without reading all of it', async () => {
    expect((await load(['/dev/zero'])).problems).toMatchObject([{ code: 'TooLarge' }]);
  });
});
