import { describe, expect, test } from 'vitest';
import { otherKubelet } from '../../../src/node/decide/running-command.ts';

const kubelet = ['/usr/bin/kubelet', '--a=1', '--b=x y'];
const wrapper = ['/opt/bin/kubelet-wrapper', '--a=1', '--b=x y'];
const run = (command: readonly string[], ...processes: string[][]) =>
  otherKubelet(
    command,
    processes.map((words, pid) => ({ pid, words })),
  );

describe('all is well', () => {
  test.each<[string, readonly string[], string[][]]>([
    ['the program itself', kubelet, [[...kubelet]]],
    ['a script of that name', kubelet, [['/bin/bash', ...kubelet]]],
    ['a wrapper that adds words of its own', kubelet, [['/opt/kubelet', '--node-ip=10.0.0.1', '--a=1', '--b=x y', '--c']]],
    [
      'rkt, before it has become the kubelet',
      wrapper,
      [['/usr/bin/rkt', 'run', 'image', '--exec=/kubelet', '--', '--a=1', '--b=x y']],
    ],
    [
      'the kubelet in a pod, below a shell',
      wrapper,
      [
        ['/bin/bash', '/opt/bin/kubelet-wrapper'],
        ['/kubelet', '--a=1', '--b=x y'],
      ],
    ],
    ['hyperkube', wrapper, [['/hyperkube', 'kubelet', '--a=1', '--b=x y']]],
    [
      'podman, which has ended',
      ['/usr/bin/podman', 'run', '--rm', '--env=A', 'quay.io/kubelet:v1', '--a=1', '--b=x y'],
      [
        ['/usr/bin/conmon', '-c', 'f00'],
        ['/usr/local/bin/kubelet', '--a=1', '--b=x y'],
      ],
    ],
    [
      'podman, which stays',
      ['/usr/bin/podman', 'run', '--name', 'kubelet', 'quay.io/kubelet:v1', 'kubelet', '--a=1'],
      [['/usr/bin/podman', 'run', '--name', 'kubelet', 'quay.io/kubelet:v1', 'kubelet', '--a=1']],
    ],
    [
      'podman with an image that says all',
      ['/usr/bin/podman', 'run', '--rm', 'quay.io/kubelet:v1'],
      [['/usr/local/bin/kubelet', '--a=1']],
    ],
    ['a dollar, which systemd doubles', ['/usr/bin/kubelet', '--a=$$x'], [['/usr/bin/kubelet', '--a=$x']]],
  ])('%s', (_, command, processes) => expect(run(command, ...processes)).toBeUndefined());
});

describe('nothing can be said', () => {
  test.each<[string, readonly string[], string[][]]>([
    ['no process can be read', kubelet, []],
    [
      'no process is known for a kubelet',
      wrapper,
      [
        ['/usr/lib/systemd/systemd', '--default-standard-output=tty'],
        ['stage1', '--a=2'],
      ],
    ],
    ['a variable is put in', ['/usr/bin/kubelet', '$KUBELET_EXTRA_ARGS'], [['/usr/bin/kubelet', '--a=2']]],
    ['a variable is put into a word', ['/usr/bin/kubelet', '--a=\x24{A}'], [['/usr/bin/kubelet', '--a=2']]],
    ['the unit gives no arguments', ['/usr/bin/kubelet'], [['/usr/bin/kubelet', '--a=2']]],
  ])('%s', (_, command, processes) => expect(run(command, ...processes)).toBeUndefined());
});

test.each<[string, readonly string[], string[][]]>([
  ['another value', kubelet, [['/usr/bin/kubelet', '--a=1', '--b=z']]],
  [
    'in a container of podman',
    ['/usr/bin/podman', 'run', '--rm', 'quay.io/kubelet:v1', '--a=1', '--b=x y'],
    [['/usr/local/bin/kubelet', '--a=1']],
  ],
  ['a word is missing', kubelet, [['/bin/sh', '/usr/bin/kubelet', '--a=1']]],
  ['another order', kubelet, [['/usr/bin/kubelet', '--b=x y', '--a=1']]],
  [
    'in a pod',
    wrapper,
    [
      ['/usr/bin/rkt', 'gc'],
      ['/hyperkube', 'kubelet', '--a=2'],
    ],
  ],
])('another kubelet runs: %s', (_, command, processes) => {
  expect(run(command, ...processes)).toEqual(processes.at(-1));
});
