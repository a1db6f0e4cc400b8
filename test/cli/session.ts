/** The command line in a scratch directory: what it prints, how it ends, and what it leaves in a root without systemd. */

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type Ran, type Running, type RunOptions, run, start } from './in-process.ts';

/** A valid manifest, of which each test changes one thing. */
export const workers = `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata:
  name: workers
spec:
  nodeSelector: {matchLabels: {}}
  kubelet:
    flags:
      v: 2
  launcher:
    host: {}
`;

/** What `-o` takes, and how a program reads it. */
export const formats: readonly (readonly [format: string, read: (text: string) => unknown])[] = [
  ['json', (text) => JSON.parse(text)],
  ['yaml', (text) => parse(text)],
];

/** The manifest with one piece replaced, which has to be there. */
export function edited(manifest: string, piece: string, instead: string): string {
  if (!manifest.includes(piece)) throw new RangeError(`there is no ${piece} in the manifest`);
  return manifest.replace(piece, () => instead);
}

export interface Session {
  readonly directory: string;
  /** The root of the host, in the directory. */
  readonly root: string;
  /** Puts a file into the directory and says where. */
  write(name: string, content: string): string;
  /** Puts a file on the host. */
  put(path: string, content: string, mode?: number): void;
  /** A file of the host; undefined where there is none. */
  read(path: string): string | undefined;
  /** Every entry of the host below a path: mode and content, or the target of a link. */
  host(below?: string): Record<string, string>;
  /** The host without our own state and lock. */
  managed(): Record<string, string>;
  run(words: readonly string[], options?: RunOptions): Promise<Ran>;
  /** `run` with a manifest and the root. */
  on(command: 'apply' | 'diff', manifest: string, ...words: string[]): Promise<Ran>;
  /** Starts an agent over the directory `configs`, which ends with the test. */
  agent(): Running;
  /** `apply --withdraw`. */
  withdraw(...words: string[]): Promise<Ran>;
}

export function session(): Session {
  const directory = mkdtempSync(join(tmpdir(), 'kubelet-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, 'root');
  mkdirSync(root);
  const write = (name: string, content: string) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const host = (below = '/') => entries(root, below);
  return {
    directory,
    root,
    write,
    put: (path, content, mode = 0o644) => {
      write(join('root', path), content);
      chmodSync(join(root, path), mode);
    },
    read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
    host,
    managed: () => Object.fromEntries(Object.entries(host()).filter(([path]) => !/^\/(var|run)(\/|$)/.test(path))),
    run,
    agent: () => {
      const running = start(['agent', '--approve=self', '--source', `dir:${join(directory, 'configs')}`, '--root', root]);
      onTestFinished(async () => {
        running.stop();
        await running.ended;
      });
      return running;
    },
    withdraw: (...words) => run(['apply', '--withdraw', '--root', root, ...words]),
    on: (command, manifest, ...words) => run([command, '-f', write('manifest.yaml', manifest), '--root', root, ...words]),
  };
}

function entries(root: string, below: string): Record<string, string> {
  const names = readdirSync(join(root, below), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = names.flatMap((entry): [string, string][] => {
    // Of a running agent's lock.
    if (entry.isSocket()) return [];
    const path = join(below, entry.name);
    const real = join(root, path);
    if (entry.isSymbolicLink()) return [[path, `-> ${readlinkSync(real)}`]];
    if (entry.isDirectory()) return [[path, 'directory'], ...Object.entries(entries(root, path))];
    return [[path, `${(lstatSync(real).mode & 0o7777).toString(8)} ${readFileSync(real, 'utf8')}`]];
  });
  return Object.fromEntries(found);
}
