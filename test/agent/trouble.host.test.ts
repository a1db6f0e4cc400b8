/** The agent on a machine that is not well: it says so, leaves the kubelet as it is, and goes on by itself when the machine is well again. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { NodeKubelet } from '../../src/api/types.ts';
import { type Running, start } from '../cli/in-process.ts';
import { hostKubelet, sharedHost } from '../cli/shared-host.ts';
import { eventually } from '../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';

const shared = sharedHost();
const state = '/var/lib/kubelet-config';
const filler = `${state}/filler`;

let agent: Running | undefined;

afterEach(async () => {
  agent?.stop();
  await agent?.ended;
  agent = undefined;
});

const words = async () => (await shared.host.process('/usr/bin/kubelet')).words;
const said = (text: RegExp) => eventually(() => expect(agent?.log.map(({ msg }) => String(msg)).join('\n')).toMatch(text));

describe('without a bus', () => {
  let server: ApiServerDouble;

  beforeEach(async () => {
    server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
    server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } });
    server.put(hostKubelet({ flags: { v: 2 } }));
  });
  afterEach(async () => {
    await startBus();
    agent?.stop();
    await agent?.ended;
    await server.stop();
  });

  const begin = () => {
    const kubeconfig = join(shared.host.at('/root'), 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const { root } = shared.host;
    agent = start(['agent', '--source=cluster', '--approve=self', '--root', root, '--kubeconfig', kubeconfig, '--node-name=a']);
  };
  const stopBus = () => shared.host.shell('systemctl stop dbus.socket dbus.service');
  const startBus = () => shared.host.shell('systemctl start dbus.socket dbus.service');
  const status = () => server.objects<NodeKubelet>('nodekubelets')[0]?.status;
  const isUpToDate = () => eventually(() => expect(status()?.phase).toBe('UpToDate'));
  const isDisconnected = () =>
    eventually(() => {
      expect(status()).toMatchObject({
        phase: 'Stalled',
        lastError: { code: 'Disconnected', message: expect.stringContaining('Start dbus on the node') },
      });
      expect(status()?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'Disconnected' }),
      );
    });

  test('that goes away while nothing happens', async () => {
    begin();
    await isUpToDate();
    const before = { unit: await shared.host.unit(), startTime: status()?.kubeletStartTime };
    await stopBus();
    await isDisconnected();
    expect(status()?.kubeletStartTime).toBe(before.startTime);
    expect(status()).toMatchObject({ applied: expect.any(String) });
    await startBus();
    await isUpToDate();
    expect(status()).not.toHaveProperty('lastError');
    expect(await shared.host.unit()).toEqual(before.unit);
  });

  test('when the agent starts; what was asked for meanwhile is done then', async () => {
    begin();
    await isUpToDate();
    agent?.stop();
    await agent?.ended;
    await stopBus();
    server.put(hostKubelet({ flags: { v: 3 } }));
    begin();
    await isDisconnected();
    expect(await words()).toEqual(['--v=2']);
    await startBus();
    await isUpToDate();
    expect(await words()).toEqual(['--v=3']);
  });
});

describe('where our own state cannot be written', () => {
  const directory = '/etc/kubelet-config.d';
  const begin = (verbosity: number) => {
    const { host } = shared;
    mkdirSync(host.at(directory), { recursive: true });
    writeFileSync(host.at(`${directory}/workers.json`), JSON.stringify(hostKubelet({ flags: { v: verbosity } })));
    agent = start(['agent', '--approve=self', '--root', host.root, '--label', 'role=worker']);
  };
  const fill = `dd if=/dev/zero of=${filler} bs=4k 2>/dev/null || true`;

  beforeEach(async () => {
    await shared.host.shell(`mkdir -p ${state}; mount -t tmpfs -o mode=0700,size=2m tmpfs ${state}`);
    await shared.apply([hostKubelet({ flags: { v: 2 } })]);
  });

  test.each([
    ['full', fill, `rm ${filler}`, /^error\[NoSpace\]: .*its file system is full; nothing was changed; {5}→ Free space/m],
    [
      'read-only',
      `mount -o remount,ro ${state}`,
      `mount -o remount,rw ${state}`,
      /^error\[ReadOnly\]: .*read-only; .*→ Remount it writable/m,
    ],
  ])('%s: a change waits, and is made when there is room', async (_, spoil, mend, complaint) => {
    const { host } = shared;
    await host.shell(spoil);
    const { invocation } = await host.unit();
    const files = host.files();
    begin(3);
    await said(complaint);
    expect(await host.unit()).toMatchObject({ active: 'active', invocation });
    expect(host.files()).toEqual(files);
    await host.shell(mend);
    await said(/^committed: /m);
    expect(await words()).toEqual(['--v=3']);
  });

  test.each([
    ['full', fill],
    ['read-only', `mount -o remount,ro ${state}`],
  ])('%s, and nothing to do: nothing is in the way', async (_, spoil) => {
    await shared.host.shell(spoil);
    const ended = await shared.apply([hostKubelet({ flags: { v: 2 } })]);
    expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: revision /) });
  });
});
