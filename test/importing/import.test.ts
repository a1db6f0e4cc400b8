/** What an import does not carry over, and says with its place. */

import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/api/format-problem.ts';
import { withoutSecrets } from '../../src/api/hide-secrets.ts';
import { readWithoutOurs } from '../../src/importing/own-files.ts';
import { fromFiles, imported, nodeOf } from './tree.ts';

const unit = '/etc/systemd/system/kubelet.service';
const config = '/etc/kubernetes/config.yaml';
const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

const host = async (contents: Record<string, string>) => imported((await nodeOf(contents)).installed, 'host');

describe('a secret is left out, and it is said where it stands', () => {
  test('in the configuration, in a flag and in a variable', async () => {
    const { object, problems } = await host({
      [unit]:
        '[Service]\nEnvironment=API_TOKEN=topsecret1\nExecStart=/usr/bin/kubelet --manifest-url-header=X:topsecret2 --config=/etc/kubernetes/config.yaml\n',
      [config]: `${header}staticPodURLHeader:\n  X: [Bearer topsecret3]\nmaxPods: 5\n`,
    });
    expect(JSON.stringify(object)).not.toContain('topsecret');
    expect(object?.spec.kubelet).toEqual({ configuration: { maxPods: 5 }, configurationPath: config });
    const said = problems.map((problem) => formatProblem(withoutSecrets(problem))).join('\n');
    expect(said).not.toContain('topsecret');
    expect(problems.map(({ position }) => `${position?.file}:${position?.line}`)).toEqual([
      `${unit}:3`,
      `${config}:3`,
      `${unit}:2`,
    ]);
    expect(problems.every(({ code }) => code === 'PossibleSecret')).toBe(true);
  });

  test('a mode of authorization is none', async () => {
    const { object, problems } = await host({
      [unit]: '[Service]\nExecStart=/usr/bin/kubelet --authorization-mode=Webhook --authentication-token-webhook=true\n',
    });
    expect(problems).toEqual([]);
    expect(object?.spec.kubelet?.flags).toEqual({ 'authorization-mode': 'Webhook', 'authentication-token-webhook': true });
  });
});

describe('what only the machine knows', () => {
  test('a specifier of systemd is told with the expression to write', async () => {
    const { object, problems } = await host({
      [unit]: '[Service]\nExecStart=/usr/bin/kubelet --v=2 \\\n  --hostname-override=%H\n',
    });
    expect(object?.spec.kubelet?.flags).toEqual({ v: 2 });
    expect(problems).toMatchObject([
      { code: 'NotImported', remedy: expect.stringContaining('machine.hostname'), position: { line: 3 } },
    ]);
  });

  test('a variable of a file that was not given', async () => {
    const { problems } = await host({
      [unit]: '[Service]\nEnvironmentFile=/etc/default/kubelet\nExecStart=/usr/bin/kubelet $KUBELET_OPTS\n',
    });
    expect(problems).toMatchObject([
      { reason: expect.stringContaining('$KUBELET_OPTS'), remedy: 'give that file too, if it sets KUBELET_OPTS' },
    ]);
  });

  test('a flag with such a variable in it is left out: an empty value would be a wrong one', async () => {
    const { object, problems } = await host({
      [unit]: `[Service]\nEnvironmentFile=-/run/metadata/coreos\nExecStart=/usr/bin/kubelet --v=2 --node-ip=\${COREOS_PRIVATE_IPV4}\n`,
    });
    expect(object?.spec.kubelet?.flags).toEqual({ v: 2 });
    expect(object?.spec.unit?.options?.['Service']?.['EnvironmentFile']).toEqual(['-/run/metadata/coreos']);
    expect(problems).toMatchObject([{ remedy: expect.stringContaining('compute kubelet.flags.node-ip') }]);
  });

  test.each([
    [`--v=2 --cluster_dns=\${DNS}`, 'cluster-dns'],
    [`--v=2 --node-ip \${HOST_IP}`, 'node-ip'],
  ])('a variable that nothing sets, in %s', async (words, flag) => {
    const { object, problems } = await host({ [unit]: `[Service]\nExecStart=/usr/bin/kubelet ${words}\n` });
    expect(object?.spec.kubelet?.flags).toEqual({ v: 2 });
    expect(problems.filter(({ severity }) => severity === 'warning')).toMatchObject([
      { path: ['spec', 'kubelet', 'flags', flag], remedy: `compute kubelet.flags.${flag} with spec.computed` },
    ]);
  });

  test('a configuration that is not there: the flag stays', async () => {
    const { object, problems } = await host({
      [unit]: '[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n',
    });
    expect(object?.spec.kubelet).toEqual({ flags: { config: '/var/lib/kubelet/config.yaml' } });
    expect(problems).toMatchObject([{ reason: expect.stringContaining('it is not there') }]);
  });
});

describe('mistakes of the unit', () => {
  test('a backslash that joins two assignments', async () => {
    const { problems } = await host({
      [unit]: '[Service]\nEnvironment=A=/root \\\nEnvironment="B=1"\nExecStart=/usr/bin/kubelet\n',
    });
    expect(problems).toMatchObject([{ reason: expect.stringContaining('ends in a backslash') }]);
  });

  test('options that systemd ignores, and keys that change other units', async () => {
    const { object, problems } = await host({
      [unit]: '[Service]\nAfter=a.service\nExecStart=/usr/bin/kubelet\n[Install]\nAlias=sshd.service\n',
    });
    expect(problems.map(({ reason, position }) => [reason.split(':')[0], position?.line])).toEqual([
      ['After of [Service] is left out', 2],
      ['Alias of [Install] is left out', 5],
    ]);
    expect(JSON.stringify(object)).not.toContain('sshd');
  });

  test('a drop-in after ours that names the command', async () => {
    const { problems } = await host({
      [unit]: '[Service]\nExecStart=/usr/bin/kubelet\n',
      [`${unit}.d/90-mine.conf`]: '[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --v=3\n',
    });
    expect(problems).toMatchObject([
      { reason: expect.stringContaining('sorts after'), position: { file: `${unit}.d/90-mine.conf`, line: 3 } },
    ]);
  });
});

describe('a node that has an object already', () => {
  const ours = '/etc/systemd/system/kubelet.service.d/zz-kubelet-config.conf';
  const directory = '/etc/kubernetes/kubelet-config.d';
  const environment = '/etc/kubernetes/kubelet-config.env';
  const adopted = {
    [unit]: `[Service]\nExecStart=/usr/bin/kubelet --config=${config} $A\n`,
    [config]: `${header}maxPods: 10\n`,
    [ours]: `[Service]\nEnvironmentFile=-${environment}\nRestartSec=3\n`,
    [environment]: `A="--v=2 --config-dir=${directory}"\nB="topsecret"\nTOKEN="topsecret1"\n`,
    [`${directory}/50-kubelet-config.conf`]: `${header}maxPods: 20\nclusterDNS: null\nstaticPodURLHeader: {X: [topsecret2]}\n`,
  };
  const existing = async (contents: Record<string, string>) => {
    const { files, installed } = await nodeOf(contents);
    return imported(installed, 'existing', await readWithoutOurs(files, installed));
  };

  test('is told of it, and as existing has the fields of that object, without secrets', async () => {
    const { object, problems } = await existing(adopted);
    expect(object?.spec).toMatchObject({
      kubelet: { flags: { v: 2 }, configuration: { maxPods: 20 } },
      patches: [{ op: 'remove', path: '/kubelet/configuration/clusterDNS' }],
      unit: { environment: { B: 'topsecret' }, options: { Service: { RestartSec: ['3'] } } },
    });
    expect(JSON.stringify(object)).not.toMatch(/topsecret\d/);
    expect(problems.map(({ severity, reason }) => [severity, reason])).toEqual([
      ['warning', 'the field staticPodURLHeader looks like a secret, so it is left out'],
      ['warning', 'the variable TOKEN looks like a secret, so it is left out'],
      ['notice', expect.stringContaining('has already')],
    ]);
  });

  test('as host has what the node and the object say, and no file that goes away with that object', async () => {
    const { object } = await host(adopted);
    expect(object?.spec.kubelet?.flags).toEqual({ v: 2 });
    expect(object?.spec.kubelet?.configuration).toEqual({ maxPods: 20 });
    expect(object?.spec.unit).toMatchObject({ environment: { B: 'topsecret' }, options: { Service: { RestartSec: ['3'] } } });
    expect(object?.spec.unit?.mode).toBeUndefined();
  });

  test('whose command has changed since, and whose script hides the directory: what is not known is said', async () => {
    const { object, problems } = await existing({
      [unit]: '[Service]\nExecStart=:/usr/bin/kubelet --v=2\n',
      [ours]: '[Service]\nExecStart=\nExecStart=:/usr/bin/kubelet --v=1 --node-ip=10.0.0.1\n',
    });
    expect(object?.spec).not.toHaveProperty('kubelet');
    expect(problems[0]).toMatchObject({ reason: expect.stringContaining('no longer the one'), position: { file: ours } });
    const script = await existing({ ...adopted, [unit]: '[Service]\nExecStart=/opt/start $A\n' });
    expect(script.object?.spec).toMatchObject({ kubelet: { flags: { v: 2 } }, launcher: { existing: { argsVariable: 'A' } } });
    expect(script.problems[0]?.reason).toContain(`the files in ${directory} are not in the object`);
  });
});

test('a shell that starts the kubelet: its words are read with the variables of the unit', async () => {
  const { object, problems } = await host({
    [unit]: '[Service]\nEnvironment=A=--node-ip=10.0.0.1\nExecStart=/bin/sh -c "exec /usr/bin/kubelet --v=2 $A"\n',
  });
  expect(object?.spec.kubelet?.flags).toEqual({ v: 2, 'node-ip': '10.0.0.1' });
  expect(problems).toMatchObject([{ reason: 'the kubelet is started by itself, without /bin/sh' }]);
});

test('drop-ins of the configuration are merged as the kubelet merges them', async () => {
  const directory = '/etc/kubernetes/kubelet.d';
  const { object } = await host({
    [unit]: `[Service]\nWorkingDirectory=/srv\nExecStart=/usr/bin/kubelet --config=${config} --config-dir=${directory}\n`,
    [config]: `${header}maxPods: 10\nstaticPodPath: manifests\n`,
    [`${directory}/10-a.conf`]: `${header}evictionHard: {memory.available: 300Mi}\nvolumePluginDir: plugins\n`,
    [`${directory}/20-b.conf`]: `${header}maxPods: 20\n`,
    [`${directory}/30-c.yaml`]: `${header}maxPods: 30\n`,
  });
  expect(object?.spec.kubelet?.configuration).toEqual({
    maxPods: 20,
    staticPodPath: '/etc/kubernetes/manifests',
    volumePluginDir: '/srv/plugins',
    evictionHard: expect.objectContaining({ 'memory.available': '300Mi', 'nodefs.available': '10%' }),
  });
});

describe('from files: which one is what is told by its content', () => {
  const service = {
    name: 'given/kubelet.service',
    text: '[Service]\nEnvironmentFile=/etc/default/kubelet\nExecStart=/usr/bin/kubelet $OPTS\n',
  };

  test('a unit, a drop-in, an environment file and a configuration', async () => {
    const { object, problems } = await fromFiles(
      [
        { name: 'given/options', text: 'OPTS=--v=2 --config=/var/lib/kubelet/config.yaml\nHOME=/root\n' },
        { name: 'given/settings.yaml', text: `${header}maxPods: 7\n` },
        { name: 'given/10-slice.conf', text: '[Service]\nSlice=runtime.slice\n' },
        service,
      ],
      'host',
    );
    expect(problems.filter(({ severity }) => severity !== 'notice')).toEqual([]);
    expect(object?.spec).toMatchObject({
      kubelet: { flags: { v: 2 }, configuration: { maxPods: 7 } },
      unit: { environment: { HOME: '/root' } },
    });
  });

  test('a cloud-config, its units and files', async () => {
    const text = `#cloud-config
coreos:
  units:
    - name: kubelet.service
      content: |
        [Service]
        Environment=KUBELET_VERSION=v1.4.6_coreos.0
        ExecStart=/usr/lib/coreos/kubelet-wrapper --config=/etc/kubernetes/manifests
      drop-ins:
        - name: 10-options.conf
          content: |
            [Service]
            Restart=always
write_files:
  - path: /etc/other
    encoding: b64
    content: YQ==
`;
    const { object } = await fromFiles([{ name: 'user-data', text }], 'rkt');
    expect(object?.spec).toMatchObject({
      kubelet: { version: 'v1.4.6_coreos.0', flags: { config: '/etc/kubernetes/manifests' } },
      launcher: { rkt: {} },
    });
  });

  test('a file that the unit does not name is told', async () => {
    const { problems } = await fromFiles(
      [service, { name: 'a', text: 'OPTS=--v=1\n' }, { name: 'b', text: 'OPTS=--v=2\n' }],
      'host',
    );
    expect(problems.map(({ reason }) => reason).filter((reason) => reason.includes('is not used'))).toEqual([
      'a is not used: the unit may mean /etc/default/kubelet',
      'b is not used: the unit may mean /etc/default/kubelet',
    ]);
  });
});
