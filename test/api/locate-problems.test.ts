import { describe, expect, it } from 'vitest';
import { locateProblems } from '../../src/api/locate-problems.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { readManifests } from '../../src/manifest/read/read.ts';

const text = `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata: {name: workers}
spec:
  kubelet:
    version: 1.36
    flgas: {v: 2}
  launcher: {rkt: {}, host: {}}
`;

describe('locateProblems', () => {
  it('points at names that are wrong and at values that are wrong', () => {
    const [document] = readManifests(text, 'workers.yaml').documents;
    if (!document) throw new Error('no document was read');
    const problems = locateProblems(validateKubeletConfig(document.value), document.locate);
    expect(problems.map(({ code, position }) => `${code} ${position?.line}:${position?.column}`).sort()).toEqual([
      'MissingField 4:1',
      'RuleViolated 8:3',
      'UnknownField 7:5',
      'WrongType 6:14',
    ]);
  });

  it('keeps a position that is known', () => {
    const position = { file: 'a', line: 1, column: 1, excerpt: '' };
    const problem = { severity: 'error', code: 'NotYaml', path: [], reason: 'a', remedy: 'b', position } as const;
    expect(locateProblems([problem], () => ({ ...position, line: 9 }))).toEqual([problem]);
  });
});
