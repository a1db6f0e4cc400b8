import { describe, expect, test } from 'vitest';
import { type PlanOptions, plan } from '../../../src/node/decide/plan.ts';
import type { TargetState } from '../../../src/node/model/target.ts';
import { installSection } from '../../../src/systemd/unit-text.ts';
import {
  bare,
  changedUnit,
  down,
  installed,
  notInstalled,
  observed,
  recorded,
  running,
  settings,
  target,
  unitFile,
  type World,
  words,
} from '../world.ts';

function planned(world: World, wanted: TargetState, restart: PlanOptions['restart'] = 'WhenChanged'): string[] {
  return words(
    plan(
      observed(
        world,
        wanted.files.map(({ path }) => path),
      ),
      wanted,
      { restart },
    ),
  );
}

describe('plan', () => {
  test.each<[string, World, TargetState, string[]]>([
    ['nothing where nothing differs', running, target({ [unitFile]: installed }), []],
    [
      'all of it on a bare host',
      bare,
      target({ [unitFile]: installed, [settings]: 'a' }),
      [`Write ${settings}`, `Write ${unitFile}`, 'Enable', 'Reload', 'Restart'],
    ],
    [
      'one reload and one restart for a changed unit',
      running,
      target({ [unitFile]: changedUnit }),
      [`Write ${unitFile}`, 'Reload', 'Restart'],
    ],
    [
      'no reload where systemd reads nothing',
      running,
      target({ [unitFile]: installed, [settings]: 'a' }),
      [`Write ${settings}`, 'Restart'],
    ],
    [
      'a restart also for what goes',
      { ...running, files: { ...running.files, [settings]: 'a' } },
      target({ [settings]: undefined }),
      [`Remove ${settings}`, 'Restart'],
    ],
    [
      'stop and disable before the unit goes',
      running,
      target({ [unitFile]: undefined }, down),
      ['Stop', 'Disable', `Remove ${unitFile}`, 'Reload'],
    ],
    [
      'a stop of what has failed, too',
      { ...running, activeState: 'failed' },
      target({ [unitFile]: undefined }, down),
      ['Stop', 'Disable', `Remove ${unitFile}`, 'Reload'],
    ],
    [
      'no stop of what is down',
      { ...running, activeState: 'inactive' },
      target({ [unitFile]: undefined }, down),
      ['Disable', `Remove ${unitFile}`, 'Reload'],
    ],
    ['links alone', { ...running, linked: false }, target({ [unitFile]: installed }), ['Enable', 'Reload']],
    [
      'other links for another [Install]',
      running,
      target({ [unitFile]: installed.replace('multi-user', 'other') }),
      ['Disable', `Write ${unitFile}`, 'Enable', 'Reload', 'Restart'],
    ],
    [
      'links for an [Install] where there was none',
      { ...running, files: { [unitFile]: notInstalled }, linked: false },
      target({ [unitFile]: installed }),
      [`Write ${unitFile}`, 'Enable', 'Reload', 'Restart'],
    ],
    [
      'nothing for a unit without [Install] that needs no links',
      { ...running, files: { [unitFile]: notInstalled }, linked: false },
      target({ [unitFile]: notInstalled }),
      [],
    ],
    [
      'a file where another was',
      { ...running, files: { ...running.files, [settings]: 'a' } },
      target({ [settings]: 'b' }),
      [`Write ${settings}`, 'Restart'],
    ],
  ])('%s', (_what, world, wanted, steps) => {
    expect(planned(world, wanted)).toEqual(steps);
  });

  test('what the kubelet reads goes before the units, each by path', () => {
    const dropIn = `${unitFile}.d/50-kubelet-config.conf`;
    expect(planned(running, target({ [dropIn]: 'x', '/opt/bin/b': 'x', '/etc/a': 'x' }))).toEqual([
      'Write /etc/a',
      'Write /opt/bin/b',
      `Write ${dropIn}`,
      'Reload',
      'Restart',
    ]);
  });

  test('another mode alone is a change', () => {
    const state = { ...recorded(installed), mode: 0o600 } as ReturnType<typeof recorded>;
    expect(planned(running, { ...target({}), files: [{ path: unitFile, state }] })).toContain(`Write ${unitFile}`);
  });

  test('a write says whether a file was there', () => {
    const steps = plan(observed(running), target({ [unitFile]: changedUnit, [settings]: 'a' }), { restart: 'Never' });
    expect(steps.flatMap((step) => (step.kind === 'Write' ? [[step.path, step.existed]] : []))).toEqual([
      [settings, false],
      [unitFile, true],
    ]);
  });

  test('a restart that is owed is made without any change', () => {
    expect(planned(running, target({ [unitFile]: installed }), 'Always')).toEqual(['Restart']);
  });

  test('Never touches the running kubelet, also when it is to go', () => {
    expect(planned(running, target({ [unitFile]: changedUnit }), 'Never')).toEqual([`Write ${unitFile}`, 'Reload']);
    expect(planned(running, target({ [unitFile]: undefined }, down), 'Never')).toEqual([
      'Disable',
      `Remove ${unitFile}`,
      'Reload',
    ]);
  });

  test('without systemd only files and links change', () => {
    expect(planned({ ...bare, systemdRuns: false }, target({ [unitFile]: installed }), 'Always')).toEqual([
      `Write ${unitFile}`,
      'Enable',
    ]);
  });
});

test.each([
  ['', ''],
  ['[Install]\n', ''],
  ['[Service]\nA=1\n[Install]\nWantedBy=a\n# a comment\n\nAlias=b\n[X]\nC=1\n', 'WantedBy=a\nAlias=b'],
  ['[Install]\nWantedBy=a\n[Service]\nA=1\n[Install]\nAlso=b\n', 'WantedBy=a\nAlso=b'],
])('[Install] of %j', (text, section) => {
  expect(installSection(text)).toBe(section);
});
