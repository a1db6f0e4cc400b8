/** Problems as a log in the Static Analysis Results Interchange Format (SARIF) 2.1.0. Pure. */

import { pathToFileURL } from 'node:url';
import { formatPath, type Position, type Problem } from '../../api/problem.ts';
import { version } from '../version.ts';
import help from './data/problem-help.json' with { type: 'json' };
import { pathFrom, type Reported, type ReportOptions } from './reported.ts';

const project = 'https://github.com/kubelet-config/kubelet-config';
const errorsPage = `${project}/blob/main/docs/errors.md`;

const levels = { error: 'error', warning: 'warning', notice: 'note' } as const;

/**
 * One run. A problem without a place in a file is a notification of the run, for a result must have a place.
 */
export function sarifLog(problems: readonly Problem[], base: string, { exitCode, failure }: ReportOptions): object {
  const placed = problems.flatMap((problem) => (problem.position ? [{ problem, position: problem.position }] : []));
  const others: readonly Reported[] = [...problems.filter(({ position }) => !position), ...(failure ? [failure] : [])];
  const codes = [...new Set(placed.map(({ problem }) => problem.code))];
  const driver = {
    name: 'kubelet-config',
    semanticVersion: version,
    informationUri: project,
    rules: codes.map(ruleOf),
    ...(others.length > 0 && { notifications: [...new Set(others.map(({ code }) => code))].map(ruleOf) }),
  };
  const invocation = {
    executionSuccessful: failure === undefined,
    exitCode,
    ...(others.length > 0 && { toolExecutionNotifications: others.map(notificationOf) }),
  };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        invocations: [invocation],
        columnKind: 'utf16CodeUnits',
        results: placed.map(({ problem, position }) => ({
          ruleId: problem.code,
          ruleIndex: codes.indexOf(problem.code),
          level: levels[problem.severity],
          message: messageOf(problem),
          locations: [{ physicalLocation: placeOf(position, base), ...logicalPlace(problem) }],
        })),
      },
    ],
  };
}

function ruleOf(code: string): object {
  const known = (help as Readonly<Record<string, { readonly means: string; readonly do: string }>>)[code];
  if (known === undefined) return { id: code, helpUri: errorsPage };
  const text = [known.means, known.do].filter((part) => part !== '').join('\n\nWhat to do: ');
  return {
    id: code,
    shortDescription: { text: plain(known.means) },
    help: { text: plain(text), markdown: text },
    helpUri: errorsPage,
  };
}

/** The words of a text in Markdown, without links and the marks of code. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\][]{1,500})\]\([^)]{1,500}\)/g, '$1').replaceAll('`', '');
}

function messageOf({ path, reason, remedy }: Reported): object {
  const field = path.length > 0 ? `${formatPath(path)}: ` : '';
  return { text: `${field}${reason}\n→ ${remedy}` };
}

function notificationOf(problem: Reported): object {
  return { descriptor: { id: problem.code }, level: levels[problem.severity], message: messageOf(problem) };
}

function placeOf({ file, line, column, excerpt }: Position, base: string): object {
  const snippet = excerpt === '' ? {} : { snippet: { text: excerpt } };
  return { artifactLocation: { uri: uriOf(file, base) }, region: { startLine: line, startColumn: column, ...snippet } };
}

/** The object and field, for readers that show where in a file that is. */
function logicalPlace({ path, object }: Reported): object {
  const field = formatPath(path);
  const name = [object, field].filter((part) => part !== undefined && part !== '').join(': ');
  return name === '' ? {} : { logicalLocations: [{ fullyQualifiedName: name, kind: 'member' }] };
}

function uriOf(file: string, base: string): string {
  const path = file === 'standard input' ? file : pathFrom(base, file);
  if (path === undefined) return pathToFileURL(file).href;
  return path.split('/').map(encodeURIComponent).join('/');
}
