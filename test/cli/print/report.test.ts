/** The reports of `validate`: annotations of a GitHub workflow, and SARIF. */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { githubLines } from '../../../src/cli/print/github.ts';
import { edited, session, workers } from '../session.ts';

const wrong = edited(workers, 'flags:\n      v: 2', 'flgas:\n      v: 2').replace('spec:', 'spec:\n  priority: ~');

describe('-o github', () => {
  test('each problem is one line, with its place from the root of the checkout, and nothing else is printed', async () => {
    const { run, write, directory } = session();
    const file = write('configs/100%,a.yaml', wrong);
    const environment = { GITHUB_WORKSPACE: directory };
    const ran = await run(['validate', '-f', file, '-o', 'github'], { environment });
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^::warning file=configs\/100%25%2Ca\.yaml,line=6,col=3,title=kubelet-config%3A NullDropped::spec\.priority: .*%0A→ \S.*$/,
      ),
      '::error file=configs/100%25%2Ca.yaml,line=9,col=5,title=kubelet-config%3A UnknownField::spec.kubelet.flgas: unknown field "flgas"%0A→ did you mean flags?',
      '1 error, 1 warning in 1 file',
    ]);
  });

  test('of standard input there is no file to show it in', async () => {
    const { stdout } = await session().run(['validate', '-f', '-', '-o', 'github'], { stdin: wrong });
    expect(stdout).toContain('\n::error title=kubelet-config%3A UnknownField::');
  });

  test('no text of a file ends a line, and a colon ends no property', () => {
    const position = { file: 'a:b\r\nc,d.yaml', line: 1, column: 1, excerpt: '' };
    const reason = '100% of\r\n::error::x\u001b[31m';
    const [line] = githubLines([{ severity: 'notice', code: 'NotYaml', path: [], reason, remedy: 'none', position }], '/x');
    expect(line).toBe(
      '::notice file=a%3Ab%0Ac%2Cd.yaml,line=1,col=1,title=kubelet-config%3A NotYaml::100%25 of%0A::error::x%0A→ none',
    );
  });

  test.each(['validate', 'validate -f nowhere.yaml --kubelet-version x', 'validate -f - --unknown'])(
    '%s: a failure too',
    async (words) => {
      const ran = await session().run([...words.split(' '), '-o', 'github']);
      expect(ran).toMatchObject({
        exitCode: 2,
        stderr: '',
        stdout: expect.stringMatching(/^::error title=kubelet-config%3A WrongUsage::.+\n$/),
      });
    },
  );

  test('what is valid is said', async () => {
    const ran = await session().run(['validate', '-f', '-', '-o', 'github'], { stdin: workers });
    expect(ran).toEqual({ exitCode: 0, stderr: '', stdout: '1 object in 1 file: valid\n' });
  });
});

const schema = JSON.parse(readFileSync(new URL('./sarif-schema.json', import.meta.url), 'utf8')) as object;
const isSarif = new Ajv({ allErrors: true }).compile(schema);

/** The one run of the log, which has to be SARIF. */
async function sarif(words: readonly string[], options: Parameters<ReturnType<typeof session>['run']>[1] = {}) {
  const ran = await session().run([...words, '-o', 'sarif'], options);
  const log = JSON.parse(ran.stdout);
  expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
  expect(ran.stderr).toBe('');
  return { exitCode: ran.exitCode, run: log.runs[0] };
}

describe('-o sarif', () => {
  test('each problem is a result with its rule and its place', async () => {
    const { write, directory } = session();
    const file = write('con figs/ä.yaml', wrong);
    const { exitCode, run } = await sarif(['validate', '-f', file], { environment: { GITHUB_WORKSPACE: directory } });
    expect(exitCode).toBe(3);
    const { rules } = run.tool.driver;
    expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 3 }]);
    expect(run.results).toMatchObject([
      { ruleId: 'NullDropped', level: 'warning' },
      {
        ruleId: 'UnknownField',
        level: 'error',
        message: { text: 'spec.kubelet.flgas: unknown field "flgas"\n→ did you mean flags?' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'con%20figs/%C3%A4.yaml' },
              region: { startLine: 9, startColumn: 5, snippet: { text: '    flgas:' } },
            },
          },
        ],
      },
    ]);
    for (const { ruleId, ruleIndex } of run.results) expect(rules[ruleIndex].id).toBe(ruleId);
    for (const { help, helpUri } of rules) {
      expect(help.text).toMatch(/\S\n\nWhat to do: \S/);
      expect(helpUri).toMatch(/docs\/errors\.md$/);
    }
  });

  test('a path is relative to where it runs, and a file elsewhere has its whole path', async () => {
    const { write, directory } = session();
    const file = write('a.yaml', wrong);
    const uriOf = async (environment: NodeJS.ProcessEnv) => {
      const { run } = await sarif(['validate', '-f', relative(process.cwd(), file)], { environment });
      return run.results[0].locations[0].physicalLocation.artifactLocation.uri;
    };
    expect(await uriOf({ GITHUB_WORKSPACE: directory })).toBe('a.yaml');
    expect(await uriOf({})).toBe(`file://${file}`);
  });

  test.each([
    ['validate -f -', 0, true, []],
    ['validate', 2, false, ['WrongUsage']],
    ['validate -f - --kubelet-version x', 2, false, ['WrongUsage']],
  ] as const)('%s: a failure is a notification of the run', async (words, exitCode, executionSuccessful, codes) => {
    const found = await sarif(words.split(' '), { stdin: workers });
    expect(found.exitCode).toBe(exitCode);
    expect(found.run.results).toEqual([]);
    expect(found.run.invocations[0]).toMatchObject({ executionSuccessful, exitCode });
    const notifications = found.run.invocations[0].toolExecutionNotifications ?? [];
    expect(notifications.map((one: { descriptor: { id: string } }) => one.descriptor.id)).toEqual(codes);
  });
});
