/** A change that does not come up is undone: the old kubelet is back and the reason is told. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { unit, unitFile } from '../kubelet-host.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply, withdraw } = shared;

const health = { minReadySeconds: 1, timeoutSeconds: 20 };
const good = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });

/** It would tell the first of these before anything is touched; a host need not have it. */
beforeAll(() => shared.host.shell('rm /usr/bin/systemd-analyze'));

const bad = [
  {
    what: 'a unit that systemd refuses to load',
    object: hostKubelet(
      { flags: { v: 2 } },
      { unit: { options: { Service: { PAMName: ['login'], KillMode: ['process'] } } }, health },
    ),
    reason: /kubelet\.service.*has a bad unit file setting/,
  },
  {
    what: 'a kubelet that is not there',
    object: hostKubelet({ flags: { v: 2 } }, { launcher: { host: { binary: '/opt/bin/no-such-kubelet' } }, health }),
    reason: /kubelet\.service (failed|ended|did not succeed)/,
  },
  {
    what: 'a kubelet that is not there, when systemd waits until it is started',
    object: hostKubelet(
      { flags: { v: 2 } },
      { launcher: { host: { binary: '/opt/bin/no-such-kubelet' } }, unit: { options: { Service: { Type: ['exec'] } } }, health },
    ),
    reason:
      /RestartUnit of kubelet\.service did not succeed: its main process exited with status 203 \(EXEC\): the program is missing/,
  },
  {
    what: 'a wrapper whose interpreter is not there',
    object: hostKubelet(
      { flags: { v: 2 } },
      {
        launcher: { host: { binary: '/opt/bin/own-wrapper' } },
        files: [{ path: '/opt/bin/own-wrapper', mode: '0755', content: '#!/opt/no/such/interpreter\nexec kubelet "$@"\n' }],
        health,
      },
    ),
    reason: /kubelet\.service (failed|ended|did not succeed)/,
  },
  {
    what: 'a unit that systemd skips',
    object: hostKubelet({ flags: { v: 2 } }, { unit: { options: { Unit: { ConditionHost: ['other'] } } }, health }),
    reason:
      /kubelet\.service does not run: systemd did not start it, because a condition of the unit is not met: ConditionHost=other$/m,
  },
  {
    what: 'a unit whose variables another unit did not bring',
    object: hostKubelet({ flags: { v: 2 } }, { unit: { options: { Service: { EnvironmentFile: ['/run/not/made'] } } }, health }),
    reason:
      /a file of EnvironmentFile= is missing \(resources\).*kubelet\.service: Failed to load environment files: No such file/,
  },
  {
    what: 'a kubelet that exits at once',
    object: hostKubelet({ flags: { v: 99 }, configuration: { maxPods: 65 } }, { health }),
    reason:
      /kubelet\.service ended and waits to be restarted: its main process exited with status 1 \(exit-code\); its last log lines: E0101 cannot parse the certificate: no PEM \| I0101 starting 299 \| I0101 starting 300/,
  },
  {
    what: 'a kubelet that exits after a while',
    object: hostKubelet({ flags: { v: 98 } }, { health: { ...health, minReadySeconds: 2 } }),
    reason: /kubelet\.service ended and waits to be restarted: its main process exited with status 1 \(exit-code\)/,
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

/** Each takes all its time before it is given up. */
const unwell = [
  {
    what: 'a kubelet that runs and says that it is not well',
    object: hostKubelet({ flags: { v: 97 } }, { health: { minReadySeconds: 1, timeoutSeconds: 10 } }),
    reason:
      /kubelet\.service runs and was not healthy for 1 s within 10 s: http:\/\/127\.0\.0\.1:10248\/healthz answered 500: \[-\]syncloop failed/,
  },
  {
    what: 'a kubelet that runs and hangs',
    object: hostKubelet({ flags: { v: 96 } }, { health: { minReadySeconds: 1, timeoutSeconds: 10 } }),
    reason: /kubelet\.service runs and was not healthy .* did not answer within 2 s/,
  },
  {
    what: 'a kubelet that answers nowhere',
    object: hostKubelet(
      { flags: { v: 2, 'healthz-bind-address': '127.0.0.7' } },
      { health: { minReadySeconds: 1, timeoutSeconds: 10 } },
    ),
    reason: /kubelet\.service runs and was not healthy .*http:\/\/127\.0\.0\.7:10248\/healthz refused the connection/,
  },
  {
    what: 'a kubelet that gets ill after a while',
    object: hostKubelet({ flags: { v: 95 } }, { health: { minReadySeconds: 3, timeoutSeconds: 10 } }),
    reason: /kubelet\.service runs and was not healthy for 3 s .*\[-\]got ill/,
  },
] as const;

async function isUndone(object: KubeletConfig, reason: RegExp): Promise<void> {
  const { host } = shared;
  await apply([good]);
  const files = host.files();
  const before = (await host.starts()).length;

  const ended = await apply([object]);
  expect(ended).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^error\[Undone\]: the change was undone: /) });
  expect(ended.stdout).toMatch(reason);
  expect(host.files()).toEqual(files);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
  expect((await host.starts()).length - before).toBeLessThanOrEqual(2);

  expect(await apply([good])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: /) });
}

test.each(unwell)('$what is undone', ({ object, reason }) => isUndone(object, reason));

describe.each(bad)('$what', ({ object, reason }) => {
  test('is undone: the old files, and the old kubelet runs', () => isUndone(object, reason));

  test('leaves nothing behind when it was the first', async () => {
    const { host } = shared;
    const files = host.files();
    expect(await apply([object])).toMatchObject({ exitCode: 4 });
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: expect.stringMatching(/inactive|failed/), enabled: '' });
    expect(await host.shell('systemctl list-units --failed --plain --no-legend')).toBe('');
    expect(await withdraw()).toMatchObject({ exitCode: 0, stdout: 'no object selects this node: nothing to do\n' });
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

test('a file and a directory that take the place of each other come back, and a good change of that kind is taken', async () => {
  const { host } = shared;
  const withFiles = (v: number, ...paths: string[]) =>
    hostKubelet({ flags: { v } }, { files: paths.map((path) => ({ path, mode: '0640', content: `${path}\n` })), health });
  const [first, other] = [
    ['/etc/kubernetes/test', '/opt/bin/hooks/inner/run'],
    ['/etc/kubernetes/test/test', '/opt/bin/hooks'],
  ];
  const tree = () =>
    host.shell('find /etc/kubernetes /opt/bin -path "*/bin/kubelet" -prune -o -printf "%p %y %m %u %g\\n" | sort');
  expect(await apply([withFiles(2, ...first)])).toMatchObject({ exitCode: 0 });
  const [files, before] = [host.files(), await tree()];

  expect(await apply([withFiles(99, ...other)])).toMatchObject({ exitCode: 4 });
  expect(host.files()).toEqual(files);
  expect(await tree()).toBe(before);
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');

  const taken = await apply([withFiles(3, ...other)]);
  expect(taken).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('remove   /opt/bin/hooks/inner (an empty directory)'),
  });
  expect(await tree()).toMatch(/^\/etc\/kubernetes\/test d 755 root root$[\s\S]*^\/opt\/bin\/hooks f 640 root root$/m);
  expect(await apply([withFiles(2, ...first)])).toMatchObject({ exitCode: 0 });
  expect(await tree()).toBe(before);

  host.put('/opt/bin/hooks/inner/theirs', 'x');
  const refused = await apply([withFiles(3, ...other)]);
  expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('error[PathInTheWay]') });
  expect(refused.stderr).toContain('/opt/bin/hooks/inner/theirs');
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
  await host.shell('rm /opt/bin/hooks/inner/theirs');
});

test('a person who applies it once more has it tried once more, and a good one after it is taken', async () => {
  const { host } = shared;
  const failing = hostKubelet({ flags: { v: 99 } }, { health });
  expect(await apply([failing])).toMatchObject({ exitCode: 4 });
  expect(await apply([failing])).toMatchObject({ exitCode: 4 });
  expect(await apply([good])).toMatchObject({ exitCode: 0 });
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
});

test('one that has switched its /healthz off is proved by its unit alone', async () => {
  const { host } = shared;
  const off = hostKubelet({ flags: { v: 97 }, configuration: { healthzPort: 0 } });
  expect(await apply([off])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('prove    kubelet.service stays up for 0 s'),
  });
  expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=97');
});

test('one that answers at another port is asked there', async () => {
  const elsewhere = hostKubelet({ flags: { v: 2 }, configuration: { healthzPort: 10999 } });
  expect(await apply([elsewhere])).toMatchObject({ exitCode: 0 });
  // And the one before it, when it comes back, at its own.
  const failing = hostKubelet(
    { flags: { v: 97 }, configuration: { healthzPort: 11000 } },
    { health: { minReadySeconds: 0, timeoutSeconds: 10 } },
  );
  expect(await apply([failing])).toMatchObject({ exitCode: 4 });
});
