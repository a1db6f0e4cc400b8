/** A change that does not come up is undone: the old kubelet is back and the reason is told. */

import { describe, expect, test } from 'vitest';
import { unit, unitFile } from '../kubelet-host.ts';
import { elsewhere, hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;

const health = { minReadySeconds: 1, timeoutSeconds: 20 };
const good = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });

const bad = [
  {
    what: 'a unit that systemd refuses to load',
    object: hostKubelet({ flags: { v: 2 } }, { unit: { options: { Service: { Type: ['oneshot'] } } }, health }),
    reason: /kubelet\.service.*has a bad unit file setting/,
  },
  {
    what: 'a unit without the bus name that its type needs',
    object: hostKubelet({ flags: { v: 2 } }, { unit: { options: { Service: { Type: ['dbus'] } } }, health }),
    reason: /kubelet\.service.*has a bad unit file setting/,
  },
  {
    what: 'a kubelet that is not there',
    object: hostKubelet({ flags: { v: 2 } }, { launcher: { host: { binary: '/opt/bin/no-such-kubelet' } }, health }),
    reason: /kubelet\.service (failed|exited|did not succeed)/,
  },
  {
    what: 'a kubelet that is not there, when systemd waits until it is started',
    object: hostKubelet(
      { flags: { v: 2 } },
      { launcher: { host: { binary: '/opt/bin/no-such-kubelet' } }, unit: { options: { Service: { Type: ['exec'] } } }, health },
    ),
    reason: /RestartUnit of kubelet\.service did not succeed: .*status 203/,
  },
  {
    what: 'a kubelet that exits at once',
    object: hostKubelet({ flags: { v: 99 }, configuration: { maxPods: 65 } }, { health }),
    reason:
      /kubelet\.service exited and waits to be restarted \(exit-code\); it said last: I0101 starting \| E0101 cannot parse the certificate/,
  },
  {
    what: 'a kubelet that exits after a while',
    object: hostKubelet({ flags: { v: 98 } }, { health: { ...health, minReadySeconds: 2 } }),
    reason: /kubelet\.service exited and waits to be restarted \(exit-code\)/,
  },
  {
    what: 'a kubelet that never says that it is ready',
    object: hostKubelet(
      { flags: { v: 2 } },
      { unit: { options: { Service: { Type: ['notify'], TimeoutStartSec: ['1'] } } }, health },
    ),
    reason: /RestartUnit of kubelet\.service did not succeed/,
  },
] as const;

describe.each(bad)('$what', ({ object, reason }) => {
  test('is undone: the old files, and the old kubelet runs', async () => {
    const { host } = shared;
    await apply([good]);
    const files = host.files();
    const before = (await host.starts()).length;

    const ended = await apply([object]);
    expect(ended).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^undone: /) });
    expect(ended.stdout).toMatch(reason);
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
    expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
    expect((await host.starts()).length - before).toBeLessThanOrEqual(2);

    expect(await apply([good])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: /) });
  });

  test('leaves nothing behind when it was the first', async () => {
    const { host } = shared;
    const files = host.files();
    expect(await apply([object])).toMatchObject({ exitCode: 4 });
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: expect.stringMatching(/inactive|failed/), enabled: '' });
    expect(await host.shell('systemctl list-units --failed --plain --no-legend')).toBe('');
    expect(await apply([elsewhere])).toMatchObject({ exitCode: 0, stdout: 'no object selects this node: nothing to do\n' });
  });
});

test('an original that was there before the first apply runs again after it is undone', async () => {
  const { host } = shared;
  host.put(unitFile, '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n', 0o640);
  await host.shell(`systemctl daemon-reload; systemctl enable --now ${unit}`);
  const files = host.files();
  expect(await apply([hostKubelet({ flags: { v: 99 } }, { health })])).toMatchObject({ exitCode: 4 });
  expect(host.files()).toEqual(files);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled' });
  expect(await host.shell(`ps --format=args= --pid "$(systemctl show ${unit} --property=MainPID --value)"`)).toBe(
    '/bin/sleep infinity\n',
  );
});

test('a person who applies it once more has it tried once more, and a good one after it is taken', async () => {
  const { host } = shared;
  const failing = hostKubelet({ flags: { v: 99 } }, { health });
  expect(await apply([failing])).toMatchObject({ exitCode: 4 });
  expect(await apply([failing])).toMatchObject({ exitCode: 4 });
  expect(await apply([good])).toMatchObject({ exitCode: 0 });
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
});
