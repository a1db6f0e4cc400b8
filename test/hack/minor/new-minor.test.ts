import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newMinor } from '../../../hack/minor/command.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { writeTree } from './written-tree.ts';

const command = fileURLToPath(new URL('../../../hack/new-minor', import.meta.url));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'new-minor-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function lines(stdout: string) {
  const { findings } = JSON.parse(stdout) as { findings: { table: string; kind: string; line?: string }[] };
  return findings.map(({ table, kind, line }) => `${table} ${kind} ${line}`);
}

test('a tree that says what the tables say has nothing to add', () => {
  writeTree(directory, knownRelease('1.36'));
  const { status, stdout, stderr } = spawnSync(command, ['--source', directory], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Kubernetes 1\.36: nothing to write\n/);
});

test('a new minor: what is new in each table, and that the tables now reach it', () => {
  writeTree(directory, knownRelease('1.38'), {
    constants: '\tConstantOfIt = featuregate.Feature("NewGate")\n',
    gates: '\tConstantOfIt: {{Version: version.MustParse("1.38"), Default: true, PreRelease: featuregate.Beta}},\n',
    flags: '\tfs.StringSliceVar(&c.NewField, "new-flag", c.NewField, "new")\n',
    fields: '\tNewField []string `json:"newField"`\n',
    listOfGates: '- name: ConstantOfIt\n- name: OfNewPackage\n',
  });
  const { exitCode, stdout } = newMinor(['--source', directory, '-o', 'json']);
  expect(exitCode).toBe(1);
  expect(lines(stdout)).toEqual([
    'feature-gates.ts new NewGate 1.38- 1.38:beta:on',
    "kubelet-fields.ts new { path: 'newField', type: 'list:string', since: '1.38' },",
    // The table leaves open whether 1.37 has it.
    "kubelet-flags.ts changed { name: 'max-housekeeping-interval', type: 'duration', since: '1.24' },",
    "kubelet-flags.ts new { name: 'new-flag', type: 'list', repeatable: true, since: '1.38', field: 'newField' },",
    "feature-gates.ts changed export const newestGates = '1.38';",
    "kubelet-fields.ts changed export const newestFields = '1.38';",
    "kubelet-flags.ts changed export const newestFlags = '1.38';",
  ]);
  expect(stdout).toContain('gate OfNewPackage stands in none of the files that were read');
});

test('the text names the table, what differs, and the line', () => {
  writeTree(directory, knownRelease('1.36'), { fields: '\tNewField bool `json:"newField"`\n' });
  const { exitCode, stdout } = newMinor(['--source', directory]);
  expect(exitCode).toBe(1);
  expect(stdout.split('\n').slice(0, 5)).toEqual([
    'Kubernetes 1.36: 1 line to write',
    '',
    'src/kubelet/data/kubelet-fields.ts',
    '  new     newField: bool',
    "          { path: 'newField', type: 'bool', since: '1.36' },",
  ]);
});

describe('wrong use ends with 2, and says what is wrong', () => {
  test.each([
    [[], 'give --source DIR or --help-text FILE'],
    [['--source', 'a', '--help-text', 'b'], 'give --source DIR or --help-text FILE'],
    [['--source', 'a', '--frob'], "Unknown option '--frob'"],
    [['--source', 'a', '-o', 'yaml'], '-o yaml: it prints text or json'],
    [['--source', 'a', '--release', '1.38.1'], '--release 1.38.1 is no minor release'],
    [['--help-text', 'a'], '--help-text needs --release'],
    [['--help-text', '/nowhere/help', '--release', '1.37'], '/nowhere/help: is not there'],
    [['--help-text', 'a', '--release', '1.99'], 'the tables end with 1.37: add 1.38 first, then 1.99'],
    [['--help-text', 'a', '--release', '1.35'], 'releases before 1.36 cannot be read'],
    [['--source', '/nowhere'], '/nowhere/staging/src/k8s.io/component-base/version/base.go: is not there'],
  ])('%j', (args, message) => {
    const { exitCode, stdout, stderr } = newMinor(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`hack/new-minor: ${message}`);
  });

  test('a file that is written in another way is named', () => {
    writeTree(directory, knownRelease('1.36'), { gates: '\tUnnamed: {{Version: version.MustParse("1.36")}},\n' });
    const { exitCode, stderr } = newMinor(['--source', directory]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${directory}/pkg/features/kube_features.go: no file that was read says which gate Unnamed is`);
  });

  test('a text without flags is no help text', () => {
    const path = join(directory, 'help');
    writeFileSync(path, 'kubelet: command not found\n');
    const { exitCode, stderr } = newMinor(['--help-text', path, '--release', '1.37']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${path}: has no flags`);
  });
});

test('--help has an example', () => {
  const { exitCode, stdout } = newMinor(['--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('hack/new-minor --source /tmp/kubernetes');
});
