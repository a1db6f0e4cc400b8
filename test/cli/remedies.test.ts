/** Remedies as a person tries them: what the program says is done, and the problem is gone. */

import { expect, test } from 'vitest';
import { run } from './in-process.ts';

const head =
  'apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: a}\nspec:\n  nodeSelector: {matchLabels: {}}\n';

const rkt = (more: string) => `  kubelet: {version: v1.5.4_coreos.0}\n  launcher: {rkt: {${more}}}\n`;
const options = (more: string) => `  unit: {options: {${more}}}\n`;

/** What is wrong, words of the remedy, and the object of a person who does what they say. */
const rows: readonly [wrong: string, remedy: string, right: string][] = [
  // The text as it was written.
  ['  kubelet: {version: 1.30}\n', 'put it in quotes: "1.30"', '  kubelet: {version: "1.30"}\n'],
  ['  unit: {environment: {A: 010}}\n', 'put it in quotes: "010"', '  unit: {environment: {A: "010"}}\n'],
  ['  unit: {environment: {A: y}}\n', 'put it in quotes: "y"', '  unit: {environment: {A: "y"}}\n'],
  [
    '  kubelet: {configuration: {clusterDomain: 0x1}}\n',
    'put it in quotes: "0x1"',
    '  kubelet: {configuration: {clusterDomain: "0x1"}}\n',
  ],
  ['  files: [{path: /opt/bin/a, mode: 0644}]\n', 'put it in quotes: "0644"', '  files: [{path: /opt/bin/a, mode: "0644"}]\n'],
  ['  kubelet: {configuration: {syncFrequency: 60}}\n', 'write "60s"', '  kubelet: {configuration: {syncFrequency: "60s"}}\n'],
  ['  kubelet: {flags: {v: 9007199254740993}}\n', 'write a smaller number', '  kubelet: {flags: {v: 4}}\n'],
  // Names.
  ['  kubelet: {flgas: {v: 2}}\n', 'did you mean flags?', '  kubelet: {flags: {v: 2}}\n'],
  ['  kubelet: {foo: 1}\n', 'remove kubelet, in which nothing else stands', ''],
  ['  kubelet: {foo: 1, bar: 2}\n', 'remove kubelet, in which nothing else stands', ''],
  ['  kubelet: {foo: 1, version: v1.30.2}\n', 'remove it; the fields here are', '  kubelet: {version: v1.30.2}\n'],
  ['  nonsense: []\n', 'remove it; the fields here are', ''],
  ['  drift: Reprot\n', 'did you mean Report?', '  drift: Report\n'],
  ['  deletionPolicy: Keep\n', 'write one of Restore, Orphan', '  deletionPolicy: Orphan\n'],
  // Groups.
  ['  health: {}\n', 'leave health out', ''],
  ['  health: {}\n', 'or set one of timeoutSeconds', '  health: {timeoutSeconds: 60}\n'],
  ['  rollout: {canary: {}}\n', 'leave rollout out', ''],
  [rkt('stage1: {nmae: x}').replace('nmae', 'foooo'), 'remove stage1, in which nothing else stands', rkt('')],
  ['  launcher: {}\n', 'leave launcher out', ''],
  ['  launcher: {host: {}, rkt: {}}\n', 'name one of them', '  launcher: {host: {}}\n'],
  [
    '  launcher: {podman: {}}\n',
    'set kubelet.image',
    '  launcher: {podman: {}}\n  kubelet: {image: registry.example.com/kubelet, version: v1.36.1}\n',
  ],
  // Values.
  ['  priority: high\n', 'write a whole number', '  priority: 3\n'],
  ['  health: {timeoutSeconds: 3}\n', 'write 10 or more', '  health: {timeoutSeconds: 60}\n'],
  ['  kubelet: {version: banana}\n', 'write a version such as v1.36.1', '  kubelet: {version: v1.36.1}\n'],
  [
    '  kubelet: {configuration: {kind: Foo}}\n',
    'write KubeletConfiguration',
    '  kubelet: {configuration: {kind: KubeletConfiguration}}\n',
  ],
  ['  kubelet: {configurationPath: etc/a}\n', 'write an absolute path', '  kubelet: {configurationPath: /etc/kubernetes/a}\n'],
  ['  launcher: {host: {binary: kubelet}}\n', 'write an absolute path', '  launcher: {host: {binary: /usr/bin/kubelet}}\n'],
  ['  kubelet: {image: a}\n', 'remove kubelet, in which nothing else stands, or choose', ''],
  ['  files: [{path: /opt/bin/a, mode: "0999"}]\n', 'such as "0644"', '  files: [{path: /opt/bin/a, mode: "0644"}]\n'],
  ['  files: [{content: a}]\n', 'add it: absolute path', '  files: [{path: /opt/bin/a, content: a}]\n'],
  ['  files: [{path: /opt/bin/a}, {path: /opt/bin/a}]\n', 'write each path once', '  files: [{path: /opt/bin/a}]\n'],
  ['  files: [{path: /etc/passwd}]\n', 'choose a path below /opt/bin', '  files: [{path: /opt/bin/passwd}]\n'],
  [
    '  kubelet: {configurationPath: /etc/kubernetes/kubelet.conf}\n',
    'choose another path',
    '  kubelet: {configurationPath: /etc/kubernetes/a}\n',
  ],
  ['  unit: {name: sshd.service}\n', 'write kubelet.service', '  unit: {name: kubelet.service}\n'],
  ['  unit: {environment: {A-B: x}}\n', 'write letters, digits and _', '  unit: {environment: {A_B: x}}\n'],
  [`  unit: {environment: {A: "\${B}"}}\n`, 'write the value itself', '  unit: {environment: {A: b}}\n'],
  // Nothing.
  ['  kubelet: {flags: {v: }}\n', 'remove the line', '  kubelet: {flags: {}}\n'],
  ['  kubelet: {flags: {cloud-provider: }}\n', 'write "" for an empty one', '  kubelet: {flags: {cloud-provider: ""}}\n'],
  ['  priority:\n', 'remove the line', ''],
  ['  launcher: {host: }\n', 'write host: {} for its defaults', '  launcher: {host: {}}\n'],
  // Flags and fields.
  ['  kubelet: {flags: ["max-pods=3"]}\n', 'e.g. max-pods: "3"', '  kubelet: {flags: {max-pods: "3"}}\n'],
  [
    '  kubelet: {version: v1.30.2, flags: {max-podz: 3}}\n',
    'write max-pods',
    '  kubelet: {version: v1.2.0, flags: {max-pods: 3}}\n',
  ],
  ['  kubelet: {flags: {--v: 2}}\n', 'write v', '  kubelet: {flags: {v: 2}}\n'],
  ['  kubelet: {flags: {node-labels: {a: 1}}}\n', 'e.g. "a=1,b=2"', '  kubelet: {flags: {node-labels: "a=1"}}\n'],
  ['  kubelet: {flags: {v: many}}\n', 'write a whole number', '  kubelet: {flags: {v: 3}}\n'],
  [
    '  kubelet: {version: v1.30.2, flags: {max-pods: 3}}\n',
    'set kubelet.configuration.maxPods',
    '  kubelet: {version: v1.30.2, configuration: {maxPods: 3}}\n',
  ],
  [
    '  kubelet: {version: v1.30.2, flags: {max-pods: 3}, configuration: {maxPods: 3}}\n',
    'remove the flag: kubelet.configuration.maxPods is set already',
    '  kubelet: {version: v1.30.2, configuration: {maxPods: 3}}\n',
  ],
  [
    '  kubelet: {version: v1.30.2, flags: {allow-privileged: true}}\n',
    'remove it: nothing took its place',
    '  kubelet: {version: v1.30.2}\n',
  ],
  ['  kubelet: {configuration: {maxPodz: 3}}\n', 'write maxPods', '  kubelet: {configuration: {maxPods: 3}}\n'],
  ['  kubelet: {configuration: {maxPods: "3"}}\n', 'without quotes', '  kubelet: {configuration: {maxPods: 3}}\n'],
  ['  kubelet: {configuration: {syncFrequency: 1x}}\n', 'e.g. "30s"', '  kubelet: {configuration: {syncFrequency: 30s}}\n'],
  // The unit.
  [options('Service: {After: [a.service]}'), 'move it to the section Unit', options('Unit: {After: [a.service]}')],
  [options('Servcie: {Nice: ["1"]}'), 'write Service', options('Service: {Nice: ["1"]}')],
  [options('Service: {Nicee: ["1"]}'), 'write Nice', options('Service: {Nice: ["1"]}')],
  [options('Socket: {ListenStream: ["1"]}'), 'remove the section', options('')],
  [options('Service: {Type: [oneshot]}'), 'leave Type out', options('Service: {}')],
  [options('Service: {Type: [oneshot]}'), 'or write simple or notify', options('Service: {Type: [simple]}')],
  [options('Install: {Alias: [a.service]}'), 'remove it', options('Install: {}')],
  [options('Service: {ExecStartPre: ["/bin/echo \\"a"]}'), 'close it', options('Service: {ExecStartPre: ["/bin/echo \\"a\\""]}')],
  [options('Service: {Environment: ["A=1"]}'), 'move it to unit.environment', '  unit: {environment: {A: "1"}}\n'],
  [options('Service: {ExecStart: [/bin/a]}'), 'kubelet.flags and launcher', '  launcher: {host: {binary: /bin/a}}\n'],
  // Patches.
  ['  patches: [{op: add, path: /kubelet/version}]\n', 'use op: remove', '  patches: [{op: remove, path: /kubelet/version}]\n'],
  [
    '  patches: [{op: ad, path: /kubelet, value: {}}]\n',
    'did you mean add?',
    '  patches: [{op: add, path: /kubelet, value: {}}]\n',
  ],
  ['  patches: [{op: remove, path: kubelet}]\n', 'each component begins with /', '  patches: [{op: remove, path: /kubelet}]\n'],
  // rkt.
  ['  launcher: {rkt: {}}\n', 'set kubelet.version', rkt('')],
  [rkt('stage1: {}'), 'leave stage1 out', rkt('')],
  [
    rkt('volumes: [{name: A, hostPath: /a, mountPath: /a}]'),
    'write lower case letters',
    rkt('volumes: [{name: a, hostPath: /a, mountPath: /a}]'),
  ],
  [
    rkt('volumes: [{name: a, mountPath: /a}]'),
    'set hostPath for a place on the host',
    rkt('volumes: [{name: a, hostPath: /a, mountPath: /a}]'),
  ],
  [
    rkt('volumes: [{name: a, mountPath: /a}], stage1: {fromDir: stage1-coreos.aci}'),
    'or empty: {} for a new directory, which stage1-fly of rkt cannot make',
    rkt('volumes: [{name: a, empty: {}, mountPath: /a}], stage1: {fromDir: stage1-coreos.aci}'),
  ],
  [
    rkt('volumes: [{name: a, empty: {}, mountPath: /a}]'),
    'use a hostPath with a directory made for it',
    rkt('volumes: [{name: a, hostPath: /a, mountPath: /a}]'),
  ],
  [rkt('options: [--nett=host]'), 'remove it', rkt('options: []')],
  [rkt('options: ["--port=a:1"]'), 'remove it', rkt('options: []')],
];

test.each(rows)('%j: %s', async (wrong, remedy, right) => {
  const before = await run(['validate', '-f', '-'], { stdin: head + wrong });
  expect(before.stderr).toContain(remedy);
  expect(await run(['validate', '-f', '-'], { stdin: head + right })).toMatchObject({ exitCode: 0, stderr: '' });
});

const launched = `${head}  launcher: {host: {}}\n  kubelet: {flags: {v: 2}}\n`;

test.each<[wrong: string, remedy: string, right: string]>([
  [
    '{op: replace, path: /kubelet/flags/max-pods, value: "3"}',
    'or write op: add',
    '{op: add, path: /kubelet/flags/max-pods, value: "3"}',
  ],
  [
    '{op: add, path: /kubelet/configuration/maxPods, value: 3}',
    'or add /kubelet/configuration before it',
    '{op: add, path: /kubelet/configuration, value: {}}, {op: add, path: /kubelet/configuration/maxPods, value: 3}',
  ],
  [
    '{op: test, path: /kubelet/flags/v, value: 3}',
    'correct the value of the test',
    '{op: test, path: /kubelet/flags/v, value: 2}',
  ],
  ['{op: remove, path: /kubelet/flags/x}', 'remove the patch', ''],
  [
    '{op: test, path: /kubelet/falgs/v, value: 2}',
    'see what the patch is applied to with: `kubelet-config explain -f PATH`',
    '{op: test, path: /kubelet/flags/v, value: 2}',
  ],
])('the patch %s: %s', async (wrong, remedy, right) => {
  const explained = await run(['explain', '-f', '-'], { stdin: `${launched}  patches: [${wrong}]\n` });
  expect(explained.stderr).toContain(remedy);
  // What the patch is applied to.
  expect(explained.stdout).toMatch(/^kubelet.flags.v +2 /m);
  expect(await run(['explain', '-f', '-'], { stdin: `${launched}  patches: [${right}]\n` })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

test('a protected path below a directory for objects is not sent there', async () => {
  const file = '  files: [{path: /etc/kubernetes/pki/ca.crt}]\n';
  const { stderr } = await run(['validate', '-f', '-'], { stdin: head + file });
  expect(stderr).toContain('choose another path, or start the agent with --allow-path=/etc/kubernetes/pki/ca.crt');
  const allowed = await run(['validate', '-f', '-', '--allow-path=/etc/kubernetes/pki/ca.crt'], { stdin: head + file });
  expect(allowed).toMatchObject({ exitCode: 0, stderr: '' });
});
