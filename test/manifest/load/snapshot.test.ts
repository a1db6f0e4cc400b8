import { execFile } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { type DirectorySnapshot, readDirectory } from '../../../src/manifest/load/snapshot.ts';
import { manifest, scratchDirectory } from '../scratch.ts';

const read = (directory: string, afterListing?: () => Promise<void>) =>
  readDirectory(directory, { validate: (value) => validateKubeletConfig(value) }, afterListing);
const namesIn = (snapshot: DirectorySnapshot) =>
  snapshot.state === 'Answers' ? snapshot.objects.map(({ object }) => object.metadata.name) : snapshot;

/** Does something at the first listing only. */
const once = (action: () => Promise<unknown>) => {
  let done = false;
  return async () => {
    if (!done) await action();
    done = true;
  };
};

describe('answers', () => {
  test('with every object of every manifest', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'b.yaml'), manifest('b'));
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    expect(namesIn(await read(directory))).toEqual(['a', 'b']);
  });

  test('with none when a manifest holds only comments or other kinds', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), '# withdrawn\n');
    await writeFile(join(directory, 'b.yaml'), 'apiVersion: v1\nkind: ConfigMap\n');
    expect(await read(directory)).toMatchObject({ state: 'Answers', objects: [], problems: [{ code: 'SkippedKind' }] });
  });
});

describe('an error anywhere makes all of it Invalid', () => {
  test.for<[title: string, content: string, code: string]>([
    ['half a file', manifest('b').slice(0, 60), 'MissingField'],
    ['broken YAML', '{', 'NotYaml'],
    ['an empty file', '', 'UnreadableFile'],
    ['the same name', manifest('a'), 'DuplicateName'],
  ])('%s', async ([, content, code]) => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    await writeFile(join(directory, 'b.yaml'), content);
    const snapshot = await read(directory);
    expect(snapshot).toMatchObject({ state: 'Invalid', problems: expect.arrayContaining([expect.objectContaining({ code })]) });
  });

  test('all problems of all files are told', async () => {
    const directory = await scratchDirectory();
    for (const name of ['a', 'b', 'c']) await writeFile(join(directory, `${name}.yaml`), 'words');
    await symlink('nowhere', join(directory, 'd.yaml'));
    const snapshot = await read(directory);
    expect(snapshot.state === 'Invalid' && snapshot.problems.map(({ position }) => position?.file.slice(-6))).toEqual([
      ...['d.yaml', 'a.yaml', 'b.yaml', 'c.yaml'],
    ]);
  });

  test('a pipe among the manifests is not waited for', async () => {
    const directory = await scratchDirectory();
    await promisify(execFile)('mkfifo', [join(directory, 'a.yaml')]);
    expect(await read(directory)).toMatchObject({
      state: 'Invalid',
      problems: [{ reason: expect.stringContaining('is not a regular file') }],
    });
  });
});

describe('SourceLost', () => {
  test('a missing directory', async () => {
    const directory = join(await scratchDirectory(), 'missing');
    expect(await read(directory)).toMatchObject({
      state: 'SourceLost',
      reason: 'Missing',
      message: expect.stringContaining(directory),
    });
  });

  test('an empty directory, or one without manifests', async () => {
    const directory = await scratchDirectory();
    expect(await read(directory)).toMatchObject({ state: 'SourceLost', reason: 'Empty' });
    await writeFile(join(directory, 'notes.txt'), manifest('a'));
    await writeFile(join(directory, '.a.yaml'), manifest('a'));
    await mkdir(join(directory, 'deeper.yaml'));
    expect(await read(directory)).toMatchObject({ state: 'SourceLost', reason: 'Empty' });
  });

  test('a file in place of the directory', async () => {
    const file = join(await scratchDirectory(), 'a.yaml');
    await writeFile(file, manifest('a'));
    expect(await read(file)).toMatchObject({
      state: 'SourceLost',
      reason: 'Unreadable',
      message: expect.stringContaining('ENOTDIR'),
    });
  });

  test.skipIf(process.getuid?.() === 0)('a forbidden directory', async () => {
    const directory = join(await scratchDirectory(), 'forbidden');
    await mkdir(directory, { mode: 0o000 });
    expect(await read(directory)).toMatchObject({
      state: 'SourceLost',
      reason: 'Unreadable',
      message: expect.stringContaining('EACCES'),
    });
  });
});

describe('changes while it is read', () => {
  test('a file that vanishes is not missed', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    await writeFile(join(directory, 'b.yaml'), manifest('b'));
    expect(
      namesIn(
        await read(
          directory,
          once(() => rm(join(directory, 'b.yaml'))),
        ),
      ),
    ).toEqual(['a']);
  });

  test('a file that appears is read', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    expect(
      namesIn(
        await read(
          directory,
          once(() => writeFile(join(directory, 'b.yaml'), manifest('b'))),
        ),
      ),
    ).toEqual(['a', 'b']);
  });

  test('the swap of a ConfigMap volume is seen as a whole', async () => {
    const directory = await scratchDirectory();
    for (const version of ['1', '2']) {
      await mkdir(join(directory, `..${version}`));
      for (const name of ['a', 'b'])
        await writeFile(join(directory, `..${version}`, `${name}.yaml`), manifest(`${name}${version}`));
    }
    await symlink('..1', join(directory, '..data'));
    for (const name of ['a', 'b']) await symlink(`..data/${name}.yaml`, join(directory, `${name}.yaml`));
    expect(namesIn(await read(directory))).toEqual(['a1', 'b1']);
    const swap = async () => {
      await symlink('..2', join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    expect(namesIn(await read(directory, once(swap)))).toEqual(['a2', 'b2']);
  });

  test('a directory that never rests is Invalid, not half read', async () => {
    const directory = await scratchDirectory();
    const write = () => appendFile(join(directory, 'a.yaml'), '# again\n');
    await writeFile(join(directory, 'a.yaml'), manifest('a'));
    expect(await read(directory, write)).toMatchObject({
      state: 'Invalid',
      problems: [{ reason: expect.stringContaining('changed each time') }],
    });
  });
});
