import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRktArguments } from '../../src/rkt/check.ts';
import { parseMount, parseVolume } from '../../src/rkt/volume-grammar.ts';
import { checkVolumes, mountArgument, type RktVolume, RktVolumeError, volumeArgument } from '../../src/rkt/volumes.ts';
import { anyText } from '../any-text.ts';

const WRAPPER_WORDS = ['run', '--insecure-options=image', '--stage1-from-dir=stage1-fly.aci'];

/** What rkt understands of the words, as a volume again. */
function readBack(volume: RktVolume): RktVolume {
  const read = parseVolume(volumeArgument(volume));
  const mount = mountArgument(volume);
  const place = mount === undefined ? undefined : parseMount(mount);
  if (!read.ok || place?.ok === false) throw new Error('rkt does not understand the words');
  const { name, kind, source, readOnly, recursive, ...empty } = read.value;
  expect(place === undefined || place.value.volume === name).toBe(true);
  return {
    name,
    ...(kind === 'host' ? { hostPath: source ?? '' } : { empty }),
    ...(place && { mountPath: place.value.target }),
    ...(readOnly !== undefined && { readOnly }),
    ...(recursive !== undefined && { recursive }),
  };
}

const path = anyText().map((rest) => `/${rest}`);
const optional = { requiredKeys: [] as [] };
const empty = fc.record({ mode: fc.stringMatching(/^[0-7]{1,5}$/), uid: fc.nat(), gid: fc.nat() }, optional);
const common = { mountPath: path, readOnly: fc.boolean(), recursive: fc.boolean() };
const name = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
const volume: fc.Arbitrary<RktVolume> = fc.oneof(
  fc.record({ name, hostPath: path, ...common }, { requiredKeys: ['name', 'hostPath'] }),
  fc.record({ name, empty, ...common }, { requiredKeys: ['name', 'empty'] }),
);

describe('words of a volume', () => {
  test('are the wrapper’s own for an ordinary one', () => {
    const etc = { name: 'v', hostPath: '/etc/a:b', mountPath: '/etc/a b', readOnly: false, recursive: true };
    expect(volumeArgument(etc)).toBe('v,kind=host,source=/etc/a:b,readOnly=false,recursive=true');
    expect(mountArgument(etc)).toBe('volume=v,target=/etc/a%20b');
    expect(volumeArgument({ name: 'e', empty: { mode: '0700', uid: 1, gid: 2 } })).toBe('e,kind=empty,mode=0700,uid=1,gid=2');
    expect(mountArgument({ name: 'e', empty: {} })).toBeUndefined();
  });

  test('say exactly the volume, or are refused', () => {
    fc.assert(
      fc.property(volume, (one) => {
        if (checkVolumes([one], 'other').length > 0) expect(() => volumeArgument(one)).toThrow(RktVolumeError);
        else expect(readBack(one)).toEqual(one);
      }),
    );
  });

  test('are taken by rkt whenever the volumes are', () => {
    fc.assert(
      fc.property(fc.array(volume, { maxLength: 4 }), (volumes) => {
        if (checkVolumes(volumes).some(({ severity }) => severity === 'error')) return;
        const words = volumes.flatMap((one) => {
          const mount = mountArgument(one);
          return ['--volume', volumeArgument(one), ...(mount === undefined ? [] : ['--mount', mount])];
        });
        const findings = checkRktArguments([...WRAPPER_WORDS, ...words, 'docker://busybox']);
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      }),
    );
  });

  test('in --mount carry what separates, decodes or globs', () => {
    const mountPath = '/a,b&c;d%20e+f*?[g]\n"\\é😀\uFEFF';
    expect(readBack({ name: 'v', hostPath: '/a', mountPath })).toEqual({ name: 'v', hostPath: '/a', mountPath });
    expect(mountArgument({ name: 'v', hostPath: '/a', mountPath })).toMatch(/^volume=v,target=[A-Za-z0-9/%]+$/);
  });
});

describe('refused', () => {
  test.for<[RktVolume, string, string]>([
    [{ name: 'V', hostPath: '/a' }, 'name', 'ACName must contain only lower case alphanumeric characters plus "-"'],
    [{ name: 'v' }, 'hostPath', 'a volume is a path of the host or empty'],
    [{ name: 'v', hostPath: '/a', empty: {} }, 'hostPath', 'a volume is a path of the host or empty'],
    [{ name: 'v', hostPath: 'a' }, 'hostPath', 'source for host volume must be absolute path'],
    [{ name: 'v', hostPath: '/a,b' }, 'hostPath', 'rkt reads a comma in a path as the end of it and has no escape'],
    [{ name: 'v', hostPath: '/a', mountPath: 'b' }, 'mountPath', 'the path in the image must be absolute'],
    [{ name: 'v', hostPath: '/a', mountPath: '//' }, 'mountPath', 'the mount covers / of the image and with it the kubelet'],
    [{ name: 'v', hostPath: '/a\0' }, 'hostPath', 'no word of a command line can hold this path'],
    [{ name: 'v', empty: {}, mountPath: '/a' }, 'empty', 'stage1-fly makes no empty volumes'],
    [{ name: 'v', empty: { mode: '9' } }, 'empty.mode', 'the mode is no octal number'],
    [{ name: 'v', empty: { uid: 1.5 } }, 'empty.uid', 'the id is no whole number'],
  ])('%j', ([one, field, reason]) =>
    expect(checkVolumes([one])).toMatchObject([{ severity: 'error', volume: 0, field, reason }]),
  );

  test('a name twice, a path twice', () => {
    const volumes = [
      { name: 'v', hostPath: '/a', mountPath: '/m' },
      { name: 'v', hostPath: '/b', mountPath: '/m/' },
    ];
    expect(checkVolumes(volumes)).toMatchObject([
      { severity: 'error', volume: 1, field: 'name', reason: 'duplicate volume name "v"' },
      { severity: 'warning', volume: 1, field: 'mountPath' },
    ]);
  });
});
