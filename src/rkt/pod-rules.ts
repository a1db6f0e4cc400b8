/**
 * Options of `rkt run` that exclude each other, and rules about the whole line (rkt/run.go `runRun`,
 * stage0/run.go).
 */

import { cleanPath, isIpAddress } from '../go/text.ts';
import { error, type RktFinding } from './finding.ts';
import type { Occurrence } from './flags.ts';
import { imageRefusal, isDockerReference } from './image-reference.ts';
import { networkNames } from './repeats.ts';
import type { RunWords } from './run-words.ts';
import { all, last, whenTrue } from './select.ts';
import { insecureWords } from './values.ts';

const CONFLICTS_WITH_MANIFEST = ['volume', 'port', 'set-env', 'set-env-file'];

/** @param wordCount of the whole line: a missing image belongs to its last word */
export function podFindings(run: RunWords, wordCount: number): RktFinding[] {
  return [
    ...exclusionFindings(run),
    ...manifestFindings(run, wordCount),
    ...portFindings(run),
    ...imageFindings(run),
    ...stage1Findings(run),
  ];
}

function exclusionFindings(run: RunWords): RktFinding[] {
  const findings: RktFinding[] = [];
  const storeOnly = whenTrue(run, 'store-only');
  if (storeOnly && whenTrue(run, 'no-store')) {
    findings.push(error(storeOnly.word, 'both --store-only and --no-store specified', 'use one --pull-policy instead'));
  }
  const register = whenTrue(run, 'mds-register');
  if (register && networks(run).includes('none')) {
    findings.push(error(register.word, '--mds-register flag does not work with --net=none', 'remove one of them'));
  }
  const interactive = whenTrue(run, 'interactive');
  if (interactive && run.images.length > 1) {
    findings.push(
      error(interactive.word, 'interactive option only supports one image', 'remove --interactive or all but one image'),
    );
  }
  return findings;
}

function networks(run: RunWords): readonly string[] {
  return all(run, 'net').flatMap(({ value }) => networkNames(value));
}

function manifestFindings(run: RunWords, wordCount: number): RktFinding[] {
  const manifest = last(run, 'pod-manifest');
  if (!manifest || manifest.value === '') {
    if (run.images.length > 0) return [];
    return [
      error(
        Math.max(0, wordCount - 1),
        'must provide at least one image or specify the pod manifest',
        'name the image of the kubelet',
      ),
    ];
  }
  const conflicts =
    run.images.length > 0 ||
    all(run, ...CONFLICTS_WITH_MANIFEST).length > 0 ||
    all(run, 'mount').some(({ image }) => image < 0) ||
    whenTrue(run, 'inherit-env') !== undefined ||
    ['never', 'update'].includes(pullPolicy(run));
  if (!conflicts) return [];
  return [
    error(
      manifest.word,
      'conflicting flags set with --pod-manifest (see --help)',
      'keep the manifest and only options such as --net, or remove it',
    ),
  ];
}

function pullPolicy(run: RunWords): string {
  if (whenTrue(run, 'no-store')) return 'update';
  if (whenTrue(run, 'store-only')) return 'never';
  return last(run, 'pull-policy')?.value ?? 'new';
}

function portFindings(run: RunWords): RktFinding[] {
  const ports = all(run, 'port');
  const [first] = ports;
  if (!first) return [];
  const special = ['none', 'host'].find((name) => networks(run).includes(name));
  if (special) {
    return [
      error(
        first.word,
        `--port flag does not work with '${special}' networking`,
        'remove --port: on the host network every port is open',
      ),
    ];
  }
  return ports
    .filter((port, index) => ports.slice(0, index).some((other) => samePort(port, other)))
    .map(({ valueWord }) => error(valueWord, 'already mapped to pod port', 'map each port of the host once'));
}

/** Whether two mappings of one named port collide. Only the image tells whether two names do. */
function samePort(one: Occurrence, other: Occurrence): boolean {
  const [a, b] = [splitPort(one.value), splitPort(other.value)];
  return a.name === b.name && a.port === b.port && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');
}

function splitPort(value: string): { readonly name: string; readonly ip: string; readonly port: number } {
  const [name = '', ...rest] = value.split(':');
  const ip = rest.length > 1 && isIpAddress(rest[0] ?? '') ? (rest[0] ?? '') : '0.0.0.0';
  return { name, ip, port: Number(rest.at(-1)) };
}

function imageFindings(run: RunWords): RktFinding[] {
  return run.images.flatMap(({ reference, word }) => {
    const refusal = imageRefusal(reference);
    if (refusal) return [error(word, refusal.reason, refusal.remedy)];
    return isDockerReference(reference) && !fetchesWithoutSignature(run) ? [unsignedFinding(word)] : [];
  });
}

/** With `never` the image must be in the store already, and rkt checks no signature. */
function fetchesWithoutSignature(run: RunWords): boolean {
  const words = insecureWords(last(run, 'insecure-options')?.value ?? '');
  return pullPolicy(run) === 'never' || ['image', 'all', 'all-fetch'].some((word) => words.includes(word));
}

function unsignedFinding(word: number): RktFinding {
  return error(
    word,
    'signature verification for docker images is not supported (try --insecure-options=image)',
    'add --insecure-options=image',
  );
}

function stage1Findings(run: RunWords): RktFinding[] {
  return run.occurrences
    .filter(({ option }) => option.name.startsWith('stage1-'))
    .flatMap(({ option, value, valueWord }) => {
      const fromDirectory = option.name === 'stage1-from-dir';
      const refusal = imageRefusal(fromDirectory ? cleanPath(`/stage1-images/${value}`) : value);
      const remedy = fromDirectory ? 'name a file ending in .aci, for example stage1-fly.aci' : refusal?.remedy;
      return refusal ? [error(valueWord, refusal.reason, remedy ?? '')] : [];
    });
}
