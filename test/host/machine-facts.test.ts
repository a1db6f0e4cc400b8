/** The facts of a machine for expressions, from trees of files. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stickyGiB } from '../../src/computed/facts.ts';
import { defaultInterface, stableIpv6 } from '../../src/host/default-route.ts';
import { openHostFiles } from '../../src/host/files.ts';
import { type MachineFactsOptions, readMachineFacts } from '../../src/host/machine-facts.ts';
import { memoryFiles } from '../fakes/files.ts';

const routes = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
  'eth0\t00000000\t0103000A\t0003\t0\t0\t100\t00000000\t0\t0\t0',
  'eth0\t0003000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
  'cni0\t0000F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
].join('\n');
const ipv6Routes = [
  'fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0',
  '00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0',
  '00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo',
].join('\n');
const ipv6Addresses = [
  'fe80000000000000000000fffe000001 02 40 20 80     eth0',
  '20010db80000000000000000000000aa 02 40 00 01     eth0',
  '20010db8000000000000000000000bbb 02 40 00 20     eth0',
  '20010db80000000000000000000000cc 02 40 00 80     eth0',
  'fd000000000000000000000000000001 03 40 00 80     cni0',
  '00000000000000000000000000000001 01 80 10 80       lo',
].join('\n');

const machine: Record<string, string> = {
  '/proc/sys/kernel/hostname': 'worker-1.example.com\n',
  '/sys/devices/system/cpu/online': '0-3,8-11\n',
  '/proc/meminfo': 'MemTotal:       32614872 kB\nMemFree:         1234 kB\n',
  '/proc/1/net/route': routes,
  '/proc/1/net/ipv6_route': ipv6Routes,
  '/proc/1/net/if_inet6': ipv6Addresses,
  '/etc/os-release': 'ID=flatcar\nVERSION_ID="3975.2.0"\n',
  '/etc/environment': 'LANG=C\n# comment\nA="b c"\n',
  '/run/metadata/coreos': 'COREOS_PRIVATE_IPV4=10.0.3.7\nCOREOS_PRIVATE_IPV4=10.0.3.8\n',
  '/run/metadata/.hidden': 'A=1\n',
  '/run/other': 'A=1\n',
};
const addresses: MachineFactsOptions['addresses'] = {
  eth0: [
    { family: 'IPv6', address: 'fe80::1' },
    { family: 'IPv4', address: '169.254.0.9' },
    { family: 'IPv4', address: '10.0.3.7' },
    { family: 'IPv4', address: '10.0.3.100' },
  ],
  'kube-ipvs0': [{ family: 'IPv4', address: '10.96.0.1' }],
  wlan0: [{ family: 'IPv4', address: '192.168.1.9' }],
};

const read = (changes: Record<string, string | undefined> = {}, options: MachineFactsOptions = {}) => {
  const all = Object.entries({ ...machine, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return readMachineFacts(memoryFiles(Object.fromEntries(all)), { addresses, ...options });
};

test('all of them', async () => {
  expect(await read()).toEqual({
    machine: {
      hostname: { value: 'worker-1.example.com' },
      cpus: { value: 8 },
      memoryGiB: { value: 31 },
      ipv4: { value: '10.0.3.7' },
      ipv6: { value: '2001:db8::cc' },
      architecture: { value: expect.stringMatching(/^(amd64|arm64)$/) },
      osRelease: { value: { ID: 'flatcar', VERSION_ID: '3975.2.0' } },
    },
    environmentFiles: {
      value: {
        '/etc/environment': { value: { LANG: 'C', A: 'b c' } },
        '/etc/os-release': { value: { ID: 'flatcar', VERSION_ID: '3975.2.0' } },
        '/run/metadata/coreos': { value: { COREOS_PRIVATE_IPV4: '10.0.3.8' } },
      },
    },
  });
});

describe('a fact that cannot be read is missing, and no other', () => {
  test.each<[string, string | undefined, 'hostname' | 'cpus' | 'memoryGiB' | 'ipv4' | 'ipv6', string]>([
    ['/proc/sys/kernel/hostname', undefined, 'hostname', '/etc/hostname is not there'],
    ['/proc/sys/kernel/hostname', '\n', 'hostname', 'has no host name'],
    ['/sys/devices/system/cpu/online', undefined, 'cpus', '/sys/devices/system/cpu/online is not there'],
    ['/sys/devices/system/cpu/online', 'many', 'cpus', 'no list of processors'],
    ['/proc/meminfo', 'MemFree: 1 kB\n', 'memoryGiB', 'has no MemTotal'],
    ['/proc/1/net/route', undefined, 'ipv4', 'this root has no /proc/net/route'],
    ['/proc/1/net/route', routes.replaceAll('eth0', 'eth9'), 'ipv4', 'eth9, has no IPv4 address that can be seen from here'],
  ])('%s = %j: %s', async (path, content, name, reason) => {
    const { machine: found } = await read({ [path]: content });
    expect(found[name]).toMatchObject({
      missing: { reason: expect.stringContaining(reason), remedy: expect.stringMatching(/./) },
    });
    expect(Object.values(found).filter((fact) => 'missing' in fact)).toHaveLength(1);
  });

  test('a file that is not UTF-8, a directory', async () => {
    const files = memoryFiles({ '/etc/os-release': 'ID=a\n' });
    await files.write('/etc/environment', { mode: 0o644, uid: 0, gid: 0, content: Buffer.from([0x41, 0x3d, 0xff]) });
    files.putDirectory('/run/metadata/nested');
    const { environmentFiles } = await readMachineFacts(files);
    expect(environmentFiles).toMatchObject({
      value: {
        '/etc/environment': { missing: { reason: '/etc/environment is not UTF-8' } },
        '/run/metadata/nested': { missing: { reason: expect.stringContaining('/run/metadata/nested') } },
        '/etc/os-release': { value: { ID: 'a' } },
      },
    });
  });
});

test('without a default route an address is empty', async () => {
  const { machine: found } = await read({
    '/proc/1/net/route': routes.replaceAll('\t00000000\t0', '\t00000001\t0'),
    '/proc/1/net/ipv6_route': ipv6Routes.split('\n').slice(0, 1).join('\n'),
  });
  expect(found).toMatchObject({ ipv4: { value: '' }, ipv6: { value: '' } });
});

test('without IPv6 the kernel has no such files', async () => {
  const { machine: found } = await read({ '/proc/1/net/ipv6_route': undefined, '/proc/1/net/if_inet6': undefined });
  expect(found.ipv6).toEqual({ value: '' });
});

test('a root without processes, as of an image, takes its own name', async () => {
  const { machine: found } = await read({ '/proc/sys/kernel/hostname': undefined, '/etc/hostname': '# made by us\nimage\n' });
  expect(found.hostname).toEqual({ value: 'image' });
});

test('an image of another architecture tells it by its programs', async () => {
  const files = memoryFiles({ '/etc/hostname': 'image\n' });
  const elf = Buffer.alloc(64);
  elf.write('\x7fELF', 'latin1');
  elf[5] = 1;
  elf.writeUInt16LE(183, 18);
  await files.write('/usr/lib/systemd/systemd', { mode: 0o755, uid: 0, gid: 0, content: elf });
  expect((await readMachineFacts(files)).machine.architecture).toEqual({ value: 'arm64' });
  elf[5] = 2;
  elf.writeUInt16BE(22, 18);
  await files.write('/usr/lib/systemd/systemd', { mode: 0o755, uid: 0, gid: 0, content: elf });
  expect((await readMachineFacts(files)).machine.architecture).toEqual({ value: 's390x' });
});

describe('of a machine with a name and a network of its own', () => {
  const elsewhere = async (changes: Record<string, string>, options: MachineFactsOptions) => {
    const files = memoryFiles({ ...machine, ...changes });
    files.putSymlink('/proc/1/ns/uts', 'uts:[1]');
    files.putSymlink('/proc/1/ns/net', 'net:[1]');
    return (await readMachineFacts(files, { addresses, ...options })).machine;
  };
  const other = { namespaces: { uts: 'uts:[2]', net: 'net:[2]' } };

  test('the name is the one in its /etc/hostname', async () => {
    expect((await elsewhere({ '/etc/hostname': 'guest\n' }, other)).hostname).toEqual({ value: 'guest' });
    expect((await elsewhere({}, other)).hostname).toMatchObject({ missing: { reason: '/etc/hostname is not there' } });
  });

  test('an address of this machine is not taken for one of it', async () => {
    expect((await elsewhere({}, other)).ipv4).toMatchObject({
      missing: { reason: expect.stringContaining('has no IPv4 address that can be seen from here') },
    });
  });

  test('shared, or not to be seen, they are those of this process', async () => {
    for (const namespaces of [{ uts: 'uts:[1]', net: 'net:[1]' }, {}]) {
      expect(await elsewhere({}, { namespaces })).toMatchObject({
        hostname: { value: 'worker-1.example.com' },
        ipv4: { value: '10.0.3.7' },
      });
    }
  });
});

test('files that the agent adds are read too', async () => {
  const { environmentFiles } = await read({}, { extraFiles: ['/run/other', '/run/none'] });
  expect('value' in environmentFiles && environmentFiles.value['/run/other']).toEqual({ value: { A: '1' } });
  expect('value' in environmentFiles && Object.keys(environmentFiles.value)).not.toContain('/run/none');
});

test('every path stays inside the root', async () => {
  const root = await mkdtemp(join(tmpdir(), 'facts-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [path, content] of Object.entries({
    '/usr/lib/os-release': 'ID=inside\n',
    '/proc/meminfo': 'MemTotal: 8388608 kB\n',
  })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await mkdir(join(root, 'etc'));
  await symlink('/usr/lib/os-release', join(root, 'etc/os-release'));
  await symlink('/../../../../../../etc/passwd', join(root, 'etc/environment'));
  const { machine: found, environmentFiles } = await readMachineFacts(openHostFiles(root, { ownership: 'AsRoot' }));
  expect(found).toMatchObject({ osRelease: { value: { ID: 'inside' } }, memoryGiB: { value: 8 }, hostname: { missing: {} } });
  expect('value' in environmentFiles && environmentFiles.value['/etc/environment']).not.toHaveProperty('value');
});

describe('the memory sticks', () => {
  const gib = 2 ** 30;
  test.each([
    [31.9, undefined, 31],
    [32.1, 31, 31],
    [32.49, 31, 31],
    [32.5, 31, 32],
    [30.5, 31, 31],
    [30.49, 31, 30],
    [31.0, 31, 31],
    [16, 31, 16],
    [0.4, undefined, 0],
  ])('%s GiB, last %s: %s', (size, last, told) => {
    expect(stickyGiB(size * gib, last)).toBe(told);
  });

  test('the last value is an argument of the reader', async () => {
    const near = { '/proc/meminfo': `MemTotal: ${Math.round(32.2 * 2 ** 20)} kB\n` };
    expect((await read(near)).machine.memoryGiB).toEqual({ value: 32 });
    expect((await read(near, { lastMemoryGiB: 31 })).machine.memoryGiB).toEqual({ value: 31 });
  });
});

describe('routes and addresses', () => {
  test('the default route with the least metric', () => {
    expect(defaultInterface(routes, 'IPv4')).toBe('eth0');
    expect(defaultInterface(ipv6Routes, 'IPv6')).toBe('eth0');
  });

  test('a rejecting route is none', () => {
    expect(defaultInterface(routes.replaceAll('0003', '0203'), 'IPv4')).toBeUndefined();
    expect(defaultInterface('', 'IPv4')).toBeUndefined();
  });

  test('neither temporary nor deprecated addresses, nor those of another interface', () => {
    expect(stableIpv6(ipv6Addresses, 'eth0')).toBe('2001:db8::cc');
    expect(stableIpv6(ipv6Addresses, 'lo')).toBeUndefined();
  });
});
