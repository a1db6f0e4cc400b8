/** What a real rkt said of each list; where the words alone decided, we must say the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkRktArguments } from '../../src/rkt/check.ts';

interface Recording {
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stderr: readonly string[];
  readonly app: readonly string[];
}

const file = new URL('../vectors/rkt-arguments.json', import.meta.url);
const recordings: Readonly<Record<string, Recording>> = JSON.parse(readFileSync(file, 'utf8')).results;

/**
 * Refused for something that stood, or did not stand, on the recording machine; rkt's words tell each kind.
 */
const MACHINE: readonly RegExp[] = [
  /open \S*: no such file or directory|\(file "/, // a file is missing, or what it holds is wrong
  /stat of host path|error saving pod UUID/, // a folder is missing
  /is (?:not )?a directory while/, // a file of the host over a directory of the image, or the reverse
  /etc\/rkt-hosts/, // the image has no /etc/hosts
  /no image IDs found|found in the store or store was disabled/, // the store has no such image
  /could not be found in any apps|missing volume for mountpoint/, // the image names no such port, or a volume of its own
  /can't execute|can't find the absolute executable|can't change to working directory/, // the image has no such program or folder
  /failed to lookup process credentials|failed to configure (?:user|group)/, // the image has no such user
  /cannot get pod|currently running|register the pod/, // there is no such pod, or no metadata service
  /discovery failed|lookup \S+: |dial |no route/, // the network
];

/** The ones known by name. */
const MACHINE_IDS = [
  'vol-file-on-dir', // the image has a directory there
  'mount-no-target', // what the source holds instead of the kubelet; see check.test.ts
  'mount-root-target', // the same
  'env-inherit-word', // an image is not in the store; also two images, see check.test.ts
  'net-word', // the same
  'env-file-missing', // no such file
  'hosts-ip', // the image has no /etc/hosts
  'insecure-absent-local-file', // no signature beside the image
  'stage1-from-dir-missing', // no such file
  'stage1-hash-bad', // not in the store
  'image-name-absent', // not in the store
  'image-docker-single', // not in the store
  'image-hash-absent', // not in the store
  'image-rel-path', // no such file
  'image-ftp', // not in the store
  'rm-uuid-missing', // no such file
  'stop-uuid-missing', // no such file
  'status-uuid-missing', // no such file
  'stop-uuid-gone', // the pod is gone
];

const PLACES: Readonly<Record<string, string>> = {
  IMG: '/tmp/kubelet.aci',
  STAGE1: '/usr/lib/rkt/stage1-images/stage1-fly.aci',
};

function placed(words: readonly string[]): string[] {
  return words.map((word) => word.replace(/\{([A-Z0-9]+)\}/g, (_, name: string) => PLACES[name] ?? `/tmp/${name.toLowerCase()}`));
}

/** When the app printed anything, the status is its own. */
function refusedByRkt({ exit, app }: Recording): boolean {
  return exit !== 0 && app.length === 0;
}

function dependsOnMachine({ stderr }: Recording): boolean {
  return stderr.some((line) => MACHINE.some((kind) => kind.test(line)));
}

const all = Object.entries(recordings).map(([id, recording]) => ({ id, ...recording }));
const runs = all.filter((recording) => !refusedByRkt(recording));
const decided = all.filter((recording) => refusedByRkt(recording) && !dependsOnMachine(recording));

describe('accepted by rkt', () => {
  test.for(runs)('$id', ({ argv }) => {
    expect(checkRktArguments(placed(argv)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('refused by rkt, in its words', () => {
  test.for(decided)('$id', ({ argv, stderr }) => {
    const reasons = checkRktArguments(placed(argv)).flatMap(({ severity, reason }) => (severity === 'error' ? [reason] : []));
    const said = placed(stderr).join('\n');
    expect(reasons.length).toBeGreaterThan(0);
    expect(
      stderr.length === 0 || reasons.some((reason) => said.includes(reason)),
      `${reasons.join('\n')}\nis not in\n${said}`,
    ).toBe(true);
  });
});

test('the machine decided only where nothing else could', () => {
  const ids = all.filter((recording) => refusedByRkt(recording) && dependsOnMachine(recording)).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(MACHINE_IDS));
  expect(ids.length).toBeLessThan(all.length / 5);
  expect(all.length).toBeGreaterThanOrEqual(120);
});
