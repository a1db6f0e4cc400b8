import { describe, expect, test } from 'vitest';
import { flagRows } from '../../src/kubelet/data/kubelet-flags.ts';
import { flagNames, flagState } from '../../src/kubelet/flag-table.ts';
import { knownRelease } from '../../src/kubelet/release.ts';

describe('the flags of a release', () => {
  test.each([
    // until names the last release that has the flag, since the first.
    ['api-servers', '1.7', 'Present'],
    ['api-servers', '1.8', 'Absent'],
    ['allow-privileged', '1.14', 'Present'],
    ['allow-privileged', '1.15', 'Absent'],
    ['config-dir', '1.27', 'Absent'],
    ['config-dir', '1.28', 'Present'],
    // The static pods' folder, nothing, the configuration file.
    ['config', '1.5', 'Present'],
    ['config', '1.6', 'Absent'],
    ['config', '1.9', 'Absent'],
    ['config', '1.10', 'Present'],
    // What may be older than the table is not denied to older kubelets.
    ['max-pods', '1.1', 'Present'],
    ['max-pods', '1.99', 'Present'],
    ['windows-service', '1.30', 'Unknown'],
    ['constructor', '1.30', 'Unknown'],
  ])('--%s in %s: %s', (name, release, kind) => {
    expect(flagState(name, knownRelease(release)).kind).toBe(kind);
  });

  test('only boundaries at the release that was read from a beta are doubtful', () => {
    expect(flagState('rkt-path', knownRelease('1.11'))).toMatchObject({ kind: 'Absent', doubtful: true });
    expect(flagState('rkt-path', knownRelease('1.12'))).toMatchObject({ kind: 'Absent', doubtful: false });
    expect(flagState('api-servers', knownRelease('1.11'))).toMatchObject({ kind: 'Absent', doubtful: false });
  });

  test('names of one release are a part of all names', () => {
    expect(flagNames(knownRelease('1.8'))).not.toContain('api-servers');
    expect(flagNames(undefined)).toEqual(expect.arrayContaining([...flagNames(knownRelease('1.8')), 'api-servers']));
  });

  test('rows begin before they end, and successors are flags', () => {
    const names = new Set(flagRows.map(({ name }) => name));
    for (const { name, since = '1.2', until = '1.36', deprecated = since, flag = name } of flagRows) {
      expect(knownRelease(since), name).toBeLessThanOrEqual(knownRelease(until));
      expect(knownRelease(deprecated), name).toBeLessThanOrEqual(knownRelease(until));
      expect(names, name).toContain(flag);
    }
  });
});
