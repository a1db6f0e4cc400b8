/**
 * What we accept with the facts of a machine starts there, and what we refuse does not. `KUBELET_STARTS=300` tries so
 * many settings instead of a few, and `KUBELET_SEED` others.
 */

import { cpus, totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonMap } from '../../src/api/json.ts';
import { judgePlainKubelet, type KubeletFault } from '../../src/kubelet/plain-kubelet.ts';
import { type Release, releaseOf } from '../../src/kubelet/release.ts';
import type { Guest } from '../guest.ts';
import { assetsInGuest, fieldsOfMachine, missing, putIn, shellIn, startKubeletMachine } from './kubelet-machine.ts';
import { type SettingsToTry, settingsToTry } from './settings-to-try.ts';

const count = Number(process.env['KUBELET_STARTS'] ?? 12);
const seed = Number(process.env['KUBELET_SEED'] ?? 20_261);
const folder = '/etc/started-with';

const base: JsonMap = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...fieldsOfMachine,
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
};

const machine = {
  capacity: { cpu: cpus().length, memory: totalmem() },
  onlineCpus: cpus().map((_, index) => index),
  numaNodes: [0],
};

/**
 * Where it ends for a reason of which no rule says how much is enough, as it was told to, or because it was
 * built without the JSON log, whose flags take the file's value away.
 */
const otherReasons: readonly RegExp[] = [
  /too many open files/,
  /runonce failed: no pod manifest update/,
  /logging\.options\.json\.splitStream: Forbidden|unknown flag: --log-json-/,
];

/** The kubelet stays up once its managers are up, of which that of plugins comes last. */
const script = (index: number, flags: readonly string[]) => `
rm -rf /var/lib/kubelet/* ${folder}/log
${assetsInGuest}/kubelet --config=${folder}/${index}.yaml ${flags.join(' ')} >${folder}/log 2>&1 & kubelet=$!
for round in $(seq 600); do
  kill -0 $kubelet 2>/dev/null || break
  grep -q 'Starting Kubelet Plugin Manager' ${folder}/log && sleep 1 && break
  sleep 0.1
done
if kill -0 $kubelet 2>/dev/null; then kill -9 $kubelet; echo started; else echo ended; fi
grep -aE 'err=|panic:|rror:' ${folder}/log | tail -1 | cut -c1-800`;

function judged({ configuration, flags }: SettingsToTry, release: Release, cgroupVersion: 1 | 2): readonly KubeletFault[] {
  const text = JSON.stringify(configuration);
  const words = ['--config=/config', ...flags];
  const kubelet = { words, read: () => text, dropIns: () => [], workingDirectory: '/', machine: { ...machine, cgroupVersion } };
  return judgePlainKubelet(kubelet, release).filter(({ kind }) => kind === 'Refused');
}

describe.skipIf(missing.length > 0)('a real kubelet', () => {
  let guest: Guest;
  let release: Release;
  let cgroupVersion: 1 | 2;
  beforeAll(async () => {
    guest = await startKubeletMachine();
    const version = await shellIn(guest, `${assetsInGuest}/kubelet --version`);
    const found = releaseOf(version.replace(/^Kubernetes /, ''));
    if (found === undefined) throw new Error(version);
    release = found;
    // As the kubelet asks: the type of the file system.
    const mounted = await shellIn(guest, 'stat --file-system --format=%T /sys/fs/cgroup');
    cgroupVersion = mounted.startsWith('cgroup2') ? 2 : 1;
  });
  afterAll(() => guest?.stop());

  test(
    'starts with what is accepted, and ends with what is refused',
    async () => {
      const total = { started: 0, refused: 0, explained: 0 };
      const wrong: unknown[] = [];
      for (const [index, settings] of settingsToTry(release, base, count, seed).entries()) {
        putIn(guest, `${folder}/${index}.yaml`, JSON.stringify(settings.configuration));
        const { stdout } = await guest.run(['bash', '-c', script(index, settings.flags)]);
        const faults = judged(settings, release, cgroupVersion);
        const isUp = stdout.startsWith('started');
        if (isUp === (faults.length === 0)) total[isUp ? 'started' : 'refused'] += 1;
        else if (!isUp && otherReasons.some((reason) => reason.test(stdout))) total.explained += 1;
        else wrong.push({ settings: changed(settings), faults: faults.map(({ rule, reason }) => `${rule} ${reason}`), stdout });
      }
      process.stderr.write(
        `\nkubelet ${release}, seed ${seed}: ${JSON.stringify(total)} of ${count}, ${wrong.length} otherwise\n`,
      );
      expect(wrong).toEqual([]);
    },
    count * 60_000,
  );
});

function changed({ configuration, flags }: SettingsToTry): unknown {
  const others = Object.entries(configuration).filter(([key]) => !Object.hasOwn(base, key));
  return [Object.fromEntries(others), flags];
}
