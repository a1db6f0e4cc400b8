/**
 * Runs the wrapper script under real bash with a stub in place of rkt, in two ways, and tells what came of it
 * in the words of vectors/wrapper.json.
 */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rktDefaults } from '../../src/api/schema/launchers/rkt.ts';
import { managedWrapper, managedWrapperMode } from '../../src/render/launchers/rkt/wrapper.ts';

export interface Outcome {
  readonly exit: number;
  readonly stdout: readonly string[];
  /** What kinds of lines stderr had: `trace` (the command as it is run), `mkdir-error`, `exec-error`. */
  readonly stderr: readonly string[];
  readonly traceLines: number;
  /** Directories that were made, without their parents. */
  readonly dirs: readonly string[];
  readonly rkt: {
    readonly program: string;
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  } | null;
}

export interface WrapperCase {
  readonly id: string;
  readonly desc: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Made first; null is a directory. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly rkt?: 'ok' | 'missing' | 'noexec';
  readonly rktExit?: number;
  readonly expected: { readonly last: Outcome };
}

const vectors = new URL('../vectors/wrapper.json', import.meta.url);
export const recordedCases: readonly WrapperCase[] = JSON.parse(readFileSync(vectors, 'utf8')).cases;

/** How to get a mount namespace: as root, or in a user namespace where the kernel lets everyone have one. */
export type Unshare = readonly string[];
export const unshareAsRoot: Unshare = ['--mount'];
export const unshareAsUser: Unshare = ['--map-root-user', '--mount'];

const wrapperPath = rktDefaults.wrapper.path;
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Why `runInRoot` cannot work here; undefined when it can. */
export function rootRefusal(flags: Unshare): string | undefined {
  const probe = spawnSync('unshare', [...flags, 'sh', '-c', 'mount --rbind /usr /usr && chroot / true'], {
    encoding: 'utf8',
    env: { PATH },
  });
  if (probe.status === 0) return undefined;
  return probe.error?.message ?? probe.stderr.trim();
}

const RKT_STUB = `#!/bin/bash
printf '%s\\0' "$0" "$@" >/record/words
/bin/env --null >/record/environment
exit "$(</record/exit)"
`;

/**
 * Shares the libraries of the machine with the root, and runs the rest of the arguments in it. Ends with its
 * mounts.
 */
const ENTER_ROOT = `
set -e
root=$1
shift
for directory in /lib /lib64 /usr/lib /usr/lib64; do
  if [ -L "$directory" ]; then
    ln -s "$(readlink "$directory")" "$root$directory"
  elif [ -d "$directory" ]; then
    mkdir -p "$root$directory"
    mount --rbind "$directory" "$root$directory"
  fi
done
exec chroot "$root" "$@"
`;

/**
 * The script as it is, at its own path, with nothing replaced but rkt, in a root directory made for this one
 * run.
 */
export function runInRoot(test: Omit<WrapperCase, 'expected'>, flags: Unshare): Outcome {
  const root = mkdtempSync(join(tmpdir(), 'kubelet-wrapper-'));
  try {
    const file = (path: string, content: string, mode = 0o644) => {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), content, { mode });
      chmodSync(join(root, path), mode);
    };
    for (const directory of ['bin', 'etc', 'usr/bin', 'var/lib', 'run', 'record', 'dev'])
      mkdirSync(join(root, directory), { recursive: true });
    for (const program of ['bash', 'env', 'mkdir']) copyFileSync(`/bin/${program}`, join(root, 'bin', program));
    symlinkSync('/bin/env', join(root, 'usr/bin/env'));
    file(wrapperPath, managedWrapper(), managedWrapperMode);
    file('/record/exit', String(test.rktExit ?? 0));
    if (test.rkt !== 'missing') file('/usr/bin/rkt', RKT_STUB, test.rkt === 'noexec' ? 0o644 : 0o755);
    for (const [path, content] of Object.entries(test.files ?? {})) {
      if (content === null) mkdirSync(join(root, path), { recursive: true });
      else file(path, content);
    }
    const before = directories(root);
    const environment = ['--ignore-environment', `--chdir=${test.cwd ?? '/'}`, `PATH=${PATH}`, ...assignments(test.env)];
    const command = ['/bin/env', ...environment, wrapperPath, ...test.args];
    const run = spawnSync('unshare', [...flags, 'sh', '-c', ENTER_ROOT, 'sh', root, ...command], {
      encoding: 'utf8',
      env: { PATH },
    });
    const made = directories(root).filter((path) => !before.includes(path) && !/^\/(usr\/)?lib/.test(path));
    return outcome(run, made, join(root, 'record'));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Read by bash before the script (BASH_ENV): what is not to happen is recorded by functions instead. */
const FUNCTIONS = `
unset BASH_ENV
mkdir() { printf '%s\\0' "$2" >>"$RECORD/made"; }
exec() {
  { set +x; } 2>/dev/null
  printf '%s\\0' "$@" >"$RECORD/words"
  env --null >"$RECORD/environment"
  exit "$(<"$RECORD/exit")"
}
`;

/**
 * Without any privilege: the script as it is, but with `mkdir` and `exec` replaced by functions; so no files,
 * and no other program than rkt's default.
 */
export function runWithFunctions(test: Omit<WrapperCase, 'expected'>, locale = 'C'): Outcome {
  const record = mkdtempSync(join(tmpdir(), 'kubelet-wrapper-'));
  try {
    const script = join(record, 'kubelet-wrapper');
    writeFileSync(script, managedWrapper());
    writeFileSync(join(record, 'functions'), FUNCTIONS);
    writeFileSync(join(record, 'exit'), String(test.rktExit ?? 0));
    const env = { PATH, LC_ALL: locale, BASH_ENV: join(record, 'functions'), RECORD: record, ...test.env };
    const run = spawnSync('bash', [script, ...test.args], { encoding: 'utf8', env, cwd: '/' });
    return outcome(run, strings(join(record, 'made')) ?? [], record);
  } finally {
    rmSync(record, { recursive: true, force: true });
  }
}

/** Whether `runWithFunctions` is good enough for the case. */
export function needsRoot(test: WrapperCase): boolean {
  return test.files !== undefined || test.cwd !== undefined || (test.rkt ?? 'ok') !== 'ok' || (test.env['RKT'] ?? '') !== '';
}

function outcome(
  run: { status: number | null; stdout: string; stderr: string },
  made: readonly string[],
  record: string,
): Outcome {
  const words = strings(join(record, 'words'));
  const environment = strings(join(record, 'environment')) ?? [];
  // A traced word with a newline is in single quotes, so that one trace may be several lines.
  const traces = /^\+ exec (?:\\.|'[^']*'|[^\n'\\])*$/gm;
  const rest = run.stderr
    .replace(traces, '')
    .split('\n')
    .filter((line) => line !== '');
  const traceLines = run.stderr.match(traces)?.length ?? 0;
  const kinds = rest.map((line) => {
    if (/(^|: )mkdir: /.test(line)) return 'mkdir-error';
    return /: line \d+: /.test(line) ? 'exec-error' : line;
  });
  return {
    exit: run.status ?? -1,
    stdout: run.stdout.split('\n').slice(0, -1),
    stderr: [...new Set(traceLines > 0 ? ['trace', ...kinds] : kinds)],
    traceLines,
    dirs: made.filter((path) => !made.some((other) => other.startsWith(`${path}/`))).sort(),
    rkt: words === undefined ? null : { program: words[0] ?? '', argv: words.slice(1), env: ownVariables(environment) },
  };
}

/** The variables of the wrapper and rkt; the recordings leave out what bash sets itself. */
function ownVariables(environment: readonly string[]): Record<string, string> {
  const pairs = environment.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1),
  ]);
  return Object.fromEntries(pairs.filter(([name]) => /^(KUBELET|RKT)/.test(name)));
}

const assignments = (env: Readonly<Record<string, string>>) => Object.entries(env).map(([name, value]) => `${name}=${value}`);

/** NUL-ended strings of a file; undefined when there is no file. */
function strings(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split('\0').slice(0, -1);
  } catch {
    return undefined;
  }
}

function directories(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
