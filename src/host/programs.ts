/**
 * Runs programs of the host, as transient units of its own systemd: an agent in a container has neither the
 * programs nor their libraries. Output comes through files in the state directory, which is all that
 * container and programs share. Needs systemd 236 (2017), the first with CollectMode= and
 * StandardOutput=file:.
 */
import { randomBytes } from 'node:crypto';
import { Variant } from '@jellybrick/dbus-next';
import type { HostFiles } from '../node/ports/files.ts';
import { HostProgramError, type HostPrograms, type ProgramOptions, type ProgramResult } from '../node/ports/programs.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import type { SystemdBus } from './systemd-bus.ts';
import { stateDirectory } from './trust.ts';

const OUTPUT_DIRECTORY = `${stateDirectory}/run`;
const UNIT_PREFIX = 'kubelet-config-run-';
/** The default of systemd for services, and the directories that a login shell adds. */
const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/opt/bin'];
/** So that a broken program does not fill the disk of the host. */
const LONGEST_OUTPUT_BYTES = 16n * 1024n * 1024n;
/** Between SIGTERM and SIGKILL. */
const GRACE_MILLISECONDS = 2_000;
/** The time that systemd may need to start the unit, and to notice its end. */
const SLACK_MILLISECONDS = 10_000;

/** Removes what an earlier run left behind when it was killed. @throws SystemdError, HostFileError */
export async function connectPrograms(bus: SystemdBus, files: HostFiles): Promise<HostPrograms> {
  for (const id of await files.list(OUTPUT_DIRECTORY)) {
    const unit = await unitPath(bus, `${UNIT_PREFIX}${id}.service`);
    // A unit stays loaded until its output has been read. Without the unit, the output is left over.
    if ((await bus.property(unit, 'Unit', 'LoadState')) === 'not-found') await files.removeTree(`${OUTPUT_DIRECTORY}/${id}`);
  }
  return { run: (program, options) => run(bus, files, program, options) };
}

async function run(
  bus: SystemdBus,
  files: HostFiles,
  program: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const executable = await findExecutable(files, program);
  const id = randomBytes(8).toString('hex');
  const unit = `${UNIT_PREFIX}${id}.service`;
  const directory = `${OUTPUT_DIRECTORY}/${id}`;
  for (const made of [stateDirectory, directory]) await files.makeDirectory(made, 0o700);
  const kill = () => void killAll(bus, unit);
  options.stop?.addEventListener('abort', kill);
  try {
    if (options.stop?.aborted) throw new HostProgramError('Killed', program, 'was not started: the caller has stopped');
    const properties = propertiesOf(executable, program, directory, options);
    const result = await bus.job(unit, {
      member: 'StartTransientUnit',
      signature: 'ssa(sv)a(sa(sv))',
      body: [unit, 'fail', properties, []],
      timeoutMilliseconds: options.timeoutMilliseconds + GRACE_MILLISECONDS + SLACK_MILLISECONDS,
    });
    const ending = await readEnding(bus, unit);
    const stdout = await readText(files, `${directory}/stdout`);
    const stderr = await readText(files, `${directory}/stderr`);
    return { exitCode: exitCodeOf(program, result, ending, stdout + stderr, options), stdout, stderr };
  } finally {
    options.stop?.removeEventListener('abort', kill);
    await discard(bus, unit);
    await files.removeTree(directory);
  }
}

/** systemd before 249 needs a path, and it reports a missing program only as exit status 203. */
async function findExecutable(files: HostFiles, program: readonly string[]): Promise<string> {
  const [name = ''] = program;
  if (name === '' || program.some((argument) => argument.includes('\0'))) {
    throw new HostProgramError('CannotRun', program, 'a program needs a name, and no argument may hold a NUL byte');
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw new HostProgramError('CannotRun', program, 'give its name or its absolute path');
  const candidates = name.includes('/') ? [name] : SEARCH_PATH.map((directory) => `${directory}/${name}`);
  for (const candidate of candidates) {
    if ((await files.identity(candidate)) !== undefined) return candidate;
  }
  throw new HostProgramError('NotFound', program, `the host has no ${candidates.join(', ')}`);
}

/**
 * Properties of the unit: systemd.exec(5), systemd.service(5); names and types as in
 * org.freedesktop.systemd1(5).
 */
function propertiesOf(
  executable: string,
  program: readonly string[],
  directory: string,
  options: ProgramOptions,
): [string, Variant][] {
  // Specifiers (%) are expanded in unit files only. But $ is expanded when the program starts, also in a
  // transient unit, so it is doubled. (ExecStartEx with no-env-expand would be clearer, but needs systemd
  // 243.)
  const command = program.map((argument) => argument.replaceAll('$', '$$$$'));
  const microseconds = (milliseconds: number) => BigInt(milliseconds) * 1000n;
  return [
    ['Description', new Variant('s', `kubelet-config: ${program[0]}`)],
    ['Type', new Variant('s', 'oneshot')],
    ['ExecStart', new Variant('a(sasb)', [[executable, command, false]])],
    // The start of a oneshot unit is its whole run. RuntimeMaxSec= has no effect on it.
    ['TimeoutStartUSec', new Variant('t', microseconds(options.timeoutMilliseconds))],
    ['TimeoutStopUSec', new Variant('t', microseconds(GRACE_MILLISECONDS))],
    ['StandardOutputFile', new Variant('s', `${directory}/stdout`)],
    ['StandardErrorFile', new Variant('s', `${directory}/stderr`)],
    ...(options.input === undefined ? [] : [['StandardInputData', new Variant('ay', options.input)] as [string, Variant]]),
    ['Environment', new Variant('as', environmentOf(options))],
    ...(options.mayWriteLargeFiles ? [] : [['LimitFSIZE', new Variant('t', LONGEST_OUTPUT_BYTES)] as [string, Variant]]),
    // Keeps the unit loaded until we have read how it ended, or our connection is gone.
    ['CollectMode', new Variant('s', 'inactive-or-failed')],
    ['AddRef', new Variant('b', true)],
  ];
}

function environmentOf({ environment = {} }: ProgramOptions): string[] {
  return Object.entries({ LC_ALL: 'C.UTF-8', ...environment }).map(([name, value]) => `${name}=${value}`);
}

interface Ending {
  readonly result: string;
  /** CLD_EXITED is 1, CLD_KILLED 2, CLD_DUMPED 3: sigaction(2). */
  readonly code: number;
  readonly status: number;
}

async function readEnding(bus: SystemdBus, unit: string): Promise<Ending> {
  const path = await unitPath(bus, unit);
  const [result, code, status] = await Promise.all(
    ['Result', 'ExecMainCode', 'ExecMainStatus'].map((name) => bus.property(path, 'Service', name)),
  );
  return { result: String(result), code: Number(code), status: Number(status) };
}

function exitCodeOf(
  program: readonly string[],
  jobResult: string,
  ending: Ending,
  output: string,
  options: ProgramOptions,
): number {
  const { result, code, status } = ending;
  if (result === 'timeout') {
    throw new HostProgramError(
      'ProgramTimedOut',
      program,
      `did not end within ${options.timeoutMilliseconds / 1000} s and was killed`,
    );
  }
  if (code === 1 && jobResult !== 'canceled') {
    // systemd itself exits with 200 to 245 if the program could not be started: systemd.exec(5), "Process
    // Exit Codes".
    if (status < 200 || status > 245 || output !== '') return status;
    throw new HostProgramError('CannotRun', program, `systemd could not start it: status ${status}, see systemd.exec(5)`);
  }
  if (code === 2 || code === 3) throw new HostProgramError('Killed', program, `was killed by signal ${status}`);
  throw new HostProgramError('CannotRun', program, `systemd could not start it: ${jobResult}, ${result}`);
}

async function readText(files: HostFiles, path: string): Promise<string> {
  const state = await files.read(path);
  return state.kind === 'File' ? state.content.toString('utf8') : '';
}

/**
 * Kills what still runs after our time-out, and lets systemd unload the unit. Errors are ignored: they must
 * not hide how the run ended.
 */
async function discard(bus: SystemdBus, unit: string): Promise<void> {
  await killAll(bus, unit);
  try {
    await bus.call({ member: 'UnrefUnit', signature: 's', body: [unit] });
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error;
  }
}

async function killAll(bus: SystemdBus, unit: string): Promise<void> {
  try {
    await bus.call({ member: 'KillUnit', signature: 'ssi', body: [unit, 'all', 9] });
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error;
  }
}

async function unitPath(bus: SystemdBus, unit: string): Promise<string> {
  const [path] = await bus.call({ member: 'LoadUnit', signature: 's', body: [unit] });
  return String(path);
}
