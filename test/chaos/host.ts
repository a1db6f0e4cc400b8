/** One change of a whole machine, and whether the machine stands at one side of it or the other: what the chaos tests have in common. */

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram } from '../built-program.ts';
import { hostKubelet, type SharedHost, sharedHost } from '../cli/shared-host.ts';
import { configurationFile, unitFile } from '../kubelet-host.ts';

export const old = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
/** Writes, removes, makes a directory, and restarts. */
export const changed = hostKubelet(
  { flags: { v: 3 } },
  { files: [{ path: '/opt/bin/hook/run', mode: '0755', content: '#!/bin/sh\n' }] },
);

/** With one thread for all of Node's work on files, the n-th call is the same from run to run as far as it can be. */
export const oneThread = { ...process.env, UV_THREADPOOL_SIZE: '1' };

/** strace counts for each thread, so what one thread does often would hide what another does seldom: one sweep over each. */
export const sweeps = {
  'call that changes a file': 'rename,unlink,rmdir,mkdir,symlink,fsync,fchmod,fchown,pwrite64',
  // Between any two steps of the program, those over D-Bus too.
  'turn of the event loop': 'epoll_pwait',
};

export interface ChaosHost extends SharedHost {
  /** Of the built program, e.g. for strace. */
  command(object: KubeletConfig): string[];
  run(object: KubeletConfig): Promise<{ readonly code: number | NodeJS.Signals; readonly said: string }>;
  /** Everything at once, the kubelet that runs too; throws on a mixture. */
  revision(): Promise<'old' | 'new'>;
}

export function chaosHost(): ChaosHost {
  const shared = sharedHost();
  let built: BuiltProgram;
  beforeAll(() => {
    built = buildProgram();
  });
  afterAll(() => built?.remove());
  const words = (object: KubeletConfig) => ['apply', '--root', shared.host.root, '-f', ...shared.write([object])];
  return {
    get host() {
      return shared.host;
    },
    apply: shared.apply,
    withdraw: shared.withdraw,
    diff: shared.diff,
    write: shared.write,
    command: (object) => [process.execPath, built.path, ...words(object)],
    run: async (object) => {
      const program = built.start(words(object));
      return { code: await program.ended, said: program.said() };
    },
    revision: async () => {
      const { host } = shared;
      const files = host.files();
      const isNew = files[unitFile]?.includes('--v=3') ?? false;
      expect(Object.keys(files).filter((path) => /kubelet-config-[0-9a-f]{12}$/.test(path))).toEqual([]);
      expect({ configuration: configurationFile in files, hook: '/opt/bin/hook/run' in files }).toEqual({
        configuration: !isNew,
        hook: isNew,
      });
      const { words } = await host.process('/usr/bin/kubelet');
      expect(words.join(' ')).toBe(isNew ? '--v=3' : `--config=${configurationFile} --v=2`);
      expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
      for (const name of ['armed', 'undoing']) expect(existsSync(host.at(`/var/lib/kubelet-config/${name}`))).toBe(false);
      return isNew ? 'new' : 'old';
    },
  };
}
