import { expect, test } from 'vitest';
import { serviceNeeds } from '../../src/systemd/service-needs.ts';

const needsOf = (...lines: readonly string[]) =>
  serviceNeeds([{ path: '/etc/systemd/system/kubelet.service', content: `[Service]\n${lines.join('\n')}\n` }]);

/** What has to be there; `?` behind what systemd may pass over. */
const paths = (...lines: readonly string[]) =>
  needsOf(...lines).paths.map(({ path, isCertain }) => `${path}${isCertain ? '' : '?'}`);
const accounts = (...lines: readonly string[]) => needsOf(...lines).accounts.map(({ kind, name }) => `${kind} ${name}`);

// Each was tried on systemd 252, with no such path on the machine.
test.each<[lines: readonly string[], needed: readonly string[]]>([
  [['EnvironmentFile=/etc/100%%'], ['/etc/100%']],
  [['EnvironmentFile=-/x'], []],
  [['EnvironmentFile=/x', 'EnvironmentFile='], []],
  [['EnvironmentFile=/etc/%H', 'EnvironmentFile=/etc/*.env'], []],
  [['WorkingDirectory=/x', 'WorkingDirectory=/y'], ['/y']],
  [['WorkingDirectory=~'], []],
  [['WorkingDirectory=/var/lib/a', 'StateDirectory=a/b'], []],
  [['WorkingDirectory=/var/lib/a', 'StateDirectory=%N'], []],
  [['WorkingDirectory=/x', 'RootDirectory=/'], ['/']],
  [['LoadCredential=a:/x'], ['/x']],
  [['LoadCredentialEncrypted=a:/x:y'], ['/x:y']],
  [['LoadCredential=a:x', 'LoadCredential=b', 'LoadCredential=a/b:/x'], []],
  [['LoadCredential=a:/x', 'SetCredential=a:hello'], []],
  [['LoadCredential=a:/x', 'SetCredential=a:hello', 'SetCredentialEncrypted='], ['/x']],
  [['LoadCredential=a:/x', 'LoadCredentialEncrypted=a:/y'], ['/y']],
  [['LoadCredential=a:/x', 'LoadCredentialEncrypted='], []],
  [['BindPaths=/x'], ['/x']],
  [['BindPaths=/etc:/mnt /x:/y:rbind -/z'], ['/etc', '/x']],
  [['BindReadOnlyPaths="/no such":/mnt'], ['/no such']],
  [['BindReadOnlyPaths="/no such:/mnt"'], ['/no such:/mnt']],
  [['BindReadOnlyPaths=/a\\:b:/mnt'], ['/a:b']],
  [['BindPaths=/x:-/mnt'], []],
  [['BindPaths="/x'], []],
  [['BindPaths=/x', 'BindReadOnlyPaths='], []],
  [['BindPaths=/var/lib/a', 'StateDirectory=a'], []],
  [['RootDirectory=/x//y/'], ['/x/y']],
  [['RootDirectory=/x', 'RootDirectory='], []],
  [['RootDirectory=/var/lib/a', 'StateDirectory=a'], []],
  [
    ['RootImage=/x', 'MountImages=/y:/mnt', 'ExtensionImages=/z'],
    ['/x', '/y', '/z'],
  ],
  [['ExtensionDirectories=/x -/y'], ['/x']],
  [
    ['ReadWritePaths=/x', 'ReadOnlyPaths=/y', 'InaccessiblePaths=+/z', 'ExecPaths=/v', 'NoExecPaths=/w'],
    ['/x', '/y', '/z', '/v', '/w'],
  ],
  [
    ['ReadWriteDirectories=/x', 'ReadOnlyDirectories=/y', 'InaccessibleDirectories=/z'],
    ['/x', '/y', '/z'],
  ],
  [['ReadWritePaths=-/x -+/y relative /a/../b'], []],
  [['ReadWritePaths=/x', 'ReadWriteDirectories='], []],
  [['ReadOnlyPaths=/x', 'ReadWritePaths='], ['/x']],
  [['ReadWritePaths=/etc /etc/x'], ['/etc', '/etc/x?']],
  [
    ['ReadOnlyPaths=/', 'ReadWritePaths=/x'],
    ['/', '/x'],
  ],
  [
    ['InaccessiblePaths=/etc', 'ReadWritePaths=/etc/x'],
    ['/etc', '/etc/x?'],
  ],
  [['ReadWritePaths=/x', 'ReadWritePaths=-/x'], ['/x?']],
  [['ProtectSystem=strict', 'ReadWritePaths=/x'], ['/x']],
  [['ProtectSystem=strict', 'ReadOnlyPaths=/x'], ['/x?']],
  [['ProtectSystem=no', 'ReadOnlyPaths=/x'], ['/x']],
  [
    ['ProtectHome=yes', 'ReadWritePaths=/home/x /x'],
    ['/home/x?', '/x'],
  ],
  [['BindPaths=/etc:/mnt', 'ReadWritePaths=/mnt/passwd'], ['/etc']],
  [['BindPaths=/etc:/%H', 'ReadWritePaths=/x'], []],
  [['TemporaryFileSystem=/mnt:ro', 'ReadWritePaths=/mnt/x'], []],
  [
    ['RootDirectory=/', 'ReadWritePaths=/x'],
    ['/', '/x'],
  ],
  [['RootDirectory=/srv', 'ReadWritePaths=/x'], ['/srv']],
  [['ReadWritePaths=/var/lib/a', 'StateDirectory=a'], []],
  [
    ['StandardInput=file:/x', 'StandardOutput=append:/y/log', 'StandardError=truncate:/z/a/log'],
    ['/x', '/y', '/z/a'],
  ],
  [['StandardOutput=file:/y/log', 'StandardOutput=journal'], []],
  [['StandardOutput=file:/y/log', 'StandardOutput='], ['/y']],
  [['StandardOutput="file:/y/log"', 'StandardError=fd:name'], []],
  [['NetworkNamespacePath=/run/netns/x'], ['/run/netns/x']],
])('%j needs %j', (lines, needed) => {
  expect(paths(...lines)).toEqual(needed);
});

test.each<[lines: readonly string[], needed: readonly string[]]>([
  [
    ['User=a', 'Group=4711'],
    ['user a', 'group 4711'],
  ],
  [['User=root', 'Group=0'], []],
  [['User=a', 'User='], []],
  [['User=%H'], []],
  [
    ['SupplementaryGroups=a b', 'SupplementaryGroups=c'],
    ['group a', 'group b', 'group c'],
  ],
  [['SupplementaryGroups=a', 'SupplementaryGroups='], []],
  [['User=a', 'Group=b', 'SupplementaryGroups=c', 'DynamicUser=yes'], ['group c']],
  [['User=a', 'DynamicUser=off'], ['user a']],
])('%j needs %j', (lines, needed) => {
  expect(accounts(...lines)).toEqual(needed);
});

test.each([
  ['EnvironmentFile=/etc/100%%', 'EnvironmentFile=-/etc/100%%'],
  ['BindPaths=/x:/y', 'BindPaths=-/x:/y'],
  ['ReadWritePaths="/no such"', 'ReadWritePaths="-/no such"'],
  ['BindPaths="/no such":/y', undefined],
  ['ReadWritePaths=+/x', 'ReadWritePaths=-+/x'],
  ['LoadCredential=a:/x', undefined],
])('%s can do without as %s', (line, optional) => {
  expect(needsOf(line).paths.map((one) => one.optional)).toEqual([optional]);
  if (optional !== undefined) expect(paths(optional)).toEqual([]);
});

test('a drop-in takes back what the unit says; other sections do not count', () => {
  const texts = ['[Service]\nReadWritePaths=/x\nUser=a\n', '[Service]\nReadWritePaths=\n[Install]\nUser=b\n'];
  expect(serviceNeeds(texts.map((content, index) => ({ path: `/${index}`, content })))).toMatchObject({
    paths: [],
    accounts: [{ name: 'a' }],
  });
});
