import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { mostForeignEvents } from '../../../src/loop/directory-watch.ts';
import { concerns, type DirectoryOptions, type DirectorySnapshot, watchDirectory } from '../../../src/manifest/load/directory.ts';
import { manifest, scratchDirectory } from '../scratch.ts';

/** `name:priority` of each object, or why there is none. */
function summary(snapshot: DirectorySnapshot): string {
  if (snapshot.state === 'SourceLost') return snapshot.reason;
  if (snapshot.state === 'Invalid') return 'Invalid';
  return snapshot.objects.map(({ object }) => `${object.metadata.name}:${object.spec.priority}`).join(' ');
}

function watched(directory: string, debounceMilliseconds = 10, more: Partial<DirectoryOptions> = {}) {
  let calls = 0;
  let wake = () => {};
  const onChange = () => {
    calls += 1;
    wake();
  };
  const source = watchDirectory(directory, {
    validate: (value) => validateKubeletConfig(value),
    onChange,
    debounceMilliseconds,
    ...more,
  });
  onTestFinished(() => source.close());
  const nextCall = (since: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (calls > since) resolve();
    });
  /**
   * Reads after each reported change until the directory holds what is expected. Without a report the test
   * times out.
   */
  const expectAfter = async (action: () => Promise<unknown>, expected: string) => {
    let seen = calls;
    await action();
    for (;;) {
      await nextCall(seen);
      seen = calls;
      if (summary(await source.read()) === expected) return;
    }
  };
  return { source, expectAfter, calls: () => calls, nextCall };
}

async function withOne() {
  const directory = join(await scratchDirectory(), 'source');
  await mkdir(directory);
  const file = join(directory, 'a.yaml');
  await writeFile(file, manifest('a'));
  return { directory, file, ...watched(directory) };
}

describe('a file', () => {
  test('edited in place', async () => {
    const { file, expectAfter } = await withOne();
    await expectAfter(() => writeFile(file, manifest('a', 1)), 'a:1');
    await expectAfter(() => appendFile(file, `---\n${manifest('b')}`), 'a:1 b:0');
  });

  test('edited by sed -i', async () => {
    const { file, expectAfter } = await withOne();
    await expectAfter(() => promisify(execFile)('sed', ['-i', 's/priority: 0/priority: 7/', file]), 'a:7');
    await expectAfter(() => promisify(execFile)('sed', ['-i', 's/priority: 7/priority: 8/', file]), 'a:8');
  });

  test('edited as vim does, by a backup and a new file', async () => {
    const { file, expectAfter } = await withOne();
    const save = async () => {
      await rename(file, `${file}~`);
      await writeFile(file, manifest('a', 2));
      await unlink(`${file}~`);
    };
    await expectAfter(save, 'a:2');
  });

  test('added, removed, and the last one removed', async () => {
    const { directory, file, expectAfter } = await withOne();
    await expectAfter(() => writeFile(join(directory, 'b.json'), JSON.stringify({ kind: 'Other', apiVersion: 'v1' })), 'a:0');
    await expectAfter(() => writeFile(join(directory, 'c.yaml'), manifest('c')), 'a:0 c:0');
    await expectAfter(() => rm(join(directory, 'b.json')), 'a:0 c:0');
    await expectAfter(() => rm(file), 'c:0');
    await expectAfter(() => rm(join(directory, 'c.yaml')), 'Empty');
    await expectAfter(() => writeFile(file, manifest('a')), 'a:0');
  });

  test('broken and mended', async () => {
    const { file, expectAfter } = await withOne();
    await expectAfter(() => writeFile(file, 'a: ['), 'Invalid');
    await expectAfter(() => writeFile(file, manifest('a', 3)), 'a:3');
  });

  test('that is a link, edited where it really is', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'source'));
    await mkdir(join(directory, 'elsewhere'));
    const target = join(directory, 'elsewhere', 'real');
    await writeFile(target, manifest('a'));
    await symlink(target, join(directory, 'source', 'a.yaml'));
    const { expectAfter } = watched(join(directory, 'source'));
    await expectAfter(() => writeFile(target, manifest('a', 4)), 'a:4');
  });
});

test('the swaps of a ConfigMap volume, as the kubelet makes them', async () => {
  const directory = await scratchDirectory();
  const publish = async (version: number) => {
    await mkdir(join(directory, `..${version}`));
    await writeFile(join(directory, `..${version}`, 'a.yaml'), manifest('a', version));
    await symlink(`..${version}`, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    await rm(join(directory, `..${version - 1}`), { recursive: true, force: true });
  };
  await publish(1);
  await symlink('..data/a.yaml', join(directory, 'a.yaml'));
  const { expectAfter } = watched(directory);
  await expectAfter(() => publish(2), 'a:2');
  await expectAfter(() => publish(3), 'a:3');
  await expectAfter(() => publish(4), 'a:4');
});

describe('the directory', () => {
  test('removed and made again', async () => {
    const { directory, file, expectAfter } = await withOne();
    await expectAfter(() => rm(directory, { recursive: true }), 'Missing');
    await expectAfter(() => mkdir(directory), 'Empty');
    await expectAfter(() => writeFile(file, manifest('a', 5)), 'a:5');
    await expectAfter(() => writeFile(file, manifest('a', 6)), 'a:6');
  });

  test('replaced by a rename', async () => {
    const { directory, file, expectAfter } = await withOne();
    await mkdir(`${directory}.new`);
    await writeFile(join(`${directory}.new`, 'b.yaml'), manifest('b'));
    const swap = async () => {
      await rename(directory, `${directory}.old`);
      await rename(`${directory}.new`, directory);
    };
    await expectAfter(swap, 'b:0');
    await expectAfter(() => writeFile(file, manifest('a')), 'a:0 b:0');
  });

  test('not there yet, nor the ones above it', async () => {
    const top = await scratchDirectory();
    const directory = join(top, 'not', 'there', 'yet');
    const { source, expectAfter } = watched(directory);
    expect(summary(await source.read())).toBe('Missing');
    await expectAfter(() => mkdir(directory, { recursive: true }), 'Empty');
    await expectAfter(() => writeFile(join(directory, 'a.yaml'), manifest('a')), 'a:0');
    await expectAfter(() => rename(join(top, 'not'), join(top, 'now')), 'Missing');
    await expectAfter(() => rename(join(top, 'now'), join(top, 'not')), 'a:0');
  });

  test('a link that is turned elsewhere', async () => {
    const top = await scratchDirectory();
    for (const name of ['one', 'two']) {
      await mkdir(join(top, name));
      await writeFile(join(top, name, 'a.yaml'), manifest(name));
    }
    await symlink('one', join(top, 'link'));
    const { expectAfter } = watched(join(top, 'link'));
    const turn = async () => {
      await symlink('two', join(top, 'link.new'));
      await rename(join(top, 'link.new'), join(top, 'link'));
    };
    await expectAfter(turn, 'two:0');
    await expectAfter(() => writeFile(join(top, 'two', 'a.yaml'), manifest('two', 1)), 'two:1');
  });

  test('replaced by a file', async () => {
    const { directory, expectAfter } = await withOne();
    const replace = async () => {
      await rm(directory, { recursive: true });
      await writeFile(directory, manifest('a'));
    };
    await expectAfter(replace, 'Unreadable');
  });
});

test('a directory that appears behind the noise of another program in the one above it', async () => {
  const top = await scratchDirectory();
  const { calls, expectAfter } = watched(join(top, 'source'));
  const appear = async () => {
    // Two names in turn, because the kernel merges equal events that follow each other.
    for (let count = 0; count < mostForeignEvents * 2; count += 1) appendFileSync(join(top, `noise-${count % 2}`), 'x');
    mkdirSync(join(top, 'source'));
  };
  await expectAfter(appear, 'Empty');
  await expectAfter(() => writeFile(join(top, 'source', 'a.yaml'), manifest('a')), 'a:0');
  expect(calls()).toBeLessThan(20);
});

describe('a directory in which another program is busy', () => {
  const burst = (directory: string, name: string) => {
    for (let count = 0; count < mostForeignEvents * 2; count += 1) appendFileSync(join(directory, `${count % 2}${name}`), '#\n');
  };

  test('a growing log is no change, and a manifest that is written beside it is found', async () => {
    const { directory, file } = await withOne();
    const { calls, expectAfter } = watched(directory, 10, { periodMilliseconds: 100 });
    await expectAfter(async () => {
      burst(directory, '.log');
      await writeFile(file, manifest('a', 1));
    }, 'a:1');
    const before = calls();
    burst(directory, '.log');
    await expectAfter(() => writeFile(file, manifest('a', 2)), 'a:2');
    expect(calls() - before).toBeLessThanOrEqual(3);
  });

  test('of manifests that are written all the time the last state is found, after few reads', async () => {
    const { directory, file } = await withOne();
    const { calls, expectAfter } = watched(directory, 10, { periodMilliseconds: 100, longestMilliseconds: 100 });
    await expectAfter(async () => {
      for (let round = 0; round < 10; round += 1) {
        burst(directory, '.yaml');
        await sleep(10);
      }
      await writeFile(file, manifest('a', 1));
    }, 'a:1');
    expect(calls()).toBeLessThan(20);
  });
});

describe('which names concern us', () => {
  test.for<[path: string, name: string | undefined, expected: boolean]>([
    ['/etc/source', 'a.yaml', true],
    ['/etc/source', 'hold', false],
    ['/etc/source', 'a.log', false],
    ['/etc/source', '..data', true],
    ['/etc/source', '.a.yaml.swp', false],
    ['/etc/source', undefined, true],
    ['/etc', 'source', true],
    ['/etc', 'sour', false],
    ['/etc', 'source.new', false],
    ['/', 'etc', true],
    ['/', 'tmp', false],
    ['/elsewhere', 'a.yaml', true],
    ['/elsewhere', 'a', true],
    ['/elsewhere', '.a.yaml.swp', false],
  ])('in %s, %s: %s', ([path, name, expected]) => {
    expect(concerns('/etc/source', path, name)).toBe(expected);
  });
});

test('nothing comes after close', async () => {
  const { directory, source, calls } = await withOne();
  const other = watched(directory);
  source.close();
  await other.expectAfter(() => writeFile(join(directory, 'b.yaml'), manifest('b')), 'a:0 b:0');
  expect(calls()).toBe(0);
});
