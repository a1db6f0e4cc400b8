import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { offlineSystemd } from '../../src/host/offline-systemd.ts';
import { failOn, memoryFiles } from '../fakes/files.ts';
import { sampleOf } from '../runs.ts';
import { type Scratch, scratchRoot } from './scratch.ts';
import { systemdContract } from './systemd.contract.ts';

systemdContract('offline', async () => {
  const files = memoryFiles();
  return {
    systemd: offlineSystemd(files),
    define: async (unit, text) => files.put(`/etc/systemd/system/${unit}`, text),
    mask: async (unit) => files.putSymlink(`/etc/systemd/system/${unit}`, '/dev/null'),
    end: async () => undefined,
  };
});

const service = '[Service]\nExecStart=/bin/true\n';

describe('offline systemd', () => {
  test('reports what a unit is called in the file system that refuses', async () => {
    const files = memoryFiles({ '/etc/systemd/system/a.service': `${service}[Install]\nWantedBy=b.target\n` });
    files.failWhen(failOn('/etc/systemd/system/b.target.wants/a.service', 'EROFS', 'link'));
    await expect(offlineSystemd(files).enable('a.service')).rejects.toMatchObject({
      name: 'SystemdError',
      code: 'Refused',
      detail: 'ReadOnly',
      message: expect.stringContaining('read-only'),
    });
  });

  test('leaves nothing of an older [Install] behind', async () => {
    const files = memoryFiles({ '/etc/systemd/system/a.service': `${service}[Install]\nWantedBy=b.target\nAlias=c.service\n` });
    const systemd = offlineSystemd(files);
    await systemd.enable('a.service');
    files.put('/etc/systemd/system/a.service', `${service}[Install]\nWantedBy=d.target\n`);
    await systemd.disable('a.service');
    expect(await files.list('/etc/systemd/system')).toEqual(['a.service']);
  });

  test('an empty unit file masks, and a unit that names only others is indirect', async () => {
    const files = memoryFiles({
      '/etc/systemd/system/a.service': '',
      '/usr/lib/systemd/system/b.service': '[Install]\nAlso=c.socket\n',
    });
    expect(await offlineSystemd(files).status('a.service')).toMatchObject({ unitFileState: 'masked' });
    expect(await offlineSystemd(files).status('b.service')).toMatchObject({ unitFileState: 'indirect' });
  });
});

const etc = '/etc/systemd/system';
const lib = '/usr/lib/systemd/system';

/** Roots, as path → content or `-> target`; the unit is always kubelet.service. */
const roots: Record<string, Record<string, string>> = {
  'a unit of the administrator': { [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=multi-user.target\n` },
  'a unit of the distribution': {
    [`${lib}/kubelet.service`]: `${service}[Install]\nWantedBy=multi-user.target graphical.target\n`,
  },
  'the administrator before the distribution': {
    [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=a.target\n`,
    [`${lib}/kubelet.service`]: `${service}[Install]\nWantedBy=b.target\n`,
  },
  'required and with aliases': {
    [`${etc}/kubelet.service`]: `${service}[Install]\nRequiredBy=a.target\nAlias=k.service hyper.service\n`,
  },
  'lists, resets, comments, joined lines and other sections': {
    [`${etc}/kubelet.service`]: `[Unit]\nWantedBy=x.target\n${service}[Install]\nWantedBy=y.target\nWantedBy=\n# WantedBy=z.target\nWantedBy=a.target \\\n; no\n  b.target\nWantedBy=c.target\n`,
  },
  '[Install] in a drop-in of the distribution': {
    [`${lib}/kubelet.service`]: service,
    [`${lib}/kubelet.service.d/10-install.conf`]: '[Install]\nWantedBy=multi-user.target\n',
  },
  'drop-ins that hide each other': {
    [`${lib}/kubelet.service`]: `${service}[Install]\nWantedBy=a.target\n`,
    [`${lib}/kubelet.service.d/10.conf`]: '[Install]\nWantedBy=b.target\n',
    [`${etc}/kubelet.service.d/10.conf`]: '[Install]\nWantedBy=c.target\n',
    [`${etc}/kubelet.service.d/20.txt`]: '[Install]\nWantedBy=d.target\n',
  },
  'specifiers of the name': { [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=%N.target %p-x.target\nAlias=x-%n\n` },
  'also others': {
    [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=a.target\nAlso=kubelet.socket\n`,
    [`${etc}/kubelet.socket`]: '[Socket]\nListenStream=1\n[Install]\nWantedBy=sockets.target\nAlso=kubelet.service\n',
  },
  'a linked unit': {
    '/opt/kubelet.service': `${service}[Install]\nWantedBy=a.target\n`,
    [`${etc}/kubelet.service`]: '-> /opt/kubelet.service',
  },
  'a link that leads to another place already': {
    [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=a.target b.target\n`,
    [`${lib}/kubelet.service`]: service,
    [`${etc}/a.target.wants/kubelet.service`]: `-> ${lib}/kubelet.service`,
    [`${etc}/b.target.wants/kubelet.service`]: `-> ${lib}/other.service`,
  },
  'links made by hand': {
    [`${etc}/kubelet.service`]: `${service}[Install]\nWantedBy=a.target\n`,
    [`${etc}/own.target.wants/kubelet.service`]: `-> ${etc}/kubelet.service`,
    [`${etc}/own.service`]: `-> ${etc}/kubelet.service`,
    [`${etc}/own.target.requires/other.service`]: `-> ${etc}/other.service`,
  },
  'no [Install]': { [`${etc}/kubelet.service`]: service },
  'a masked unit': { [`${etc}/kubelet.service`]: '-> /dev/null' },
};

const systemctl = ['/usr/bin/systemctl', '/bin/systemctl'].find((path) => existsSync(path));

describe.skipIf(systemctl === undefined)('offline systemd and systemctl --root', () => {
  let ours: Scratch;
  let theirs: Scratch;

  beforeEach(() => {
    [ours, theirs] = [scratchRoot(), scratchRoot()];
  });
  afterEach(() => {
    ours.end();
    theirs.end();
  });

  function fill(world: Scratch, root: Record<string, string>): void {
    for (const [path, content] of Object.entries(root)) {
      if (content.startsWith('-> ')) world.putSymlink(path, content.slice(3));
      else writeFileSync(world.at(path), content);
    }
  }

  function run(verb: string): string {
    try {
      const words = [`--root=${theirs.root}`, verb, 'kubelet.service'];
      return execFileSync(systemctl ?? '', words, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
    } catch (error) {
      return error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : '';
    }
  }

  function symlinksOf(root: string): Record<string, string> {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(links.map((path) => [path.slice(root.length), readlinkSync(path)]).sort());
  }

  test.each(sampleOf(Object.entries(roots), 7))('agree about %s', async (name, root) => {
    fill(ours, root);
    fill(theirs, root);
    const systemd = offlineSystemd(ours.files);
    const agree = async () => {
      expect(symlinksOf(ours.root)).toEqual(symlinksOf(theirs.root));
      expect((await systemd.status('kubelet.service')).unitFileState).toBe(run('is-enabled'));
    };
    if (name !== 'a linked unit') await agree();
    run('enable');
    await systemd.enable('kubelet.service').catch((error: unknown) => {
      expect(error).toMatchObject({ detail: 'org.freedesktop.systemd1.UnitMasked' });
    });
    await agree();
    if (name === 'a linked unit' || name === 'a masked unit') return;
    run('disable');
    await systemd.disable('kubelet.service');
    await agree();
  });
});
