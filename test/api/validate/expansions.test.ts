// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what is warned of
import { expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed, summary } from './valid.ts';

const flag = ['spec', 'kubelet', 'flags', 'hostname-override'];

it.each<readonly [FieldPath, unknown, string]>([
  [flag, '%H', '"%H"'],
  [flag, 'node-%i.example', '"%i"'],
  [flag, '$private_ipv4', '"$private_ipv4"'],
  [flag, '${COREOS_PRIVATE_IPV4}', '"${COREOS_PRIVATE_IPV4}"'],
  [flag, 'aws:///$(cat /run/zone)/i-0', '"$(cat /run/zone)"'],
  [flag, '`hostname`', '"`hostname`"'],
  [['spec', 'kubelet', 'flags', 'node-labels'], ['a=1', 'b=$X'], '"$X"'],
  [['spec', 'kubelet', 'configuration', 'clusterDNS'], ['${DNS}'], '"${DNS}"'],
  [['spec', 'unit', 'environment', 'NODE'], '%H', '"%H"'],
  [['spec', 'launcher', 'rkt', 'options'], ['--hostname=%H'], '"%H"'],
])('%j = %j is warned of: it reaches its program as text', (path, value, what) => {
  const found = validateKubeletConfig(changed(path, value)).filter(({ code }) => code === 'NotExpanded');
  expect(found).toMatchObject([
    {
      severity: 'warning',
      reason: expect.stringContaining(`nothing expands ${what}`),
      remedy: expect.stringContaining('computed'),
    },
  ]);
  expect(found[0]?.path.slice(0, path.length)).toEqual(path);
});

it.each<readonly [FieldPath, unknown]>([
  [['spec', 'kubelet', 'flags', 'eviction-hard'], 'memory.available<10%,nodefs.available<5%'],
  [['spec', 'kubelet', 'configuration', 'evictionHard'], { 'memory.available': '5%' }],
  [flag, 'http://a/%2F%C3%b6%AB?x=5%'],
  [flag, 'costs 5$ or $5, ends in $'],
  // systemd expands these, and a script its own variables.
  [['spec', 'unit', 'options', 'Service', 'ExecStartPre'], ['/bin/echo %H ${X}']],
  [['spec', 'files', 0, 'content'], '#!/bin/sh\necho "$HOME" $(date +%s)\n'],
])('%j = %j is not', (path, value) => {
  expect(summary(validateKubeletConfig(changed(path, value)))).toEqual([]);
});

it('64 KiB of the worst input take no time to speak of', () => {
  const before = process.cpuUsage();
  for (const text of ['$', '${', '$(', '`', '%', '$a', '%H'.padEnd(3, '`')])
    validateKubeletConfig(changed(flag, text.repeat(65536 / text.length)));
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});
