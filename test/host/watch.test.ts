/** Real inotify on a directory that stands for a host's root. */

import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PathWatch, watchPaths } from '../../src/host/watch.ts';
import { eventually } from '../eventually.ts';

const file = '/etc/kubernetes/kubelet-config.yaml';
const last = '/last';
const dropIns = '/etc/systemd/system/kubelet.service.d';

let outside: string;
let root: string;
let watch: PathWatch;
let told: string[];

const at = (path: string) => join(root, path);
const put = (path: string, content = 'x') => {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), content);
};

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'kubelet-config-watch-'));
  root = join(outside, 'root');
  mkdirSync(root);
  told = [];
  watch = watchPaths(root, { onChange: (path) => told.push(path) });
});
afterEach(() => {
  watch.close();
  rmSync(outside, { recursive: true });
});

/** The kernel reports events in order: after the last one, all earlier ones have arrived. */
async function settled(): Promise<readonly string[]> {
  writeFileSync(at(last), String(told.length));
  await eventually(() => expect(told).toContain(last));
  return told.filter((path) => path !== last);
}

describe('is told when a file', () => {
  test.each<[string, () => void]>([
    ['is written to', () => appendFileSync(at(file), 'y')],
    ['is given another mode', () => chmodSync(at(file), 0o600)],
    ['is removed', () => rmSync(at(file))],
    [
      'is replaced by another',
      () => {
        writeFileSync(at(`${file}.new`), 'y');
        renameSync(at(`${file}.new`), at(file));
      },
    ],
    [
      'is replaced by a directory',
      () => {
        rmSync(at(file));
        mkdirSync(at(file));
      },
    ],
    ['goes with its directory', () => rmSync(at('/etc'), { recursive: true })],
    ['is moved away with a directory above it', () => renameSync(at('/etc'), at('/away'))],
  ])('%s', async (_what, happen) => {
    put(file);
    watch.watch([file, last], []);
    happen();
    await eventually(() => expect(told).toContain(file));
  });
});

describe('sees what comes later', () => {
  test('a file in directories that are not there yet', async () => {
    watch.watch([file, last], []);
    put(file);
    await eventually(() => expect(told).toContain(file));
    told.length = 0;
    appendFileSync(at(file), 'y');
    await eventually(() => expect(told).toContain(file));
  });

  test('in a directory that takes the place of another', async () => {
    put(file);
    put('/new/kubelet-config.yaml');
    watch.watch([file, last], []);
    renameSync(at('/etc/kubernetes'), at('/old'));
    renameSync(at('/new'), at('/etc/kubernetes'));
    await eventually(() => expect(told).toContain(file));
    told.length = 0;
    appendFileSync(at(file), 'y');
    await eventually(() => expect(told).toContain(file));
  });

  test('behind a link on the way that leads elsewhere now', async () => {
    put('/one/kubelet-config.yaml');
    put('/two/kubelet-config.yaml');
    mkdirSync(at('/etc'));
    symlinkSync('/one', at('/etc/kubernetes'));
    watch.watch([file, last], []);
    appendFileSync(at('/one/kubelet-config.yaml'), 'y');
    await eventually(() => expect(told).toContain(file));
    symlinkSync('/two', at('/etc/new'));
    renameSync(at('/etc/new'), at('/etc/kubernetes'));
    await settled();
    told.length = 0;
    appendFileSync(at('/two/kubelet-config.yaml'), 'y');
    await eventually(() => expect(told).toContain(file));
  });

  test('every name in a directory, made later too, but for hidden ones', async () => {
    watch.watch([last], [dropIns]);
    put(`${dropIns}/90-theirs.conf`);
    await eventually(() => expect(told).toContain(dropIns));
    await settled();
    told.length = 0;
    put(`${dropIns}/.90-theirs.conf.new`);
    expect(await settled()).toEqual([]);
  });
});

describe('is not told', () => {
  test('of other files in the same directories', async () => {
    put(file);
    watch.watch([file, last], []);
    put('/etc/kubernetes/other.yaml');
    put('/etc/other/kubelet-config.yaml');
    expect(await settled()).toEqual([]);
  });

  test('of what a link out of the root leads to', async () => {
    mkdirSync(join(outside, 'kubernetes'));
    mkdirSync(at('/etc'));
    symlinkSync('../..', at('/etc/up'));
    const path = '/etc/up/kubernetes/kubelet-config.yaml';
    watch.watch([path, last], []);
    writeFileSync(join(outside, 'kubernetes/kubelet-config.yaml'), 'x');
    expect(await settled()).toEqual([]);
  });

  test('of what it was told to watch before', async () => {
    put(file);
    put('/opt/bin/kubelet-wrapper');
    watch.watch(['/opt/bin/kubelet-wrapper', last], []);
    watch.watch([file, last], []);
    appendFileSync(at('/opt/bin/kubelet-wrapper'), 'y');
    expect(await settled()).toEqual([]);
  });
});
