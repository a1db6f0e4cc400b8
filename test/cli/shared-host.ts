/** One machine for all tests of a file, each of which finds it as it was; and `apply` pointed at it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { type KubeletHost, startKubeletHost } from '../kubelet-host.ts';
import { type Ran, run } from './in-process.ts';

export interface SharedHost {
  readonly host: KubeletHost;
  /** The label role of the node is what `words` say, else `worker`. An object may be given as the text of its file. */
  apply(objects: readonly (KubeletConfig | string)[], ...words: readonly string[]): Promise<Ran>;
  /** `apply --withdraw`. */
  withdraw(...words: readonly string[]): Promise<Ran>;
  diff(objects: readonly (KubeletConfig | string)[], ...words: readonly string[]): Promise<Ran>;
  /** Files with these objects, as a command takes them. */
  write(objects: readonly (KubeletConfig | string)[]): string[];
}

export function sharedHost(): SharedHost {
  let host: KubeletHost;
  let directory: string;
  let count = 0;
  beforeAll(async () => {
    host = await startKubeletHost();
  });
  afterAll(async () => {
    await host?.guest.stop();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  });
  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await host.reset();
  });
  // YAML holds JSON: an object is written as that.
  const write: SharedHost['write'] = (objects) =>
    objects.map((object) => {
      count += 1;
      const path = join(directory, `${count}.yaml`);
      writeFileSync(path, typeof object === 'string' ? object : JSON.stringify(object));
      return path;
    });
  const onHost =
    (command: string): SharedHost['apply'] =>
    (objects, ...words) =>
      run([command, '--root', host.root, '-f', ...write(objects), ...(words.includes('--label') ? [] : worker), ...words]);
  return {
    get host() {
      return host;
    },
    apply: onHost('apply'),
    withdraw: (...words) => run(['apply', '--withdraw', '--root', host.root, ...words]),
    diff: onHost('diff'),
    write,
  };
}

const worker = ['--label', 'role=worker'];

/** Started by the host's kubelet, and proved as soon as it is up. */
export function hostKubelet(
  kubelet: NonNullable<KubeletConfigSpec['kubelet']>,
  spec: Partial<KubeletConfigSpec> = {},
): KubeletConfig {
  return kubeletConfig('workers', { kubelet, launcher: { host: {} }, health: { minReadySeconds: 0 }, ...spec });
}

/** Of another node: beside it in a directory, a removed object counts as withdrawn. */
export const elsewhere = kubeletConfig('elsewhere', {
  nodeSelector: { matchLabels: { role: 'elsewhere' } },
  launcher: { host: {} },
});
