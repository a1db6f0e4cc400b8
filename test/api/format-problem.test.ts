import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/api/format-problem.ts';
import type { Problem } from '../../src/api/problem.ts';

const problem: Problem = {
  severity: 'error',
  code: 'UnknownField',
  path: ['spec', 'kubelet', 'flgas'],
  object: 'workers',
  reason: 'unknown field "flgas"',
  remedy: 'did you mean flags?',
};
const positioned = (excerpt: string, column: number): Problem => ({
  ...problem,
  position: { file: 'workers.yaml', line: 7, column, excerpt },
});

describe('formatProblem', () => {
  it('shows place, field, line, caret and remedy', () => {
    expect(formatProblem(positioned('    flgas: {v: 2}', 5))).toBe(
      [
        'workers.yaml:7:5: error[UnknownField]: spec.kubelet.flgas: unknown field "flgas"',
        '        flgas: {v: 2}',
        '        ^',
        '    → did you mean flags?',
      ].join('\n'),
    );
  });

  it('names the object where there is no position, and nothing where there is neither', () => {
    expect(formatProblem(problem)).toBe(
      'error[UnknownField]: workers: spec.kubelet.flgas: unknown field "flgas"\n    → did you mean flags?',
    );
    const { object: _object, ...anonymous } = problem;
    expect(formatProblem({ ...anonymous, severity: 'notice', path: [] })).toBe(
      'notice[UnknownField]: unknown field "flgas"\n    → did you mean flags?',
    );
  });

  it.each([1, 250, 500])('cuts a long line around column %d', (column) => {
    const excerpt = `${'a'.repeat(column - 1)}X${'b'.repeat(500 - column)}`;
    const [, line = '', caret = ''] = formatProblem(positioned(excerpt, column)).split('\n');
    expect(line.length).toBeLessThanOrEqual(106);
    expect(line[caret.indexOf('^')]).toBe('X');
  });

  it('keeps the caret below its character after tabs and characters of two code units', () => {
    const [, line = '', caret = ''] = formatProblem(positioned('\t😀: X', 6)).split('\n');
    expect(Array.from(line)[caret.indexOf('^')]).toBe('X');
  });

  it('lets no control character of the file reach the terminal', () => {
    expect(formatProblem(positioned('a: "\u001b[31m\u0007"', 4)).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('survives a column beyond the line, and an empty line', () => {
    expect(formatProblem(positioned('ab', 99)).split('\n')[2]).toBe('      ^');
    expect(formatProblem(positioned('', 1)).split('\n')).toHaveLength(2);
  });

  it('colours pieces, each with its style', () => {
    const text = formatProblem(positioned('flgas: 1', 1), { colour: (style, piece) => `<${style}>${piece}</${style}>` });
    expect(text).toContain('<error>error[UnknownField]:</error>');
    expect(text).toContain('<field>spec.kubelet.flgas: </field>');
    expect(text).toMatch(/<caret> *\^<\/caret>/);
    expect(text).toContain('→ did you mean flags?</remedy>');
  });
});
