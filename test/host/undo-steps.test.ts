/**
 * What the undo script tells systemd, and the order of its steps, as a machine with systemd sees them.
 * No systemd and no SELinux is needed: functions of the shell stand in for them.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { readOpen } from '../../src/node/transaction/journal.ts';
import { undoScript } from '../../src/node/transaction/undo/script.ts';
import { type Before, cpuState, file, shells, state, type UndoHost, undoHost, unit, unitFile, wanted } from './undo-host.ts';

const [shell = []] = shells;
const temporary = '.undo.kubelet-config-000000000000';

/** How the machine answers. */
interface Answers {
  /** ActiveState of the unit. */
  readonly unit?: string;
  readonly invocation?: string;
  /** Whether the machine is past its boot. */
  readonly booted?: boolean;
  /** The verb of systemctl that fails. */
  readonly refuses?: string;
  /** Whether the unit goes on running though systemd says that it was stopped. */
  readonly goesOn?: boolean;
}

let machine: UndoHost;
beforeEach(() => {
  machine = undoHost();
});
afterEach(() => machine.world.end());

/**
 * The script as it runs on a machine: there its root is empty, and systemd runs. Functions stand in for its
 * programs: each writes what it is called with, and then does the work.
 */
const script = undoScript.replaceAll(/\[ -([nz]) "\$root" \]/g, '[ -$1 "" ]').replace(
  'set -u\n',
  `set -u
${['mv', 'cp', 'rm', 'ln', 'sync'].map((name) => `${name}() { echo "${name} $*" >>"$LOG"; command ${name} "$@"; }`).join('\n')}
restorecon() { echo "restorecon $*" >>"$LOG"; }
state_of_unit=$STATE_OF_UNIT
systemctl() {
  echo "systemctl $*" >>"$LOG"
  case " $* " in *" \${REFUSES:-none} "*) return 1 ;; esac
  case $* in
    "show --property=InvocationID "*) echo "InvocationID=$INVOCATION" ;;
    "show --property=ActiveState "*) echo "ActiveState=$state_of_unit" ;;
    "is-active --quiet sysinit.target") [ -n "$BOOTED" ] ;;
    "is-active --quiet "*) [ "$state_of_unit" = active ] ;;
    "stop "*) [ -n "$GOES_ON" ] || state_of_unit=inactive ;;
  esac
}
`,
);

/** Runs the script. @returns its exit code, what it complained of, and its commands with paths of the host */
function ran({ unit: stateOfUnit = 'active', invocation = 'now', booted = true, refuses = '', goesOn = false }: Answers = {}) {
  for (const directory of ['armed', 'undoing']) {
    const path = join(machine.world.root, `${state}/${directory}/undo.sh`);
    if (existsSync(path)) writeFileSync(path, script);
  }
  const log = join(machine.world.root, '..', 'log');
  writeFileSync(log, '');
  const environment = {
    LOG: log,
    STATE_OF_UNIT: stateOfUnit,
    INVOCATION: invocation,
    BOOTED: booted ? 'yes' : '',
    REFUSES: refuses,
    GOES_ON: goesOn ? 'yes' : '',
  };
  const result = machine.run(shell, environment);
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return { ...result, commands: lines.map((line) => line.replaceAll(machine.world.root, '')) };
}

describe('on a machine with systemd', () => {
  test('each step reaches the disk before the next one, systemd reads its units anew, and the kubelet starts last', async () => {
    const before = await machine.changed();
    const { exitCode, stderr, commands } = ran();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(machine.host()).toEqual(before);
    expect(shortened(commands)).toBe(story);
  });

  test('a kubelet that never felt the change is neither stopped nor restarted', async () => {
    await machine.files.write(unitFile, file('[Service]\nExecStart=/old\n'));
    await machine.armed([unitFile], [{ path: cpuState, before: 'Absent' }], { invocation: 'first' });
    await machine.files.write(unitFile, file('[Service]\nExecStart=/new\n'));
    await machine.files.write(cpuState, file('its own'));
    const { exitCode, commands } = ran({ invocation: 'first' });
    expect(exitCode).toBe(0);
    expect(acts(commands)).toEqual(['daemon-reload', `reset-failed ${unit}`]);
    expect(readFileSync(machine.world.at(cpuState), 'utf8')).toBe('its own');
  });

  test.each<[string, Before, Answers]>([
    ['another invocation', { invocation: 'first' }, { invocation: 'second' }],
    ['the same invocation that has failed', { invocation: 'first' }, { invocation: 'first', unit: 'failed' }],
    ['an unknown invocation', { invocation: '' }, { invocation: '' }],
  ])('%s has felt it', async (_what, before, answers) => {
    await machine.armed([unitFile], [], before);
    const { exitCode, commands } = ran(answers);
    expect(exitCode).toBe(0);
    expect(acts(commands)).toEqual(['daemon-reload', `reset-failed ${unit}`, `--no-block restart ${unit}`]);
  });

  test('a kubelet that did not run before is stopped', async () => {
    await machine.armed([unitFile], [], { active: false });
    await machine.files.write(unitFile, file('[Service]\nExecStart=/new\n'));
    expect(acts(ran().commands)).toEqual(['daemon-reload', `reset-failed ${unit}`, `--no-block stop ${unit}`]);
  });

  test.each<[string, (machine: UndoHost) => Promise<void>, string[]]>([
    ['nothing is started where no link has changed', async () => undefined, ['daemon-reload']],
    ['what has its link again is started', ({ files }) => files.remove(wanted), ['daemon-reload', `--no-block start ${unit}`]],
    [
      'what has lost its link is stopped',
      ({ files }) => files.link(`/etc/systemd/system/rescue.target.wants/${unit}`, unitFile),
      ['daemon-reload', `--no-block stop ${unit}`],
    ],
  ])('at boot the units are read anew, and %s', async (_what, change, expected) => {
    await machine.files.write(unitFile, file('[Service]\nExecStart=/old\n'));
    await machine.files.link(wanted, unitFile);
    await machine.armed([unitFile]);
    await machine.files.write(unitFile, file('[Service]\nExecStart=/new\n'));
    await change(machine);
    const { exitCode, commands } = ran({ unit: 'inactive', booted: false });
    expect(exitCode).toBe(0);
    expect(acts(commands)).toEqual(expected);
  });

  test.each(['daemon-reload', 'restart'])(
    'if systemd refuses %s, the undo stays open, and the next run ends it',
    async (verb) => {
      const before = await machine.changed();
      expect(ran({ refuses: verb })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('systemd does not do') });
      expect(await readOpen(machine.files)).toBeDefined();
      expect(ran()).toMatchObject({ exitCode: 0, stderr: '' });
      expect(machine.host()).toEqual(before);
    },
  );

  test.each<[string, Answers]>([
    ['systemd refuses to stop it', { refuses: 'stop' }],
    ['it goes on after its stop', { goesOn: true }],
  ])('a kubelet keeps its state if %s, is restarted all the same, and the undo stays open', async (_what, answers) => {
    await machine.files.write(cpuState, file('old'));
    await machine.armed([], [{ path: cpuState, before: 'Aside' }]);
    await machine.files.rename(cpuState, backupPathOf(cpuState));
    await machine.files.write(cpuState, file('new'));
    const { exitCode, stderr, commands } = ran(answers);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`cannot bring back ${cpuState}`) });
    expect(readFileSync(machine.world.at(cpuState), 'utf8')).toBe('new');
    expect(acts(commands).at(-1)).toBe(`--no-block restart ${unit}`);
    expect(await readOpen(machine.files)).toBeDefined();
  });

  test('a state that it made itself goes only once it is down: it would write it anew', async () => {
    await machine.armed([], [{ path: cpuState, before: 'Absent' }]);
    await machine.files.write(cpuState, file('new'));
    const { exitCode, commands } = ran();
    expect(exitCode).toBe(0);
    const [stop, remove] = [`systemctl stop ${unit}`, `rm -f ${cpuState}`].map((line) => commands.indexOf(line));
    expect(stop).toBeGreaterThan(0);
    expect(remove).toBeGreaterThan(stop ?? 0);
  });
});

describe('a manifest that lost its end', () => {
  /** The manifest without what follows its n-th line. */
  const cutBehind = (lines: number) => {
    const path = join(machine.world.root, `${state}/armed/manifest`);
    const whole = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      whole
        .split('\n')
        .slice(0, lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return () => writeFileSync(path.replace('armed', 'undoing'), whole);
  };

  test.each([1, 4])('behind line %i: nothing that it does not name is touched, and systemd is told nothing', async (lines) => {
    await machine.files.write(unitFile, file('[Service]\nExecStart=/old\n'));
    await machine.files.link(wanted, unitFile);
    const before = machine.host();
    await machine.armed([unitFile], []);
    await machine.files.write(unitFile, file('[Service]\nExecStart=/new\n'));
    const restore = cutBehind(lines);
    const { exitCode, stderr, commands } = ran();
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('manifest is not whole') });
    expect(acts(commands)).toEqual([]);
    expect(machine.host()).toHaveProperty([wanted.slice(1)], `-> ${unitFile}`);
    expect(await readOpen(machine.files)).toBeDefined();
    restore();
    expect(ran()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(machine.host()).toEqual(before);
  });

  test('in the middle of a path: the shorter path is not touched', async () => {
    await machine.files.write('/opt/bin/hook', file('of another program'));
    await machine.armed(['/opt/bin/hook-of-ours']);
    const path = join(machine.world.root, `${state}/armed/manifest`);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/-of-ours\n[\s\S]*$/, ''));
    expect(ran().exitCode).toBe(1);
    expect(machine.host()).toMatchObject({ 'opt/bin/hook': '644 of another program' });
  });
});

/** What systemd is told to do. */
function acts(commands: readonly string[]): string[] {
  const told = commands.filter((line) => line.startsWith('systemctl ') && !/^systemctl (show|is-active)/.test(line));
  return told.map((line) => line.slice('systemctl '.length));
}

/** One command a line, in words that fit on it. */
function shortened(commands: readonly string[]): string {
  const short = (line: string) =>
    line
      .replaceAll('/var/lib/kubelet-config', 'STATE')
      .replaceAll('/etc/systemd/system', 'UNITS')
      .replaceAll(temporary, 'TEMPORARY')
      .replaceAll(unit, 'UNIT');
  return `${commands
    .filter((line) => !/^(rm -f .*kubelet-config-|systemctl (show|is-active))/.test(line))
    .map(short)
    .join('\n')}\n`;
}

const story = `mv STATE/armed STATE/undoing
sync STATE
rm -f UNITS/UNIT.d/50-ours.conf
sync UNITS/UNIT.d
rm -f /opt/bin/hook
sync /opt/bin
cp -a STATE/undoing/preUNITS/UNIT UNITS/TEMPORARY
sync UNITS/TEMPORARY
mv -f UNITS/TEMPORARY UNITS/UNIT
restorecon UNITS/UNIT
sync UNITS
cp -a STATE/undoing/pre/etc/kubernetes/with a blank.yaml /etc/kubernetes/TEMPORARY
sync /etc/kubernetes/TEMPORARY
mv -f /etc/kubernetes/TEMPORARY /etc/kubernetes/with a blank.yaml
restorecon /etc/kubernetes/with a blank.yaml
sync /etc/kubernetes
ln -sf UNITS/UNIT UNITS/multi-user.target.wants/TEMPORARY
mv -f UNITS/multi-user.target.wants/TEMPORARY UNITS/multi-user.target.wants/UNIT
sync UNITS/multi-user.target.wants
rm -f UNITS/node.service
sync UNITS
rm -f UNITS/rescue.target.requires/UNIT
sync UNITS/rescue.target.requires
systemctl stop UNIT
mv -f /var/lib/kubelet/.cpu_manager_state.kubelet-config-aside /var/lib/kubelet/cpu_manager_state
sync /var/lib/kubelet
rm -f /var/lib/kubelet/memory_manager_state
sync /var/lib/kubelet
systemctl daemon-reload
systemctl reset-failed UNIT
systemctl --no-block restart UNIT
rm -rf STATE/undone
mv STATE/undoing STATE/undone
sync STATE
`;
