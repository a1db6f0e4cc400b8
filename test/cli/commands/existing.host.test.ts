/** A node whose kubelet somebody else has set up, on a machine with a real systemd: adopted, changed, left again. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { environmentFileLine, requoteWords } from '../../../src/systemd/quoting.ts';
import { commandsOf } from '../../../src/systemd/service.ts';
import { kubeletConfig } from '../../builders.ts';
import { unit } from '../../kubelet-host.ts';
import { run } from '../in-process.ts';
import { sharedHost } from '../shared-host.ts';

const kubelet = '/usr/bin/kubelet';
const shared = sharedHost();
const { apply, diff, withdraw } = shared;

const vendorUnit = '/usr/lib/systemd/system/kubelet.service';
const kubeadmDropIn = '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf';
const administrator = '/etc/default/kubelet';
const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
const config = '/var/lib/kubelet/config.yaml';
const dropIn = '/etc/systemd/system/kubelet.service.d/zz-kubelet-config.conf';
const nodeFiles = [vendorUnit, kubeadmDropIn, administrator, flagsFile, config];

const object = (spec: NonNullable<KubeletConfigSpec['kubelet']>, more: Partial<KubeletConfigSpec> = {}) => [
  kubeletConfig('adopted', {
    kubelet: spec,
    launcher: { existing: {} },
    health: { minReadySeconds: 0, timeoutSeconds: 20 },
    ...more,
  }),
];

const words = async () => (await shared.host.process(kubelet)).words;

/** What kubeadm's packages and `kubeadm join` leave on a node. */
beforeEach(async () => {
  const { host } = shared;
  host.put(
    vendorUnit,
    `[Service]\nExecStart=${kubelet}\nRestart=always\nRestartSec=1\n\n[Install]\nWantedBy=multi-user.target\n`,
  );
  host.put(
    kubeadmDropIn,
    `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=${config}"
EnvironmentFile=-${flagsFile}
EnvironmentFile=-${administrator}
ExecStart=
ExecStart=${kubelet} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
  );
  host.put(administrator, 'KUBELET_EXTRA_ARGS=\n');
  host.put(flagsFile, 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.7"\n');
  host.put(config, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [10.96.0.10]\n');
  await host.shell(`systemctl daemon-reload; systemctl enable ${unit} 2>/dev/null; systemctl restart ${unit}`);
  return () =>
    host.shell(`systemctl disable --now ${unit} 2>/dev/null || true; rm -f ${nodeFiles.join(' ')}; systemctl daemon-reload`);
});

const ofTheNode = ['--kubeconfig=/etc/kubernetes/kubelet.conf', `--config=${config}`, '--node-ip=10.0.0.7'];
const ofOurs = ['--v=2', '--config-dir=/etc/kubernetes/kubelet-config.d'];

describe('a kubeadm node', () => {
  test('is adopted, changed without a reload, keeps its own after a bad change, and is as it was when it is left', async () => {
    const { host } = shared;
    const before = { files: host.files(), words: await words() };
    const adopted = await apply(object({ flags: { v: 2 }, configuration: { maxPods: 64 } }));
    expect(adopted).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('setting  maxPods 110 → 64') });
    expect((await words()).slice(-5)).toEqual([...ofTheNode, ...ofOurs]);
    expect(host.files()).toMatchObject({
      [dropIn]: expect.stringContaining('EnvironmentFile=-/etc/kubernetes/kubelet-config.env'),
    });

    const loadedAt = await host.loadedAt();
    const starts = (await host.starts()).length;
    expect(await apply(object({ flags: { v: 3 }, configuration: { maxPods: 32 } }))).toMatchObject({ exitCode: 0 });
    expect((await words()).at(-2)).toBe('--v=3');
    expect(await host.loadedAt()).toBe(loadedAt);
    expect((await host.starts()).length).toBe(starts + 1);

    expect(await apply(object({ flags: { v: 99 } }))).toMatchObject({ exitCode: 4 });
    expect((await words()).at(-2)).toBe('--v=3');

    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect({ files: host.files(), words: await words() }).toEqual(before);
  });

  test('is checked for an upgrade by its process: its version is asked, and a script may have given a flag', async () => {
    const { host } = shared;
    host.put(flagsFile, 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.7 --event-qps=0"\n');
    host.put('/usr/lib/kubelet-start', `#!/bin/bash\nexec ${kubelet} --config=${config} --containerd=/x "$@"\n`, 0o755);
    host.put(dropIn, '[Service]\nExecStart=\nExecStart=/usr/lib/kubelet-start $KUBELET_KUBEADM_ARGS\n');
    await host.shell(`systemctl daemon-reload; systemctl restart ${unit}`);
    const ran = await run(['upgrade-check', '--to', 'v1.37', '--from', 'v1.36.2', '--root', host.root]);
    await host.shell(`rm ${dropIn} /usr/lib/kubelet-start; systemctl daemon-reload`);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout).toContain('--containerd: kubelet 1.37 does not start with the flag --containerd');
    expect(ran.stdout).toContain('--event-qps: 0 means no limit from 1.37 on');
  });

  test("whose variable the administrator sets later gets the command said again, with the administrator's words", async () => {
    const { host } = shared;
    await apply(object({ flags: { v: 2 } }));
    host.put(administrator, 'KUBELET_EXTRA_ARGS="--node-labels=a=1"\n');
    expect(await apply(object({ flags: { v: 2 } }))).toMatchObject({ exitCode: 0 });
    expect((await words()).slice(-5)).toEqual([...ofTheNode, '--node-labels=a=1', '--v=2']);
  });

  test('would lose everything to the launcher host, and is told what', async () => {
    const objects = object({ flags: { v: 2 } }, { launcher: { host: { binary: kubelet } }, unit: { mode: 'DropIn' } });
    const before = await shared.host.unit();
    const ran = await diff(objects);
    expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('TakeoverLosesSettings') });
    for (const name of ['clusterDNS ["10.96.0.10"]', '--kubeconfig', '--node-ip 10.0.0.7']) expect(ran.stderr).toContain(name);
    expect(await apply(objects)).toMatchObject({ exitCode: 3 });
    expect(await shared.host.unit()).toEqual(before);
    const [replacing] = object(
      { flags: { v: 2 } },
      { launcher: { host: { binary: kubelet } }, unit: { mode: 'DropIn' }, takeover: 'Replace' },
    );
    expect(await apply(replacing ? [replacing] : [])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('clusterDNS'),
    });
  });

  test('with a later drop-in that has environment files is refused, by the name of that drop-in', async () => {
    const later = '/etc/systemd/system/kubelet.service.d/zzz-other.conf';
    shared.host.put(later, '[Service]\nEnvironmentFile=\n');
    await shared.host.shell('systemctl daemon-reload');
    expect(await apply(object({ flags: { v: 2 } }))).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(later) });
    await shared.host.shell(`rm ${later}; systemctl daemon-reload`);
  });
});

/** Every character that systemd or a shell could take for something else. */
const characters = [...`ab=,-'"\\ \t\n$%{}#;!*~é|&()@:/`];
function* randomWords(seed: number): Generator<string> {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  for (;;) yield Array.from({ length: next(9) }, () => characters[next(characters.length)]).join('');
}

test('a real systemd gives exactly the words that are written into an environment file, and into a command said again', async () => {
  const { host } = shared;
  const source = randomWords(7);
  const cases = Array.from({ length: 40 }, () => Array.from({ length: 5 }, () => source.next().value as string));
  for (const [index, given] of cases.entries()) {
    host.put(`/run/words/${index}.env`, environmentFileLine('A', given));
    const program = `ExecStart=/bin/bash -c 'printf "%%s\\\\0" "$@" >"$0"' /run/words/${index}.out`;
    host.put(
      `/run/systemd/system/words-${index}.service`,
      `[Service]\nType=oneshot\nEnvironmentFile=-/run/words/${index}.env\n${program} $A\n`,
    );
    const [command] = commandsOf([{ path: '', content: `[Service]\n${program} $A\n` }]);
    host.put(
      `/run/systemd/system/words-${index}.service.d/zz.conf`,
      `[Service]\nExecStart=\nExecStart=${requoteWords(command?.words ?? [])}\n`,
    );
  }
  await host.shell(`systemctl daemon-reload; for i in {0..39}; do systemctl start words-$i; done`);
  const got = await host.shell(`for i in {0..39}; do base64 -w0 /run/words/$i.out; echo; done`);
  const read = got
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64').toString().split('\0').slice(0, -1));
  expect(read).toEqual(cases);
});
