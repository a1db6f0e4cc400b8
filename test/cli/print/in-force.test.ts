import { describe, expect, test } from 'vitest';
import { type FoundInForce, inForceLines, type LiveMachine, readInForce } from '../../../src/cli/print/in-force.ts';
import { memoryFiles } from '../../fakes/files.ts';
import { memoryKubeletServer } from '../../fakes/running-kubelet.ts';
import { failCall, memorySystemd } from '../../fakes/systemd.ts';

const unit = 'kubelet.service';
const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const command = '/usr/bin/kubelet --config=/c --node-ip=10.0.0.1';
const unitFile = '/usr/lib/systemd/system/kubelet.service';
const files = memoryFiles({
  [unitFile]: `[Service]\nExecStart=${command}\n`,
  '/c': `${header}maxPods: 64\nstaticPodURLHeader: {Authorization: [Bearer topsecret]}\n`,
});

/** A machine whose kubelet runs with these arguments. */
function machine(words = command, state = 'active', version: string | undefined = undefined) {
  const systemd = memorySystemd();
  systemd.define(unit, '[Service]\nExecStart=/usr/bin/kubelet\n');
  systemd.change(unit, { activeState: state });
  const server = memoryKubeletServer();
  const live: LiveMachine = {
    systemd,
    processes: async () => [{ pid: 1, words: words.split(' ') }],
    askKubelet: server.ask,
    kubeletVersion: async () => version,
  };
  return { live, server, systemd };
}

const row = ({ settings }: FoundInForce, name: string) => settings.find(({ setting }) => setting === name);

test('what the running kubelet has counts, and what its files say is told beside it', async () => {
  const { live, server } = machine();
  server.runs({ maxPods: 110, staticPodURLHeader: { Authorization: ['hidden-other'] } });
  const found = await readInForce(files, unit, live);
  expect(server.asked).toEqual([
    { address: '127.0.0.1', port: 10250, certificates: expect.arrayContaining(['/var/lib/kubelet/pki/kubelet.crt']) },
  ]);
  expect(row(found, 'maxPods')).toEqual({ setting: 'maxPods', value: '110', files: { value: '64', from: '/c' } });
  expect(row(found, '--node-ip')).toEqual({ setting: '--node-ip', value: '10.0.0.1', from: unitFile });
  expect(found.notes).toEqual([]);
  const text = inForceLines(found).join('\n');
  expect(text).toMatch(/^maxPods +110 +the running kubelet alone$/m);
  expect(text).toMatch(
    /^differs: maxPods: \/c says 64, the running kubelet has 110; it was started before that, and a restart puts 64 into force$/m,
  );
  expect(text).toMatch(
    /^differs: staticPodURLHeader\.Authorization: \/c says \(not shown\), the running kubelet has \(not shown\)/m,
  );
  expect(text + JSON.stringify(found)).not.toMatch(/topsecret|hidden-/);
});

test('the defaults are those of the kubelet that is there', async () => {
  const workersOf = async (version: string | undefined) => {
    const { live } = machine(command, 'inactive', version);
    return row(await readInForce(files, unit, live), 'containerLogMaxWorkers');
  };
  expect(await workersOf('v1.29.3')).toBeUndefined();
  expect(await workersOf('v1.30.0')).toEqual({ setting: 'containerLogMaxWorkers', value: '1' });
});

test('what it has no more, and what was taken from its files, are told too', async () => {
  const { live, server } = machine();
  server.runs({ podsPerCore: 3 });
  const text = inForceLines(await readInForce(files, unit, live)).join('\n');
  expect(text).toMatch(/^differs: maxPods: \/c says 64, the running kubelet has nothing;/m);
  expect(text).toMatch(/^differs: podsPerCore: no file or flag gives it, the running kubelet has 3; .*a restart ends it$/m);
  expect(text).toMatch(/^maxPods +\(nothing\) +the running kubelet alone$/m);
});

test('what may not be read is told once, and arguments and files count', async () => {
  const { live } = machine(`${command} --max-pods=30`);
  const found = await readInForce(files, unit, live);
  expect(row(found, 'maxPods')).toEqual({ setting: 'maxPods', value: '30', files: { value: '64', from: '/c' } });
  expect(found.notes).toEqual([
    "the running kubelet's /configz could not be read, so its arguments and its files count: the kubelet does not let this user read /configz",
  ]);
  const lines = inForceLines(found);
  expect(lines.filter((line) => line.startsWith('note: '))).toHaveLength(1);
  expect(lines).toContainEqual(expect.stringMatching(/^differs: maxPods: \/c says 64, the running kubelet has 30;/));
});

test('in a container there are no arguments, and files count', async () => {
  const { live } = machine('/usr/bin/conmon --cid 1');
  const found = await readInForce(files, unit, live);
  expect(row(found, 'maxPods')).toEqual({ setting: 'maxPods', value: '64', from: '/c' });
  expect(found.notes).toEqual([expect.stringContaining('so its files count: ')]);
});

describe('nobody is asked', () => {
  test('if the unit does not run', async () => {
    const { live, server } = machine(command, 'failed');
    const found = await readInForce(files, unit, live);
    expect(found.notes).toEqual(['kubelet.service is failed, so this is what its files say']);
    expect(row(found, 'maxPods')).toMatchObject({ value: '64', from: '/c' });
    expect(server.asked).toEqual([]);
  });

  test('if systemd does not answer', async () => {
    const { live, systemd } = machine();
    systemd.failWhen(failCall('status', 'Disconnected'));
    const { notes } = await readInForce(files, unit, live);
    expect(notes).toEqual([
      expect.stringMatching(/^systemd could not be asked about kubelet\.service, so this is what its files say: /),
    ]);
  });

  test('of an image', async () => {
    expect(await readInForce(files, unit, undefined)).toMatchObject({ notes: [], unread: [] });
  });
});
