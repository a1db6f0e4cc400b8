import { describe, expect, test } from 'vitest';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { flagsSinceStart } from '../../../src/kubelet/settings/running-flags.ts';

const kubelet = '/usr/bin/kubelet';
const file = '/etc/default/kubelet';

function installed(command: string, environment = '', unit = ''): InstalledKubelet {
  return {
    unit: 'kubelet.service',
    texts: [{ path: '/unit', content: `[Service]\n${unit}EnvironmentFile=-${file}\nExecStart=${command}\n` }],
    environmentFiles: new Map([[file, environment]]),
    configurationFiles: new Map(),
    configurationDropIns: [],
    version: 'v1.36.2',
  };
}

/** `--v 2 → 4`, or undefined where nothing can be said. */
function told(node: InstalledKubelet, processes: readonly string[], manager: readonly string[] | undefined = []) {
  const words = processes.map((line) => line.split(' '));
  const found = flagsSinceStart(node, words, manager);
  return found?.map(({ name, from, to }) => `${name} ${from?.join() ?? 'none'} → ${to?.join() ?? 'none'}`);
}

describe('the arguments of a running kubelet', () => {
  const node = installed(`${kubelet} --config=/c $KUBELET_EXTRA_ARGS`, 'KUBELET_EXTRA_ARGS="--v=4 --node-ip 10.0.0.1"\n');

  test.each<readonly [string, string, readonly string[]]>([
    ['as the unit gives them, in another order and form', `${kubelet} --node-ip=10.0.0.1 --config /c -v 4`, []],
    [
      'of before an edit',
      `${kubelet} --config=/c --v=2 --fail-swap-on=false`,
      ['--fail-swap-on false → none', '--node-ip none → 10.0.0.1', '--v 2 → 4'],
    ],
    ['of hyperkube', 'hyperkube kubelet --config=/c --v=4 --node-ip=10.0.0.2', ['--node-ip 10.0.0.2 → 10.0.0.1']],
    ['of a script of that name', `/bin/bash ${kubelet} --config=/c --v=4 --node-ip=10.0.0.1`, []],
    ['of none at all', kubelet, ['--config none → /c', '--node-ip none → 10.0.0.1', '--v none → 4']],
    ['with a flag given twice', `${kubelet} --config=/c --v=4 --v=4 --node-ip=10.0.0.1`, ['--v 4,4 → 4']],
  ])('%s', (_, line, expected) => {
    expect(told(node, ['/usr/bin/sleep 1', line])).toEqual(expected);
  });

  test('are not known where no process is a kubelet, and where a script or an image decides them', () => {
    expect(told(node, ['/usr/bin/sleep 1'])).toBeUndefined();
    expect(told(node, [])).toBeUndefined();
    const line = `${kubelet} --v=2`;
    expect(told(installed('/opt/azure/start-kubelet.sh'), [line])).toBeUndefined();
    expect(told(installed('/opt/bin/kubelet-wrapper --v=4'), [line])).toBeUndefined();
    expect(told(installed('/usr/bin/podman run --rm quay.io/kubelet:v1 --v=4'), [line])).toBeUndefined();
  });

  test('of a container are known if the command names its kubelet, and a process of the unit is it', () => {
    const inContainer = installed('/usr/bin/podman run --rm registry/hyperkube:v1 kubelet --v=4');
    expect(told(inContainer, [`${kubelet} --v=2`])).toEqual(['--v 2 → 4']);
    expect(told(inContainer, ['/usr/bin/conmon -c 1'])).toBeUndefined();
  });

  test('behind a shell are known as far as its words are plain', () => {
    const plain = installed('/bin/sh -c "exec /usr/bin/kubelet --v=4 $$EXTRA"', 'EXTRA=--node-ip=10.0.0.1\n');
    expect(told(plain, [`${kubelet} --v=2 --node-ip=10.0.0.1`])).toEqual(['--v 2 → 4']);
    // What the shell makes of it is not known: only what the kubelet has not got at all is told.
    const special = installed('/bin/sh -c "exec /usr/bin/kubelet --v=4 --node-ip=10.0.0.1 $$(cat /x)"');
    expect(told(special, [`${kubelet} --v=2 --max-pods=3`])).toEqual(['--node-ip none → 10.0.0.1']);
  });

  test('from variables that no file sets may come from systemd itself', () => {
    const open = installed(`${kubelet} --v=4 $FOREIGN`);
    const line = `${kubelet} --v=4 --max-pods=3`;
    expect(told(open, [line], [])).toEqual(['--max-pods 3 → none']);
    expect(told(open, [line], ['FOREIGN=--max-pods=3'])).toEqual([]);
    expect(flagsSinceStart(open, [line.split(' ')], undefined)).toEqual([]);
    expect(told(installed(`${kubelet} --v=4 $FOREIGN`, '', 'PassEnvironment=FOREIGN\n'), [line], [])).toEqual([]);
  });

  test('with a word that only the machine knows', () => {
    const node = installed(`${kubelet} --hostname-override=%H --v=4`);
    expect(told(node, [`${kubelet} --hostname-override=a --v=2`])).toEqual([]);
    expect(told(node, [`${kubelet} --hostname-override=a`])).toEqual(['--v none → 4']);
  });
});
