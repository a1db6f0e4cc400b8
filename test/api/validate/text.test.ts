import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed, summary } from './valid.ts';

const refused: readonly (readonly [path: FieldPath, value: unknown, found: string])[] = [
  [['spec', 'kubelet', 'configuration', 'clusterDomain'], 'a\0', 'spec.kubelet.configuration.clusterDomain: InvalidValue'],
  [['spec', 'kubelet', 'configuration', 'maxPods'], 2 ** 60, 'spec.kubelet.configuration.maxPods: NumberTooLarge'],
  [['spec', 'kubelet', 'configurationPath'], '/etc/kubernetes/a\nb', 'spec.kubelet.configurationPath: InvalidValue'],
  [['spec', 'launcher', 'rkt', 'options'], ['\0'], 'spec.launcher.rkt.options[0]: InvalidValue'],
  [['spec', 'files', 0, 'content'], 'a\0', 'spec.files[0].content: InvalidValue'],
  [['spec', 'unit', 'environment'], { A: 'bell \x07' }, 'spec.unit.environment.A: UnitInvalid'],
  [['spec', 'unit', 'environment'], { '1A': 'x' }, 'spec.unit.environment["1A"]: UnitInvalid'],
  [['spec', 'unit', 'environment'], { 'A=B': 'x' }, 'spec.unit.environment["A=B"]: UnitInvalid'],
  [['spec', 'unit', 'environment'], { '': 'x' }, 'spec.unit.environment[""]: UnitInvalid'],
  [['spec', 'unit', 'options'], { Service: { Nice: ['1\nUser=nobody'] } }, 'spec.unit.options.Service.Nice[0]: UnitInvalid'],
  [['spec', 'unit', 'options'], { Service: { Nice: ['1 \\'] } }, 'spec.unit.options.Service.Nice[0]: UnitInvalid'],
  [
    ['spec', 'unit', 'options'],
    { Service: { 'Nice=1\nUser': ['x'] } },
    'spec.unit.options.Service["Nice=1\\nUser"]: UnitInvalid',
  ],
  [['spec', 'unit', 'options'], { 'Service]': {} }, 'spec.unit.options["Service]"]: UnitInvalid'],
];

const accepted: readonly (readonly [path: FieldPath, value: unknown])[] = [
  [['spec', 'unit', 'environment'], { A: 'a\tb\nc $ % "q" \\ é' }],
  [['spec', 'unit', 'options'], { Service: { ExecStartPre: ['-/bin/echo a\tb', '/bin/true \\\\'] }, 'X-Ours': { Key: [''] } }],
  [['spec', 'files', 0, 'content'], '\x01\x07\r\n'],
  [['spec', 'launcher', 'rkt', 'options'], ['--set-env=A=b c\nd']],
];

describe('characters and numbers', () => {
  it.each(refused)('refuses %j = %j', (path, value, found) => {
    expect(summary(validateKubeletConfig(changed(path, value)))).toEqual([found]);
  });

  it.each(accepted)('accepts %j = %j', (path, value) => {
    expect(validateKubeletConfig(changed(path, value))).toEqual([]);
  });
});
