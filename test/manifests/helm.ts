/** Helm for tests: a program of the user's, 3 or 4, that finds no settings of this machine. */

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { describeCluster } from '../cluster/tier.ts';

const program = process.env['KUBELET_CONFIG_HELM'] ?? 'helm';
const version = spawnSync(program, ['version', '--template={{.Version}}'], { encoding: 'utf8' });
const runs = version.status === 0;

/** `describeCluster` for tests that also need Helm. Without it they are skipped, with a message. */
export function describeHelm(name: string, tests: () => void): void {
  if (!runs)
    process.stderr.write(
      `\nNOT RUN: the tests of ${name}, for ${program} is no Helm 3 or 4 that runs. Install Helm, or name its program by KUBELET_CONFIG_HELM\n`,
    );
  if (runs) describeCluster(`${name} (Helm ${version.stdout})`, tests);
  else describe.skip(name, tests);
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Helm {
  /** Never rejects for an exit status. */
  run(args: readonly string[]): Promise<Ran>;
  /** Standard output. @throws Error with its standard error */
  succeed(args: readonly string[]): Promise<string>;
  /** A line of a shell that finds this helm, and the kubectl of $KUBEBUILDER_ASSETS, for the same cluster. */
  shell(line: string, directory: string): Promise<Ran>;
}

export interface HelmSetup {
  readonly helm: Helm;
  /** For files of the tests. */
  readonly scratch: string;
}

/** A Helm without a cluster, for the tests of a suite; it is there as soon as one runs. */
export function setUpHelm(): HelmSetup {
  const made = {} as { helm: Helm; scratch: string };
  beforeAll(() => {
    made.scratch = mkdtempSync(join(tmpdir(), 'kubelet-config-helm-'));
    made.helm = helmIn(made.scratch, '/dev/null');
  });
  afterAll(() => rmSync(made.scratch, { recursive: true, force: true }));
  return made;
}

/** A Helm with a cluster of its own, for the tests of a suite; they are there as soon as one runs. */
export function setUpCluster(): HelmSetup & { readonly plane: ControlPlane } {
  const made = {} as { helm: Helm; scratch: string; plane: ControlPlane };
  beforeAll(async () => {
    made.scratch = mkdtempSync(join(tmpdir(), 'kubelet-config-helm-'));
    made.plane = await startControlPlane();
    made.helm = helmIn(made.scratch, made.plane.kubeconfig);
  });
  afterAll(async () => {
    await made.plane?.stop();
    rmSync(made.scratch, { recursive: true, force: true });
  });
  return made;
}

/** @param scratch a directory that is there, for what Helm keeps and for a folder of programs */
function helmIn(scratch: string, kubeconfig: string): Helm {
  const programs = join(scratch, 'bin');
  const path = process.env['PATH'] ?? '';
  mkdirSync(programs);
  symlinkSync(program.includes('/') ? resolve(program) : which(program, path), join(programs, 'helm'));
  const env = {
    PATH: [programs, resolve(process.env['KUBEBUILDER_ASSETS'] ?? ''), path].join(delimiter),
    // Helm keeps its settings and plugins below it, and kubectl its cache.
    HOME: scratch,
    KUBECONFIG: kubeconfig,
  };
  // Not synchronously: the API server's log is read by this process, and waits when nobody reads it.
  const start = (command: string, args: readonly string[], cwd: string) =>
    new Promise<Ran>((found, failed) => {
      execFile(command, args, { env, cwd, encoding: 'utf8', maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number')
          failed(new Error(`${command} ${args.join(' ')} did not run`, { cause: error }));
        else found({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });
  const run = (args: readonly string[]) => start(join(programs, 'helm'), args, scratch);
  return {
    run,
    async succeed(args) {
      const { exitCode, stdout, stderr } = await run(args);
      if (exitCode !== 0) throw new Error(`helm ${args.join(' ')} exited ${exitCode}: ${stderr || stdout}`);
      return stdout;
    },
    shell: (line, directory) => start('bash', ['-o', 'pipefail', '-ec', line], directory),
  };
}

function which(name: string, path: string): string {
  return spawnSync('bash', ['-c', 'type -P "$0"', name], { env: { PATH: path }, encoding: 'utf8' }).stdout.trim();
}
