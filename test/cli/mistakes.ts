import type { ProblemCode } from '../../src/api/problem.ts';
import { edited, workers } from './session.ts';

/** What a person may get wrong in an object. Each is printed with its code, place, field, reason and remedy; the host stays as it is. */
interface Mistake {
  readonly what: string;
  readonly manifest: string;
  readonly code: ProblemCode;
  readonly place: string;
  /** '' where the file as a whole is meant. */
  readonly field: string;
  readonly reason: string;
  readonly remedy: string;
}

const selecting = (selector: string) => edited(workers, 'nodeSelector: {matchLabels: {}}', `nodeSelector:\n    ${selector}`);
const launching = (launcher: string) => edited(workers, 'launcher:\n    host: {}', `launcher: ${launcher}`);
const flag = (value: string) => edited(workers, 'v: 2', `v: ${value}`);
const allowed = '/opt/bin, /etc/kubernetes, /etc/systemd/system/kubelet.service.d, /var/lib/kubelet-config/files';
const oneLauncher = {
  code: 'RuleViolated',
  place: '10:3',
  field: 'spec.launcher',
  reason: 'launcher needs exactly one of rkt, podman, host, existing',
  remedy: 'name one of them, or leave launcher out altogether to inherit it',
} as const;
const oneLine = 'write the value on one line; for a flag that is given several times write a list';

export const mistakes: readonly Mistake[] = [
  {
    what: 'not YAML',
    code: 'NotYaml',
    manifest: edited(workers, 'flags:', 'flags: [1,'),
    place: '10:3',
    field: '',
    reason: "a '[' or '{' above is not closed, or its lines are not indented deeper than their key",
    remedy: 'close it, and indent all of its lines',
  },
  {
    what: 'a tab as indentation',
    code: 'NotYaml',
    manifest: edited(workers, '    flags:', '\tflags:'),
    place: '8:1',
    field: '',
    reason: 'a tab is in the indentation',
    remedy: 'indent with spaces',
  },
  {
    what: 'the wrong kind',
    code: 'WrongKind',
    manifest: edited(workers, 'KubeletConfig\n', 'KubeletConfiguration\n'),
    place: '2:7',
    field: 'kind',
    reason: 'there is no kind "KubeletConfiguration" in kubelet-config.dev/v1alpha1',
    remedy: 'did you mean kind: KubeletConfig?',
  },
  {
    what: 'an unknown field',
    code: 'UnknownField',
    manifest: edited(workers, 'flags:', 'flgas:'),
    place: '8:5',
    field: 'spec.kubelet.flgas',
    reason: 'unknown field "flgas"',
    remedy: 'did you mean flags?',
  },
  {
    what: 'a wrong type',
    code: 'WrongType',
    manifest: edited(workers, 'nodeSelector: {matchLabels: {}}', 'nodeSelector: {matchLabels: {}}\n  priority: high'),
    place: '7:13',
    field: 'spec.priority',
    reason: 'expected a whole number, found "high"',
    remedy: 'write a whole number, without quotes',
  },
  { what: 'a launcher without a member', manifest: launching('{}'), ...oneLauncher },
  { what: 'a launcher with two members', manifest: launching('{host: {}, rkt: {}}'), ...oneLauncher },
  {
    what: 'a selector with an operator that is none',
    code: 'InvalidValue',
    manifest: selecting('matchExpressions: [{key: role, operator: Inn, values: [a]}]'),
    place: '7:46',
    field: 'spec.nodeSelector.matchExpressions[0].operator',
    reason: '"Inn" is not a value of this field',
    remedy: 'did you mean In?',
  },
  {
    what: 'a selector without the values it needs',
    code: 'RuleViolated',
    manifest: selecting('matchExpressions: [{key: role, operator: In}]'),
    place: '7:24',
    field: 'spec.nodeSelector.matchExpressions[0]',
    reason: 'In and NotIn need at least one value, Exists and DoesNotExist take none',
    remedy: 'add values, or leave them out for Exists and DoesNotExist',
  },
  {
    what: 'no nodeSelector',
    code: 'MissingField',
    manifest: edited(workers, '  nodeSelector: {matchLabels: {}}\n', ''),
    place: '5:1',
    field: 'spec.nodeSelector',
    reason: 'nodeSelector is missing',
    remedy: 'select nodes by their labels, or write nodeSelector: {matchLabels: {}} to select every node',
  },
  {
    what: 'a path outside the allow-list',
    code: 'PathNotAllowed',
    manifest: `${workers}  files:\n    - {path: /etc/passwd, content: x}\n`,
    place: '13:14',
    field: 'spec.files[0].path',
    reason: '"/etc/passwd" is not in a place where objects may write',
    remedy: `choose a path below ${allowed}, or allow this one with the flag --allow-path`,
  },
  {
    what: 'a key that stands twice',
    code: 'DuplicateKey',
    manifest: flag('2\n      v: 3'),
    place: '10:7',
    field: 'spec.kubelet.flags.v',
    reason: 'the key "v" is in the same map twice, first in line 9',
    remedy: 'remove one of the two',
  },
  {
    what: 'NUL in a flag',
    code: 'FlagInvalid',
    manifest: flag('"a\\0b"'),
    place: '9:7',
    field: 'spec.kubelet.flags.v',
    reason: 'the value contains a NUL character',
    remedy: oneLine,
  },
  {
    what: 'a newline in a flag',
    code: 'FlagInvalid',
    manifest: flag('["ok", "a\\nb"]'),
    place: '9:17',
    field: 'spec.kubelet.flags.v[1]',
    reason: 'the value contains a newline',
    remedy: oneLine,
  },
  {
    what: 'half a character',
    code: 'NotYaml',
    manifest: flag('"a\\uD800"'),
    place: '9:12',
    field: '',
    reason: 'the escape does not stand for a character',
    remedy: 'write the character itself, or its \\U escape',
  },
  {
    what: 'a character that systemd does not take',
    code: 'FlagInvalid',
    manifest: flag('"a\\uFFFE"'),
    place: '9:7',
    field: 'spec.kubelet.flags.v',
    reason: 'no unit file can carry the value: U+FFFE is no character; systemd refuses the line',
    remedy: 'remove the character',
  },
  {
    what: 'a program that systemd does not start',
    code: 'UnitInvalid',
    manifest: launching(`{host: {binary: '/usr/bin/my "kubelet"'}}`),
    place: '10:21',
    field: 'spec.launcher.host.binary',
    reason: 'systemd cannot start "/usr/bin/my \\"kubelet\\"": its path has a quote, a backslash, a tab or a newline',
    remedy: 'give the program another path',
  },
  {
    what: 'a control character on its way to rkt',
    code: 'InvalidValue',
    manifest: edited(launching('{rkt: {options: ["--dns=\\x01"]}}'), 'flags:', 'version: v1.2.2\n    flags:'),
    place: '11:30',
    field: 'spec.launcher.rkt.options[0]',
    reason: 'no unit file can carry the value: control character U+0001; only tab and newline can stand in a unit',
    remedy: 'remove the character',
  },
  {
    what: 'two files at one path',
    code: 'InvalidValue',
    manifest: edited(
      workers,
      'flags:',
      'configuration: {}\n    configurationPath: /etc/systemd/system/kubelet.service\n    flags:',
    ),
    place: '9:24',
    field: 'spec.kubelet.configurationPath',
    reason: '/etc/systemd/system/kubelet.service is written from other fields already',
    remedy: 'remove the file, or give it another path',
  },
  {
    what: 'two objects of one name',
    code: 'DuplicateName',
    manifest: `${workers}---\n${workers}`,
    place: '16:9',
    field: 'metadata.name',
    reason: 'the name workers is already used at FILE:4:9',
    remedy: 'rename one of the two, or remove it',
  },
  {
    what: 'more than an object may hold',
    code: 'TooLarge',
    manifest: flag(`"${'x'.repeat(1024 * 1024)}"`),
    place: '1:1',
    field: '',
    reason: 'the object has 1048768 bytes as JSON; the limit is 1048576 (1 MiB)',
    remedy: 'split the object, or keep large content out of it',
  },
];
